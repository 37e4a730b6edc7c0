package network

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Options say how a network runs. The zero value is a good choice.
type Options struct {
	// Preprocess is done to the images; Standard where empty.
	Preprocess Preprocess
	// BatchSize is the number of images of one execution; larger inputs are
	// split, smaller ones filled up, so that what comes of an image does not
	// depend, to the last bit, on how many others are asked for with it. 0 stands for 2 on a CPU, where more images
	// take longer each (their intermediate results leave the cache, and memory
	// above 32 MB is mapped anew at every execution), and 64 elsewhere.
	BatchSize int
	// Workers is the number of executions at the same time, each of which uses
	// several cores. 0 stands for one per two cores on a CPU and 1 elsewhere.
	Workers int
}

// withDefaults fills in the options that depend on the backend.
func (o Options) withDefaults(backend compute.Backend) Options {
	size, workers := 64, 1
	if onCPU(backend) {
		size, workers = 2, max(1, runtime.GOMAXPROCS(0)/2)
	}
	if o.BatchSize == 0 {
		o.BatchSize = size
	}
	if o.Workers == 0 {
		o.Workers = workers
	}
	return o
}

// onCPU tells whether a backend computes on the CPU. XLA's says so itself; all
// others (GoMLX's own in pure Go) do.
func onCPU(backend compute.Backend) bool {
	if b, ok := backend.(interface{ IsCPU() bool }); ok {
		return b.IsCPU()
	}
	return true
}

// Classifier is a network compiled for a backend. It is safe for concurrent
// use, but for Finalize.
type Classifier struct {
	network *Network
	backend compute.Backend
	options Options
	placed  *Placed

	mu       sync.Mutex
	programs map[program]*graph.Graph
}

// program is what is compiled once and kept.
type program struct {
	batch  int
	output output
}

// output is what a program returns.
type output int

const (
	logits output = iota
	probabilities
)

// Compile makes the network ready to run on a backend, which stays open until
// Finalize. The program is compiled when it is first needed; that takes a second
// or two.
func (n *Network) Compile(backend compute.Backend, options Options) (*Classifier, error) {
	how, err := ParsePreprocess(string(options.Preprocess))
	if err != nil {
		return nil, fmt.Errorf("compiling the network %s: %w", n.Name, err)
	}
	options.Preprocess = how
	if options.BatchSize < 0 || options.Workers < 0 {
		return nil, fmt.Errorf("compiling the network %s: batch size %d and %d workers: neither may be negative", n.Name, options.BatchSize, options.Workers)
	}
	placed, err := n.Place(backend)
	if err != nil {
		return nil, fmt.Errorf("compiling the network %s: %w", n.Name, err)
	}
	return &Classifier{
		network:  n,
		backend:  backend,
		options:  options.withDefaults(backend),
		placed:   placed,
		programs: map[program]*graph.Graph{},
	}, nil
}

// Network returns what was compiled.
func (c *Classifier) Network() *Network { return c.network }

// Probabilities returns the softmax probabilities [batch, classes] of images
// [batch, S, S, 3] float32, NHWC, colours 0…1, S the network's InputSize. Both
// are flat, in row-major order. It stops between executions when ctx is done.
func (c *Classifier) Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error) {
	return c.run(ctx, images, batch, probabilities)
}

// Logits returns the scores before the softmax, as Probabilities does.
func (c *Classifier) Logits(ctx context.Context, images []float32, batch int) ([]float32, error) {
	return c.run(ctx, images, batch, logits)
}

// Finalize releases the programs and the weights on the device. The
// classifier cannot be used afterwards.
func (c *Classifier) Finalize() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range c.programs {
		g.Finalize()
	}
	c.programs = nil
	return c.placed.Finalize()
}

// pixels is the number of values of one image.
func (c *Classifier) pixels() int { return c.network.InputSize * c.network.InputSize * 3 }

// run splits the images into pieces and gives them to the workers.
func (c *Classifier) run(ctx context.Context, images []float32, batch int, what output) ([]float32, error) {
	s := c.network.InputSize
	if batch < 0 || len(images) != batch*c.pixels() {
		return nil, fmt.Errorf("classifying %d images with %s: %d values given, [%d, %d, %d, 3] asks for %d", batch, c.network.Name, len(images), batch, s, s, batch*c.pixels())
	}
	if batch == 0 {
		return nil, nil
	}
	size := c.options.BatchSize
	g, err := c.program(program{size, what})
	if err != nil {
		return nil, fmt.Errorf("classifying images with %s: %w", c.network.Name, err)
	}
	classes := len(c.network.Labels)
	out := make([]float32, batch*classes)
	err = parallel(ctx, c.options.Workers, (batch+size-1)/size, func(piece int) error {
		first, last := piece*size, min((piece+1)*size, batch)
		return c.execute(g, size, images[first*c.pixels():last*c.pixels()], out[first*classes:last*classes])
	})
	if err != nil {
		return nil, fmt.Errorf("classifying %d images with %s: %w", batch, c.network.Name, err)
	}
	return out, nil
}

// parallel calls do for 0…n−1 on a number of goroutines, until one fails or
// ctx is done.
func parallel(ctx context.Context, workers, n int, do func(i int) error) error {
	var next atomic.Int64
	failures := make([]error, min(workers, n))
	var group sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for w := range failures {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := ctx.Err(); err != nil {
					failures[w] = err
					return
				}
				if err := do(i); err != nil {
					failures[w] = err
					cancel()
					return
				}
			}
		})
	}
	group.Wait()
	// The failure that stopped the others comes before what it caused.
	var first error
	for _, err := range failures {
		if err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
	}
	return first
}

// program returns a compiled program, compiling it where it is new.
func (c *Classifier) program(p program) (g *graph.Graph, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.programs == nil {
		return nil, fmt.Errorf("the classifier was finalized: compile the network again")
	}
	if g, ok := c.programs[p]; ok {
		return g, nil
	}
	s := c.network.InputSize
	err = exceptions.TryCatch[error](func() {
		g = graph.NewGraph(c.backend, c.network.Name)
		images := graph.Parameter(g, "images", shapes.Make(dtypes.Float32, p.batch, s, s, 3))
		add := c.placed.Logits
		if p.output == probabilities {
			add = c.placed.Probabilities
		}
		result := add(images, c.options.Preprocess)
		if err := g.Compile(result); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("compiling for %d images on %s: %w", p.batch, c.backend.Name(), err)
	}
	c.programs[p] = g
	return g, nil
}

// execute runs a program of size images on as many or fewer and writes
// [images, classes] to out.
func (c *Classifier) execute(g *graph.Graph, size int, images, out []float32) (err error) {
	full, result := images, out
	if missing := size*c.pixels() - len(images); missing > 0 {
		full = append(append(make([]float32, 0, size*c.pixels()), images...), make([]float32, missing)...)
		result = make([]float32, size*len(c.network.Labels))
	}
	inputs, donate := make([]compute.Buffer, g.NumParameters()), make([]bool, g.NumParameters())
	if err := c.placed.Feed(g, inputs, donate); err != nil {
		return err
	}
	buffer, err := c.backend.BufferFromFlatData(device, full, shapes.Make(dtypes.Float32, size, c.network.InputSize, c.network.InputSize, 3))
	if err != nil {
		return fmt.Errorf("copying images to the device: %w", err)
	}
	defer func() { err = errors.Join(err, buffer.Finalize()) }()
	inputs[g.GetParameterByName("images").GetParameterHandle()] = buffer
	outputs, err := g.Executable().Execute(inputs, donate, device)
	if err != nil {
		return fmt.Errorf("executing: %w", err)
	}
	defer func() { err = errors.Join(err, outputs[0].Finalize()) }()
	if err := outputs[0].ToFlatData(result); err != nil {
		return fmt.Errorf("copying the result from the device: %w", err)
	}
	copy(out, result)
	return nil
}

package network

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
)

// Options control how a network runs. The zero value is a good choice.
type Options struct {
	// Preprocess is the normalisation of the images; "" means Standard.
	Preprocess Preprocess
	// Precision is the number type of the computation; "" means Float32.
	Precision Precision
	// BatchSize is the number of images per execution. Larger inputs are split and
	// smaller ones padded, so that the result for an image does not depend, to the
	// last bit, on the other images of the call. 0 means 64 on a GPU, or 16 for
	// gradients, as XLA does not finish compiling ViT-B/16's for 64. On a CPU it
	// means 4, or up to 16 if reading the weights would otherwise take longer than
	// computing with them, as in AlexNet; for an ONNX model for a fixed number of
	// images it means that. Set 1 to classify single images.
	BatchSize int
	// Workers is the number of concurrent executions, each of which uses several
	// cores. 0 means one per two cores on a CPU and 1 elsewhere.
	Workers int
}

// Images per execution on a GPU.
const (
	onGPU          = 64
	gradientsOnGPU = 16
)

// withDefaults fills in the options that depend on network and backend.
func (o Options) withDefaults(n *Network, backend compute.Backend) (Options, error) {
	size, workers := onGPU, 1
	if architecture.KernelsOf(backend) != architecture.Device {
		workers = max(1, runtime.GOMAXPROCS(0)/2)
		if o.BatchSize == 0 {
			var err error
			if size, err = n.batchOnCPU(); err != nil {
				return o, err
			}
		}
	}
	if n.batch > 0 { // its graph would be repeated
		size = n.batch
	}
	o.BatchSize, o.Workers = cmp.Or(o.BatchSize, size), cmp.Or(o.Workers, workers)
	return o, nil
}

// batchOnCPU returns the number of images per execution on a CPU: four, or more
// until computing outweighs reading the weights. A core reads a weight from
// memory in the time of about 16 multiply-adds; each weight takes part in 12 per
// image in AlexNet, in about 100 in VGG, and in more in purely convolutional
// networks. From 128 on, reading no longer matters.
func (n *Network) batchOnCPU() (int, error) {
	const fewest, most, enough = 4, 16, 128
	if n.work == nil {
		return fewest, nil
	}
	work, err := n.work()
	if err != nil {
		return 0, err
	}
	count := 0
	for _, c := range n.constants {
		count += c.Shape.Size()
	}
	size := fewest
	for size < most && size*work < enough*count {
		size *= 2
	}
	return size, nil
}

// Classifier is a network compiled for a backend. It is safe for concurrent use,
// except for Finalize.
type Classifier struct {
	network *Network
	backend compute.Backend
	options Options
	placed  *Placed
	// gradients is the number of images per execution of gradients.
	gradients int

	mu       sync.Mutex
	programs map[program]*graph.Graph
	// finalized is of a host's classifier.
	finalized bool
}

// program identifies a compiled program.
type program struct {
	batch  int
	output output
}

// output is the kind of a program's result.
type output int

const (
	logits output = iota
	probabilities
	gradient // the sum of the probabilities of some classes and its gradient
)

// Compile prepares the network to run on a backend, which must stay open until
// Finalize. A network in Python or on a server runs there instead. Programs are compiled on first use, which takes a second or two.
func (n *Network) Compile(backend compute.Backend, options Options) (*Classifier, error) {
	how, err := ParsePreprocess(string(options.Preprocess))
	if err != nil {
		return nil, fmt.Errorf("compiling the network %s: %w", n.Name, err)
	}
	options.Preprocess = how
	if how == Standard && n.unsure != "" {
		return nil, fmt.Errorf("compiling the network %s: %s", n.Name, n.unsure)
	}
	if options.Precision, err = ParsePrecision(string(options.Precision)); err != nil {
		return nil, fmt.Errorf("compiling the network %s: %w", n.Name, err)
	}
	if options.BatchSize < 0 || options.Workers < 0 {
		return nil, fmt.Errorf("compiling the network %s: batch size %d and %d workers: neither may be negative", n.Name, options.BatchSize, options.Workers)
	}
	if n.host != nil {
		return n.compileHosted(options)
	}
	asked := options.BatchSize
	if options, err = options.withDefaults(n, backend); err != nil {
		return nil, fmt.Errorf("compiling the network %s: %w", n.Name, err)
	}
	gradients := options.BatchSize
	if asked == 0 && n.batch == 0 && architecture.KernelsOf(backend) == architecture.Device {
		gradients = gradientsOnGPU
	}
	placed, err := n.PlaceIn(backend, options.Precision)
	if err != nil {
		return nil, fmt.Errorf("compiling the network %s: %w", n.Name, err)
	}
	return &Classifier{
		network:   n,
		backend:   backend,
		options:   options,
		placed:    placed,
		gradients: gradients,
		programs:  map[program]*graph.Graph{},
	}, nil
}

// Network returns the compiled network.
func (c *Classifier) Network() *Network { return c.network }

// Probabilities returns the softmax probabilities, [batch, classes], of images
// [batch, S, S, 3] float32, NHWC, colours 0…1, with S the network's InputSize.
// Both are flat, in row-major order. It stops between executions when ctx is
// done.
func (c *Classifier) Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error) {
	return c.scores(ctx, images, batch, probabilities)
}

// ProbabilitiesOfOne is Probabilities of one image, [S, S, 3], in an execution of its
// own. Where BatchSize is greater it takes less time, as nothing is filled up. Its
// last bits may differ from those of Probabilities: for a display, not for results.
func (c *Classifier) ProbabilitiesOfOne(ctx context.Context, image []float32) ([]float32, error) {
	single := 1
	if c.network.batch > 0 {
		single = c.options.BatchSize
	}
	results, err := c.runIn(ctx, single, image, 1, nil, probabilities)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// Logits returns the scores before the softmax, as Probabilities does.
func (c *Classifier) Logits(ctx context.Context, images []float32, batch int) ([]float32, error) {
	return c.scores(ctx, images, batch, logits)
}

// scores runs a program with one result.
func (c *Classifier) scores(ctx context.Context, images []float32, batch int, what output) ([]float32, error) {
	results, err := c.run(ctx, images, batch, nil, what)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// Gradient returns the sum of the probabilities of the classes, [batch], and its
// derivatives with respect to the pixels, [batch, S, S, 3], of images as for
// Probabilities. Both are flat, in row-major order. The first gradient of a
// user-defined network or an ONNX model is compared with differences; if it is wrong,
// the error is a *GradientError.
func (c *Classifier) Gradient(ctx context.Context, images []float32, batch int, classes ...int) (values, gradients []float32, err error) {
	of, known := make([]float32, len(c.network.Labels)), len(c.network.Labels)
	if len(classes) == 0 {
		return nil, nil, fmt.Errorf("the gradient of no class of %s: name at least one", c.network.Name)
	}
	for _, class := range classes {
		if class < 0 || class >= known {
			return nil, nil, fmt.Errorf("the gradient of class %d of %s: classes are 0…%d", class, c.network.Name, known-1)
		}
		of[class] = 1
	}
	if batch > 0 && len(images) == batch*c.pixels() {
		if err := c.checkGradient(ctx, images, of); err != nil {
			return nil, nil, err
		}
	}
	results, err := c.run(ctx, images, batch, of, gradient)
	if err != nil {
		return nil, nil, err
	}
	return results[0], results[1], nil
}

// Finalize releases the programs and the weights on the device. The
// classifier cannot be used afterwards.
func (c *Classifier) Finalize() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if host := c.network.host; host != nil {
		if c.finalized {
			return nil
		}
		c.finalized = true
		return host.Release()
	}
	for _, g := range c.programs {
		g.Finalize()
	}
	c.programs = nil
	return c.placed.Finalize()
}

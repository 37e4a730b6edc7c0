package network

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/semrob/network/internal/parallel"
)

// pixels is the number of values of one image.
func (c *Classifier) pixels() int { return c.network.InputSize * c.network.InputSize * 3 }

// lengths are the numbers of values per image in each result of a program.
func (c *Classifier) lengths(what output) []int {
	if what == gradient {
		return []int{1, c.pixels()}
	}
	return []int{len(c.network.Labels)}
}

// run does the images in executions of the options' size.
func (c *Classifier) run(ctx context.Context, images []float32, batch int, of []float32, what output) ([][]float32, error) {
	if what == gradient {
		return c.runIn(ctx, c.gradients, images, batch, of, what)
	}
	return c.runIn(ctx, c.options.BatchSize, images, batch, of, what)
}

// runIn splits the images into executions of a size for the workers. It returns the
// program's results, [result][image…]. of are the weights of the probabilities,
// [classes], for gradients.
func (c *Classifier) runIn(ctx context.Context, size int, images []float32, batch int, of []float32, what output) ([][]float32, error) {
	s := c.network.InputSize
	if batch < 0 || len(images) != batch*c.pixels() {
		return nil, fmt.Errorf("classifying %d images with %s: %d values instead of the [%d, %d, %d, 3] = %d expected", batch, c.network.Name, len(images), batch, s, s, batch*c.pixels())
	}
	lengths := c.lengths(what)
	results := make([][]float32, len(lengths))
	if batch == 0 {
		return results, nil
	}
	if c.network.host != nil {
		hosted, err := c.runHosted(ctx, images, batch, of, what)
		if err != nil {
			return nil, fmt.Errorf("classifying %d images: %w", batch, err)
		}
		return hosted, nil
	}
	g, err := c.program(program{size, what})
	if err != nil {
		return nil, fmt.Errorf("classifying images with %s: %w", c.network.Name, err)
	}
	for i, n := range lengths {
		results[i] = make([]float32, batch*n)
	}
	err = parallel.Do(ctx, c.options.Workers, (batch+size-1)/size, func(piece int) error {
		first, last := piece*size, min((piece+1)*size, batch)
		out := make([][]float32, len(lengths))
		for i, n := range lengths {
			out[i] = results[i][first*n : last*n]
		}
		return c.execute(g, size, of, images[first*c.pixels():last*c.pixels()], out)
	})
	if err != nil {
		return nil, fmt.Errorf("classifying %d images with %s: %w", batch, c.network.Name, err)
	}
	return results, nil
}

// program returns a compiled program, compiling it on first use.
func (c *Classifier) program(p program) (g *graph.Graph, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.programs == nil {
		return nil, fmt.Errorf("the classifier was finalized: compile the network again")
	}
	if g, ok := c.programs[p]; ok {
		return g, nil
	}
	err = exceptions.TryCatch[error](func() {
		g = graph.NewGraph(c.backend, c.network.Name)
		if err := g.Compile(c.build(g, p)...); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("compiling for %d images on %s: %w", p.batch, c.backend.Name(), err)
	}
	c.programs[p] = g
	return g, nil
}

// Names of a program's parameters other than the weights.
const (
	imagesParameter = "images" // [batch, S, S, 3] float32
	ofParameter     = "of"     // [classes] float32, only for gradients
)

// build adds a program to a graph and returns its results.
func (c *Classifier) build(g *graph.Graph, p program) []*graph.Node {
	s := c.network.InputSize
	images := graph.Parameter(g, imagesParameter, shapes.Make(dtypes.Float32, p.batch, s, s, 3))
	switch p.output {
	case logits:
		return []*graph.Node{c.placed.Logits(images, c.options.Preprocess)}
	case probabilities:
		return []*graph.Node{c.placed.Probabilities(images, c.options.Preprocess)}
	}
	of := graph.Parameter(g, ofParameter, shapes.Make(dtypes.Float32, len(c.network.Labels)))
	all := c.placed.Probabilities(images, c.options.Preprocess)
	values := graph.ReduceSum(graph.Mul(all, graph.BroadcastToShape(graph.InsertAxes(of, 0), all.Shape())), -1)
	return []*graph.Node{values, graph.Gradient(graph.ReduceAllSum(values), images)[0]}
}

// execute runs a program for size images on at most that many and writes its
// results to out, [result][image…].
func (c *Classifier) execute(g *graph.Graph, size int, of, images []float32, out [][]float32) (err error) {
	count := len(images) / c.pixels()
	if count < size {
		images = append(append(make([]float32, 0, size*c.pixels()), images...), make([]float32, (size-count)*c.pixels())...)
	}
	inputs, donate := make([]compute.Buffer, g.NumParameters()), make([]bool, g.NumParameters())
	if err := c.placed.Feed(g, inputs, donate); err != nil {
		return err
	}
	var held []compute.Buffer
	defer func() {
		for _, buffer := range held {
			err = errors.Join(err, buffer.Finalize())
		}
	}()
	give := func(name string, flat any, shape shapes.Shape) error {
		parameter := g.GetParameterByName(name)
		if parameter == nil {
			return nil // the program does not use it
		}
		buffer, err := c.backend.BufferFromFlatData(device, flat, shape)
		if err != nil {
			return fmt.Errorf("copying %s to the device: %w", name, err)
		}
		held = append(held, buffer)
		inputs[parameter.GetParameterHandle()] = buffer
		return nil
	}
	s := c.network.InputSize
	if err := give(imagesParameter, images, shapes.Make(dtypes.Float32, size, s, s, 3)); err != nil {
		return err
	}
	if err := give(ofParameter, of, shapes.Make(dtypes.Float32, len(of))); err != nil {
		return err
	}
	outputs, err := g.Executable().Execute(inputs, donate, device)
	if err != nil {
		return fmt.Errorf("executing: %w", err)
	}
	held = append(held, outputs...)
	for i, output := range outputs {
		if err := fromDevice(output, out[i], size, count); err != nil {
			return err
		}
	}
	return nil
}

// fromDevice copies the first count of a result's size images from the device.
func fromDevice(output compute.Buffer, out []float32, size, count int) error {
	result := out
	if count < size {
		result = make([]float32, len(out)/count*size)
	}
	if err := output.ToFlatData(result); err != nil {
		return fmt.Errorf("copying a result from the device: %w", err)
	}
	copy(out, result)
	return nil
}

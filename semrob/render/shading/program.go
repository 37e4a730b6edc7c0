package shading

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// output is what a program returns.
type output int

const (
	pictures    output = iota // [1, size, size, 3]
	derivatives               // [1, Width], of what was pulled back
)

// program is what is compiled once and kept. Programs work on one view: on a
// CPU a larger batch takes as long for each, and more memory.
type program struct {
	output        output
	copies, edges int // the room for them, for derivatives
}

// compiled is a program, or why there is none.
type compiled struct {
	once  sync.Once
	graph *graph.Graph
	err   error
}

// program returns a compiled program, compiling it where it is new.
func (r *Renderer) program(p program) (*graph.Graph, error) {
	r.mu.Lock()
	if r.programs == nil {
		r.mu.Unlock()
		return nil, errFinalized
	}
	c, known := r.programs[p]
	if !known {
		c = &compiled{}
		r.programs[p] = c
	}
	r.mu.Unlock()
	c.once.Do(func() {
		if c.graph, c.err = r.compile(p); c.err != nil {
			c.err = fmt.Errorf("compiling the shading graph on %s: %w", r.backend.Name(), c.err)
		}
	})
	return c.graph, c.err
}

// compile panics as graph building does, but for what it returns.
func (r *Renderer) compile(p program) (g *graph.Graph, err error) {
	failure := exceptions.TryCatch[error](func() {
		g = graph.NewGraph(r.backend, "shading")
		if p.output == derivatives {
			err = g.Compile(r.placed.derivatives(g, p.copies, p.edges))
			return
		}
		samples := r.placed.size * r.placed.supersample
		err = g.Compile(r.placed.Pictures(Inputs{
			Parameters: graph.Parameter(g, "parameters", shapes.Make(dtypes.Float32, 1, Width())),
			Copies:     graph.Parameter(g, "copies", shapes.Make(dtypes.Int32, 1, samples, samples)),
		}))
	})
	return g, errors.Join(failure, err)
}

// draw executes the program of pictures on a view.
func (r *Renderer) draw(f *frame, image []float32) error {
	return r.run(program{output: pictures}, map[string]any{"parameters": f.values, "copies": f.visible.Copies}, image)
}

// differentiate executes the program of derivatives on a view that was pulled
// back.
func (r *Renderer) differentiate(f *frame, gradient []float32) error {
	p := program{derivatives, len(f.pulled.copies) / copyColumns, len(f.pulled.edges) / pulledEdgeColumns}
	return r.run(p, map[string]any{
		"parameters": f.values, "background": f.pulled.background, "copies": f.pulled.copies, "edges": f.pulled.edges,
	}, gradient)
}

// run executes a program on what it is given, by the names of its parameters,
// and writes its result to out.
func (r *Renderer) run(p program, give map[string]any, out []float32) (err error) {
	g, err := r.program(p)
	if err != nil {
		return err
	}
	inputs, donate := make([]compute.Buffer, g.NumParameters()), make([]bool, g.NumParameters())
	if p.output == pictures {
		if err := r.placed.Feed(g, inputs, donate); err != nil {
			return err
		}
	}
	for name, values := range give {
		node := g.GetParameterByName(name)
		buffer, failure := r.backend.BufferFromFlatData(device, values, node.Shape())
		if failure != nil {
			return fmt.Errorf("copying the %s to the device: %w", name, failure)
		}
		defer func() { err = errors.Join(err, buffer.Finalize()) }()
		inputs[node.GetParameterHandle()] = buffer
	}
	outputs, err := g.Executable().Execute(inputs, donate, device)
	if err != nil {
		return fmt.Errorf("executing: %w", err)
	}
	defer func() { err = errors.Join(err, outputs[0].Finalize()) }()
	if err := outputs[0].ToFlatData(out); err != nil {
		return fmt.Errorf("copying the result from the device: %w", err)
	}
	return nil
}

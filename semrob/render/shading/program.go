package shading

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// output is the kind of result of a program.
type output int

const (
	pictures    output = iota // [1, size, size, 3]
	derivatives               // [1, Width], of a pulled-back function
)

// program identifies a compiled program. Programs take one view: on a CPU, larger
// batches take as long per view, and more memory.
type program struct {
	output   output
	lights   int  // further ones
	backdrop bool // for pictures
}

// compiled is a program, or the error of compiling it.
type compiled struct {
	once  sync.Once
	graph *graph.Graph
	err   error
}

// program returns a compiled program, compiled on first use.
func (r *Differentiator) program(p program) (*graph.Graph, error) {
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

// compile compiles a program.
func (r *Differentiator) compile(p program) (g *graph.Graph, err error) {
	failure := exceptions.TryCatch[error](func() {
		g = graph.NewGraph(r.backend, "shading")
		if p.output == derivatives {
			err = g.Compile(r.placed.derivatives(g, p.lights))
		} else {
			err = g.Compile(r.placed.Pictures(r.placed.inputs(g, p)))
		}
	})
	return g, errors.Join(failure, err)
}

// inputs adds the inputs of a program for pictures to its graph.
func (p *Placed) inputs(g *graph.Graph, of program) Inputs {
	samples := p.size * p.supersample
	in := Inputs{
		Parameters: graph.Parameter(g, "parameters", shapes.Make(dtypes.Float32, 1, Width())),
		Copies:     graph.Parameter(g, "copies", shapes.Make(dtypes.Int32, 1, samples, samples)),
		Lights:     furtherLights(g, of.lights),
	}
	if of.backdrop {
		in.Backdrops = graph.Parameter(g, "backdrop", shapes.Make(dtypes.Float32, 1, p.size, p.size, 3))
	}
	return in
}

// furtherLights adds the input of n further lights to a graph, nil for none.
func furtherLights(g *graph.Graph, n int) *graph.Node {
	if n == 0 {
		return nil
	}
	return graph.Parameter(g, "lights", shapes.Make(dtypes.Float32, 1, n, lightColumns))
}

// draw executes the program for pictures on a view.
func (r *Differentiator) draw(f *frame, image []float32) error {
	p := program{output: pictures, lights: len(f.lights) / lightColumns, backdrop: f.backdrop != nil}
	give := map[string]any{"parameters": f.values, "copies": f.visible.Copies}
	if p.lights > 0 {
		give["lights"] = f.lights
	}
	if p.backdrop {
		give["backdrop"] = f.backdrop
	}
	return r.run(p, give, image)
}

// differentiate executes the program for derivatives on a pulled-back view, part by
// part.
func (r *Differentiator) differentiate(f *frame, gradient []float32) error {
	clear(gradient)
	p := program{output: derivatives, lights: len(f.lights) / lightColumns}
	background, camera := f.pulled.background, f.pulled.camera
	for from := 0; from < len(f.pulled.slots); from += part {
		to := from + part
		give := map[string]any{
			"parameters": f.values, "background": background, "camera": camera,
			"slots": f.pulled.slots[from:to], "at": f.pulled.at[from:to], "colours": f.pulled.colours[3*from : 3*to],
		}
		if p.lights > 0 {
			give["lights"] = f.lights
		}
		if err := r.add(p, f, give, gradient); err != nil {
			return err
		}
		background, camera = make([]float32, 3), make([]float32, cameraValues) // counted once
	}
	return nil
}

// add executes a program for derivatives and adds its result to gradient.
func (r *Differentiator) add(p program, f *frame, give map[string]any, gradient []float32) error {
	f.part = grow(f.part, len(gradient))
	if err := r.run(p, give, f.part); err != nil {
		return err
	}
	for i, d := range f.part {
		gradient[i] += d
	}
	return nil
}

// run executes a program on values by parameter name, and writes its result to out.
func (r *Differentiator) run(p program, values map[string]any, out []float32) error {
	g, err := r.program(p)
	if err != nil {
		return err
	}
	return r.placed.tables.Run(r.backend, g, values, out)
}

package device

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// Options are the settings of a Rasterizer. The zero value is a good choice.
type Options struct {
	// Memory bounds the bytes that one execution takes on the device, by dividing
	// batches; 0 is 2 GiB. An execution draws at least one view.
	Memory int64
}

const defaultMemory = 2 << 30

// Rasterizer is a render.Rasterizer on a backend's device. It is safe for
// concurrent use, except for Finalize.
type Rasterizer struct {
	host    *render.Renderer
	backend compute.Backend
	placed  *Placed
	batch   int // views at a time, at most

	mu       sync.Mutex
	programs map[int]*graph.Graph // by the number of views
}

// New returns a rasteriser of the renderer's mesh at its number of samples. The
// backend must be XLA (else the error wraps ErrNeedsXLA), and must stay open until
// Finalize. Programs are compiled when first needed, one for each power of two of
// views; each takes a second or two.
func New(r *render.Renderer, backend compute.Backend, options Options) (*Rasterizer, error) {
	options.Memory = cmp.Or(options.Memory, defaultMemory)
	if options.Memory < 0 {
		return nil, fmt.Errorf("the rasteriser's memory is %d bytes: it must be positive", options.Memory)
	}
	placed, err := Place(r, backend)
	if err != nil {
		return nil, err
	}
	batch := mostWithin(options.Memory, placed.samples, placed.vertices, placed.faces)
	return &Rasterizer{host: r, backend: backend, placed: placed, batch: batch, programs: map[int]*graph.Graph{}}, nil
}

var errFinalized = errors.New("the rasteriser was finalized: make a new one")

// mostViews bounds the views of one execution.
const mostViews = 256

// Visibility writes the visible face at each sample of each scene to out, like
// render.Renderer's Visibility. It stops between executions when ctx is done.
func (r *Rasterizer) Visibility(ctx context.Context, scenes []render.Scene, out *render.VisibilityBuffer) error {
	values := make([]float64, 0, len(scenes)*graphscene.Width)
	for i := range scenes {
		if err := scenes[i].Check(); err != nil {
			return fmt.Errorf("scene %d of %d: %w", i+1, len(scenes), err)
		}
		values = Values(values, &scenes[i])
	}
	out.Resize(len(scenes), r.placed.samples)
	pixels, width := r.placed.samples*r.placed.samples, graphscene.Width
	for from := 0; from < len(scenes); {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("rasterising on the device: %w", err)
		}
		views := 1
		for 2*views <= min(len(scenes)-from, r.batch) {
			views *= 2
		}
		to := from + views
		err := r.execute(views, values[from*width:to*width], out.Copies[from*pixels:to*pixels], out.InverseDepth[from*pixels:to*pixels])
		if err != nil {
			return fmt.Errorf("rasterising %q on the device: %w", r.host.Mesh().Name, err)
		}
		from = to
	}
	return nil
}

// program returns the program for a number of views, compiled on first use.
func (r *Rasterizer) program(views int) (g *graph.Graph, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.programs == nil {
		return nil, errFinalized
	}
	if g, ok := r.programs[views]; ok {
		return g, nil
	}
	failure := exceptions.TryCatch[error](func() {
		g = graph.NewGraph(r.backend, "rasteriser")
		parameters := graph.Parameter(g, parametersName, shapes.Make(placeType, views, graphscene.Width))
		err = g.Compile(r.placed.Visibility(parameters))
	})
	if err := errors.Join(failure, err); err != nil {
		return nil, fmt.Errorf("compiling for %d views on %s: %w", views, r.backend.Name(), err)
	}
	r.programs[views] = g
	return g, nil
}

const parametersName = "parameters"

// execute rasterises views of these semantic parameters.
func (r *Rasterizer) execute(views int, parameters []float64, copies []int32, depths []float32) error {
	g, err := r.program(views)
	if err != nil {
		return err
	}
	return r.placed.arrays.Run(r.backend, g, map[string]any{parametersName: parameters}, copies, depths)
}

// Finalize releases the programs and the mesh on the device. The rasteriser
// cannot be used afterwards.
func (r *Rasterizer) Finalize() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.programs {
		g.Finalize()
	}
	r.programs = nil
	return r.placed.Finalize()
}

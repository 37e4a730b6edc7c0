package shading

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/gomlx/compute"
	"golang.org/x/sync/errgroup"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// Differentiator computes pictures and their derivatives with the shading graph on
// a backend, and visibility with a host renderer. It is safe for concurrent use,
// except for Finalize.
type Differentiator struct {
	host    *render.Renderer
	alone   *render.Renderer // host on one goroutine
	backend compute.Backend
	placed  *Placed
	tracer  func() *Tracer // made on first use
	workers int

	frames sync.Pool // of *frame

	mu       sync.Mutex
	programs map[program]*compiled
}

// New returns a differentiator of the pictures of host. The backend must stay open
// until Finalize.
func New(host *render.Renderer, backend compute.Backend) (*Differentiator, error) {
	placed, err := Place(host, backend)
	if err != nil {
		return nil, err
	}
	return &Differentiator{
		host: host, alone: host.OnWorkers(1), backend: backend, placed: placed, workers: runtime.GOMAXPROCS(0),
		tracer:   sync.OnceValue(func() *Tracer { return NewTracer(host) }),
		programs: map[program]*compiled{},
		frames:   sync.Pool{New: func() any { return &frame{} }},
	}, nil
}

// ImageLen returns the length of one picture, size·size·3.
func (r *Differentiator) ImageLen() int { return r.host.ImageLen() }

// Finalize releases the programs and the data on the device. The differentiator
// cannot be used afterwards.
func (r *Differentiator) Finalize() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.programs {
		c.graph.Finalize()
	}
	r.programs = nil
	return r.placed.Finalize()
}

// Render draws one picture for each scene into images, [batch, size, size, 3]
// float32, NHWC, 0…1, with the graph. Without an accelerator the host's renderer
// draws the same pictures faster.
func (r *Differentiator) Render(ctx context.Context, scenes []render.Scene, images []float32) error {
	n := r.ImageLen()
	if len(images) != n*len(scenes) {
		return fmt.Errorf("%d values for %d pictures of %d: the length must be %d", len(images), len(scenes), n, n*len(scenes))
	}
	err := r.each(ctx, len(scenes), func(ctx context.Context, f *frame, i int) error {
		if err := r.look(ctx, f, scenes[i]); err != nil {
			return err
		}
		return r.draw(f, images[i*n:(i+1)*n])
	})
	if err != nil {
		return fmt.Errorf("rendering %q in a graph: %w", r.host.Mesh().Name, err)
	}
	return nil
}

// Gradients computes the derivatives of a function of pictures with respect to the
// semantic parameters. adjoints, [batch, size, size, 3] float32, are its
// derivatives with respect to the pixels of the scenes' pictures. It writes
// gradients, [batch, Width] float32, in the order of render.Parameters and per
// unit of each (per degree for angles).
func (r *Differentiator) Gradients(ctx context.Context, scenes []render.Scene, adjoints, gradients []float32) error {
	n, width := r.ImageLen(), Width()
	switch {
	case len(adjoints) != n*len(scenes):
		return fmt.Errorf("%d adjoints of %d pictures of %d values: the length must be %d", len(adjoints), len(scenes), n, n*len(scenes))
	case len(gradients) != width*len(scenes):
		return fmt.Errorf("%d derivatives for %d scenes with %d parameters: the length must be %d", len(gradients), len(scenes), width, width*len(scenes))
	}
	err := r.each(ctx, len(scenes), func(ctx context.Context, f *frame, i int) error {
		if err := r.look(ctx, f, scenes[i]); err != nil {
			return err
		}
		t := r.tracer()
		if err := f.pulled.pullBack(t, &scenes[i], &f.visible, adjoints[i*n:(i+1)*n]); err != nil {
			return err
		}
		gradient := gradients[i*width : (i+1)*width]
		if !t.interpolated {
			f.pulled.onHost(t, &scenes[i], f.lights, gradient)
			return nil
		}
		return r.differentiate(f, gradient)
	})
	if err != nil {
		return fmt.Errorf("differentiating pictures of %q: %w", r.host.Mesh().Name, err)
	}
	return nil
}

// frame is the memory for one view.
type frame struct {
	host     *render.Renderer // for visibility
	visible  render.VisibilityBuffer
	values   []float32 // [Width]
	lights   []float32 // [lights, lightColumns]
	backdrop []float32 // [size, size, 3], or nil
	pulled   pulled
	part     []float32 // [Width]: derivatives of one part
}

// look computes the visibility and the inputs of a scene.
func (r *Differentiator) look(ctx context.Context, f *frame, scene render.Scene) error {
	if err := f.host.Visibility(ctx, []render.Scene{scene}, &f.visible); err != nil {
		return err
	}
	f.values = Values(f.values[:0], &scene)
	f.lights = Lights(f.lights[:0], &scene, len(scene.Lights))
	f.backdrop = nil
	if scene.Backdrop != nil {
		f.backdrop = scene.Backdrop.Fill(r.host.Options().Size)
	}
	return nil
}

// each calls do for 0…n−1 on several goroutines until one fails or ctx is done.
func (r *Differentiator) each(ctx context.Context, n int, do func(ctx context.Context, f *frame, i int) error) error {
	host := r.host
	if n >= r.workers { // enough views for all cores: bands of views would only cost more
		host = r.alone
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.workers)
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			f := r.frames.Get().(*frame)
			defer r.frames.Put(f)
			f.host = host
			return do(ctx, f, i)
		})
	}
	return group.Wait()
}

var errFinalized = errors.New("the differentiator was finalized: make a new one")

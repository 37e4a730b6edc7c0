package sweep

import (
	"context"
	"errors"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/render/shading"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// scene is the object that was seen last, for items come object by object. A
// study may have thousands of objects, so what one has on the device is
// released before the next.
type scene struct {
	key   string
	views *render.Renderer
	// derivatives are those of views, made when they are first needed.
	derivatives *shading.Renderer
	release     []func() error
}

// see makes an object, drawn like this, the engine's scene.
func (e *Engine) see(ctx context.Context, q *queue.Queue, thing plan.Thing, options render.Options) error {
	key := fmt.Sprintf("%s %+v", thing.Hash, options)
	if e.scene.key == key {
		return nil
	}
	if err := e.scene.leave(); err != nil {
		return err
	}
	m, err := e.mesh(ctx, q, thing)
	if err != nil {
		return err
	}
	next := scene{key: key}
	if next.views, err = render.New(m, options); err != nil {
		return err
	}
	if err := next.toDevice(ctx); err != nil {
		return errors.Join(err, next.leave())
	}
	e.scene = next
	return nil
}

// toDevice finds visibility on the GPU where there is one.
func (s *scene) toDevice(ctx context.Context) error {
	if !backend.HasGPU() {
		return nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", err, queue.ErrUnavailable)
	}
	if !b.IsGPU() {
		return nil
	}
	d, err := device.New(s.views, b.Compute, device.Options{})
	if err != nil {
		return err
	}
	s.views, s.release = s.views.With(d), append(s.release, d.Finalize)
	return nil
}

// differentiated returns the derivatives of the scene's pictures.
func (s *scene) differentiated(ctx context.Context) (*shading.Renderer, error) {
	if s.derivatives != nil {
		return s.derivatives, nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, queue.ErrUnavailable)
	}
	made, err := shading.New(s.views, b.Compute)
	if err != nil {
		return nil, err
	}
	s.derivatives, s.release = made, append(s.release, made.Finalize)
	return made, nil
}

// leave releases what the scene has on the device.
func (s *scene) leave() error {
	var err error
	for _, release := range s.release {
		err = errors.Join(err, release())
	}
	*s = scene{}
	return err
}

// behind is the background that was used last.
type behind struct {
	hash     string
	backdrop *render.Backdrop
}

// backdrop returns the image of a file, nil where there is none.
func (e *Engine) backdrop(ctx context.Context, q *queue.Queue, file *plan.File) (*render.Backdrop, error) {
	if file == nil {
		return nil, nil
	}
	if e.behind.hash == file.Hash {
		return e.behind.backdrop, nil
	}
	path, err := e.find(ctx, q, []plan.File{*file})
	if err != nil {
		return nil, err
	}
	made, err := render.LoadBackdrop(path)
	if err != nil {
		return nil, err
	}
	e.behind = behind{file.Hash, made}
	return made, nil
}

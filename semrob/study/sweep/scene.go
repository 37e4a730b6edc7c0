package sweep

import (
	"context"
	"errors"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/render/shading"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
)

// scene is the object that was seen last, for items come object by object. A
// study may have thousands of objects, so what one has on the device is
// released before the next.
type scene struct {
	key   string
	views *render.Renderer
	// derivatives are made when they are first needed, by the samples along each
	// side of a pixel, 0 for those of views.
	derivatives map[int]*differentiated
	release     []func() error
}

// differentiated are pictures with their derivatives.
type differentiated struct {
	views       *render.Renderer
	derivatives *shading.Differentiator
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
	if next.views, err = next.onDevice(ctx, next.views); err != nil {
		return errors.Join(err, next.leave())
	}
	e.scene = next
	return nil
}

// onDevice finds the visibility of views on the GPU where there is one.
func (s *scene) onDevice(ctx context.Context, views *render.Renderer) (*render.Renderer, error) {
	if !backend.HasGPU() {
		return views, nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, queue.ErrUnavailable)
	}
	if !b.IsGPU() {
		return views, nil
	}
	d, err := device.New(views, b.Compute, device.Options{})
	if err != nil {
		return nil, err
	}
	s.release = append(s.release, d.Finalize)
	return views.With(d), nil
}

// differentiate gives f, whose values are of the scene's views, its gradients.
func (s *scene) differentiate(ctx context.Context, f *rendered.Objective, smoothing *rendered.Smoothing) error {
	supersample := 0 // of the views themselves
	if smoothing != nil {
		f.Mean = smoothing.Mean(f.Domain)
		supersample = max(smoothing.Supersample, 0)
	}
	of, err := s.differentiated(ctx, supersample)
	if err != nil {
		return err
	}
	f.Derivatives = of.derivatives
	if supersample > 0 {
		f.Finer = of.views
	}
	return nil
}

// differentiated returns the scene's pictures of so many samples along each side
// of a pixel, or its views for 0, with their derivatives.
func (s *scene) differentiated(ctx context.Context, supersample int) (*differentiated, error) {
	if known, ok := s.derivatives[supersample]; ok {
		return known, nil
	}
	made := &differentiated{views: s.views}
	var err error
	if supersample > 0 {
		options := s.views.Options()
		options.Supersample, options.KeepPlacement = supersample, true // it is placed already
		if made.views, err = render.New(s.views.Mesh(), options); err != nil {
			return nil, err
		}
		if made.views, err = s.onDevice(ctx, made.views); err != nil {
			return nil, err
		}
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, queue.ErrUnavailable)
	}
	if made.derivatives, err = shading.New(made.views, b.Compute); err != nil {
		return nil, err
	}
	if s.derivatives == nil {
		s.derivatives = map[int]*differentiated{}
	}
	s.derivatives[supersample], s.release = made, append(s.release, made.derivatives.Finalize)
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

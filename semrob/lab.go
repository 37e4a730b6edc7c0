package semrob

import (
	"context"
	"fmt"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/render/shading"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// Lab is where subjects are examined. The zero value works: it keeps results
// in store.Default, says nothing while it works, and opens XLA when something
// has to be computed.
//
// A Lab may be used by several goroutines; they take turns computing.
type Lab struct {
	// Store is where results are kept; nil means store.Default.
	Store *store.Store
	// NoCache neither reads nor keeps results.
	NoCache bool
	// Progress, where it is set, hears of everything that takes long.
	Progress progress.Progress
	// Rasterizer says where visibility is found; "" is on an NVIDIA GPU where
	// there is one, else on the host. The pictures are the same.
	Rasterizer device.Choice
	// Gradients says what the gradients are slopes of that white-box methods take:
	// the zero value is the derivative at the point; rendered.HalfADegree, its mean
	// over half a degree in finely sampled pictures, is the slope that f has, at some
	// 15 times the cost.
	Gradients rendered.Smoothing
	// Warn receives sentences about what did not go well but did not stop the
	// work, such as a result that could not be kept; nil means standard error.
	Warn func(sentence string)

	mu          sync.Mutex
	classifiers map[string]*network.Classifier
	renderers   map[string]*render.Renderer
	derivatives map[*render.Renderer]*shading.Differentiator
}

func (l *Lab) store() (*store.Store, error) {
	switch {
	case l.NoCache:
		return nil, nil
	case l.Store != nil:
		return l.Store, nil
	}
	return store.Default()
}

func (l *Lab) warn(format string, args ...any) {
	warn := l.Warn
	if warn == nil {
		warn = warnOnStderr
	}
	warn(fmt.Sprintf(format, args...))
}

// Objective returns f(u) = the probability of the subject's class for the
// object seen at u, over the axes with these names, or azimuth and elevation
// where there are none. It opens XLA.
func (l *Lab) Objective(ctx context.Context, subject Subject, axes ...string) (*rendered.Objective, error) {
	r, err := subject.resolve(ctx)
	if err != nil {
		return nil, err
	}
	space, err := subject.Space(axes...)
	if err != nil {
		return nil, err
	}
	return l.objective(ctx, r, space)
}

func (l *Lab) objective(ctx context.Context, r *resolved, space objective.Space) (*rendered.Objective, error) {
	id, err := r.identity(space)
	if err != nil {
		return nil, err
	}
	views, err := l.renderer(ctx, r, 0)
	if err != nil {
		return nil, err
	}
	classifier, err := l.classifier(ctx, r)
	if err != nil {
		return nil, err
	}
	f := &rendered.Objective{
		Renderer: views, Network: classifier, Class: r.class, Base: r.base, Domain: space, UserParameters: r.own, ID: id,
	}
	return f, l.differentiate(ctx, r, views, f)
}

// renderer returns the renderer of the subject's mesh at the network's size,
// with so many samples along each side of a pixel, or the reference's for 0, made
// once.
func (l *Lab) renderer(ctx context.Context, r *resolved, supersample int) (*render.Renderer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := fmt.Sprintf("%s %d %d %v %s", r.mesh.Hash(), r.network.InputSize, supersample, r.look.Materials, r.look.Shading)
	if known, ok := l.renderers[key]; ok {
		return known, nil
	}
	options := r.look
	options.Size, options.Supersample = r.network.InputSize, supersample
	made, err := render.New(r.mesh, options)
	if err != nil {
		return nil, err
	}
	if options.Materials && supersample == 0 { // what is absent changes the pictures then
		for _, sentence := range r.mesh.Warnings {
			l.warn("%s", sentence)
		}
	}
	if made, err = device.Choose(ctx, l.Rasterizer, made); err != nil {
		return nil, err
	}
	if l.renderers == nil {
		l.renderers = map[string]*render.Renderer{}
	}
	l.renderers[key] = made
	return made, nil
}

// derivativesOf returns what differentiates a renderer's pictures, on the
// process's backend, made once.
func (l *Lab) derivativesOf(ctx context.Context, views *render.Renderer) (*shading.Differentiator, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.derivatives[views]; ok {
		return known, nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, err
	}
	made, err := shading.New(views, b.Compute)
	if err != nil {
		return nil, err
	}
	if l.derivatives == nil {
		l.derivatives = map[*render.Renderer]*shading.Differentiator{}
	}
	l.derivatives[views] = made
	return made, nil
}

// classifier returns the subject's network on the process's backend, made
// once.
func (l *Lab) classifier(ctx context.Context, r *resolved) (*network.Classifier, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := fmt.Sprintf("%s %s %s", r.network.Fingerprint(), r.preprocess, r.precision)
	if known, ok := l.classifiers[key]; ok {
		return known, nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, err
	}
	made, err := r.network.Compile(b.Compute, network.Options{Preprocess: r.preprocess, Precision: r.precision})
	if err != nil {
		return nil, err
	}
	if l.classifiers == nil {
		l.classifiers = map[string]*network.Classifier{}
	}
	l.classifiers[key] = made
	return made, nil
}

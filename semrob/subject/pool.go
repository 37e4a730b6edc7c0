package subject

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/render/shading"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/rendered/direct"
)

// Pool opens descriptions as objectives. It keeps a bounded number of compiled
// networks and renderers for reuse. The zero value works. It is safe for concurrent
// use.
type Pool struct {
	// Rasterizer selects where visibility is computed: by default on an NVIDIA GPU if
	// there is one, otherwise on the host. The pictures are the same.
	Rasterizer device.Choice
	// Networks and Objects bound the numbers of compiled networks and renderers; 0
	// means 4 and 8. Those in use may exceed them.
	Networks, Objects int
	// Warn, if set, receives the warnings about materials, once for each renderer.
	Warn func(sentence string)

	// onDevice answers views in one program on a CPU too; for tests.
	onDevice bool

	mu       sync.Mutex
	networks cache[*network.Classifier]
	objects  cache[*object]
	directs  cache[*direct.Views]
	closed   bool
}

var (
	// ErrBackend is wrapped by errors of opening the backend, which may work on
	// another machine.
	ErrBackend = errors.New("no backend")
	// ErrClosed is the error of Open on a closed Pool.
	ErrClosed = errors.New("the pool of networks and renderers is closed")
)

// Opened is an objective with the resources that it uses.
type Opened struct {
	Objective *rendered.Objective
	// Classifier is the objective's network.
	Classifier *network.Classifier
	// Label is the label of the class, or the name of the set of classes.
	Label string
	// Device is the kind of device; see backend.Backend.Kind.
	Device string

	pool  *Pool
	once  sync.Once
	parts []func() error
}

// Release ends the use of the objective. The pool may keep its parts for reuse.
func (o *Opened) Release() error {
	var errs []error
	o.once.Do(func() {
		o.pool.mu.Lock()
		defer o.pool.mu.Unlock()
		for _, put := range o.parts {
			errs = append(errs, put())
		}
	})
	return errors.Join(errs...)
}

// Open returns the objective of a description. It opens the backend if necessary, and
// loads parts that the pool does not have from a source. Call Release after use.
func (p *Pool) Open(ctx context.Context, d Description, from Source) (*Opened, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	p.networks.max, p.objects.max = p.Networks, p.Objects
	if p.networks.max <= 0 {
		p.networks.max = 4
	}
	if p.objects.max <= 0 {
		p.objects.max = 8
	}
	p.directs.max = 2 // each keeps a network and an object in use
	o := &Opened{pool: p}
	if err := p.assemble(ctx, o, &d, from); err != nil {
		for _, put := range o.parts {
			err = errors.Join(err, put())
		}
		return nil, err
	}
	return o, nil
}

// assemble fills in o. It is the only place where renderer, network and class meet.
func (p *Pool) assemble(ctx context.Context, o *Opened, d *Description, from Source) error {
	classifier, err := p.networks.get(d.networkKey(), func() (*network.Classifier, func() error, error) {
		return compile(ctx, d, from)
	})
	if err != nil {
		return err
	}
	o.parts = append(o.parts, func() error { return p.networks.put(classifier) })
	o.Classifier, o.Label = classifier.value, d.Label
	options := d.look()
	options.Size = classifier.value.Network().InputSize
	drawn, err := p.object(ctx, o, d, from, options)
	if err != nil {
		return err
	}
	backdrop, err := from.loadBackdrop(ctx, d)
	if err != nil {
		return err
	}
	base, err := d.scene(from.userParameters(), backdrop)
	if err != nil {
		return err
	}
	o.Objective = &rendered.Objective{
		Renderer: drawn.renderer, Network: seen(classifier.value), Class: d.Class, Classes: d.Classes, Base: base, Domain: d.Space,
		UserParameters: from.userParameters(), Derivatives: drawn, ID: d.Key(),
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBackend, err)
	}
	if classifier.value.InGraph() && (p.onDevice || b.IsGPU() && drawn.release != nil) {
		if err := p.direct(o, d, drawn.renderer, options); err != nil {
			return err
		}
	}
	o.Device = b.Kind()
	if d.Gradients == nil {
		return nil
	}
	o.Objective.Mean = d.Gradients.Mean(d.Space)
	if options.Supersample = d.Gradients.Supersample; options.Supersample > 0 {
		finer, err := p.object(ctx, o, d, from, options)
		if err != nil {
			return err
		}
		o.Objective.Derivatives, o.Objective.Finer = finer, finer.renderer
	}
	return nil
}

// seen returns a compiled network for an objective: a black box if it has no gradient.
func seen(c *network.Classifier) rendered.Network {
	if c.Network().HasGradient() {
		return c
	}
	return black{c}
}

// black is a network without its gradient. Equal networks are equal values.
type black struct{ of *network.Classifier }

func (b black) Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error) {
	return b.of.Probabilities(ctx, images, batch)
}

// compile loads and compiles the network of a description.
func compile(ctx context.Context, d *Description, from Source) (*network.Classifier, func() error, error) {
	n, err := from.loadNetwork(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrBackend, err)
	}
	c, err := n.Compile(b.Compute, network.Options{Preprocess: d.Preprocess, Precision: d.Precision})
	if err != nil {
		return nil, nil, err
	}
	return c, c.Finalize, nil
}

// rendererKey is the key of a description's renderer.
func (p *Pool) rendererKey(d *Description, options render.Options) string {
	return d.objectKey(options) + " " + string(p.Rasterizer)
}

// object returns a renderer of the description's mesh.
func (p *Pool) object(ctx context.Context, o *Opened, d *Description, from Source, options render.Options) (*object, error) {
	e, err := p.objects.get(p.rendererKey(d, options), func() (*object, func() error, error) {
		m, err := from.loadMesh(ctx, d)
		if err != nil {
			return nil, nil, err
		}
		views, err := render.New(m, options)
		if err != nil {
			return nil, nil, err
		}
		if p.Warn != nil && options.Supersample == 0 {
			for _, sentence := range m.Warnings {
				p.Warn(sentence)
			}
		}
		made := &object{}
		if made.renderer, made.release, err = device.Choose(ctx, p.Rasterizer, views); err != nil {
			return nil, nil, err
		}
		return made, made.close, nil
	})
	if err != nil {
		return nil, err
	}
	o.parts = append(o.parts, func() error { return p.objects.put(e) })
	return e.value, nil
}

// direct lets the objective's views be answered in one program on the device, if that
// draws the mesh.
func (p *Pool) direct(o *Opened, d *Description, r *render.Renderer, options render.Options) error {
	networkKey, objectKey := d.networkKey(), p.rendererKey(d, options)
	e, err := p.directs.get(networkKey+" "+objectKey, func() (*direct.Views, func() error, error) {
		v, err := direct.New(r, o.Classifier, direct.Options{})
		if err != nil {
			return nil, nil, err
		}
		// Both are in use until the views are released, too. They are there already.
		n, failure := p.networks.get(networkKey, nil)
		drawn, failure2 := p.objects.get(objectKey, nil)
		release := func() error { return errors.Join(v.Finalize(), p.networks.put(n), p.objects.put(drawn)) }
		return v, release, errors.Join(failure, failure2)
	})
	if err != nil {
		return err
	}
	o.parts = append(o.parts, func() error { return p.directs.put(e) })
	o.Objective.Direct = e.value
	return nil
}

// Close releases everything that is not in use, and makes Open fail.
func (p *Pool) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.directs.max, p.networks.max, p.objects.max = 0, 0, 0 // parts in use are released by put
	return errors.Join(p.directs.trim(0), p.networks.trim(0), p.objects.trim(0))
}

// object is a renderer with the derivatives of its pictures, compiled when they are
// first needed.
type object struct {
	renderer *render.Renderer
	release  func() error // of the device rasteriser

	mu          sync.Mutex
	derivatives *shading.Differentiator
}

// Gradients implements rendered.Derivatives.
func (o *object) Gradients(ctx context.Context, scenes []render.Scene, adjoints, gradients []float32) error {
	d, err := o.differentiator(ctx)
	if err != nil {
		return err
	}
	return d.Gradients(ctx, scenes, adjoints, gradients)
}

func (o *object) differentiator(ctx context.Context) (*shading.Differentiator, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.derivatives != nil {
		return o.derivatives, nil
	}
	b, err := backend.Default(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBackend, err)
	}
	o.derivatives, err = shading.New(o.renderer, b.Compute)
	return o.derivatives, err
}

func (o *object) close() error {
	var errs []error
	if o.derivatives != nil {
		errs = append(errs, o.derivatives.Finalize())
	}
	if o.release != nil {
		errs = append(errs, o.release())
	}
	return errors.Join(errs...)
}

// Package rendered is where renderer and network meet: an objective that
// renders an object at a semantic point and returns the probability that a
// network gives to a class.
package rendered

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// Views renders scenes to images [batch, size, size, 3] float32, NHWC, 0…1. A
// *render.Renderer is one.
type Views interface {
	Render(ctx context.Context, scenes []render.Scene, images []float32) error
	// ImageLen returns size·size·3.
	ImageLen() int
}

// Network classifies images as Views renders them. A *network.Classifier is
// one.
type Network interface {
	// Probabilities returns the softmax probabilities, [batch, classes].
	Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error)
}

// Objective is f(u) = the softmax probability of Class for the object seen at
// u (Hamdi & Ghanem 2020, section 3). It implements objective.Objective and
// objective.Identified.
type Objective struct {
	Views   Views
	Network Network
	// Class is the index of the class whose probability is wanted.
	Class int
	// Base holds the parameters that are not axes of Domain.
	Base render.Scene
	// Domain lists the axes, named as render.Parameters are.
	Domain objective.Space
	// Batch is the number of views rendered while the network works on as many
	// others; 0 means 64.
	Batch int
	// ID is returned by Identity; see objective.Identified.
	ID any
}

// Space returns Domain.
func (o *Objective) Space() objective.Space { return o.Domain }

// Identity returns ID.
func (o *Objective) Identity() any { return o.ID }

// Scene returns Base with the axes set to point, in the order of Domain.
func (o *Objective) Scene(point []float64) (render.Scene, error) {
	scene := o.Base
	if len(point) != len(o.Domain) {
		return scene, fmt.Errorf("the point %v has %d coordinates, the space %d axes (%s)", point, len(point), len(o.Domain), o.Domain)
	}
	for k, axis := range o.Domain {
		if err := scene.Set(axis.Name, point[k]); err != nil {
			return scene, err
		}
	}
	return scene, scene.Check()
}

// Evaluate renders the points in batches, each while the network works on the
// one before, and writes the class's probabilities to values.
func (o *Objective) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := objective.CheckBatch(o.Domain, points, values); err != nil {
		return err
	}
	return o.predict(ctx, points, func(i int, probabilities []float32) error {
		if o.Class < 0 || o.Class >= len(probabilities) {
			return fmt.Errorf("class %d is not one of the network's %d", o.Class, len(probabilities))
		}
		values[i] = float64(probabilities[o.Class])
		return nil
	})
}

// Probabilities returns the probabilities of every class at every point,
// [point][class].
func (o *Objective) Probabilities(ctx context.Context, points [][]float64) ([][]float32, error) {
	all := make([][]float32, len(points))
	err := o.predict(ctx, points, func(i int, probabilities []float32) error {
		all[i] = append([]float32(nil), probabilities...)
		return nil
	})
	return all, err
}

// batch is a number of rendered views on their way to the network.
type batch struct {
	from, n int
	images  []float32
	err     error
}

// predict calls take for every point with the probabilities of all classes. A
// goroutine renders one batch ahead; two buffers go around between it and the
// network.
func (o *Objective) predict(ctx context.Context, points [][]float64, take func(i int, probabilities []float32) error) error {
	scenes := make([]render.Scene, len(points))
	for i, p := range points {
		var err error
		if scenes[i], err = o.Scene(p); err != nil {
			return fmt.Errorf("point %v: %w", p, err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	size := o.Batch
	if size <= 0 {
		size = 64
	}
	free := make(chan []float32, 2)
	for range cap(free) {
		free <- make([]float32, min(size, len(points))*o.Views.ImageLen())
	}
	ready := make(chan batch)
	go o.renderAhead(ctx, scenes, size, free, ready)
	for b := range ready {
		if b.err != nil {
			return b.err
		}
		if err := o.classify(ctx, b, take); err != nil {
			return err
		}
		free <- b.images[:cap(b.images)]
	}
	return ctx.Err()
}

// renderAhead sends every batch of scenes, or one batch with an error, and
// closes ready.
func (o *Objective) renderAhead(ctx context.Context, scenes []render.Scene, size int, free <-chan []float32, ready chan<- batch) {
	defer close(ready)
	for from := 0; from < len(scenes); from += size {
		n := min(size, len(scenes)-from)
		var images []float32
		select {
		case images = <-free:
		case <-ctx.Done():
			return
		}
		b := batch{from: from, n: n, images: images[:n*o.Views.ImageLen()]}
		b.err = o.Views.Render(ctx, scenes[from:from+n], b.images)
		select {
		case ready <- b:
		case <-ctx.Done():
			return
		}
	}
}

func (o *Objective) classify(ctx context.Context, b batch, take func(i int, probabilities []float32) error) error {
	probabilities, err := o.Network.Probabilities(ctx, b.images, b.n)
	if err != nil {
		return fmt.Errorf("classifying %d views: %w", b.n, err)
	}
	if len(probabilities)%b.n != 0 {
		return fmt.Errorf("classifying %d views: the network returned %d probabilities", b.n, len(probabilities))
	}
	classes := len(probabilities) / b.n
	for i := range b.n {
		if err := take(b.from+i, probabilities[i*classes:(i+1)*classes]); err != nil {
			return err
		}
	}
	return nil
}

// Axis returns an axis along the semantic parameter with this name, over its
// default domain.
func Axis(name string) (objective.Axis, error) {
	p, err := render.LookupParameter(name)
	if err != nil {
		return objective.Axis{}, err
	}
	return objective.Axis{Name: p.Name, Unit: p.Unit, Min: p.DomainMin, Max: p.DomainMax, Periodic: p.Periodic}, nil
}

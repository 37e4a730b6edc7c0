// Package rendered combines a renderer and a network to an objective: it renders an
// object at a semantic point and returns the probability that the network gives to a
// class.
package rendered

import (
	"context"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// Renderer renders scenes to images [batch, size, size, 3] float32, NHWC, 0…1, like a
// *render.Renderer.
type Renderer interface {
	Render(ctx context.Context, scenes []render.Scene, images []float32) error
	// ImageLen returns size·size·3.
	ImageLen() int
}

// Network classifies images of a Renderer, like a *network.Classifier.
type Network interface {
	// Probabilities returns the softmax probabilities, [batch, classes].
	Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error)
}

// Direct answers scenes with a network, like a *direct.Views.
type Direct interface {
	// Probabilities returns the softmax probabilities, [scene, class], flat.
	Probabilities(ctx context.Context, scenes []render.Scene) ([]float32, error)
}

// Objective is f(u) = the softmax probability of Class for the object seen at
// u (Hamdi & Ghanem 2020, section 3), or the sum of those of Classes. It implements
// objective.Identified, objective.MaybeDifferentiable, objective.Costed,
// objective.Answering and verify.Answerer.
type Objective struct {
	Renderer Renderer
	Network  Network
	// Direct, if not nil, answers views of Renderer without pictures in host memory, with
	// Network and up to rounding. It is not asked for views of a mesh or with pictures
	// that user-defined parameters change, nor for gradients.
	Direct Direct
	// Derivatives are those of Finer or, without it, of Renderer. If they are nil, the
	// objective is a black box.
	Derivatives Derivatives
	// Finer, if not nil, renders the pictures for gradients, in the same size as
	// Renderer but with more samples per pixel. When an edge moves, the samples of
	// Renderer change f in ways that no derivative describes. Values are always those
	// of Renderer.
	Finer Renderer
	// Mean, if not nil, averages gradients over lines through each point. Values are
	// those of the points.
	Mean *Mean
	// Class is the index of the class.
	Class int
	// Classes, if any, are the indices of a set of accepted classes, which replaces
	// Class: f is the sum of their probabilities, and an answer is right if the most
	// probable class is one of them.
	Classes []int
	// Base has the values of the parameters that are not axes.
	Base render.Scene
	// Domain has the axes, named after render.Parameters and UserParameters.
	Domain objective.Space
	// UserParameters all take effect; those that are not axes have their defaults.
	UserParameters []UserParameter
	// Batch is the number of views in a batch; 0 means 64. The next batch is rendered
	// while the network computes.
	Batch int
	// ID is returned by Identity; see objective.Identified.
	ID any

	wardrobe wardrobe
}

// Space returns Domain.
func (o *Objective) Space() objective.Space { return o.Domain }

// Identity returns ID.
func (o *Objective) Identity() any { return o.ID }

// Scene returns the scene at a point of Domain: Base with the axes set, changed by
// UserParameters.
func (o *Objective) Scene(point []float64) (render.Scene, error) {
	scene := o.Base
	if len(point) != len(o.Domain) {
		return scene, fmt.Errorf("the point %v has %d coordinates, the space %d axes (%s)", point, len(point), len(o.Domain), o.Domain)
	}
	for k, axis := range o.Domain {
		if o.owns(axis.Name) {
			continue
		}
		if err := scene.Set(axis.Name, point[k]); err != nil {
			return scene, err
		}
	}
	values := o.values(point)
	for i, p := range o.UserParameters {
		if p.Scene != nil {
			p.Scene(&scene, values[i])
		}
	}
	return scene, scene.Check()
}

// Image returns the picture that the network sees at a point, rounded to 8 bits a
// channel.
func (o *Objective) Image(ctx context.Context, point []float64) (image.Image, error) {
	scene, err := o.Scene(point)
	if err != nil {
		return nil, fmt.Errorf("point %v: %w", point, err)
	}
	views, err := o.viewsAt(point)
	if err != nil {
		return nil, err
	}
	pixels := make([]float32, views.ImageLen())
	if err := views.Render(ctx, []render.Scene{scene}, pixels); err != nil {
		return nil, err
	}
	return render.NRGBA(pixels, int(math.Round(math.Sqrt(float64(len(pixels)/3))))), nil
}

// Evaluate writes the probability of the class at points[i] to values[i]. It renders
// each batch while the network computes the previous one.
func (o *Objective) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	return o.EvaluateShared(ctx, []objective.Request{{Objective: o, Points: points, Values: values}})
}

// SharedWith returns the network, which can classify views of several objects in one
// batch.
func (o *Objective) SharedWith() any { return o.Network }

// EvaluateShared evaluates several objectives with the same network in shared
// batches.
func (o *Objective) EvaluateShared(ctx context.Context, requests []objective.Request) error {
	if err := objective.CheckRequests(requests); err != nil {
		return err
	}
	var jobs []job
	for i, r := range requests {
		member, ok := r.Objective.(*Objective)
		if !ok || member.Network != o.Network || member.Renderer.ImageLen() != o.Renderer.ImageLen() {
			return fmt.Errorf("request %d has another network: evaluate it separately", i)
		}
		for k := range r.Points {
			j, err := member.job(r.Points[k], func(probabilities []float32) error {
				p, err := member.Probability(probabilities)
				if err != nil {
					return err
				}
				if r.Values[k] = p; r.Answers != nil {
					r.Answers[k], err = objective.AnswerOf(probabilities, member.Accepted()...)
				}
				return err
			})
			if err != nil {
				return err
			}
			jobs = append(jobs, j)
		}
	}
	return o.work(ctx, jobs)
}

// Accepted returns the indices of the accepted classes: Classes, or Class alone.
func (o *Objective) Accepted() []int {
	if len(o.Classes) > 0 {
		return o.Classes
	}
	return []int{o.Class}
}

// Accepts reports whether a class is an accepted one.
func (o *Objective) Accepts(class int) bool { return slices.Contains(o.Accepted(), class) }

// Probability returns f from the probabilities of all classes: the sum of those of the
// accepted classes.
func (o *Objective) Probability(probabilities []float32) (float64, error) {
	accepted := o.Accepted()
	if err := objective.CheckClasses(len(probabilities), accepted...); err != nil {
		return 0, err
	}
	sum := 0.0
	for _, class := range accepted {
		sum += float64(probabilities[class])
	}
	return sum, nil
}

// Probabilities returns the probabilities of all classes, [point][class].
func (o *Objective) Probabilities(ctx context.Context, points [][]float64) ([][]float32, error) {
	all := make([][]float32, len(points))
	err := o.predict(ctx, points, func(i int, probabilities []float32) error {
		all[i] = append([]float32(nil), probabilities...)
		return nil
	})
	return all, err
}

// predict calls take with the probabilities of all classes at each point.
func (o *Objective) predict(ctx context.Context, points [][]float64, take func(i int, probabilities []float32) error) error {
	jobs := make([]job, len(points))
	for i, p := range points {
		var err error
		if jobs[i], err = o.job(p, func(probabilities []float32) error { return take(i, probabilities) }); err != nil {
			return err
		}
	}
	return o.work(ctx, jobs)
}

// job returns the job of a point.
func (o *Objective) job(point []float64, take func(probabilities []float32) error) (job, error) {
	scene, err := o.Scene(point)
	if err != nil {
		return job{}, fmt.Errorf("point %v: %w", point, err)
	}
	views, err := o.viewsAt(point)
	if err != nil {
		return job{}, err
	}
	j := job{views: views, scene: scene, take: take}
	if views == o.Renderer {
		j.direct = o.Direct
	}
	return j, nil
}

// Axis returns the axis of a semantic parameter over its default domain. An unknown
// name is a *render.UnknownError.
func Axis(name string) (objective.Axis, error) {
	p, err := render.LookupParameter(name)
	if err != nil {
		return objective.Axis{}, err
	}
	return objective.Axis{Name: p.Name, Unit: p.Unit, Min: p.DomainMin, Max: p.DomainMax, Periodic: p.Periodic}, nil
}

// Package objective holds the one interface that carries the system: a
// function on a named semantic space, evaluated in batches.
//
// A rendered classifier, a published semantic map and a formula for teaching
// are all objectives. Semantic maps, robust regions, worst cases and
// certificates know nothing else about where the values come from.
package objective

import (
	"context"
	"fmt"
)

// Objective is a function f on a semantic space, usually the softmax
// probability that a classifier gives to the true class of a rendered object
// (Hamdi & Ghanem 2020, section 3: f(u) for semantic parameters u).
//
// Implementations must be safe for use by one goroutine at a time; they are
// free to work on the points of a batch in parallel.
type Objective interface {
	// Space returns the axes of the domain, in the order of the coordinates of
	// every point. The caller must not change it.
	Space() Space

	// Evaluate writes f(points[i]) to values[i].
	//
	// points is [batch][axis], in the units of the axes (degrees for angles);
	// values has the length of points. Points outside the domain are an error
	// of the caller unless the axis is periodic. Evaluate returns ctx.Err(),
	// wrapped, as soon as it can after ctx is done. After an error every value
	// is either right or untouched, so that interrupted work can be kept.
	Evaluate(ctx context.Context, points [][]float64, values []float64) error
}

// Differentiable is an Objective that knows its gradient.
type Differentiable interface {
	Objective

	// Gradient writes f(points[i]) to values[i] and ∂f/∂u at points[i] to
	// gradients[i].
	//
	// points and gradients are [batch][axis]; gradients are per unit of the
	// axis (per degree for angles).
	Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error
}

// White returns f as an objective with a gradient; ok is false where it is a
// black box, or says so itself by a method HasGradient() bool.
func White(f Objective) (white Differentiable, ok bool) {
	if says, can := f.(interface{ HasGradient() bool }); can && !says.HasGradient() {
		return nil, false
	}
	white, ok = f.(Differentiable)
	return white, ok
}

// Identified is an Objective whose values can be kept on disk: two objectives
// with the same Identity have the same values at the same points.
type Identified interface {
	Objective

	// Identity returns everything that decides the values (mesh content,
	// network and weights content, preprocessing, fixed parameters, code
	// version), as something encoding/json can marshal deterministically.
	Identity() any
}

// Func makes an Objective of a formula evaluated one point at a time, for
// teaching and for tests.
type Func struct {
	// Domain is the space of the formula.
	Domain Space
	// F returns the value at a point of [axis] coordinates.
	F func(point []float64) float64
	// Grad, where it is set, writes the gradient at point to gradient.
	Grad func(point, gradient []float64)
}

// Space returns the domain of the formula.
func (f *Func) Space() Space { return f.Domain }

// HasGradient reports whether Grad is set.
func (f *Func) HasGradient() bool { return f.Grad != nil }

// Evaluate calls F for each point.
func (f *Func) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := CheckBatch(f.Domain, points, values); err != nil {
		return err
	}
	for i, p := range points {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("evaluating a formula: %w", err)
		}
		values[i] = f.F(p)
	}
	return nil
}

// Gradient calls F and Grad for each point. It is an error where Grad is nil.
func (f *Func) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if f.Grad == nil {
		return fmt.Errorf("this formula has no gradient: set Func.Grad, or use a black-box method")
	}
	if err := f.Evaluate(ctx, points, values); err != nil {
		return err
	}
	if len(gradients) != len(points) {
		return fmt.Errorf("%d gradients for %d points: the lengths must agree", len(gradients), len(points))
	}
	for i, p := range points {
		f.Grad(p, gradients[i])
	}
	return nil
}

// CheckBatch reports whether points and values have the shapes that Evaluate
// asks for.
func CheckBatch(space Space, points [][]float64, values []float64) error {
	if len(points) != len(values) {
		return fmt.Errorf("%d values for %d points: the lengths must agree", len(values), len(points))
	}
	for i, p := range points {
		if len(p) != len(space) {
			return fmt.Errorf("point %d has %d coordinates, the space has %d axes (%s)", i, len(p), len(space), space)
		}
	}
	return nil
}

// Package objective defines the interface on which everything else is built: a
// function on a named semantic space, evaluated in batches.
//
// A rendered classifier, a published semantic map and a formula for teaching
// are all objectives. Semantic maps, robust regions, worst cases and
// certificates need to know nothing else about the source of the values.
package objective

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Objective is a function f on a semantic space, usually the softmax
// probability that a classifier gives to the true class of a rendered object
// (Hamdi & Ghanem 2020, section 3: f(u) for semantic parameters u).
//
// An implementation must be safe for use by one goroutine at a time; it may
// work on the points of a batch in parallel.
type Objective interface {
	// Space returns the axes of the domain, in the order of the coordinates of
	// every point. The caller must not change it.
	Space() Space

	// Evaluate writes f(points[i]) to values[i].
	//
	// points is [batch][axis], in the units of the axes (degrees for angles);
	// values has the length of points. The caller must not pass points outside
	// the domain, except along periodic axes. Evaluate returns ctx.Err(),
	// wrapped, as soon as it can after ctx is done. After an error every value
	// is either correct or untouched, so that finished work can be kept.
	Evaluate(ctx context.Context, points [][]float64, values []float64) error
}

// Differentiable is an Objective with a gradient.
type Differentiable interface {
	Objective

	// Gradient writes f(points[i]) to values[i] and ∂f/∂u at points[i] to
	// gradients[i].
	//
	// points and gradients are [batch][axis]; gradients are per unit of the
	// axis (per degree for angles).
	Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error
}

// MaybeDifferentiable is a Differentiable that may lack a gradient, depending
// on how it was set up.
type MaybeDifferentiable interface {
	Differentiable

	// HasGradient reports whether Gradient can succeed.
	HasGradient() bool
}

// Costed is a Differentiable that knows the price of its gradient.
type Costed interface {
	Differentiable

	// GradientCost returns the cost of a gradient and its value, in evaluations.
	GradientCost() int
}

// ErrNoGradient is the error for asking a black box for its gradient.
var ErrNoGradient = errors.New("the objective is a black box without a gradient")

// White returns f as an objective with a gradient; ok is false if f is a black
// box.
func White(f Objective) (white Differentiable, ok bool) {
	if maybe, can := f.(MaybeDifferentiable); can && !maybe.HasGradient() {
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
	// version) in a form that encoding/json marshals deterministically.
	Identity() any
}

// Func makes an Objective from a formula evaluated one point at a time, for
// teaching and for tests.
type Func struct {
	// Domain is the space of the formula.
	Domain Space
	// F returns the value at a point of [axis] coordinates.
	F func(point []float64) float64
	// Grad writes the gradient at point to gradient; nil makes a black box.
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

// Gradient calls F and Grad for each point. It returns ErrNoGradient, wrapped,
// if Grad is nil.
func (f *Func) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if f.Grad == nil {
		return fmt.Errorf("differentiating a formula: %w: set Func.Grad or use a black-box method", ErrNoGradient)
	}
	if err := CheckGradients(f.Domain, points, values, gradients); err != nil {
		return err
	}
	if err := f.Evaluate(ctx, points, values); err != nil {
		return err
	}
	for i, p := range points {
		f.Grad(p, gradients[i])
	}
	return nil
}

// CheckBatch reports arguments of Evaluate whose shapes do not fit.
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

// CheckGradients reports arguments of Gradient whose shapes do not fit.
func CheckGradients(space Space, points [][]float64, values []float64, gradients [][]float64) error {
	if err := CheckBatch(space, points, values); err != nil {
		return err
	}
	if len(gradients) != len(points) {
		return fmt.Errorf("%d gradients for %d points: the lengths must agree", len(gradients), len(points))
	}
	for i, g := range gradients {
		if len(g) != len(space) {
			return fmt.Errorf("gradient %d has %d coordinates, the space has %d axes (%s)", i, len(g), len(space), space)
		}
	}
	return nil
}

// NotFiniteError is the error for a value of f that is NaN or infinite.
type NotFiniteError struct {
	Value float64
	Point []float64 // [axis]
}

// Error names the value and its point.
func (e *NotFiniteError) Error() string {
	return fmt.Sprintf("f is %g at %v: the network's output is not finite there", e.Value, e.Point)
}

// CheckFinite returns a *NotFiniteError for the first value that is NaN or
// infinite.
func CheckFinite(points [][]float64, values []float64) error {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return &NotFiniteError{v, points[i]}
		}
	}
	return nil
}

// Package analytic provides objectives that are formulas: boxes, Gaussians,
// ridges, half-spaces and waves in any number of dimensions, for teaching and
// for tests. Their least values, integrals over boxes and true region bounds
// are known, so the results of a method can be checked against them.
//
//	box := &analytic.Box{Domain: analytic.Cube(2), A: []float64{.2, .3}, B: []float64{.7, .6}}
//	pit := &analytic.Gaussian{Domain: objective.Viewpoints(), Centre: []float64{40, 20}, Sigma: []float64{15, 8}, Base: 1, Height: -0.9}
//
// All are defined on any objective.Space, in the units of its axes, and are
// periodic along its periodic axes. Types with a Gradient method implement
// objective.Differentiable.
package analytic

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Cube returns the unit cube: axes x1…xn, 0…1, without a unit.
func Cube(n int) objective.Space { return space(n, false) }

// Torus returns the unit cube with every axis periodic.
func Torus(n int) objective.Space { return space(n, true) }

func space(n int, periodic bool) objective.Space {
	s := make(objective.Space, n)
	for k := range s {
		s[k] = objective.Axis{Name: fmt.Sprintf("x%d", k+1), Min: 0, Max: 1, Periodic: periodic}
	}
	return s
}

// evaluate calls f for every point of a batch.
func evaluate(ctx context.Context, s objective.Space, points [][]float64, values []float64, f func(point []float64) float64) error {
	if err := objective.CheckBatch(s, points, values); err != nil {
		return err
	}
	for i, p := range points {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("evaluating a formula: %w", err)
		}
		values[i] = f(p)
	}
	return nil
}

// differentiate calls f, which writes the gradient and returns the value, for
// every point of a batch.
func differentiate(ctx context.Context, s objective.Space, points [][]float64, values []float64, gradients [][]float64, f func(point, gradient []float64) float64) error {
	if err := objective.CheckGradients(s, points, values, gradients); err != nil {
		return err
	}
	for i, p := range points {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("differentiating a formula: %w", err)
		}
		values[i] = f(p, gradients[i])
	}
	return nil
}

// firstError returns the first of the errors, prefixed with the kind of
// formula.
func firstError(kind string, errs ...error) error {
	if err := cmp.Or(errs...); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}

// checkVector reports a field that does not have one finite number per axis.
func checkVector(what string, s objective.Space, v []float64) error {
	if len(v) != len(s) {
		return fmt.Errorf("%s has %d numbers, the space has %d axes (%s): give one for each", what, len(v), len(s), s)
	}
	for k, x := range v {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("%s of axis %s is %g: it must be finite", what, s[k].Name, x)
		}
	}
	return nil
}

// checkSides reports bounds that are not those of a box a < b.
func checkSides(s objective.Space, a, b []float64) error {
	if err := checkVector("A", s, a); err != nil {
		return err
	}
	if err := checkVector("B", s, b); err != nil {
		return err
	}
	for k, axis := range s {
		if !(a[k] < b[k]) {
			return fmt.Errorf("the box %g…%g on axis %s is empty or reversed: the smaller number goes first", a[k], b[k], axis.Name)
		}
		if axis.Periodic && b[k]-a[k] > axis.Width() {
			return fmt.Errorf("the box %g…%g on axis %s is wider than the period %g", a[k], b[k], axis.Name, axis.Width())
		}
	}
	return nil
}

// farthest returns the point of the axis's domain farthest from x, around the
// period on a periodic axis.
func farthest(axis objective.Axis, x float64) float64 {
	if axis.Periodic {
		return axis.Wrap(x + axis.Width()/2)
	}
	if x-axis.Min > axis.Max-x {
		return axis.Min
	}
	return axis.Max
}

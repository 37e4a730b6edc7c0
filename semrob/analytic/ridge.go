package analytic

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Ridge is f = Base + Height·exp(−½ (r/Width)²), with r the height of a point
// above a surface through Through: a crest that runs across the domain, or a
// valley if Height is negative.
//
//	r(u) = Σ Slope_k·h_k(u_k)
//
// with h = (u−p)/w along an axis of width w, and h = sin(2π(u−p)/w)/2π along a
// periodic axis: the surface is curved, since a plane would not close.
type Ridge struct {
	Domain objective.Space
	// Through is a point of the crest, [axis], in the units of the axes.
	Through []float64
	// Slope is the slope of r along each axis, per width of the axis; at least
	// one component must not be 0.
	Slope []float64
	// Width is the σ of the crest in units of r; 0 means 0.1.
	Width float64
	// Height 0 means 1.
	Base, Height float64
}

// Space returns the domain.
func (f *Ridge) Space() objective.Space { return f.Domain }

// Check reports fields that do not fit the domain.
func (f *Ridge) Check() error {
	if err := firstError("a ridge", f.Domain.Check(),
		checkVector("Through", f.Domain, f.Through), checkVector("Slope", f.Domain, f.Slope)); err != nil {
		return err
	}
	if !(f.Width >= 0) || math.IsInf(f.Width, 0) {
		return fmt.Errorf("a ridge: its width %g must be positive", f.Width)
	}
	for _, s := range f.Slope {
		if s != 0 {
			return nil
		}
	}
	return fmt.Errorf("a ridge: its slope is 0 along every axis: give it a direction")
}

// rise returns h_k(x) and its derivative.
func (f *Ridge) rise(k int, x float64) (h, slope float64) {
	axis := f.Domain[k]
	t := (x - f.Through[k]) / axis.Width()
	if !axis.Periodic {
		return t, 1 / axis.Width()
	}
	sin, cos := math.Sincos(2 * math.Pi * t)
	return sin / (2 * math.Pi), cos / axis.Width()
}

// Above returns r at a point: 0 on the crest.
func (f *Ridge) Above(point []float64) float64 {
	r := 0.0
	for k, s := range f.Slope {
		h, _ := f.rise(k, point[k])
		r += s * h
	}
	return r
}

func (f *Ridge) value(point []float64) float64 {
	return f.Base + f.crest(f.Above(point))
}

// crest returns Height·exp(−½ (r/Width)²).
func (f *Ridge) crest(r float64) float64 {
	t := r / cmp.Or(f.Width, 0.1)
	return cmp.Or(f.Height, 1) * math.Exp(-t*t/2)
}

func (f *Ridge) gradient(point, gradient []float64) float64 {
	w := cmp.Or(f.Width, 0.1)
	r := f.Above(point)
	crest := f.crest(r)
	for k, s := range f.Slope {
		_, slope := f.rise(k, point[k])
		gradient[k] = -crest * r / (w * w) * s * slope
	}
	return f.Base + crest
}

// Evaluate implements objective.Objective.
func (f *Ridge) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return evaluate(ctx, f.Domain, points, values, f.value)
}

// Gradient implements objective.Differentiable.
func (f *Ridge) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return differentiate(ctx, f.Domain, points, values, gradients, f.gradient)
}

// Minimum returns a least point of the domain and its value. If Height is
// negative it is Through, which must be in the domain; the whole valley has that
// value.
func (f *Ridge) Minimum() (point []float64, value float64) { return f.extreme(cmp.Or(f.Height, 1) > 0) }

// Maximum returns a greatest point of the domain and its value. If Height is
// positive it is Through, which must be in the domain; the whole crest has that
// value.
func (f *Ridge) Maximum() (point []float64, value float64) { return f.extreme(cmp.Or(f.Height, 1) < 0) }

// extreme returns Through, or the point farthest from the crest.
func (f *Ridge) extreme(away bool) ([]float64, float64) {
	if !away {
		return append([]float64(nil), f.Through...), f.value(f.Through)
	}
	low, high := f.corner(-1), f.corner(1)
	if math.Abs(f.Above(low)) > math.Abs(f.Above(high)) {
		return low, f.value(low)
	}
	return high, f.value(high)
}

// corner returns the point of the domain with the greatest r times sign, found
// for each term of the sum separately.
func (f *Ridge) corner(sign float64) []float64 {
	p := make([]float64, len(f.Domain))
	for k, axis := range f.Domain {
		up := sign*f.Slope[k] > 0
		switch {
		case f.Slope[k] == 0:
			p[k] = axis.Wrap(f.Through[k])
		case axis.Periodic && up:
			p[k] = axis.Wrap(f.Through[k] + axis.Width()/4)
		case axis.Periodic:
			p[k] = axis.Wrap(f.Through[k] - axis.Width()/4)
		case up:
			p[k] = axis.Max
		default:
			p[k] = axis.Min
		}
	}
	return p
}

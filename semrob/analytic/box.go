package analytic

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Box has one value inside a box and another outside: a perfect robust region.
type Box struct {
	Domain objective.Space
	// A and B are the bounds of the box, [axis], in the units of the axes. On a
	// periodic axis B may lie beyond the end of the domain.
	A, B []float64
	// Base is f outside, Base + Height inside; Height 0 means 1.
	Base, Height float64
}

// Space returns the domain.
func (f *Box) Space() objective.Space { return f.Domain }

// Check reports fields that do not fit the domain.
func (f *Box) Check() error {
	return firstError("a box", f.Domain.Check(), checkSides(f.Domain, f.A, f.B))
}

func (f *Box) product() product {
	p := product{base: f.Base, height: cmp.Or(f.Height, 1)}
	for k, axis := range f.Domain {
		p.factors = append(p.factors, side{axis, f.A[k], f.B[k]})
	}
	return p
}

// Evaluate implements objective.Objective. The bounds are part of the box.
func (f *Box) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return evaluate(ctx, f.Domain, points, values, f.product().value)
}

// TrueBounds returns the bounds that a perfect method finds from any start
// inside: A and B, clipped to the domain along non-periodic axes.
func (f *Box) TrueBounds() (a, b []float64) { return trueBounds(f.Domain, f.A, f.B) }

// Integral returns ∫f over the box a ≤ u ≤ b, around the period on periodic
// axes.
func (f *Box) Integral(a, b []float64) float64 { return f.product().integral(a, b) }

// Minimum returns a least point of the domain and its value.
func (f *Box) Minimum() (point []float64, value float64) { return f.product().minimum() }

// Maximum returns a greatest point of the domain and its value.
func (f *Box) Maximum() (point []float64, value float64) { return f.product().maximum() }

func trueBounds(s objective.Space, a, b []float64) ([]float64, []float64) {
	lo, hi := append([]float64(nil), a...), append([]float64(nil), b...)
	for k, axis := range s {
		if !axis.Periodic {
			lo[k], hi[k] = max(lo[k], axis.Min), min(hi[k], axis.Max)
		}
	}
	return lo, hi
}

// side is 1 between a and b and 0 elsewhere.
type side struct {
	axis objective.Axis
	a, b float64
}

func (s side) at(x float64) float64 {
	if math.IsNaN(x) {
		return x
	}
	if x >= s.a && x <= s.b {
		return 1
	}
	if p := s.axis.Width(); s.axis.Periodic && x-s.a-math.Floor((x-s.a)/p)*p <= s.b-s.a {
		return 1
	}
	return 0
}

// slope is 0 wherever it exists.
func (s side) slope(float64) float64 { return 0 }

func (s side) integral(a, b float64) float64 {
	overlap := func(shift float64) float64 { return max(0, min(b, s.b+shift)-max(a, s.a+shift)) }
	if !s.axis.Periodic {
		return overlap(0)
	}
	p, total := s.axis.Width(), 0.0
	for j := math.Floor((a - s.b) / p); j <= math.Ceil((b-s.a)/p); j++ {
		total += overlap(j * p)
	}
	return total
}

func (s side) centre() (objective.Axis, float64) { return s.axis, (s.a + s.b) / 2 }

// SoftBox is a box whose edges are logistic curves, like those of a trained
// network: the product of σ((x−a)/w) − σ((x−b)/w) over the axes.
type SoftBox struct {
	Domain objective.Space
	// A and B are the bounds of the box, [axis], in the units of the axes; in
	// the middle of each face f is halfway. On a periodic axis B may lie beyond
	// the end of the domain.
	A, B []float64
	// Softness is the width w of the edges as a fraction of the domain's width;
	// 0 means 0.02. f falls from 88 % to 12 % over 4w.
	Softness float64
	// Base is f far outside, about Base + Height in the middle; Height 0 means
	// 1.
	Base, Height float64
}

// Space returns the domain.
func (f *SoftBox) Space() objective.Space { return f.Domain }

// Check reports fields that do not fit the domain.
func (f *SoftBox) Check() error {
	if err := firstError("a soft box", f.Domain.Check(), checkSides(f.Domain, f.A, f.B)); err != nil {
		return err
	}
	if !(f.Softness >= 0 && f.Softness <= 1) {
		return fmt.Errorf("a soft box: its softness %g must be between 0 and 1", f.Softness)
	}
	return nil
}

func (f *SoftBox) product() product {
	p := product{base: f.Base, height: cmp.Or(f.Height, 1)}
	for k, axis := range f.Domain {
		w := cmp.Or(f.Softness, 0.02) * axis.Width()
		centre := (f.A[k] + f.B[k]) / 2
		p.factors = append(p.factors, softSide{
			a: f.A[k], b: f.B[k], w: w,
			images: images{axis: axis, centre: centre, reach: (f.B[k]-f.A[k])/2 + 40*w},
		})
	}
	return p
}

// Evaluate implements objective.Objective.
func (f *SoftBox) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return evaluate(ctx, f.Domain, points, values, f.product().value)
}

// Gradient implements objective.Differentiable.
func (f *SoftBox) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return differentiate(ctx, f.Domain, points, values, gradients, f.product().gradient)
}

// TrueBounds returns A and B, where f is halfway, clipped to the domain along
// non-periodic axes.
func (f *SoftBox) TrueBounds() (a, b []float64) { return trueBounds(f.Domain, f.A, f.B) }

// Integral returns ∫f over the box a ≤ u ≤ b, around the period on periodic
// axes.
func (f *SoftBox) Integral(a, b []float64) float64 { return f.product().integral(a, b) }

// Minimum returns a least point of the domain and its value.
func (f *SoftBox) Minimum() (point []float64, value float64) { return f.product().minimum() }

// Maximum returns a greatest point of the domain and its value.
func (f *SoftBox) Maximum() (point []float64, value float64) { return f.product().maximum() }

// softSide is σ((x−a)/w) − σ((x−b)/w), summed over the periods.
type softSide struct {
	images
	a, b, w float64
}

func (s softSide) at(x float64) float64 {
	return s.sum(x, func(x float64) float64 {
		if x > s.images.centre { // symmetric; if both curves are near 1 their difference has no digits left
			x = 2*s.images.centre - x
		}
		return logistic((x-s.a)/s.w) - logistic((x-s.b)/s.w)
	})
}

func (s softSide) slope(x float64) float64 {
	return s.sum(x, func(x float64) float64 {
		return (bump((x-s.a)/s.w) - bump((x-s.b)/s.w)) / s.w
	})
}

func (s softSide) integral(a, b float64) float64 {
	return s.images.integral(a, b, s.b-s.a, func(x float64) float64 {
		return s.w * (softplus((x-s.a)/s.w) - softplus((x-s.b)/s.w))
	})
}

func (s softSide) centre() (objective.Axis, float64) { return s.axis, s.images.centre }

func logistic(t float64) float64 {
	if t < 0 {
		e := math.Exp(t)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-t))
}

// bump is the derivative of logistic.
func bump(t float64) float64 {
	e := math.Exp(-math.Abs(t))
	return e / ((1 + e) * (1 + e))
}

// softplus is the integral of logistic.
func softplus(t float64) float64 { return max(t, 0) + math.Log1p(math.Exp(-math.Abs(t))) }

package analytic

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Gaussian is f = Base + Height·exp(−½ Σ ((u_k−c_k)/σ_k)²): a hill, or a pit if
// Height is negative. Along a periodic axis the hills of all periods are summed
// (a wrapped normal), so f is smooth everywhere.
type Gaussian struct {
	Domain objective.Space
	// Centre and Sigma are [axis], in the units of the axes.
	Centre, Sigma []float64
	// Height 0 means 1.
	Base, Height float64
}

// Space returns the domain.
func (f *Gaussian) Space() objective.Space { return f.Domain }

// Check reports fields that do not fit the domain.
func (f *Gaussian) Check() error {
	if err := firstError("a Gaussian", f.Domain.Check(),
		checkVector("its centre", f.Domain, f.Centre), checkVector("its σ", f.Domain, f.Sigma)); err != nil {
		return err
	}
	for k, axis := range f.Domain {
		if !(f.Sigma[k] > 0) || f.Sigma[k] > 100*axis.Width() {
			return fmt.Errorf("a Gaussian: σ of axis %s is %g: it must be positive and at most 100 times the width %g of the axis", axis.Name, f.Sigma[k], axis.Width())
		}
	}
	return nil
}

func (f *Gaussian) product() product {
	p := product{base: f.Base, height: cmp.Or(f.Height, 1)}
	for k, axis := range f.Domain {
		p.factors = append(p.factors, bell{
			sigma:  f.Sigma[k],
			images: images{axis: axis, centre: f.Centre[k], reach: 9 * f.Sigma[k]},
		})
	}
	return p
}

// Evaluate implements objective.Objective.
func (f *Gaussian) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return evaluate(ctx, f.Domain, points, values, f.product().value)
}

// Gradient implements objective.Differentiable.
func (f *Gaussian) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return differentiate(ctx, f.Domain, points, values, gradients, f.product().gradient)
}

// Integral returns ∫f over the box a ≤ u ≤ b, around the period on periodic
// axes.
func (f *Gaussian) Integral(a, b []float64) float64 { return f.product().integral(a, b) }

// Minimum returns the least point of the domain and its value.
func (f *Gaussian) Minimum() (point []float64, value float64) { return f.product().minimum() }

// Maximum returns the greatest point of the domain and its value.
func (f *Gaussian) Maximum() (point []float64, value float64) { return f.product().maximum() }

// bell is exp(−½((x−c)/σ)²), summed over the periods.
type bell struct {
	images
	sigma float64
}

func (g bell) at(x float64) float64 {
	return g.sum(x, func(x float64) float64 {
		t := (x - g.images.centre) / g.sigma
		return math.Exp(-t * t / 2)
	})
}

func (g bell) slope(x float64) float64 {
	return g.sum(x, func(x float64) float64 {
		t := (x - g.images.centre) / g.sigma
		return -t / g.sigma * math.Exp(-t*t/2)
	})
}

func (g bell) integral(a, b float64) float64 {
	half := g.sigma * math.Sqrt(math.Pi/2)
	return g.images.integral(a, b, 2*half, func(x float64) float64 {
		return half * (1 + math.Erf((x-g.images.centre)/(g.sigma*math.Sqrt2)))
	})
}

func (g bell) centre() (objective.Axis, float64) { return g.axis, g.images.centre }

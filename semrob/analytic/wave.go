package analytic

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Wave is f = Base + Height·mean over the axes of ½(1 + cos(2πn(u−p)/w)), with
// n waves along an axis of width w: many equal hills and pits, from Base to
// Base + Height. It is periodic along every axis.
type Wave struct {
	Domain objective.Space
	// Waves is the number n of waves along each axis, [axis]; 0 makes f
	// constant along it. nil means one along each.
	Waves []int
	// Crest is a point p with the greatest f, [axis], in the units of the axes;
	// nil means the lower end of every axis.
	Crest []float64
	// Height 0 means 1.
	Base, Height float64
}

// Space returns the domain.
func (f *Wave) Space() objective.Space { return f.Domain }

// Check reports fields that do not fit the domain.
func (f *Wave) Check() error {
	err := f.Domain.Check()
	if err == nil && f.Crest != nil {
		err = checkVector("Crest", f.Domain, f.Crest)
	}
	if err != nil {
		return fmt.Errorf("a wave: %w", err)
	}
	if f.Waves != nil && len(f.Waves) != len(f.Domain) {
		return fmt.Errorf("a wave: Waves has %d numbers, the space has %d axes (%s): give one for each", len(f.Waves), len(f.Domain), f.Domain)
	}
	for k, n := range f.Waves {
		if n < 0 {
			return fmt.Errorf("a wave: %d waves along axis %s: the number must not be negative", n, f.Domain[k].Name)
		}
	}
	return nil
}

// along returns the wave number 2πn/w of an axis and the position of a crest.
func (f *Wave) along(k int) (number, crest float64) {
	n, crest := 1, f.Domain[k].Min
	if f.Waves != nil {
		n = f.Waves[k]
	}
	if f.Crest != nil {
		crest = f.Crest[k]
	}
	return 2 * math.Pi * float64(n) / f.Domain[k].Width(), crest
}

func (f *Wave) value(point []float64) float64 {
	sum := 0.0
	for k, x := range point {
		number, crest := f.along(k)
		sum += (1 + math.Cos(number*(x-crest))) / 2
	}
	return f.Base + cmp.Or(f.Height, 1)*sum/float64(len(point))
}

func (f *Wave) gradient(point, gradient []float64) float64 {
	for k, x := range point {
		number, crest := f.along(k)
		gradient[k] = -cmp.Or(f.Height, 1) * number * math.Sin(number*(x-crest)) / 2 / float64(len(point))
	}
	return f.value(point)
}

// Evaluate implements objective.Objective.
func (f *Wave) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return evaluate(ctx, f.Domain, points, values, f.value)
}

// Gradient implements objective.Differentiable.
func (f *Wave) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return differentiate(ctx, f.Domain, points, values, gradients, f.gradient)
}

// Integral returns ∫f over the box a ≤ u ≤ b.
func (f *Wave) Integral(a, b []float64) float64 {
	volume, mean := 1.0, 0.0
	for k := range a {
		width := b[k] - a[k]
		volume *= width
		number, crest := f.along(k)
		if number == 0 || width == 0 {
			mean += (1 + math.Cos(number*(a[k]-crest))) / 2
			continue
		}
		mean += (1 + (math.Sin(number*(b[k]-crest))-math.Sin(number*(a[k]-crest)))/(number*width)) / 2
	}
	return volume * (f.Base + cmp.Or(f.Height, 1)*mean/float64(len(a)))
}

// Minimum returns one of the least points of the domain and its value.
func (f *Wave) Minimum() (point []float64, value float64) { return f.extreme(cmp.Or(f.Height, 1) > 0) }

// Maximum returns one of the greatest points of the domain and its value.
func (f *Wave) Maximum() (point []float64, value float64) { return f.extreme(cmp.Or(f.Height, 1) < 0) }

// extreme returns a trough or a crest of the cosines.
func (f *Wave) extreme(trough bool) ([]float64, float64) {
	p := make([]float64, len(f.Domain))
	for k, axis := range f.Domain {
		number, crest := f.along(k)
		if trough && number != 0 {
			crest += math.Pi / number
		}
		axis.Periodic = true // whole waves fit, so one of the equal points is in the domain
		p[k] = axis.Wrap(crest)
	}
	return p, f.value(p)
}

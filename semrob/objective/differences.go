package objective

import (
	"cmp"
	"context"
	"slices"
)

// Differences gives a black box a gradient by central differences, at two
// extra evaluations for each axis and point. The gradient is only as good as f
// is smooth over the step: a rendered classifier is rough below a few tenths of
// a degree.
type Differences struct {
	Objective
	// Step is the distance of the two points of a difference from the middle, as
	// a fraction of the axis's domain; 0 means 1/720, half a degree of azimuth.
	Step float64
}

// Gradient writes f and its central differences, one-sided at the end of a
// domain, per unit of the axes. All evaluations form one batch.
func (d *Differences) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	space := d.Space()
	if err := CheckGradients(space, points, values, gradients); err != nil {
		return err
	}
	step := cmp.Or(d.Step, 1./720)
	var batch [][]float64
	var apart []float64 // [point·axis], the distance between the two points
	for _, p := range points {
		batch = append(batch, p)
		for k, axis := range space {
			low, high := p[k]-step*axis.Width(), p[k]+step*axis.Width()
			if !axis.Periodic {
				low, high = max(low, axis.Min), min(high, axis.Max)
			}
			apart = append(apart, high-low)
			batch = append(batch, moved(axis, p, k, low), moved(axis, p, k, high))
		}
	}
	all := make([]float64, len(batch))
	if err := d.Evaluate(ctx, batch, all); err != nil {
		return err
	}
	n := len(space)
	for i := range points {
		own := all[i*(1+2*n) : (i+1)*(1+2*n)]
		values[i] = own[0]
		for k := range space {
			gradients[i][k] = (own[2+2*k] - own[1+2*k]) / apart[i*n+k]
		}
	}
	return nil
}

func moved(axis Axis, p []float64, k int, x float64) []float64 {
	q := slices.Clone(p)
	q[k] = axis.Wrap(x)
	return q
}

// HasGradient returns true, whether or not the wrapped objective has a
// gradient.
func (d *Differences) HasGradient() bool { return true }

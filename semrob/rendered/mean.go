package rendered

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Mean is a box around a point over which gradients are averaged. The mean of
// the derivative along an axis is the difference of f at the two ends of the
// box divided by its width, so it says where f leads over that width. The
// derivative at the point alone does not: a network's answer goes up and down
// while an edge moves by a pixel, which takes it half a degree of azimuth.
//
// It costs Points gradients in place of one. Differences cost two values for
// each axis, so they are cheaper where there are few axes
// (objective.Differences), and the mean where there are many.
type Mean struct {
	// Widths are the sides of the box, one for each axis of the domain and in its
	// unit, 0 for none. The box is cut at the ends of axes that are not periodic.
	Widths []float64
	// Points is the number of points of the box, which lie in it as a Latin
	// hypercube: along each axis there is one in each of as many equal parts, in
	// its middle. 0 means 8.
	Points int
}

// check returns an error where the mean is not one over a box of the space.
func (m *Mean) check(space objective.Space) error {
	if len(m.Widths) != len(space) {
		return fmt.Errorf("the mean has %d widths, the space %d axes (%s): give one for each axis, 0 for none", len(m.Widths), len(space), space)
	}
	for k, w := range m.Widths {
		if !(w >= 0 && w <= space[k].Max-space[k].Min) {
			return fmt.Errorf("the mean's width along %s is %g: it must be from 0 to %g", space[k].Name, w, space[k].Max-space[k].Min)
		}
	}
	if m.Points < 0 {
		return fmt.Errorf("the mean is over %d points: it must be at least 1", m.Points)
	}
	return nil
}

// around returns the points of the box around a point.
func (m *Mean) around(space objective.Space, point []float64) [][]float64 {
	n := m.Points
	if n == 0 {
		n = 8
	}
	all := make([][]float64, n)
	for i := range all {
		all[i] = append([]float64(nil), point...)
	}
	rng := rand.New(rand.NewPCG(1, 2)) // the same points every time
	for k, axis := range space {
		low, high := point[k]-m.Widths[k]/2, point[k]+m.Widths[k]/2
		if !axis.Periodic {
			low, high = axis.Wrap(low), axis.Wrap(high)
		}
		for i, part := range rng.Perm(n) {
			if m.Widths[k] > 0 {
				all[i][k] = low + (high-low)*(float64(part)+0.5)/float64(n)
			}
		}
	}
	return all
}

// meanGradient is Gradient with Mean.
func (o *Objective) meanGradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := o.Mean.check(o.Domain); err != nil {
		return err
	}
	if err := o.Evaluate(ctx, points, values); err != nil {
		return err
	}
	for i, p := range points {
		box := o.Mean.around(o.Domain, p)
		each := make([][]float64, len(box))
		for j := range each {
			each[j] = make([]float64, len(o.Domain))
		}
		if err := o.gradientsAt(ctx, box, make([]float64, len(box)), each); err != nil {
			return err
		}
		clear(gradients[i])
		for _, g := range each {
			for k := range g {
				gradients[i][k] += g[k] / float64(len(each))
			}
		}
	}
	return nil
}

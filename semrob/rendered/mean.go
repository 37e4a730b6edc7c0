package rendered

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Mean averages the derivative along each axis over a line through the point along
// that axis. The mean is the difference of f at the ends of the line, divided by its
// length: the slope of f over that length. The derivative at the point is not, since
// f goes up and down while an edge moves by a pixel, which takes half a degree of
// azimuth.
//
// It costs Points gradients for each axis with a width, instead of one. Central
// differences (objective.Differences) are cheaper, at two values for each axis.
type Mean struct {
	// Widths are the lengths of the lines, one for each axis of the domain, in its
	// unit. Lines end at the ends of axes that are not periodic. The derivative along
	// an axis of width 0 is averaged over the lines of all other axes.
	Widths []float64
	// Points is the number of points of a line, in the middles of equal parts of it; 0
	// means 8.
	Points int
}

// check returns an error if the lines do not fit the space.
func (m *Mean) check(space objective.Space) error {
	if len(m.Widths) != len(space) {
		return fmt.Errorf("the mean has %d widths, the space %d axes (%s): give a width for each axis, 0 for no line", len(m.Widths), len(space), space)
	}
	for k, w := range m.Widths {
		if !(w >= 0 && w <= space[k].Max-space[k].Min) {
			return fmt.Errorf("the mean's width along %s is %g: use 0…%g", space[k].Name, w, space[k].Max-space[k].Min)
		}
	}
	if m.Points < 0 {
		return fmt.Errorf("the mean has %d points: use at least 1", m.Points)
	}
	return nil
}

// each returns the number of points of a line.
func (m *Mean) each() int {
	if m.Points == 0 {
		return 8
	}
	return m.Points
}

// lines returns the axes with a width.
func (m *Mean) lines() (axes []int) {
	for k, w := range m.Widths {
		if w > 0 {
			axes = append(axes, k)
		}
	}
	return axes
}

// count returns the number of points that around returns.
func (m *Mean) count() int { return max(1, len(m.lines())*m.each()) }

// around returns the points of the lines through a point, line by line in the order
// of the axes, or the point itself if there are no lines.
func (m *Mean) around(space objective.Space, point []float64) [][]float64 {
	var all [][]float64
	n := m.each()
	for _, k := range m.lines() {
		axis := space[k]
		low, high := point[k]-m.Widths[k]/2, point[k]+m.Widths[k]/2
		if !axis.Periodic {
			low, high = axis.Wrap(low), axis.Wrap(high)
		}
		for i := range n {
			p := append([]float64(nil), point...)
			p[k] = low + (high-low)*(float64(i)+0.5)/float64(n)
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		all = [][]float64{point}
	}
	return all
}

// average writes the mean of the gradients at the points of around, [point][axis], to
// gradient, [axis].
func (m *Mean) average(gradients [][]float64, gradient []float64) {
	lines := map[int][][]float64{} // gradients on the line along each axis
	for i, k := range m.lines() {
		lines[k] = gradients[i*m.each():][:m.each()]
	}
	for k := range gradient {
		over, along := lines[k]
		if !along {
			over = gradients
		}
		gradient[k] = 0
		for _, g := range over {
			gradient[k] += g[k] / float64(len(over))
		}
	}
}

// meanGradient is Gradient with Mean, Finer, or both. Values are those of the points
// in the pictures of Renderer.
func (o *Objective) meanGradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	mean := o.Mean
	if mean == nil {
		mean = &Mean{Widths: make([]float64, len(o.Domain))}
	}
	if err := mean.check(o.Domain); err != nil {
		return err
	}
	if err := o.Evaluate(ctx, points, values); err != nil {
		return err
	}
	var around [][]float64 // of all points, to fill batches
	for _, p := range points {
		around = append(around, mean.around(o.Domain, p)...)
	}
	each := make([][]float64, len(around))
	for i := range each {
		each[i] = make([]float64, len(o.Domain))
	}
	if err := o.gradientsAt(ctx, around, make([]float64, len(around)), each); err != nil {
		return err
	}
	for i, n := 0, mean.count(); i < len(points); i++ {
		mean.average(each[i*n:][:n], gradients[i])
	}
	return nil
}

// GradientCost returns the approximate cost of a gradient with its value, in values
// of f: 3 for reverse differentiation, 1 + 3 for each point of a mean. It implements
// objective.Costed.
func (o *Objective) GradientCost() int {
	switch {
	case o.Mean != nil:
		return 1 + 3*o.Mean.count()
	case o.Finer != nil:
		return 1 + 3
	}
	return 3
}

package semmap

import (
	"context"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Gradient writes the map's interpolated values and their derivatives, per unit
// of the axes. Between two points of the grid the derivative along an axis is
// constant along it. At a point of the grid it is that of the cell above; beyond
// the first and last value of an axis that is not periodic it is 0.
func (f *interpolated) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := objective.CheckGradients(f.Space(), points, values, gradients); err != nil {
		return err
	}
	if err := f.Evaluate(ctx, points, values); err != nil {
		return err
	}
	for i, p := range points {
		f.m.slopes(p, gradients[i])
	}
	return nil
}

var _ objective.Differentiable = (*interpolated)(nil)

// slopes writes the derivative along every axis at p: the difference across the
// cell around p, interpolated along the other axes.
func (m *Map) slopes(p, gradient []float64) {
	for k, a := range m.Axes {
		lower, upper, width := a.cell(p[k])
		if width == 0 {
			gradient[k] = 0
			continue
		}
		q := slices.Clone(p)
		q[k] = a.Values[upper]
		high := m.at(q)
		q[k] = a.Values[lower]
		gradient[k] = (high - m.at(q)) / width
	}
}

// cell returns the samples on both sides of x and their distance, 0 beyond the
// ends. A sample belongs to the cell above it.
func (s Samples) cell(x float64) (lower, upper int, width float64) {
	v := s.Values
	last := len(v) - 1
	if last == 0 || (!s.Periodic && (x < v[0] || x > v[last])) {
		return 0, 0, 0
	}
	lower, upper, _ = s.bracket(x)
	switch {
	case lower != upper:
	case lower < last:
		upper = lower + 1
	case s.Periodic:
		upper = 0
	default:
		lower--
	}
	width = v[upper] - v[lower]
	if upper == 0 {
		width += s.Width()
	}
	return lower, upper, width
}

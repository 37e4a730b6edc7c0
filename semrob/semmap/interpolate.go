package semmap

import (
	"context"
	"fmt"
	"math"
	"sort"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Objective returns the map as a function: linear between its points along every
// axis (bilinear for two), around the period on periodic axes, constant beyond the
// first and last value of the others. It replays the published results.
//
// A map whose points all have answers is an objective.Answering: the answer is that of
// the nearest sample. An incomplete map is an error.
func (m *Map) Objective() (objective.Objective, error) {
	if n := m.Missing(); n > 0 {
		return nil, fmt.Errorf("the map lacks %d of its %d points: complete it first", n, len(m.Z))
	}
	if m.Answered() == len(m.Z) {
		return &answered{&interpolated{m}}, nil
	}
	return &interpolated{m}, nil
}

type interpolated struct{ m *Map }

func (f *interpolated) Space() objective.Space { return f.m.Space() }

// Identity is the map's content.
func (f *interpolated) Identity() any {
	return struct {
		Kind string
		Axes []Samples
		Z    []float64
	}{"interpolated map", f.m.Axes, f.m.Z}
}

func (f *interpolated) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := objective.CheckBatch(f.Space(), points, values); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("evaluating a map: %w", err)
	}
	for i, p := range points {
		values[i] = f.m.at(p)
	}
	return nil
}

// at interpolates over the 2ⁿ grid points around p.
func (m *Map) at(p []float64) float64 {
	n := len(m.Axes)
	lower, upper, weight := make([]int, n), make([]int, n), make([]float64, n)
	for k, a := range m.Axes {
		lower[k], upper[k], weight[k] = a.bracket(p[k])
	}
	total := 0.0
	for corner := range 1 << n {
		w, at, stride := 1.0, 0, 1
		for k, a := range m.Axes {
			if corner>>k&1 == 1 {
				w *= weight[k]
				at += stride * upper[k]
			} else {
				w *= 1 - weight[k]
				at += stride * lower[k]
			}
			stride *= len(a.Values)
		}
		if w != 0 {
			total += w * m.Z[at]
		}
	}
	return total
}

// bracket returns the samples on both sides of x and the weight of the upper.
func (s Samples) bracket(x float64) (lower, upper int, weight float64) {
	v := s.Values
	last := len(v) - 1
	if last == 0 || math.IsNaN(x) {
		return 0, 0, x - x // NaN stays NaN
	}
	if s.Periodic {
		period := s.Width()
		x = v[0] + math.Mod(x-v[0], period)
		if x < v[0] {
			x += period
		}
		if x >= v[last] {
			return last, 0, (x - v[last]) / (v[0] + period - v[last])
		}
	}
	switch {
	case x <= v[0]:
		return 0, 0, 0
	case x >= v[last]:
		return last, last, 0
	}
	i := sort.SearchFloat64s(v, x)
	if v[i] == x {
		return i, i, 0
	}
	return i - 1, i, (x - v[i-1]) / (v[i] - v[i-1])
}

package semmap

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Of returns the map of an objective on a grid: New and Compute in one call.
func Of(ctx context.Context, f objective.Objective, axes ...Samples) (*Map, error) {
	m, err := New(axes...)
	if err != nil {
		return nil, err
	}
	return m, m.Compute(ctx, f, Options{})
}

// Stats summarises values of a map.
type Stats struct {
	N                  int // number of values
	Mean, Min, Max     float64
	MinPoint, MaxPoint []float64 // [axis]
}

// Stats returns the mean, least and greatest value of the points that have one.
func (m *Map) Stats() Stats { return m.StatsWithin(nil) }

// StatsWithin is Stats for the points that keep accepts, such as those of
// region.Result.Contains; nil accepts all. If there are none, N is 0 and the mean
// NaN.
func (m *Map) StatsWithin(keep func(point []float64) bool) Stats {
	s := Stats{Min: math.Inf(1), Max: math.Inf(-1)}
	for i, z := range m.Z {
		if math.IsNaN(z) || keep != nil && !keep(m.Point(i)) {
			continue
		}
		s.N++
		s.Mean += z
		if z < s.Min {
			s.Min, s.MinPoint = z, m.Point(i)
		}
		if z > s.Max {
			s.Max, s.MaxPoint = z, m.Point(i)
		}
	}
	s.Mean /= float64(s.N)
	return s
}

// Above returns the fraction of the values that exceed threshold, 0…1.
func (m *Map) Above(threshold float64) float64 {
	n, above := 0, 0
	for _, z := range m.Z {
		if math.IsNaN(z) {
			continue
		}
		n++
		if z > threshold {
			above++
		}
	}
	return float64(above) / float64(n)
}

// Summary returns a line with the mean, the least and the greatest value and their
// points.
func (m *Map) Summary() string {
	s := m.Stats()
	if s.N == 0 {
		return "no values"
	}
	return fmt.Sprintf("mean %.3f; least %.4f at %s; greatest %.3f at %s",
		s.Mean, s.Min, m.pointText(s.MinPoint), s.Max, m.pointText(s.MaxPoint))
}

// pointText formats a point as in "azimuth 40°, elevation 25°".
func (m *Map) pointText(point []float64) string {
	parts := make([]string, len(point))
	for k, x := range point {
		parts[k] = fmt.Sprintf("%s %.4g%s", m.Axes[k].Name, x, m.Axes[k].Unit)
	}
	return strings.Join(parts, ", ")
}

// Every returns the map of every n-th sample of each axis, from the first.
func (m *Map) Every(n int) (*Map, error) {
	if n < 1 {
		return nil, fmt.Errorf("thinning a map: every %d-th sample: choose 1 or more", n)
	}
	axes := slices.Clone(m.Axes)
	for k := range axes {
		var kept []float64
		for i := 0; i < len(axes[k].Values); i += n {
			kept = append(kept, axes[k].Values[i])
		}
		axes[k].Values = kept
	}
	thin, err := New(axes...)
	if err != nil {
		return nil, err
	}
	if m.Answers != nil {
		thin.Answers, thin.Labels = make([]objective.Answer, len(thin.Z)), m.Labels
	}
	for i := range thin.Z {
		from, at, stride := i, 0, 1
		for k, a := range axes {
			at += from % len(a.Values) * n * stride
			from /= len(a.Values)
			stride *= len(m.Axes[k].Values)
		}
		thin.Z[i] = m.Z[at]
		if thin.Answers != nil {
			thin.Answers[i] = m.Answers[at]
		}
	}
	return thin, nil
}

// Integral returns the integral of the map by the trapezoid rule, in the product of
// the axes' units: from the first sample to the last, and around the period of
// periodic axes. It is NaN if a value is missing.
func (m *Map) Integral() float64 {
	weights := make([][]float64, len(m.Axes))
	for k, a := range m.Axes {
		weights[k] = a.trapezoids()
	}
	sum := 0.0
	for i, z := range m.Z {
		w := 1.0
		for k := range weights {
			w *= weights[k][i%len(weights[k])]
			i /= len(weights[k])
		}
		sum += w * z
	}
	return sum
}

// trapezoids returns the weight of every sample in the trapezoid rule: half the
// distance between its neighbours.
func (s Samples) trapezoids() []float64 {
	n := len(s.Values)
	weights := make([]float64, n)
	for i := range n - 1 {
		half := (s.Values[i+1] - s.Values[i]) / 2
		weights[i] += half
		weights[i+1] += half
	}
	if s.Periodic {
		half := (s.Values[0] + s.Width() - s.Values[n-1]) / 2
		weights[0] += half
		weights[n-1] += half
	}
	return weights
}

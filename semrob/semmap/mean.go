package semmap

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Mean returns the map of the mean over maps of one grid, such as those of the
// objects of a class: the average semantic map (Hamdi & Ghanem 2020, figure 6).
// A point that is NaN in any of them is NaN. The result has no Meta.
func Mean(maps ...*Map) (*Map, error) {
	return pointwise(maps, func(values []float64) float64 {
		sum := 0.0
		for _, v := range values {
			sum += v
		}
		return sum / float64(len(values))
	})
}

// Std returns the map of the standard deviation over maps of one grid, the maps
// being the whole population. It shows where their mean represents none of them. A
// point that is NaN in any of them is NaN.
func Std(maps ...*Map) (*Map, error) {
	return pointwise(maps, func(values []float64) float64 { return stat.PopStdDev(values, nil) })
}

// Difference returns the map of a minus b at each point of their grid. A point that is
// NaN in one of them is NaN. The result has no Meta.
func Difference(a, b *Map) (*Map, error) {
	return pointwise([]*Map{a, b}, func(values []float64) float64 { return values[0] - values[1] })
}

// pointwise returns the map of a statistic over the values of maps of one grid at
// each point.
func pointwise(maps []*Map, statistic func(values []float64) float64) (*Map, error) {
	if len(maps) == 0 {
		return nil, fmt.Errorf("combining maps: no maps given")
	}
	m, err := New(maps[0].Axes...)
	if err != nil {
		return nil, fmt.Errorf("combining maps: %w", err)
	}
	for i, other := range maps {
		if err := m.sameGrid(other); err != nil {
			return nil, fmt.Errorf("combining maps: map %d of %d: %w", i+1, len(maps), err)
		}
	}
	values := make([]float64, len(maps))
	for at := range m.Z {
		for i, other := range maps {
			values[i] = other.Z[at]
		}
		m.Z[at] = statistic(values)
	}
	return m, nil
}

// sameGrid reports a difference between the grids of two maps.
func (m *Map) sameGrid(other *Map) error {
	if len(other.Axes) != len(m.Axes) {
		return fmt.Errorf("it has %d axes, the first %d", len(other.Axes), len(m.Axes))
	}
	for k, a := range m.Axes {
		b := other.Axes[k]
		same := func(x, y float64) bool { return math.Abs(x-y) <= 1e-9*max(1, math.Abs(x)) }
		if a.Name != b.Name || !slices.EqualFunc(a.Values, b.Values, same) {
			return fmt.Errorf("its samples of %s are not those of %s in the first: compute both on the same grid", b.Name, a.Name)
		}
	}
	return nil
}

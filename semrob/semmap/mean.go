package semmap

import (
	"fmt"
	"math"
	"slices"
)

// Mean returns the map of the mean over maps of one grid, such as those of the
// objects of a class: the average semantic map (Hamdi & Ghanem 2020, figure 6).
// A point that is NaN in any of them is NaN. The result has no Meta.
func Mean(maps ...*Map) (*Map, error) {
	if len(maps) == 0 {
		return nil, fmt.Errorf("averaging maps: no maps given")
	}
	m, err := New(maps[0].Axes...)
	if err != nil {
		return nil, fmt.Errorf("averaging maps: %w", err)
	}
	for i, other := range maps {
		if err := m.sameGrid(other); err != nil {
			return nil, fmt.Errorf("averaging maps: map %d of %d: %w", i+1, len(maps), err)
		}
	}
	for at := range m.Z {
		sum := 0.0
		for _, other := range maps {
			sum += other.Z[at]
		}
		m.Z[at] = sum / float64(len(maps))
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

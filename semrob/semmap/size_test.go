package semmap

import (
	"errors"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// TestMapsBeyondMemory has axes whose product is beyond memory, also one that wraps
// around to 0 points.
func TestMapsBeyondMemory(t *testing.T) {
	values := make([]float64, 1<<16)
	for i := range values {
		values[i] = float64(i)
	}
	axis := func(name string, n int) Samples {
		return Samples{Axis: objective.Axis{Name: name, Max: 1 << 16}, Values: values[:n]}
	}
	for name, axes := range map[string][]Samples{
		"2³²":  {axis("a", 1<<16), axis("b", 1<<16)},
		"2⁶⁴":  {axis("a", 1<<16), axis("b", 1<<16), axis("c", 1<<16), axis("d", 1<<16)},
		"2²⁷":  {axis("a", 1<<16), axis("b", 1<<11)},
		"2⁶³ ": {axis("a", 1<<16), axis("b", 1<<16), axis("c", 1<<16), axis("d", 1<<15)},
	} {
		if _, err := New(axes...); !errors.Is(err, objective.ErrTooLarge) {
			t.Errorf("%s points: %v", name, err)
		}
	}
	m := &Map{Axes: []Samples{axis("a", 1<<12), axis("b", 1<<10)}} // 4 million points, without its Z
	f := &objective.Func{Domain: m.Space(), F: func([]float64) float64 { return 0 }}
	if _, err := m.Adapt(t.Context(), f, AdaptiveOptions{}); !errors.Is(err, objective.ErrTooLarge) {
		t.Errorf("an adaptive map of 4 million points: %v", err)
	}
}

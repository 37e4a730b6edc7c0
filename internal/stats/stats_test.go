package stats

import (
	"fmt"
	"math"
	"testing"
)

// TestQuantile compares with numpy.quantile.
func TestQuantile(t *testing.T) {
	for _, c := range []struct {
		sorted  []float64
		p, want float64
	}{
		{nil, 0.5, math.NaN()},
		{[]float64{3}, 0.5, 3},
		{[]float64{1, 2}, 0.5, 1.5},
		{[]float64{1, 2, 4, 8}, 0, 1},
		{[]float64{1, 2, 4, 8}, 0.25, 1.75},
		{[]float64{1, 2, 4, 8}, 0.5, 3},
		{[]float64{1, 2, 4, 8}, 0.9, 6.8},
		{[]float64{1, 2, 4, 8}, 1, 8},
		{[]float64{1, 2, 4, 8}, math.NaN(), math.NaN()},
	} {
		t.Run(fmt.Sprintf("%v at %g", c.sorted, c.p), func(t *testing.T) {
			if got := Quantile(c.sorted, c.p); math.Abs(got-c.want) > 1e-15*8 || math.IsNaN(got) != math.IsNaN(c.want) {
				t.Errorf("got %g, want %g", got, c.want)
			}
		})
	}
}

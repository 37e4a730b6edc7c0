package worst

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLossIntervalsCover: the interval of the mean loss of 100 views holds the true mean
// as often as it says, up to a point for skewed losses.
func TestLossIntervalsCover(t *testing.T) {
	const views, repetitions = 100, 20_000
	for _, c := range []struct {
		name   string
		sample func(*rand.Rand) float64 // of f
		mean   float64                  // of −ln f
		least  float64
	}{
		{"uniform losses", func(r *rand.Rand) float64 { return math.Exp(-2 * r.Float64()) }, 1, 0.945},
		{"exponential losses", func(r *rand.Rand) float64 { return 1 - r.Float64() }, 1, 0.935},
		{"one view in five is bad", func(r *rand.Rand) float64 {
			if r.Float64() < 0.2 {
				return math.Exp(-5)
			}
			return math.Exp(-0.1)
		}, 0.2*5 + 0.8*0.1, 0.93},
	} {
		random, covered := rand.New(rand.NewPCG(7, 11)), 0
		for range repetitions {
			v := Views{Values: make([]float64, views)}
			for i := range v.Values {
				v.Values[i] = c.sample(random)
			}
			v.summarise(0.95)
			if v.LossLower <= c.mean && c.mean <= v.LossUpper {
				covered++
			}
		}
		share := float64(covered) / repetitions
		t.Logf("%s: %.1f %%", c.name, 100*share)
		if share < c.least || share > 0.97 {
			t.Errorf("%s: the interval holds the mean in %.1f %% of %d repetitions", c.name, 100*share, repetitions)
		}
	}
}

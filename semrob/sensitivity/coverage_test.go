package sensitivity_test

import (
	"fmt"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/sensitivity"
)

// The intervals hold the closed forms about as often as their confidence says. The
// bootstrap is approximate, and may fall short by two points and a half; intervals of
// shares that stay right may not. SEMROB_LONG=1 runs 500 seeds of each case.
func TestIntervalsCover(t *testing.T) {
	seeds := 20
	if os.Getenv("SEMROB_LONG") == "1" {
		seeds = 500
	}
	for _, c := range []struct {
		known
		points    int
		conserved []float64 // nil if f is not 0 or 1
	}{
		{ishigami(), 1024, nil}, {ishigami(), 256, nil}, {gFunction(0, 1, 4.5, 9), 1024, nil},
		{quadrant(), 1024, []float64{0.7, 0.5, 1}}, {quadrant(), 256, []float64{0.7, 0.5, 1}}, {corner(0.1, 0.2), 1024, []float64{0.1, 0.2, 1}},
	} {
		t.Run(fmt.Sprintf("%s, %d points", c.name, c.points), func(t *testing.T) {
			first, total, kept := make([]int, len(c.first)), make([]int, len(c.first)), make([]int, len(c.first))
			for seed := range uint64(seeds) {
				r := analyse(t, answering{c.f}, sensitivity.Settings{Points: c.points, Seed: seed, Resamples: 1000})
				for i, index := range r.F.Indices {
					first[i] += holds(index.First, c.first[i])
					total[i] += holds(index.Total, c.total[i])
					if c.conserved != nil {
						kept[i] += holds(r.Conserved[i].Share, c.conserved[i])
					}
				}
			}
			for i := range first {
				check(t, fmt.Sprintf("first of x%d (%.3f)", i+1, c.first[i]), first[i], seeds, 0.925)
				check(t, fmt.Sprintf("total of x%d (%.3f)", i+1, c.total[i]), total[i], seeds, 0.925)
				if c.conserved != nil {
					check(t, fmt.Sprintf("stays right when x%d moves (%.1f)", i+1, c.conserved[i]), kept[i], seeds, 0.95)
				}
			}
		})
	}
}

func holds(e sensitivity.Estimate, truth float64) int {
	if e.Lower <= truth+1e-12 && truth-1e-12 <= e.Upper {
		return 1
	}
	return 0
}

// check reports intervals that hold less often than least (binomial test at 0.1 %).
func check(t *testing.T, what string, held, of int, least float64) {
	t.Helper()
	t.Logf("%s: nominal 95 %%, held in %.1f %% of %d", what, 100*float64(held)/float64(of), of)
	if p := (distuv.Binomial{N: float64(of), P: least}).CDF(float64(held)); p < 1e-3 {
		t.Errorf("%s: %d of %d intervals hold", what, held, of)
	}
}

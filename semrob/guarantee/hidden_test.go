package guarantee_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// cube returns a space of n axes 0…1, every third one periodic.
func cube(n int) objective.Space {
	s := make(objective.Space, n)
	for k := range s {
		s[k] = objective.Axis{Name: string(rune('a' + k)), Max: 1, Periodic: k%3 == 2}
	}
	return s
}

// hiddenBox returns an objective that is 1 in a box around a random start, else 0.
func hiddenBox(n int, random *rand.Rand) (objective.Objective, region.Bounds, []float64) {
	space := cube(n)
	b := region.Bounds{A: make([]float64, n), B: make([]float64, n)}
	start := make([]float64, n)
	for k := range n {
		width := 0.3 + 0.5*random.Float64()
		b.A[k] = random.Float64() * (1 - width)
		if space[k].Periodic {
			b.A[k] = random.Float64()
		}
		b.B[k] = b.A[k] + width
		start[k] = space[k].Wrap(b.A[k] + (0.1+0.8*random.Float64())*width)
	}
	return &objective.Func{Domain: space, F: func(u []float64) float64 {
		if b.Contains(space, u) {
			return 1
		}
		return 0
	}}, b, start
}

// Every side of a hidden box is found within 5 % of its width, in at most 20,000
// evaluations.
func TestHiddenBoxes(t *testing.T) {
	seeds := uint64(6)
	if os.Getenv("SEMROB_LONG") == "1" {
		seeds = 100
	}
	for _, n := range []int{1, 2, 3, 4, 6, 10} {
		t.Run(fmt.Sprintf("%d axes", n), func(t *testing.T) {
			t.Parallel()
			worst, most := 0.0, 0
			for seed := range seeds {
				f, b, start := hiddenBox(n, rand.New(rand.NewPCG(seed, uint64(n))))
				run := find(t, f, guarantee.Settings{Seed: seed}, start).Runs[0]
				if run.Status != guarantee.Proved {
					t.Fatalf("seed %d: %s", seed, run.Status)
				}
				most = max(most, run.Evaluations)
				for k, axis := range f.Space() {
					for _, d := range []float64{run.Bounds.A[k] - b.A[k], run.Bounds.B[k] - b.B[k]} {
						if axis.Periodic {
							d = math.Remainder(d, axis.Width())
						}
						worst = max(worst, math.Abs(d)/(b.B[k]-b.A[k]))
					}
				}
			}
			t.Logf("%d boxes: the worst side is off by %.2f %% of its width, at most %d evaluations", seeds, 100*worst, most)
			if worst > 0.05 || most > 20000 {
				t.Errorf("a side is off by %g of its width, %d evaluations", worst, most)
			}
		})
	}
}

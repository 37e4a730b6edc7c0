package guarantee_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

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

func TestHiddenExplore(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 6, 10} {
		worst, evals, status := 0.0, 0, map[guarantee.Status]int{}
		begin := time.Now()
		for seed := range uint64(20) {
			f, b, start := hiddenBox(n, rand.New(rand.NewPCG(seed, uint64(n))))
			found, err := guarantee.Find(context.Background(), []guarantee.Problem{{Objective: f, Starts: [][]float64{start}}}, guarantee.Settings{Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			run := found[0].Runs[0]
			status[run.Status]++
			evals = max(evals, run.Evaluations)
			before := worst
			for k, axis := range f.Space() {
				for _, d := range []float64{run.Bounds.A[k] - b.A[k], run.Bounds.B[k] - b.B[k]} {
					if axis.Periodic {
						d = math.Remainder(d, axis.Width())
					}
					worst = max(worst, math.Abs(d)/(b.B[k]-b.A[k]))
				}
			}
			if worst > before && worst > .02 {
				fmt.Println(seed, b, run.Bounds, start, run.Evaluations, run.Proof)
			}
		}
		fmt.Printf("%d axes: worst side %.4f, at most %d evaluations, %v, %v\n", n, worst, evals, status, time.Since(begin)/20)
	}
}

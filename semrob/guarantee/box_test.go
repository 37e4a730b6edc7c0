package guarantee

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/internal/betting"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// The largest box of two axes is that of brute force over all sides through
// failures; the heuristic of more axes is empty, contains the start, cannot be pushed
// out, and comes close.
func TestLargestEmptyBoxes(t *testing.T) {
	for name, periodic := range map[string][2]bool{"plain": {}, "periodic x": {true, false}, "periodic y": {false, true}, "torus": {true, true}} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			ratio, runs := 0.0, 60
			for range runs {
				f := frame{objective.Space{{Name: "x", Max: 1, Periodic: periodic[0]}, {Name: "y", Max: 1, Periodic: periodic[1]}}, []float64{random.Float64(), random.Float64()}}
				var failures [][]float64
				for range 1 + random.IntN(9) {
					failures = append(failures, f.relative([]float64{random.Float64(), random.Float64()}))
				}
				got, want := f.largestOfTwo(failures), bruteForce(f, failures)
				if math.Abs(got.volume()-want) > 1e-12 {
					t.Fatalf("volume %g, brute force %g; start %v, failures %v", got.volume(), want, f.start, failures)
				}
				good := f.large(failures, f.whole(), random, false)
				for _, b := range []box{got, good} {
					for _, d := range failures {
						if f.contains(b, d) {
							t.Fatalf("%v contains %v", b, d)
						}
					}
				}
				pushed := good.clone()
				if f.push(failures, pushed); !pushed.equal(good) {
					t.Errorf("%v can be pushed out to %v", good, pushed)
				}
				ratio += good.volume() / want / float64(runs)
			}
			if ratio < 0.97 || ratio > 1+1e-9 {
				t.Errorf("the heuristic reaches %g of the largest volume", ratio)
			}
		})
	}
}

// bruteForce returns the largest volume of an empty box, with sides through failures
// or at the ends.
func bruteForce(f frame, failures [][]float64) float64 {
	whole, sides := f.whole(), [2][2][]float64{}
	for k := range 2 {
		sides[k] = [2][]float64{{whole.lo[k]}, {whole.hi[k]}}
		for _, d := range failures {
			if d[k] > 0 {
				sides[k][1] = append(sides[k][1], d[k])
			}
			if f.space[k].Periodic {
				sides[k][0] = append(sides[k][0], d[k]-1)
			} else if d[k] < 0 {
				sides[k][0] = append(sides[k][0], d[k])
			}
		}
	}
	most := 0.0
	for _, left := range sides[0][0] {
		for _, right := range sides[0][1] {
			for _, low := range sides[1][0] {
				for _, high := range sides[1][1] {
					b, empty := box{[]float64{left, low}, []float64{right, high}}, true
					for _, d := range failures {
						empty = empty && !f.contains(b, d)
					}
					if empty {
						most = max(most, b.volume())
					}
				}
			}
		}
	}
	return most
}

// Attempts on boxes that fail in a share just above ε succeed with probability at
// most δ_j, with either bets, and nearly that with strict ones.
func TestAttemptsKeepTheirLevel(t *testing.T) {
	s := Settings{Epsilon: 0.05, Confidence: 0.8}
	trials := 2000
	if os.Getenv("SEMROB_LONG") == "1" {
		trials = 20000
	}
	for name, bets := range map[string]betting.Bets{"strict": strict, "patient": patient} {
		for j := 1; j <= 2; j++ {
			random, proved := rand.New(rand.NewPCG(uint64(j), 9)), 0
			for range trials {
				a := s.attempt(j, bets)
				for !a.Rejected() && !a.Lost() && a.Points < 1000 {
					if a.Points++; random.Float64() < s.Epsilon*1.0001 {
						a.Failed++
					}
				}
				if a.Rejected() {
					proved++
				}
			}
			delta := s.attempt(j, bets).Level
			b := distuv.Binomial{N: float64(trials), P: delta}
			t.Logf("%s, attempt %d: %.4f of %d proved, δ_j = %.4f", name, j, float64(proved)/float64(trials), trials, delta)
			if p := 1 - b.CDF(float64(proved-1)); p < 1e-3 {
				t.Errorf("%s, attempt %d: %d of %d, δ_j = %g", name, j, proved, trials, delta)
			}
			if share := float64(proved) / float64(trials); name == "strict" && share < 0.7*delta {
				t.Errorf("attempt %d: %g of the runs, far below δ_j = %g", j, share, delta)
			}
		}
	}
}

// Without failures strict bets are the exact binomial test, and bounds its bounds.
func TestStrictIsTheBinomialTest(t *testing.T) {
	s := Settings{Epsilon: 0.01, Confidence: 0.95}
	for j := 1; j < 10; j++ {
		a := s.attempt(j, strict)
		n := int(math.Ceil(math.Log(a.Level) / math.Log(0.99)))
		if a.Needed() != n {
			t.Errorf("attempt %d needs %d points, want %d", j, a.Needed(), n)
		}
		a.Points = n
		if want := verify.LowerBound(n, n, 1-a.Level); !a.Rejected() || math.Abs(a.Bound()-want) > 1e-9 || a.Bound() < 0.99 {
			t.Errorf("attempt %d: bound %g, want %g", j, a.Bound(), want)
		}
		patiently := s.attempt(j, patient)
		if patiently.Points = patiently.Needed(); !patiently.Rejected() || patiently.Bound() < 0.99 {
			t.Errorf("attempt %d: bound %g", j, patiently.Bound())
		}
	}
}

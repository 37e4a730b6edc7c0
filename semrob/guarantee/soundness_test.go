package guarantee_test

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// known is an objective that fails (0) or not (1), with the exact failing share of
// every box.
type known struct {
	space objective.Space
	start []float64
	fails func(u []float64) bool
	share func(b region.Bounds) float64
}

func (k known) objective() objective.Objective {
	return &objective.Func{Domain: k.space, F: func(u []float64) float64 {
		if k.fails(u) {
			return 0
		}
		return 1
	}}
}

func randomStart(n int, random *rand.Rand) []float64 {
	start := make([]float64, n)
	for k := range start {
		start[k] = random.Float64()
	}
	return start
}

// aHiddenBox fails outside a box.
func aHiddenBox(n int) func(*rand.Rand) known {
	return func(random *rand.Rand) known {
		f, b, start := hiddenBox(n, random)
		inside := func(k int, axis objective.Axis, c region.Bounds) float64 {
			w := 0.0
			for turn := -2.0; turn <= 2; turn++ {
				if turn == 0 || axis.Periodic {
					w += max(0, min(b.B[k], c.B[k]+turn)-max(b.A[k], c.A[k]+turn))
				}
			}
			return w / (c.B[k] - c.A[k])
		}
		return known{f.Space(), start, func(u []float64) bool { return !b.Contains(f.Space(), u) }, func(c region.Bounds) float64 {
			right := 1.0
			for k, axis := range f.Space() {
				right *= inside(k, axis, c)
			}
			return 1 - right
		}}
	}
}

// aHalfSpace fails where w·u > c, with a slope along three axes at most.
func aHalfSpace(n int) func(*rand.Rand) known {
	return func(random *rand.Rand) known {
		space := cube(n)
		for k := range space {
			space[k].Periodic = false
		}
		m := min(n, 3)
		w, start := make([]float64, m), randomStart(n, random)
		c := 0.05 + 0.3*random.Float64()
		for k := range w {
			w[k] = 0.2 + random.Float64()
			c += w[k] * start[k]
		}
		above := func(u []float64) bool {
			sum := 0.0
			for k := range w {
				sum += w[k] * u[k]
			}
			return sum > c
		}
		return known{space, start, above, func(b region.Bounds) float64 {
			// The volume of the unit cube below a plane, by inclusion and exclusion of
			// its corners.
			at, v, product := c, make([]float64, m), 1.0
			for k := range w {
				at -= w[k] * b.A[k]
				v[k] = w[k] * (b.B[k] - b.A[k])
				product *= v[k] * float64(k+1)
			}
			sum := 0.0
			for corner := range 1 << m {
				x, sign := at, 1.0
				for k := range v {
					if corner>>k&1 == 1 {
						x, sign = x-v[k], -sign
					}
				}
				sum += sign * math.Pow(max(x, 0), float64(m))
			}
			return 1 - sum/product
		}}
	}
}

// aSliver fails in a slab across the last axis but one, of a share of the domain.
func aSliver(n int, share float64) func(*rand.Rand) known {
	return func(random *rand.Rand) known {
		at, start := random.Float64()*(1-share), randomStart(n, random)
		k := max(n-2, 0)
		space := cube(n)
		space[k].Periodic = false
		return known{space, start, func(u []float64) bool { return u[k] > at && u[k] < at+share }, func(b region.Bounds) float64 {
			return max(0, min(b.B[k], at+share)-max(b.A[k], at)) / (b.B[k] - b.A[k])
		}}
	}
}

// stripes of this number along an axis are finer than any search: every box that
// is not tiny has their share.
const stripes = 1e7

// aCheckerboard fails in a share of many fine cells, which differ from stripe to
// stripe.
func aCheckerboard(n int, share float64) func(*rand.Rand) known {
	return func(random *rand.Rand) known {
		phase := random.Float64()
		return known{cube(n), randomStart(n, random), func(u []float64) bool {
			sum := phase
			for k := range u {
				sum += u[k] * stripes * (1 + 0.1*float64(k))
			}
			_, part := math.Modf(sum)
			return part < share
		}, func(b region.Bounds) float64 {
			if b.B[0]-b.A[0] < 1e4/stripes {
				return 0 // not decided: it may be clean
			}
			return share
		}}
	}
}

// aBall fails in a disc.
func aBall(random *rand.Rand) known {
	space := cube(2)
	centre, radius := randomStart(2, random), 0.02+0.1*random.Float64()
	return known{space, randomStart(2, random), func(u []float64) bool {
		return math.Hypot(u[0]-centre[0], u[1]-centre[1]) < radius
	}, func(b region.Bounds) float64 {
		const steps = 4000
		sum := 0.0
		for i := range steps {
			x := b.A[0] + (float64(i)+0.5)/steps*(b.B[0]-b.A[0]) - centre[0]
			if h := radius*radius - x*x; h > 0 {
				sum += max(0, min(b.B[1], centre[1]+math.Sqrt(h))-max(b.A[1], centre[1]-math.Sqrt(h)))
			}
		}
		return sum / steps / (b.B[1] - b.A[1])
	}}
}

// Claims at several thresholds, or for several ε, that share views are each false with
// probability at most δ, and with δ/m for each of m all hold together. Fine stripes whose
// failing share is just above ε at every threshold are the worst case.
func TestSharedClaimsAreTrue(t *testing.T) {
	seeds := uint64(8)
	if os.Getenv("SEMROB_LONG") == "1" {
		seeds = 500
	}
	const epsilon, delta, claims = 0.05, 0.3, 3
	values := []float64{0.3, 0.5, 0.7}
	for _, c := range []struct {
		name     string
		epsilons bool
		each     float64 // δ of a claim
	}{{"thresholds by themselves", false, delta}, {"thresholds together", false, delta / claims}, {"ε by themselves", true, delta}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			wrong, any, proved := make([]int, claims), 0, 0
			for seed := range seeds {
				random := rand.New(rand.NewPCG(seed, 11))
				phase := random.Float64()
				share := []float64{1.02 * epsilon, 1.05 * epsilon, 1.1 * epsilon} // that fails at each threshold
				f := &objective.Func{Domain: cube(2), F: func(u []float64) float64 {
					_, part := math.Modf(phase + stripes*(u[0]+1.1*u[1]))
					for i, s := range share {
						if part < s {
							return values[i] - 0.1
						}
					}
					return 1
				}}
				start := []float64{0.5, 0.5}
				for f.F(start) < 1 {
					start[0] += 0.1 * random.Float64() / stripes
				}
				problems := []guarantee.Problem{{Objective: f, Starts: [][]float64{start}}}
				settings := guarantee.Settings{Epsilon: epsilon, Confidence: 1 - c.each, Seed: seed, Budget: 2500, Threshold: 0.7}
				find, at := guarantee.FindAt, values
				if c.epsilons {
					find, at = guarantee.FindAtEpsilons, []float64{1.1 * epsilon * 0.9, 1.1 * epsilon * 0.95, 1.1 * epsilon * 0.99}
				}
				found, err := find(context.Background(), problems, settings, at...)
				if err != nil {
					t.Error(err)
					return
				}
				once := false
				for i, r := range found {
					// Only a tiny box is clean.
					if run := r[0].Runs[0]; run.Status.Proved() && run.Bounds.B[0]-run.Bounds.A[0] > 1e4/stripes {
						wrong[i]++
						once = true
					}
					if r[0].Runs[0].Status.Proved() {
						proved++
					}
				}
				if once {
					any++
				}
			}
			t.Logf("%d runs: %d proved; false claims %v (δ %.3g each), in %d runs at least one", seeds, proved, wrong, c.each, any)
			above := func(n int, p float64) bool {
				return n > 0 && 1-(distuv.Binomial{N: float64(seeds), P: p}).CDF(float64(n-1)) < 1e-3
			}
			for i, n := range wrong {
				if above(n, c.each) {
					t.Errorf("claim %d is false %d times of %d", i+1, n, seeds)
				}
			}
			if c.each < delta && above(any, delta) {
				t.Errorf("in %d of %d runs not all claims hold", any, seeds)
			}
		})
	}
}

// Claims are false with probability at most δ, with everything that happens
// between the first point and the claim.
func TestClaimsAreTrue(t *testing.T) {
	seeds := uint64(20)
	if os.Getenv("SEMROB_LONG") == "1" {
		seeds = 1000
	}
	const epsilon, delta = 0.02, 0.2
	cases := []struct {
		name string
		make func(*rand.Rand) known
	}{
		{"hidden box, 2 axes", aHiddenBox(2)}, {"hidden box, 4 axes", aHiddenBox(4)}, {"hidden box, 10 axes", aHiddenBox(10)},
		{"half space, 2 axes", aHalfSpace(2)}, {"half space, 6 axes", aHalfSpace(6)},
		{"sliver of 0.5 ε", aSliver(3, 0.5*epsilon)}, {"sliver of ε", aSliver(2, epsilon)},
		{"sliver of 1.5 ε", aSliver(3, 1.5*epsilon)}, {"sliver of 2 ε", aSliver(5, 2*epsilon)},
		{"checkerboard of 1.001 ε, 1 axis", aCheckerboard(1, 1.001*epsilon)},
		{"checkerboard of 1.001 ε", aCheckerboard(2, 1.001*epsilon)}, {"checkerboard of 1.2 ε", aCheckerboard(2, 1.2*epsilon)},
		{"checkerboard of 1.05 ε, 4 axes", aCheckerboard(4, 1.05*epsilon)}, {"checkerboard of 0.3 ε", aCheckerboard(3, 0.3*epsilon)},
		{"failing ball", aBall},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			runs, proved, wrong, largest := 0, 0, 0, 0.0
			for seed := range seeds {
				k := c.make(rand.New(rand.NewPCG(seed, 7)))
				if k.fails(k.start) {
					continue
				}
				found, err := guarantee.Find(context.Background(), []guarantee.Problem{{Objective: k.objective(), Starts: [][]float64{k.start}}},
					guarantee.Settings{Epsilon: epsilon, Confidence: 1 - delta, Seed: seed, Budget: 6000})
				if err != nil {
					t.Error(err)
					return
				}
				run := found[0].Runs[0]
				runs++
				if run.Status.Proved() {
					proved++
					share := k.share(run.Bounds)
					largest = max(largest, share)
					if share > epsilon {
						wrong++
					}
				}
			}
			// P(wrong or more of the runs), if the probability is δ.
			p := 1.0
			if wrong > 0 {
				p = 1 - (distuv.Binomial{N: float64(runs), P: delta}).CDF(float64(wrong-1))
			}
			t.Logf("%d runs, %d proved, %d of them with more than ε failing (δ = %g); largest failing share %.3f ε", runs, proved, wrong, delta, largest/epsilon)
			if p < 1e-3 {
				t.Errorf("%d of %d claims are false: p = %.2g for δ = %g", wrong, runs, p, delta)
			}
			if runs < int(seeds)/2 {
				t.Errorf("only %d runs", runs)
			}
		})
	}
}

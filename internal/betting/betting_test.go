package betting

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
)

// The parts of δ add up to it.
func TestSpending(t *testing.T) {
	sum := 0.0
	for j := 1; j <= 100_000; j++ {
		sum += Attempt(0.05, j)
	}
	if sum > 0.05 || sum < 0.0499 {
		t.Errorf("100,000 attempts spend %g of 0.05", sum)
	}
	if got := 4 * Each(0.05, 4); math.Abs(got-0.05) > 1e-15 || Each(0.05, 0) != 0.05 {
		t.Errorf("four claims spend %g, one %g", got, Each(0.05, 0))
	}
}

// A spread stake is the integral of single stakes over the rates.
func TestSpreadIsTheIntegral(t *testing.T) {
	for _, c := range []struct {
		points, failed int
		share          float64
	}{{0, 0, 0.01}, {300, 0, 0.01}, {1000, 3, 0.01}, {50, 40, 0.9}, {200, 90, 0.5}, {30, 30, 0.2}} {
		spread := &Test{Share: c.share, Bets: Bets{Spread: 1}, Points: c.points, Failed: c.failed}
		want := quad.Fixed(func(rate float64) float64 {
			single := *spread
			single.Bets = Bets{Single: []Bet{{rate, 1}}}
			return math.Exp(single.wealth(c.share))
		}, 0, 1, 400, nil, 0)
		if got := math.Exp(spread.wealth(c.share)); math.Abs(got/want-1) > 1e-9 {
			t.Errorf("%+v: stakes of %g, want %g", c, got, want)
		}
	}
}

// On average over all results of n points, stakes neither grow nor shrink if exactly the
// share of the hypothesis fails, and shrink if more fails.
func TestStakesAreFair(t *testing.T) {
	bets := Bets{Single: []Bet{{0, 0.25}, {0.2, 0.25}}, Spread: 0.5}
	const n = 40
	for _, share := range []float64{0.02, 0.3, 0.95} {
		for _, actual := range []float64{share, (1 + share) / 2} {
			mean, probability := 0.0, math.Pow(1-actual, n)
			for failed := 0; failed <= n; failed++ {
				mean += probability * math.Exp((&Test{Share: share, Bets: bets, Points: n, Failed: failed}).wealth(share))
				probability *= float64(n-failed) / float64(failed+1) * actual / (1 - actual)
			}
			if actual == share && math.Abs(mean-1) > 1e-9 || mean > 1+1e-9 {
				t.Errorf("share %g of hypothesis %g: stakes of 1 are %g on average", actual, share, mean)
			}
		}
	}
}

// The stakes against a share grow with the share, at any number of points and failures, so
// that bounds are where they reach 1/level.
func TestStakesGrowWithTheShare(t *testing.T) {
	bets := Bets{Single: []Bet{{0, 0.25}, {0.2, 0.25}}, Spread: 0.5}
	for _, points := range []int{1, 20, 1200, 30000} {
		for _, failed := range []int{0, 1, points / 50, points / 2, points - points/50, points} {
			test, before := &Test{Level: 0.2, Bets: bets, Points: points, Failed: failed}, math.Inf(-1)
			for share := 0.002; share < 1; share += 0.002 {
				w := test.wealth(share)
				if w < before-1e-9 {
					t.Errorf("%d of %d failed: stakes of e^%g against %g, e^%g against a smaller share", failed, points, w, share, before)
				}
				before = w
			}
			if bound := test.Bound(); failed > 0 && bound > 1-float64(failed)/float64(points) {
				t.Errorf("%d of %d failed: bound %g", failed, points, bound)
			}
		}
	}
}

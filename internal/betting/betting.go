// Package betting tests shares with independent points, one after the other, and stops as
// soon as they suffice. It also says how an allowance for error, δ, is spent on several
// attempts and on several claims.
package betting

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Attempt returns the part of δ for the j-th attempt at a claim, j = 1, 2, …: δ/(j(j+1)).
// All parts together are δ, however many attempts it takes.
func Attempt(delta float64, j int) float64 { return delta / (float64(j) * float64(j+1)) }

// Each returns the part of δ for each of n claims that hold together with probability
// 1 − δ (Bonferroni); n below 2 means a claim by itself.
func Each(delta float64, n int) float64 { return delta / float64(max(n, 1)) }

// Test tests the hypothesis that more than a share ε of all points fails, at a level.
//
// It bets against the hypothesis (Waudby-Smith & Ramdas, "Estimating means of bounded
// random variables by betting", JRSS B 2024): a bet multiplies its stake by its rate r at
// every failure and by (1 − rε)/(1 − ε) at every right point. If the hypothesis is true,
// the stakes do not grow on average, so that they ever reach 1/Level with probability at
// most Level, whenever the test is stopped (Ville's inequality). The rate 0 stakes
// everything on no failure and needs ⌈ln Level / ln(1 − ε)⌉ points, the number of the
// exact binomial test; r is the best rate if a share rε fails.
type Test struct {
	// Share is ε and Level the probability of a false rejection, both between 0 and 1.
	Share, Level float64
	Bets         Bets
	// Points were seen, Failed of them failed.
	Points, Failed int
}

// Bets are the stakes of a test, which add up to 1.
type Bets struct {
	Single []Bet
	// Spread is the stake of a bet spread evenly over all rates from 0 to 1. It grows
	// whatever share below ε fails.
	Spread float64
}

// Bet is a stake on a rate, 0 ≤ Rate < 1.
type Bet struct{ Rate, Stake float64 }

// Mirrored returns the test of the opposite hypothesis, that at most a share ε of all points
// fails, on the same points: in it, right points and failures have changed places.
func (t *Test) Mirrored() *Test {
	m := *t
	m.Share, m.Failed = 1-t.Share, t.Points-t.Failed
	return &m
}

// wealth returns the logarithm of the stakes against a share ε.
func (t *Test) wealth(epsilon float64) float64 {
	total := math.Inf(-1)
	right, failed := float64(t.Points-t.Failed), float64(t.Failed)
	for _, b := range t.Bets.Single {
		w := math.Log(b.Stake) + right*(math.Log1p(-b.Rate*epsilon)-math.Log1p(-epsilon))
		if t.Failed > 0 {
			w += failed * math.Log(b.Rate)
		}
		total = logSum(total, w)
	}
	if t.Bets.Spread > 0 {
		total = logSum(total, math.Log(t.Bets.Spread)+spread(right, failed, epsilon))
	}
	return total
}

// spread returns the logarithm of a spread stake of 1: ∫ rᵏ ((1 − rε)/(1 − ε))ᵐ dr, an
// incomplete beta function of q = rε. It is −∞ where the stake is nearly lost.
func spread(right, failed, epsilon float64) float64 {
	part := mathext.RegIncBeta(failed+1, right+1, epsilon)
	if part < 1e-290 {
		return math.Inf(-1) // few bits are left, or none
	}
	return math.Log(part) + mathext.Lbeta(failed+1, right+1) - (failed+1)*math.Log(epsilon) - right*math.Log1p(-epsilon)
}

// logSum returns ln(eᵃ + eᵇ).
func logSum(a, b float64) float64 {
	if b == math.Inf(-1) {
		return a
	}
	high, low := max(a, b), min(a, b)
	return high + math.Log1p(math.Exp(low-high))
}

// Rejected reports whether the points seen so far reject the hypothesis.
func (t *Test) Rejected() bool { return t.wealth(t.Share) >= -math.Log(t.Level) }

// Lost reports whether no further points can reject the hypothesis.
func (t *Test) Lost() bool { return math.IsInf(t.wealth(t.Share), -1) }

// Needed returns the number of further points, all right, that reject the hypothesis. The
// test must not be lost.
func (t *Test) Needed() int {
	b := *t
	from := b.Points
	step := 1
	for !b.Rejected() {
		b.Points += step
		step *= 2
	}
	low, high := from, b.Points // rejected at high, perhaps at low
	for low < high {
		if b.Points = (low + high) / 2; b.Rejected() {
			high = b.Points
		} else {
			low = b.Points + 1
		}
	}
	return high - from
}

// Bound returns the greatest lower bound of the share of right points that the test
// proves at its level. It is right whenever the test is stopped.
func (t *Test) Bound() float64 {
	if t.wealth(1-1e-15) < -math.Log(t.Level) {
		return 0
	}
	low, high := 0.0, 1-1e-15 // the share that fails, proved for high
	for range 100 {
		if mid := (low + high) / 2; t.wealth(mid) >= -math.Log(t.Level) {
			high = mid
		} else {
			low = mid
		}
	}
	return 1 - high
}

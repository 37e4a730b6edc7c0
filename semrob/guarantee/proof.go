package guarantee

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// attempt is a test of the hypothesis that more than the share ε of a box fails,
// at level δ_j.
//
// It bets against the hypothesis (Waudby-Smith & Ramdas, "Estimating means of
// bounded random variables by betting", JRSS B 2024): bet i multiplies its stake by
// r_i at every failure and by (1 − r_i ε)/(1 − ε) at every right point. If the
// hypothesis is true, the stakes do not grow on average, so that they ever reach
// 1/δ_j with probability at most δ_j, whenever the test is stopped. r = 0 stakes
// everything on no failure and needs ⌈ln δ_j / ln(1 − ε)⌉ points, the number of the
// exact binomial test; r = 0.2 survives a few failures.
type attempt struct {
	epsilon, delta float64
	bets           []bet
	points, failed int
}

type bet struct{ rate, stake float64 }

// The bets of an attempt: strict is the cheapest if all points are right, patient
// bounds a share that is small but not zero.
var (
	strict  = []bet{{0, 1}}
	patient = []bet{{0, 0.5}, {0.2, 0.5}}
)

// attempt returns the j-th attempt of a start, j = 1, 2, …
func (s Settings) attempt(j int, bets []bet) *attempt {
	return &attempt{epsilon: s.Epsilon, delta: (1 - s.Confidence) / (float64(j) * float64(j+1)), bets: bets}
}

// wealth returns the logarithm of the stakes against a share ε.
func (a *attempt) wealth(epsilon float64) float64 {
	total := math.Inf(-1)
	for _, b := range a.bets {
		w := math.Log(b.stake) + float64(a.points-a.failed)*(math.Log1p(-b.rate*epsilon)-math.Log1p(-epsilon))
		if a.failed > 0 {
			w += float64(a.failed) * math.Log(b.rate)
		}
		if w == math.Inf(-1) {
			continue
		}
		high, low := max(total, w), min(total, w)
		total = high + math.Log1p(math.Exp(low-high))
	}
	return total
}

func (a *attempt) proved() bool { return a.wealth(a.epsilon) >= -math.Log(a.delta) }

// lost reports whether no further points can prove the claim.
func (a *attempt) lost() bool { return math.IsInf(a.wealth(a.epsilon), -1) }

// needed returns the number of further points, all right, that prove the claim. The
// attempt must not be lost.
func (a *attempt) needed() int {
	b := *a
	from := b.points
	step := 1
	for !b.proved() {
		b.points += step
		step *= 2
	}
	low, high := from, b.points // proved at high, perhaps at low
	for low < high {
		if b.points = (low + high) / 2; b.proved() {
			high = b.points
		} else {
			low = b.points + 1
		}
	}
	return high - from
}

// bound returns the greatest lower bound of the share of right points that the
// attempt proves at its level.
func (a *attempt) bound() float64 {
	if a.wealth(1-1e-15) < -math.Log(a.delta) {
		return 0
	}
	low, high := 0.0, 1-1e-15 // the share that fails, proved for high
	for range 100 {
		if mid := (low + high) / 2; a.wealth(mid) >= -math.Log(a.delta) {
			high = mid
		} else {
			low = mid
		}
	}
	return 1 - high
}

// stream separates the random numbers of one seed.
type stream uint64

const (
	proving stream = iota
	searching
)

// source returns the random numbers of an attempt of a start at a threshold. ChaCha8 is
// cryptographic: streams are unrelated, so that the points of a proof are
// independent of everything that led to its box, proofs at other thresholds included.
func source(seed uint64, of stream, threshold, start, number int) *rand.Rand {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(of)|0x6775617200000000)
	binary.LittleEndian.PutUint64(key[16:], uint64(start))
	binary.LittleEndian.PutUint64(key[24:], uint64(number)|uint64(threshold)<<32)
	return rand.New(rand.NewChaCha8(key))
}

// at returns the point of a box at t, [axis] 0…1, wrapped into the domain around
// periodic axes.
func at(space objective.Space, b region.Bounds, t []float64) []float64 {
	p := make([]float64, len(t))
	for k, axis := range space {
		// Rounding may move the sum beyond the end.
		p[k] = axis.Wrap(min(b.A[k]+t[k]*(b.B[k]-b.A[k]), b.B[k]))
	}
	return p
}

// uniform returns the next independent uniform point of a box.
func uniform(space objective.Space, b region.Bounds, random *rand.Rand) []float64 {
	t := make([]float64, len(space))
	for k := range t {
		t[k] = random.Float64()
	}
	return at(space, b, t)
}

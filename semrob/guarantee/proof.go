package guarantee

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/internal/betting"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// The bets of an attempt: strict is the cheapest if all points are right, patient
// bounds a share that is small but not zero.
var (
	strict  = betting.Bets{Single: []betting.Bet{{Rate: 0, Stake: 1}}}
	patient = betting.Bets{Single: []betting.Bet{{Rate: 0, Stake: 0.5}, {Rate: 0.2, Stake: 0.5}}}
)

// attempt returns the j-th attempt of a start to prove that no more than ε of a box
// fails, j = 1, 2, …
func (s Settings) attempt(j int, bets betting.Bets) *betting.Test {
	return &betting.Test{Share: s.Epsilon, Level: betting.Attempt(1-s.Confidence, j), Bets: bets}
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

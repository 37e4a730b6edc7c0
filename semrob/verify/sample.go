package verify

import (
	"encoding/binary"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/samplemv"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// purpose separates the streams of one seed.
type purpose uint64

const (
	uniform purpose = iota
	lowDiscrepancy
	gaussian
)

// source returns the random numbers of a seed for a purpose. ChaCha8 is
// cryptographic: streams of neighbouring seeds are unrelated, so that the bounds
// of several regions are independent.
func source(seed uint64, p purpose) rand.Source {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(p))
	return rand.NewChaCha8(key)
}

// box maps the unit cube to a region.
type box struct {
	space  objective.Space
	bounds region.Bounds
}

// Quantile writes the point of the region at t, [axis] 0…1, wrapped into the domain
// around periodic axes, to p. It makes a box a distmv.Quantiler.
func (b box) Quantile(p, t []float64) []float64 {
	for k, axis := range b.space {
		low, high := b.bounds.A[k], b.bounds.B[k]
		// Rounding may move the sum beyond the end.
		p[k] = axis.Wrap(min(low+t[k]*(high-low), high))
	}
	return p
}

// uniformPoints returns the next n independent uniform points of the box, [n][axis].
func (b box) uniformPoints(n int, random *rand.Rand) [][]float64 {
	points := make([][]float64, n)
	for i := range points {
		t := make([]float64, len(b.space))
		for k := range t {
			t[k] = random.Float64()
		}
		points[i] = b.Quantile(t, t)
	}
	return points
}

// evenPoints returns n low-discrepancy points of the box, [n][axis]: a randomised
// Halton sequence.
func (b box) evenPoints(n int, seed uint64) [][]float64 {
	if n == 0 {
		return nil
	}
	batch := mat.NewDense(n, len(b.space), nil)
	samplemv.Halton{Kind: samplemv.Owen, Q: b, Src: source(seed, lowDiscrepancy)}.Sample(batch)
	points := make([][]float64, n)
	for i := range points {
		points[i] = batch.RawRowView(i)
	}
	return points
}

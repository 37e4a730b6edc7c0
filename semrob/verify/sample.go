package verify

import (
	"encoding/binary"
	"fmt"
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

// clip returns the part of the box inside the domain, as SRVR counts it: truncated
// at the ends of ordinary axes, at most one period of periodic axes.
func clip(space objective.Space, b region.Bounds) (region.Bounds, error) {
	if len(b.A) != len(space) || len(b.B) != len(space) {
		return b, fmt.Errorf("the region has %d lower and %d upper bounds, the space %d axes (%s)", len(b.A), len(b.B), len(space), space)
	}
	if !b.Finite() {
		return b, fmt.Errorf("the bounds %v are not finite: this region was not completed", b)
	}
	b = b.Clone()
	for k, axis := range space {
		if b.A[k] > b.B[k] {
			return b, fmt.Errorf("the region is inverted on %s: from %g to %g%s", axis.Name, b.A[k], b.B[k], axis.Unit)
		}
		if axis.Periodic {
			b.B[k] = min(b.B[k], b.A[k]+axis.Width())
			continue
		}
		if b.A[k] > axis.Max || b.B[k] < axis.Min {
			return b, fmt.Errorf("the region, %s %g…%g%s, is outside the domain %g…%g%s", axis.Name, b.A[k], b.B[k], axis.Unit, axis.Min, axis.Max, axis.Unit)
		}
		b.A[k], b.B[k] = max(b.A[k], axis.Min), min(b.B[k], axis.Max)
	}
	return b, nil
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

// uniformPoints returns n independent uniform points of the box, [n][axis].
func (b box) uniformPoints(n int, seed uint64) [][]float64 {
	random := rand.New(source(seed, uniform))
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
	batch := mat.NewDense(n, len(b.space), nil)
	samplemv.Halton{Kind: samplemv.Owen, Q: b, Src: source(seed, lowDiscrepancy)}.Sample(batch)
	points := make([][]float64, n)
	for i := range points {
		points[i] = batch.RawRowView(i)
	}
	return points
}

package verify

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// purpose keeps the streams of one seed apart.
type purpose uint64

const (
	uniform purpose = iota
	lowDiscrepancy
	gaussian
)

// source returns the random numbers of a seed for a purpose. ChaCha8 is
// cryptographic: streams of neighbouring seeds have nothing in common, which
// makes the bounds of several regions independent.
func source(seed uint64, p purpose) rand.Source {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(p))
	return rand.NewChaCha8(key)
}

// clip returns the part of the box that is inside the domain, as SRVR counts
// it: cut off at the ends of ordinary axes, at most one period of periodic
// ones.
func clip(space objective.Space, b region.Bounds) (region.Bounds, error) {
	if len(b.A) != len(space) || len(b.B) != len(space) {
		return b, fmt.Errorf("the region has %d lower and %d upper bounds, the space %d axes (%s)", len(b.A), len(b.B), len(space), space)
	}
	if !b.Finite() {
		return b, fmt.Errorf("the bounds %v are not finite: this region was never finished", b)
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

// inside returns the point of the box at t, [axis] 0…1, brought back into the
// domain around periodic axes.
func inside(space objective.Space, b region.Bounds, t []float64) []float64 {
	p := make([]float64, len(space))
	for k, axis := range space {
		// The minimum undoes a last bit that rounding may add.
		p[k] = axis.Wrap(min(b.A[k]+t[k]*(b.B[k]-b.A[k]), b.B[k]))
	}
	return p
}

// uniformPoints returns n independent uniform points of the box, [n][axis].
func uniformPoints(space objective.Space, b region.Bounds, n int, seed uint64) [][]float64 {
	random := rand.New(source(seed, uniform))
	points, t := make([][]float64, n), make([]float64, len(space))
	for i := range points {
		for k := range t {
			t[k] = random.Float64()
		}
		points[i] = inside(space, b, t)
	}
	return points
}

// evenPoints returns n points that lie evenly in the box, [n][axis].
func evenPoints(space objective.Space, b region.Bounds, n int, seed uint64) [][]float64 {
	points := halton(n, len(space), seed)
	for i, t := range points {
		points[i] = inside(space, b, t)
	}
	return points
}

package sensitivity

import (
	"encoding/binary"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/samplemv"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Streams of one seed.
const (
	resampling = iota
	firstReplicate
)

// source returns the random numbers of a seed and a stream. Those of different
// streams are unrelated.
func source(seed uint64, stream int) rand.Source {
	var key [32]byte
	copy(key[16:], "sensitivity")
	binary.LittleEndian.PutUint64(key[:], seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(stream))
	return rand.NewChaCha8(key)
}

// cube is the identity as a distmv.Quantiler: samplemv then fills the unit cube.
type cube struct{}

func (cube) Quantile(p, t []float64) []float64 { copy(p, t); return p }

// design has the points of Saltelli's scheme. All replicates of a set follow each
// other: point j of replicate r has the index r·(points per replicate) + j.
type design struct {
	a, b [][]float64   // [point][axis]
	ab   [][][]float64 // [factor][point][axis]: a with the factor's coordinates of b
}

// newDesign draws the points. moves are the axes of each factor.
func newDesign(space objective.Space, within region.Bounds, moves [][]int, s Settings) design {
	d := design{ab: make([][][]float64, len(moves))}
	n := len(space)
	batch := mat.NewDense(s.Points/s.Replicates, 2*n, nil)
	for r := range s.Replicates {
		batch.Zero()
		samplemv.Halton{Kind: samplemv.Owen, Q: cube{}, Src: source(s.Seed, firstReplicate+r)}.Sample(batch)
		for j := range s.Points / s.Replicates {
			row := batch.RawRowView(j)
			a, b := place(space, within, row[:n]), place(space, within, row[n:])
			d.a, d.b = append(d.a, a), append(d.b, b)
			for i, axes := range moves {
				moved := append([]float64(nil), a...)
				for _, k := range axes {
					moved[k] = b[k]
				}
				d.ab[i] = append(d.ab[i], moved)
			}
		}
	}
	return d
}

// place maps the unit cube to a box.
func place(space objective.Space, within region.Bounds, t []float64) []float64 {
	p := make([]float64, len(space))
	for k, axis := range space {
		low, high := within.A[k], within.B[k]
		// Rounding may move the sum beyond the end.
		p[k] = axis.Wrap(min(low+t[k]*(high-low), high))
	}
	return p
}

// points returns all points in one list: a, b, then ab of each factor.
func (d design) points() [][]float64 {
	all := append(append([][]float64(nil), d.a...), d.b...)
	for _, moved := range d.ab {
		all = append(all, moved...)
	}
	return all
}

package region

import (
	"math"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/goldenratio"
)

// Sampling chooses the points of the means over the faces of a region.
type Sampling string

const (
	// Corners takes the 2ⁿ corners, as the paper does: few points, exact if f is
	// multilinear. Above Settings.MaxCorners a random subset is taken, a new one in
	// every iteration, without bias.
	Corners Sampling = "corners"
	// FacePoints takes Settings.PointsPerFace low-discrepancy points on each of
	// the 2n faces. It costs more than corners but shows more: a face on which f is
	// high except at its ends, and which of two sides went too far.
	FacePoints Sampling = "faces"
)

// Samplings lists the samplings by name.
var Samplings = enum.Of("sampling", Corners, FacePoints)

// UnmarshalText reads a name; "" is the default.
func (s *Sampling) UnmarshalText(text []byte) error { return Samplings.Unmarshal(s, text) }

// MarshalText returns the name.
func (s Sampling) MarshalText() ([]byte, error) { return []byte(s), nil }

// probes are offsets t in a region, for the points a + t⊙r, and the faces on
// which they lie.
type probes struct {
	offsets      [][]float64 // [probe][axis], 0…1
	lower, upper [][]int     // [axis], indices into offsets
}

// outer returns the offset of the probe in the outer region of relative size
// alpha.
func outer(t, alpha float64) float64 { return -alpha/2 + (1+alpha)*t }

// allCorners returns the 2ⁿ corners; axis k is bit k of the corner's index.
func allCorners(n int) *probes {
	p := &probes{}
	for c := range 1 << n {
		t := make([]float64, n)
		for k := range t {
			t[k] = float64(c >> k & 1)
		}
		p.offsets = append(p.offsets, t)
	}
	p.sort(n)
	return p
}

// someCorners returns about m random corners of the 2ⁿ, each with its opposite
// corner. Every face then has exactly half of them, and the expected mean over
// them is the mean over all corners of the face.
func someCorners(n, m int, rng *rand.Rand) *probes {
	p := &probes{}
	seen := map[string]bool{}
	for len(p.offsets) < m-1 {
		t, opposite := make([]float64, n), make([]float64, n)
		key := make([]byte, n)
		// The first axis may stay at 0: the opposites are its other half.
		for k := range t {
			if k > 0 {
				t[k] = float64(rng.IntN(2))
			}
			opposite[k] = 1 - t[k]
			key[k] = byte(t[k])
		}
		if seen[string(key)] {
			continue
		}
		seen[string(key)] = true
		p.offsets = append(p.offsets, t, opposite)
	}
	p.sort(n)
	return p
}

// sort assigns the corners to their faces.
func (p *probes) sort(n int) {
	p.lower, p.upper = make([][]int, n), make([][]int, n)
	for i, t := range p.offsets {
		for k := range n {
			if t[k] == 0 {
				p.lower[k] = append(p.lower[k], i)
			} else {
				p.upper[k] = append(p.upper[k], i)
			}
		}
	}
}

// facePoints returns m low-discrepancy points on each face (see
// goldenratio.Steps), each with its mirror image about the face's centre, so that
// means of linear functions are exact.
func facePoints(n, m int) *probes {
	if n == 1 {
		return allCorners(1) // a face is a point
	}
	p := &probes{lower: make([][]int, n), upper: make([][]int, n)}
	step := goldenratio.Steps(n - 1)
	for k := range n {
		for side, face := range []*[]int{&p.lower[k], &p.upper[k]} {
			shift := float64(2*k+side) / float64(2*n)
			for i := range m {
				*face = append(*face, len(p.offsets))
				p.offsets = append(p.offsets, onFace(n, k, side, i, m, shift, step))
			}
		}
	}
	return p
}

// onFace returns point i of m on one side of axis k.
func onFace(n, k, side, i, m int, shift float64, step []float64) []float64 {
	t := make([]float64, n)
	at := 0
	for j := range t {
		if j == k {
			t[j] = float64(side)
			continue
		}
		_, t[j] = math.Modf(shift + float64(i/2+1)*step[at])
		switch at++; {
		case i == m-1 && m%2 == 1:
			t[j] = 0.5 // without a partner
		case i%2 == 1:
			t[j] = 1 - t[j]
		}
	}
	return t
}

// measure fills faces from values at the probes: f [probe] in the region, fOuter
// [probe] in the outer region or nil, g [probe][axis] the gradients or nil.
// faces.R must be set.
func (p *probes) measure(faces *Faces, f, fOuter []float64, g [][]float64) {
	faces.Mean = mean(f)
	for k := range faces.R {
		faces.Lower[k], faces.Upper[k] = meanAt(f, p.lower[k]), meanAt(f, p.upper[k])
	}
	if fOuter != nil {
		faces.OuterMean = mean(fOuter)
		for k := range faces.R {
			faces.OuterLower[k], faces.OuterUpper[k] = meanAt(fOuter, p.lower[k]), meanAt(fOuter, p.upper[k])
		}
	}
	if g != nil {
		p.measureSlopes(faces, g)
	}
}

func (p *probes) measureSlopes(faces *Faces, g [][]float64) {
	n := len(faces.R)
	// stretch[i] is Σ over all axes of r(2t − 1)∂f; the faces of an axis subtract
	// its own term.
	term := func(i, k int) float64 { return faces.R[k] * (2*p.offsets[i][k] - 1) * g[i][k] }
	stretch := make([]float64, len(g))
	for i := range g {
		for k := range n {
			stretch[i] += term(i, k)
		}
	}
	faces.Stretch = mean(stretch)
	for k := range n {
		faces.SlopeLower[k], faces.StretchLower[k] = slopes(p.lower[k], k, g, stretch, term)
		faces.SlopeUpper[k], faces.StretchUpper[k] = slopes(p.upper[k], k, g, stretch, term)
	}
}

func slopes(face []int, k int, g [][]float64, stretch []float64, term func(i, k int) float64) (slope, others float64) {
	for _, i := range face {
		slope += g[i][k]
		others += stretch[i] - term(i, k)
	}
	return slope / float64(len(face)), others / float64(len(face))
}

func mean(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

func meanAt(v []float64, at []int) float64 {
	s := 0.0
	for _, i := range at {
		s += v[i]
	}
	return s / float64(len(at))
}

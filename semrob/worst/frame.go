package worst

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// frame maps the unit cube to the search box. The cube omits axes along which the
// box has no width.
type frame struct {
	space objective.Space
	from  []float64 // [axis]
	to    []float64 // [axis]
	width []float64 // [axis]
	free  []int     // the axes of the cube
	wraps []bool    // of each of the cube's axes: the box covers a whole period
}

func newFrame(space objective.Space, box region.Bounds) frame {
	f := frame{space: space, from: box.A, to: box.B}
	for k, axis := range space {
		w := box.B[k] - box.A[k]
		f.width = append(f.width, w)
		if w > 0 {
			f.free = append(f.free, k)
			f.wraps = append(f.wraps, axis.Periodic && w >= axis.Width()*(1-1e-12))
		}
	}
	return f
}

// fold maps a position into 0…1: around an axis that wraps, otherwise as if the
// ends of the cube were mirrors. A method that samples without bounds then has a
// function without edges.
func (f frame) fold(j int, t float64) float64 {
	if f.wraps[j] {
		return t - math.Floor(t)
	}
	return math.Abs(math.Remainder(t, 2))
}

// clamp maps a position into 0…1: around an axis that wraps, otherwise to the
// nearest end.
func (f frame) clamp(j int, t float64) float64 {
	if f.wraps[j] {
		return t - math.Floor(t)
	}
	return min(max(t, 0), 1)
}

// point returns the point of the space at a position of the cube.
func (f frame) point(t []float64) []float64 {
	p := make([]float64, len(f.space))
	for k := range p {
		p[k] = f.space[k].Wrap(f.from[k])
	}
	for j, k := range f.free {
		// Rounding may move the sum beyond the end.
		p[k] = f.space[k].Wrap(min(f.from[k]+f.width[k]*f.fold(j, t[j]), f.to[k]))
	}
	return p
}

// distance returns the greatest distance of two positions along any axis.
func (f frame) distance(t, u []float64) float64 {
	far := 0.0
	for j := range t {
		d := math.Abs(f.fold(j, t[j]) - f.fold(j, u[j]))
		if f.wraps[j] {
			d = min(d, 1-d)
		}
		far = max(far, d)
	}
	return far
}

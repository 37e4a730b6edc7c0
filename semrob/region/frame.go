package region

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// frame maps between the coordinates of the axes and those of the descent. They
// are the same in Published mode; Default mode scales domains to 0…1.
type frame struct {
	space objective.Space
	mode  Mode
}

func (f frame) unit(k int) (origin, width float64) {
	if f.mode == Published {
		return 0, 1
	}
	return f.space[k].Min, f.space[k].Width()
}

// coordinate returns a + t·r of axis k in the unit of the axis, not wrapped into
// the domain.
func (f frame) coordinate(k int, a, b, t float64) float64 {
	origin, width := f.unit(k)
	return origin + width*(a+t*(b-a))
}

// point returns a + t⊙r in the units of the axes, snapped to a lattice in the
// frame's coordinates and wrapped into the domain. The offsets are those of the
// outer region of relative size alpha; 0 is the region itself.
func (f frame) point(a, b, t []float64, alpha float64, snap func([]float64)) []float64 {
	p := make([]float64, len(a))
	for k := range a {
		p[k] = a[k] + outer(t[k], alpha)*(b[k]-a[k])
	}
	snap(p)
	for k := range p {
		origin, width := f.unit(k)
		p[k] = f.space[k].Wrap(origin + width*p[k])
	}
	return p
}

// slope converts ∂f/∂u at a point into the derivative in the frame's
// coordinates. Beyond the end of an axis f is constant along it, because points
// are clamped to the domain.
func (f frame) slope(a, b, t, g []float64) []float64 {
	s := make([]float64, len(g))
	for k := range g {
		_, width := f.unit(k)
		if f.space[k].Contains(f.coordinate(k, a[k], b[k], t[k])) {
			s[k] = g[k] * width
		}
		if f.mode == Published {
			s[k] = -s[k]
		}
	}
	return s
}

// bounds returns the box in the units of the axes. In Default mode a periodic
// axis has its lower bound inside the domain.
func (f frame) bounds(a, b []float64) Bounds {
	out := Bounds{A: make([]float64, len(a)), B: make([]float64, len(a))}
	for k := range a {
		out.A[k], out.B[k] = f.coordinate(k, a[k], b[k], 0), f.coordinate(k, a[k], b[k], 1)
		if f.mode == Default && f.space[k].Periodic {
			inside := f.space[k].Wrap(out.A[k])
			out.B[k] += inside - out.A[k]
			out.A[k] = inside
		}
	}
	return out
}

// smallest is the least width in Default mode, as a fraction of the domain.
const smallest = 1e-10

// project brings a box of Default mode back into the domain and keeps its widths
// positive. A region that has gone around a periodic axis keeps its position:
// centre [axis] is its middle before the step.
func (f frame) project(a, b, centre []float64) {
	for k, axis := range f.space {
		if b[k]-a[k] < smallest {
			middle := (a[k] + b[k]) / 2
			a[k], b[k] = middle-smallest/2, middle+smallest/2
		}
		switch {
		case axis.Periodic && b[k]-a[k] > 1:
			a[k], b[k] = centre[k]-0.5, centre[k]+0.5
		case !axis.Periodic:
			a[k] = min(max(a[k], 0), 1-smallest)
			b[k] = max(min(b[k], 1), a[k]+smallest)
		}
	}
}

func (f frame) coversDomain(a, b []float64) bool {
	for k := range a {
		if b[k]-a[k] < 1-1e-9 {
			return false
		}
	}
	return true
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

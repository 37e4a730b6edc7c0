package guarantee

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// frame holds the coordinates of one run: distances from the start, in units of
// the axes' widths. On periodic axes a point has the distance 0…1 to the right,
// and that minus 1 to the left.
type frame struct {
	space objective.Space
	start []float64
}

func (f frame) relative(point []float64) []float64 {
	d := make([]float64, len(point))
	for k, axis := range f.space {
		d[k] = (point[k] - f.start[k]) / axis.Width()
		if axis.Periodic {
			d[k] -= math.Floor(d[k])
		}
		if math.Abs(d[k]-math.Round(d[k])) < 1e-12 && (axis.Periodic || math.Round(d[k]) == 0) {
			d[k] = 0 // beside the start, not a rounding error to one side of it
		}
	}
	return d
}

// box is lo ≤ 0 ≤ hi along each axis of a frame. A periodic axis has at most
// −1…1, which is the whole period.
type box struct{ lo, hi []float64 }

func (f frame) whole() box {
	b := box{make([]float64, len(f.space)), make([]float64, len(f.space))}
	for k, axis := range f.space {
		if b.lo[k], b.hi[k] = -1, 1; !axis.Periodic {
			b.lo[k], b.hi[k] = (axis.Min-f.start[k])/axis.Width(), (axis.Max-f.start[k])/axis.Width()
		}
	}
	return b
}

func (b box) clone() box { return box{slices.Clone(b.lo), slices.Clone(b.hi)} }

func (b box) equal(c box) bool { return slices.Equal(b.lo, c.lo) && slices.Equal(b.hi, c.hi) }

// width is at most 1: a box goes around a periodic axis once.
func (b box) width(k int) float64 { return min(b.hi[k]-b.lo[k], 1) }

func (b box) volume() float64 {
	v := 1.0
	for k := range b.lo {
		v *= b.width(k)
	}
	return v
}

// bounds returns the box in the units of the axes.
func (f frame) bounds(b box) region.Bounds {
	n := len(f.space)
	out := region.Bounds{A: make([]float64, n), B: make([]float64, n)}
	whole := f.whole()
	for k, axis := range f.space {
		low, high := f.start[k]+b.lo[k]*axis.Width(), f.start[k]+b.hi[k]*axis.Width()
		switch {
		case axis.Periodic && b.hi[k]-b.lo[k] > 1:
			low, high = axis.Min, axis.Max
		case axis.Periodic:
			width := high - low
			low = axis.Wrap(low)
			high = low + min(width, axis.Width())
		default:
			if b.lo[k] == whole.lo[k] {
				low = axis.Min
			}
			if b.hi[k] == whole.hi[k] {
				high = axis.Max
			}
			low, high = max(low, axis.Min), min(high, axis.Max)
		}
		out.A[k], out.B[k] = low, high
	}
	return out
}

// inside reports whether a point is strictly between the sides of axis k.
func (f frame) inside(b box, k int, d float64) bool {
	if f.space[k].Periodic {
		return d < b.hi[k] || d-1 > b.lo[k]
	}
	return b.lo[k] < d && d < b.hi[k]
}

func (f frame) contains(b box, d []float64) bool {
	for k := range d {
		if !f.inside(b, k, d[k]) {
			return false
		}
	}
	return true
}

// cut moves the sides of axis k so that d is not between them. A point beside the
// start leaves nothing.
func (f frame) cut(b box, k int, d float64) (lo, hi float64) {
	lo, hi = b.lo[k], b.hi[k]
	switch {
	case d == 0:
		return 0, 0
	case f.space[k].Periodic:
		return max(lo, d-1), min(hi, d)
	case d > 0:
		return lo, min(hi, d)
	}
	return max(lo, d), hi
}

// largest returns a box around the start with none of the failures, [failure]
// [axis], inside: the largest one in two dimensions, a good one otherwise. last is
// the box before the last failures were known; quick is satisfied with what is
// left of it, if that is most of it.
func (f frame) largest(failures [][]float64, last box, random *rand.Rand, quick bool) box {
	if len(f.space) == 2 {
		return f.largestOfTwo(failures)
	}
	return f.large(failures, last, random, quick)
}

// step is a strip from the start upwards (or downwards): up to height, failures
// leave the limits left and right.
type step struct{ height, left, right float64 }

// largestOfTwo returns the largest box of two axes. With failures sorted by their
// height above and below the start, the limits to the left and right of strips of
// growing height are two staircases; the best pair of their steps is the box.
func (f frame) largestOfTwo(failures [][]float64) box {
	whole := f.whole()
	up := f.staircase(failures, whole.hi[1], func(y float64) (float64, bool) { return y, y >= 0 })
	down := f.staircase(failures, -whole.lo[1], func(y float64) (float64, bool) {
		if f.space[1].Periodic && y != 0 {
			return 1 - y, true
		}
		return -y, y <= 0
	})
	best, most := whole.clone(), -1.0
	b := whole.clone()
	for _, u := range up {
		for _, d := range down {
			b.lo[0], b.hi[0] = max(u.left, d.left), min(u.right, d.right)
			b.lo[1], b.hi[1] = -d.height, u.height
			if v := b.volume(); v > most {
				most, best = v, b.clone()
			}
		}
	}
	if f.space[1].Periodic && best.hi[1]-best.lo[1] > 1 && best.hi[1] < 1 {
		best.lo[1] = best.hi[1] - 1
	}
	if f.space[0].Periodic && best.hi[0]-best.lo[0] > 1 && best.hi[0] < 1 {
		best.lo[0] = best.hi[0] - 1
	}
	return best
}

func (f frame) staircase(failures [][]float64, top float64, height func(y float64) (h float64, ok bool)) []step {
	var points []step
	for _, d := range failures {
		h, ok := height(d[1])
		if !ok {
			continue
		}
		p := step{h, math.Inf(-1), math.Inf(1)}
		switch {
		case f.space[0].Periodic && d[0] != 0:
			p.left, p.right = d[0]-1, d[0]
		case d[0] > 0:
			p.right = d[0]
		case d[0] < 0:
			p.left = d[0]
		default:
			p.left, p.right = 0, 0
		}
		points = append(points, p)
	}
	slices.SortFunc(points, func(a, b step) int { return cmp.Compare(a.height, b.height) })
	whole := f.whole()
	now := step{0, whole.lo[0], whole.hi[0]}
	var stairs []step
	for _, p := range points {
		if p.left <= now.left && p.right >= now.right {
			continue
		}
		stairs = append(stairs, step{min(p.height, top), now.left, now.right})
		now.left, now.right = max(now.left, p.left), min(now.right, p.right)
	}
	return append(stairs, step{top, now.left, now.right})
}

// orders is the number of orders in which failures are cut off.
const orders = 6

// large returns a good box. The largest one is NP-hard to find in n dimensions
// (Backer & Keil 2010). Failures inside are cut off one by one, each by the side
// that costs least, near ones first and in a few other orders; then every side is
// pushed out until a failure stops it, and sides are exchanged.
func (f frame) large(failures [][]float64, last box, random *rand.Rand, quick bool) box {
	whole := f.whole()
	near := make([]float64, len(failures))
	order := make([]int, len(failures))
	for i, d := range failures {
		order[i] = i
		for k, x := range d {
			if f.space[k].Periodic {
				x = min(x, 1-x)
			}
			near[i] = max(near[i], math.Abs(x))
		}
	}
	sorted := func(key []float64) []int {
		o := slices.Clone(order)
		slices.SortStableFunc(o, func(a, b int) int { return cmp.Compare(key[a], key[b]) })
		return o
	}
	nearFirst := sorted(near)
	best := f.fit(failures, nearFirst, last, -1)
	if quick && best.volume() > 0.97*last.volume() {
		return best
	}
	consider := func(b box) bool {
		if b.volume() <= best.volume()*(1+1e-9) {
			return false
		}
		best = b
		return true
	}
	consider(f.fit(failures, nearFirst, whole, -1))
	key := make([]float64, len(near))
	for range orders {
		for i := range key {
			key[i] = near[i] * math.Exp(0.5*random.NormFloat64())
		}
		consider(f.fit(failures, sorted(key), whole, -1))
	}
	for better, rounds := true, 0; better && rounds < 10; rounds++ {
		better = false
		for k := range whole.lo {
			for _, upper := range []bool{false, true} {
				b := best.clone()
				if upper {
					b.hi[k] = whole.hi[k]
				} else {
					b.lo[k] = whole.lo[k]
				}
				if consider(f.fit(failures, nearFirst, b, k)) {
					better = true
				}
			}
		}
	}
	return best
}

// fit cuts failures off b in an order, along any axis but one, and pushes the
// sides out.
func (f frame) fit(failures [][]float64, order []int, b box, but int) box {
	b = b.clone()
	for _, i := range order {
		d := failures[i]
		if !f.contains(b, d) {
			continue
		}
		at, most := -1, -1.0
		for k := range d {
			if k == but {
				continue
			}
			lo, hi := f.cut(b, k, d[k])
			if left := min(hi-lo, 1) / b.width(k); left > most {
				at, most = k, left
			}
		}
		if at < 0 || most <= 0 { // only the axis that is left out can cut it off
			at = max(at, 0)
			for k := range d {
				lo, hi := f.cut(b, k, d[k])
				if left := min(hi-lo, 1) / b.width(k); left > most {
					at, most = k, left
				}
			}
		}
		b.lo[at], b.hi[at] = f.cut(b, at, d[at])
	}
	f.push(failures, b)
	return b
}

// push moves every side out until a failure stops it.
func (f frame) push(failures [][]float64, b box) {
	whole := f.whole()
	for range 2 {
		for k := range whole.lo {
			lo, hi := whole.lo[k], whole.hi[k]
			for _, d := range failures {
				if !f.containsBut(b, d, k) {
					continue
				}
				switch {
				case f.space[k].Periodic:
					lo, hi = max(lo, d[k]-1), min(hi, d[k])
				case d[k] >= b.hi[k]:
					hi = min(hi, d[k])
				case d[k] <= b.lo[k]:
					lo = max(lo, d[k])
				}
			}
			b.lo[k], b.hi[k] = lo, hi
		}
	}
}

func (f frame) containsBut(b box, d []float64, but int) bool {
	for k := range d {
		if k != but && !f.inside(b, k, d[k]) {
			return false
		}
	}
	return true
}

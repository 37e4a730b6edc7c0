package guarantee

import "math"

// The numbers of boxes that tolerate failures.
const (
	// toleratedShare, of ε, is the share of cells that may fail in a box on trial.
	toleratedShare = 0.25
	// leastCells and mostCells bound the number of cells along an axis.
	leastCells, mostCells = 40, 60
)

// tolerated returns spots for the failures in the largest box, of two axes, in which
// they take up a small part of ε: small gaps, teeth and holes, of any shape. A first,
// coarse look at everything between the first failures along the axes is followed by a
// finer one at the box found.
func (r *run) tolerated() []spot {
	if len(r.sides) == 0 {
		return nil
	}
	area := r.whole()
	for _, s := range r.sides {
		if math.IsInf(s.bad, 1) {
			continue
		}
		if s.sign < 0 {
			area.lo[s.axis] = max(area.lo[s.axis], -s.bad)
		} else {
			area.hi[s.axis] = min(area.hi[s.axis], s.bad)
		}
	}
	for k := range area.lo {
		if w := area.hi[k] - area.lo[k]; w > 1 { // a whole period, half to either side
			area.lo[k], area.hi[k] = max(area.lo[k], -0.5), min(area.hi[k], 0.5)
		}
	}
	first := r.cellsOf(area)
	b := first.largest()
	closer := area.clone()
	for k := range b.lo {
		w := b.hi[k] - b.lo[k]
		closer.lo[k], closer.hi[k] = max(area.lo[k], b.lo[k]-0.2*w), min(area.hi[k], b.hi[k]+0.2*w)
	}
	second := r.cellsOf(closer)
	return second.spots(second.largest())
}

// tally counts the known points in the cells of an area.
type tally struct {
	area   box
	n      int // cells along each axis
	known  []int
	failed []int
	start  [2]int // the cell of the start
	share  float64
	width  [2]float64
}

func (r *run) cellsOf(area box) *tally {
	n := min(max(int(math.Sqrt(25/r.settings.Epsilon)), leastCells), mostCells)
	t := &tally{area: area, n: n, known: make([]int, n*n), failed: make([]int, n*n), share: toleratedShare * r.settings.Epsilon}
	for k := range 2 {
		t.width[k] = max(area.hi[k]-area.lo[k], 1e-300) / float64(n)
		t.start[k] = min(int(-area.lo[k]/t.width[k]), n-1)
	}
	for i, d := range r.known {
		var at [2]int
		inside := true
		for k, x := range d {
			if r.space[k].Periodic && x >= area.hi[k] {
				x--
			}
			inside = inside && x > area.lo[k] && x < area.hi[k]
			at[k] = min(max(int((x-area.lo[k])/t.width[k]), 0), n-1)
		}
		if !inside {
			continue
		}
		t.known[at[1]*n+at[0]]++
		if !r.memory.right[i] && r.spotted(d) < 0 {
			t.failed[at[1]*n+at[0]]++
		}
	}
	return t
}

// largest returns the largest box of cells around the start in which at most the
// tolerated share fails; nothing is known to fail in cells without a failure.
func (t *tally) largest() box {
	n := t.n
	sums := make([]float64, (n+1)*(n+1))
	for y := range n {
		row := 0.0
		for x := range n {
			if c := y*n + x; t.failed[c] > 0 {
				row += max(float64(t.failed[c])/float64(t.known[c]), 0.5)
			}
			sums[(y+1)*(n+1)+x+1] = sums[y*(n+1)+x+1] + row
		}
	}
	most, best := 0, [4]int{t.start[0], t.start[0] + 1, t.start[1], t.start[1] + 1}
	for low := 0; low <= t.start[1]; low++ {
		for high := n; high > t.start[1]; high-- {
			for left := 0; left <= t.start[0]; left++ {
				for right := n; right > t.start[0]; right-- {
					area := (high - low) * (right - left)
					if area <= most {
						break
					}
					fails := sums[high*(n+1)+right] - sums[low*(n+1)+right] - sums[high*(n+1)+left] + sums[low*(n+1)+left]
					if fails <= t.share*float64(area) {
						most, best = area, [4]int{left, right, low, high}
						break
					}
				}
			}
		}
	}
	b := box{make([]float64, 2), make([]float64, 2)}
	for k := range 2 {
		b.lo[k] = t.area.lo[k] + float64(best[2*k])*t.width[k]
		b.hi[k] = t.area.lo[k] + float64(best[2*k+1])*t.width[k]
	}
	return b
}

// spots returns a spot for every cell of a box that has a failure, a little larger than
// the cell.
func (t *tally) spots(b box) (spots []spot) {
	for c, failed := range t.failed {
		if failed == 0 {
			continue
		}
		s := spot{make([]float64, 2), make([]float64, 2)}
		inside := true
		for k, at := range [2]int{c % t.n, c / t.n} {
			x := t.area.lo[k] + (float64(at)+0.5)*t.width[k]
			inside = inside && b.lo[k] < x && x < b.hi[k]
			s.centre[k], s.radius[k] = x, 0.8*t.width[k]
		}
		if inside {
			spots = append(spots, s)
		}
	}
	return spots
}

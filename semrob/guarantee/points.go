package guarantee

import (
	"cmp"
	"math"
	"slices"
)

// askSuspects returns the suspects that stop a side of the largest box without
// failures and suspects.
func (r *run) askSuspects() [][]float64 {
	b := r.largest(slices.Concat(r.failures, r.suspects), r.box, r.random, true)
	var points [][]float64
	r.asked = r.asked[:0]
	for i, d := range r.suspects {
		if r.touches(b, d) {
			r.asked = append(r.asked, i)
			points = append(points, r.suspectsAt[i])
		}
	}
	return points
}

// touches reports whether a point lies on a face of the box.
func (r *run) touches(b box, d []float64) bool {
	for k := range d {
		if r.containsBut(b, d, k) && (d[k] == b.hi[k] || d[k] == b.lo[k] || r.space[k].Periodic && d[k]-1 == b.lo[k]) {
			return true
		}
	}
	return false
}

// tellSuspects drops the suspects that f was asked about.
func (r *run) tellSuspects(from, to int) {
	if from == to {
		r.phase, r.suspects = search, nil
		return
	}
	for _, i := range slices.Backward(r.asked[:to-from]) {
		r.suspects = slices.Delete(r.suspects, i, i+1)
		r.suspectsAt = slices.Delete(r.suspectsAt, i, i+1)
	}
}

// askSearch returns n points in the box: half of them even, the others near faces
// and near the lowest values.
func (r *run) askSearch(n int) [][]float64 {
	points := make([][]float64, 0, n)
	low := r.lowest(8)
	dims := len(r.space)
	for i := range n {
		t := make([]float64, dims)
		switch {
		case i%4 == 1:
			for k := range t {
				t[k] = r.random.Float64()
			}
			u := r.random.Float64()
			face := i / 4 % (2 * dims)
			if t[face/2] = shell * u * u; face%2 == 1 {
				t[face/2] = 1 - t[face/2]
			}
		case i%4 == 3 && len(low) > 0:
			scale := []float64{0.06, 0.02}[i/4%2]
			from := low[i/4%len(low)]
			for k := range t {
				t[k] = min(max(from[k]+scale*r.local.NormFloat64(), 1e-6), 1-1e-6)
			}
		default:
			r.evenly(t)
		}
		points = append(points, at(r.space, r.bounds, t))
	}
	return points
}

// isEven reports whether the i-th point of a round is one of the even ones.
func isEven(i int) bool { return i%2 == 0 }

// evenly writes the next point of a low-discrepancy sequence, 0…1.
func (r *run) evenly(t []float64) {
	r.sequence++
	for k, step := range r.steps {
		_, t[k] = math.Modf(r.offset[k] + float64(r.sequence)*step)
	}
}

// lowest returns the places, 0…1 along each side of the box, of up to n points of
// the lowest values, or none if all values are the same.
func (r *run) lowest(n int) [][]float64 {
	type place struct {
		at    int
		value float64
	}
	var low []place
	highest := math.Inf(-1)
	for i, d := range r.known {
		if !r.contains(r.box, d) || r.spotted(d) >= 0 {
			continue
		}
		v := r.memory.values[i]
		highest = max(highest, v)
		if len(low) == n && v >= low[n-1].value {
			continue
		}
		at, _ := slices.BinarySearchFunc(low, v, func(p place, v float64) int { return cmp.Compare(p.value, v) })
		low = slices.Insert(low, at, place{i, v})
		low = low[:min(len(low), n)]
	}
	if len(low) == 0 || low[0].value == highest {
		return nil
	}
	places := make([][]float64, len(low))
	for i, p := range low {
		places[i] = r.place(r.memory.points[p.at])
	}
	return places
}

// place is the inverse of at.
func (r *run) place(point []float64) []float64 {
	t := make([]float64, len(point))
	for k, axis := range r.space {
		x := point[k] - r.bounds.A[k]
		if axis.Periodic {
			x -= math.Floor(x/axis.Width()) * axis.Width()
		}
		t[k] = x / max(r.bounds.B[k]-r.bounds.A[k], 1e-300)
	}
	return t
}

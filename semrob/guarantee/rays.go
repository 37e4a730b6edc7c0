package guarantee

import (
	"math"
	"slices"
)

// ray narrows down the first failure from the start along one direction.
type ray struct {
	axis       int
	sign       float64
	right, bad float64 // distances, bad > right; +Inf if nothing failed
}

// askRays returns points on the rays from the start along every axis, both ways.
// A failure there can only be cut off along this axis.
func (r *run) askRays() [][]float64 {
	var points [][]float64
	whole := r.whole()
	for k, axis := range r.space {
		along := func(d float64) {
			p := slices.Clone(r.start)
			p[k] = axis.Wrap(r.start[k] + d*axis.Width())
			points = append(points, p)
		}
		if axis.Periodic {
			for i := 1; i < 2*rays; i++ {
				along(float64(i) / (2 * rays))
			}
			continue
		}
		for _, end := range []float64{whole.lo[k], whole.hi[k]} {
			for i := 1; i <= rays && end != 0; i++ {
				along(end * float64(i) / rays)
			}
		}
	}
	return points
}

// tellRays finds the first failure on every ray.
func (r *run) tellRays(from, to int) {
	for k, axis := range r.space {
		for _, sign := range []float64{-1, 1} {
			r.sides = append(r.sides, ray{k, sign, 0, math.Inf(1)})
		}
		for i := from; i < to; i++ {
			if d := r.known[i]; r.onAxis(i, k) {
				for j := range 2 {
					s := &r.sides[2*k+j]
					x := d[k] * s.sign
					if axis.Periodic && s.sign < 0 {
						x = 1 - d[k]
					}
					if x > 0 && !r.memory.right[i] {
						s.bad = min(s.bad, x)
					}
				}
			}
		}
		for i := from; i < to; i++ {
			if d := r.known[i]; r.onAxis(i, k) && r.memory.right[i] {
				for j := range 2 {
					s := &r.sides[2*k+j]
					x := d[k] * s.sign
					if axis.Periodic && s.sign < 0 {
						x = 1 - d[k]
					}
					if x > 0 && x < s.bad {
						s.right = max(s.right, x)
					}
				}
			}
		}
	}
}

// onAxis reports whether a known point differs from the start along one axis
// only.
func (r *run) onAxis(i, axis int) bool {
	for k := range r.start {
		if k != axis && r.memory.points[i][k] != r.start[k] && r.known[i][k] != 0 {
			return false
		}
	}
	return true
}

func (r *run) askHalves() [][]float64 {
	var points [][]float64
	for _, s := range r.sides {
		if math.IsInf(s.bad, 1) {
			continue
		}
		p := slices.Clone(r.start)
		p[s.axis] = r.space[s.axis].Wrap(p[s.axis] + s.sign*(s.right+s.bad)/2*r.space[s.axis].Width())
		points = append(points, p)
	}
	return points
}

func (r *run) tellHalves(from, to int) {
	i := from
	for j := range r.sides {
		s := &r.sides[j]
		if math.IsInf(s.bad, 1) || i == to {
			continue
		}
		if middle := (s.right + s.bad) / 2; r.memory.right[i] {
			s.right = middle
		} else {
			s.bad = middle
		}
		i++
	}
	if r.halved++; r.halved == halvings || from == to {
		r.phase = search
	}
}

package guarantee

import (
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// result describes the run.
func (r *run) result() Run {
	for i := len(r.known); i < len(r.memory.points); i++ {
		d := r.relative(r.memory.points[i])
		r.known = append(r.known, d)
		if !r.memory.right[i] {
			r.failures, r.failedAt = append(r.failures, d), append(r.failedAt, i)
		}
	}
	out := Run{
		Start: r.start, Bounds: r.bounds, Status: r.status, Detail: r.detail,
		Evaluations: r.evaluations, Trace: r.trace,
		Proof: Proof{Attempts: r.attempts, Bound: r.bound},
	}
	if r.test != nil {
		out.Proof.Points, out.Proof.Failures = r.test.Points, r.test.Failed
	}
	if r.status == "" {
		out.Status = Interrupted
	}
	if len(out.Trace) == 0 {
		out.Trace = []region.Bounds{r.bounds}
	}
	if out.Status == WrongAtStart {
		if len(r.memory.points) > 0 {
			out.Least = &verify.Minimum{Value: r.valueAtStart(), Point: r.start}
		}
		return out
	}
	whole := true
	for k := range r.space {
		out.Lower = append(out.Lower, r.side(k, false))
		out.Upper = append(out.Upper, r.side(k, true))
		whole = whole && out.Lower[k].End && out.Upper[k].End
	}
	if whole && out.Status == Proved {
		out.Status = WholeDomain
	}
	for i, p := range r.memory.points {
		if v := r.memory.values[i]; r.bounds.Contains(r.space, p) && (out.Least == nil || v < out.Least.Value) {
			out.Least = &verify.Minimum{Value: v, Point: p}
		}
	}
	return out
}

func (r *run) valueAtStart() float64 {
	for i, p := range r.memory.points {
		if slices.Equal(p, r.start) {
			return r.memory.values[i]
		}
	}
	return math.NaN()
}

// side returns the reason why a side of the box is where it is.
func (r *run) side(k int, upper bool) Side {
	whole, periodic := r.whole(), r.space[k].Periodic
	switch {
	case periodic && r.box.hi[k]-r.box.lo[k] > 1,
		!periodic && upper && r.box.hi[k] == whole.hi[k],
		!periodic && !upper && r.box.lo[k] == whole.lo[k]:
		return Side{End: true}
	}
	s := Side{Gap: math.Inf(1)}
	for i, d := range r.failures {
		if !r.containsBut(r.box, d, k) {
			continue
		}
		gap := d[k] - r.box.hi[k]
		if !upper {
			if gap = r.box.lo[k] - d[k]; periodic {
				gap++
			}
		}
		if gap >= 0 && gap < s.Gap {
			s = Side{Failure: r.memory.points[r.failedAt[i]], Gap: gap}
		}
	}
	if s.Failure == nil {
		return Side{}
	}
	if w := r.box.width(k); w > 0 {
		s.Gap /= w
	}
	return s
}

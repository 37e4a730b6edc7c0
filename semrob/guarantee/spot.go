package guarantee

import (
	"math"
	"slices"
)

// The numbers of trials.
const (
	// spotRadius is that of a spot, as a fraction of the box's width.
	spotRadius = 0.05
	// gain is the growth of the volume for which a spot is tried.
	gain = 1.15
	// maxTrials is the number of spots that one run tries.
	maxTrials = 4
	// cleanTrial, over ε, is the number of even points that decide for a spot,
	// spotHits the number of them in the spot that decide against it.
	cleanTrial, spotHits = 1.28, 2
)

// spot is a small place around a failure that stops a much larger box. A promise
// for a share 1 − ε need not stop at it: while the proof does not hit it, the
// search ignores the failures there.
type spot struct {
	centre []float64 // relative
	radius []float64
}

func (f frame) near(s spot, d []float64) bool {
	for k, x := range d {
		x -= s.centre[k]
		if f.space[k].Periodic {
			x = math.Remainder(x, 1)
		}
		if math.Abs(x) > s.radius[k] {
			return false
		}
	}
	return true
}

// spotted returns the index of the spot that contains d, or −1.
func (r *run) spotted(d []float64) int {
	return slices.IndexFunc(r.spots, func(s spot) bool { return r.near(s, d) })
}

// blocking returns the failures that no spot contains.
func (r *run) blocking() [][]float64 {
	if len(r.spots) == 0 {
		return r.failures
	}
	var out [][]float64
	for _, d := range r.failures {
		if r.spotted(d) < 0 {
			out = append(out, d)
		}
	}
	return out
}

// try begins a trial of the spots that would let the box grow most, and reports
// whether there are any.
func (r *run) try() bool {
	if len(r.tried) >= maxTrials {
		return false
	}
	known := r.spots
	spots := r.candidate()
	if len(spots) == 0 {
		return false
	}
	r.spots = slices.Concat(known, spots)
	grown := r.largest(r.blocking(), r.box, r.random, true)
	if grown.volume() < gain*r.box.volume() {
		r.spots = known
		return false
	}
	r.tried, r.onTrial = append(r.tried, spots[0]), len(spots)
	r.phase, r.clean, r.hits = trial, 0, 0
	r.move(grown)
	return true
}

// candidate returns the spots to try next.
func (r *run) candidate() []spot {
	if len(r.space) == 2 {
		return r.tolerated()
	}
	known := r.spots
	defer func() { r.spots = known }()
	radius := make([]float64, len(r.space))
	for k := range radius {
		radius[k] = spotRadius * r.box.width(k)
	}
	var best []spot
	most := gain * r.box.volume()
	for _, d := range r.blocking() {
		if !r.touches(r.box, d) || slices.ContainsFunc(r.tried, func(s spot) bool { return r.near(s, d) }) {
			continue
		}
		r.spots = append(slices.Clip(known), spot{d, radius})
		if v := r.largest(r.blocking(), r.box, r.random, true).volume(); v > most {
			best, most = r.spots[len(known):], v
		}
	}
	return best
}

// tellTrial counts the failures in the last spot and the clean points since the
// last failure elsewhere.
func (r *run) tellTrial(from, to int) {
	for i := from; i < to; i++ {
		switch {
		case r.memory.right[i]:
			r.clean++
		case r.onTrialAt(r.relative(r.memory.points[i])):
			r.hits++
		default:
			r.clean = 0
		}
	}
}

// onTrialAt reports whether one of the spots on trial contains d.
func (r *run) onTrialAt(d []float64) bool {
	return slices.ContainsFunc(r.spots[len(r.spots)-r.onTrial:], func(s spot) bool { return r.near(s, d) })
}

// judge ends the trial if it is decided.
func (r *run) judge() {
	with := r.spots
	r.spots = with[:len(with)-r.onTrial]
	without := r.largest(r.blocking(), r.box, r.random, true)
	switch {
	case r.hits >= spotHits || r.box.volume() < gain*without.volume():
		r.phase, r.clean = search, r.over(cleanFirst-cleanAgain)
		r.move(without)
	case r.clean >= r.over(cleanTrial):
		r.spots, r.phase, r.clean = with, search, r.over(cleanFirst)
	default:
		r.spots = with
	}
}

// forget drops the spots that the points of a failed proof hit.
func (r *run) forget(from, to int) {
	for i := from; i < to; i++ {
		if r.memory.right[i] {
			continue
		}
		if at := r.spotted(r.relative(r.memory.points[i])); at >= 0 {
			r.spots = slices.Delete(r.spots, at, at+1)
			r.moved = true
		}
	}
}

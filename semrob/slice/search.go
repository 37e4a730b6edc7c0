package slice

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// search finds boxes of great weight among points. A failure weighs 1, a right view
// −λ with λ = purity/(1 − purity), so that the weight of a box grows with every part
// in which more than purity of the views is wrong. A condition costs 3, and 2 % of the
// failures: one that brings less makes a rule longer for nothing.
//
// Along one axis, with all other sides fixed, the best interval is that of the
// greatest sum (Kadane), also around the period of a periodic axis. The search
// improves sides in turn, from many boxes side by side: a beam of boxes that get one
// condition after another, and boxes around failures.
type search struct {
	space   objective.Space
	points  [][]float64
	wrong   []bool
	covered []bool  // by an earlier slice: without weight
	order   [][]int // points in the order of each axis
	s       Settings
	lambda  float64
	cost    float64 // weight that a condition must bring
	relaxed float64 // λ at the purity of all views, to find intervals that need another
	random  *rand.Rand
}

const (
	least    = 5  // failures in a slice
	beam     = 8  // boxes side by side
	around   = 24 // boxes around failures
	passes   = 12 // over all sides, at most
	enlarged = 0.25
)

func newSearch(space objective.Space, points [][]float64, right []bool, s Settings) *search {
	w := &search{space: space, points: points, s: s, random: rand.New(source(s.Seed, ofSearch))}
	failures := 0.0
	for _, ok := range right {
		if w.wrong = append(w.wrong, !ok); !ok {
			failures++
		}
	}
	w.covered = make([]bool, len(points))
	for k := range space {
		order := make([]int, len(points))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(points[i][k], points[j][k]) })
		w.order = append(w.order, order)
	}
	odds := func(p float64) float64 { return p / (1 - p) }
	share := min(failures/float64(len(points)), 0.98)
	w.cost = 3 + 0.02*failures
	w.lambda, w.relaxed = odds(cmp.Or(s.Purity, (1+share)/2)), odds(share)
	return w
}

// slices returns the boxes, the best first, each without the points of those before.
func (w *search) slices() []region.Bounds {
	var found []region.Bounds
	for len(found) < w.s.Slices {
		best, ok := w.best()
		if !ok {
			break
		}
		found = append(found, best)
		for i, p := range w.points {
			w.covered[i] = w.covered[i] || inside(w.space, best, p)
		}
	}
	return found
}

// best returns the box with the greatest score, if it holds failures enough.
func (w *search) best() (region.Bounds, bool) {
	candidates := w.byConditions()
	candidates = append(candidates, w.byFailures()...)
	slices.SortStableFunc(candidates, byScore)
	for _, c := range candidates {
		if c.score <= 0 {
			break
		}
		rounded := w.round(c.box)
		failures := 0
		for i, p := range w.points {
			if w.wrong[i] && !w.covered[i] && inside(w.space, rounded, p) {
				failures++
			}
		}
		if failures >= least && w.score(rounded) > 0 {
			return rounded, true
		}
	}
	return region.Bounds{}, false
}

// candidate is a box with its score.
type candidate struct {
	box   region.Bounds
	score float64
}

func byScore(a, b candidate) int { return cmp.Compare(b.score, a.score) }

// byConditions adds conditions one by one, and keeps the best boxes of each number.
func (w *search) byConditions() []candidate {
	current := []candidate{{region.Whole(w.space), w.score(region.Whole(w.space))}}
	all := slices.Clone(current)
	for range min(w.s.Conditions, len(w.space)) {
		var next []candidate
		for _, c := range current {
			for k := range w.space {
				if w.conditioned(c.box, k) {
					continue
				}
				for _, lambda := range [2]float64{w.lambda, w.relaxed} {
					box := c.box.Clone()
					w.improve(&box, k, lambda)
					next = append(next, w.polished(box))
				}
			}
		}
		next = distinct(next)
		all, current = append(all, next...), next[:min(beam, len(next))]
	}
	return distinct(all)
}

// byFailures starts from boxes around failures that are in no slice yet.
func (w *search) byFailures() []candidate {
	var failures []int
	for i, wrong := range w.wrong {
		if wrong && !w.covered[i] {
			failures = append(failures, i)
		}
	}
	var all []candidate
	if len(failures) == 0 {
		return nil
	}
	for range around {
		centre := w.points[failures[w.random.IntN(len(failures))]]
		box := region.Whole(w.space)
		for n, k := range w.random.Perm(len(w.space)) {
			if n == w.s.Conditions {
				break
			}
			axis := w.space[k]
			half := enlarged * axis.Width()
			low, high := centre[k]-half, centre[k]+half
			if axis.Periodic {
				low = axis.Wrap(low)
				high = low + 2*half
			}
			box.A[k], box.B[k] = low, high
			if !axis.Periodic {
				box.A[k], box.B[k] = max(low, axis.Min), min(high, axis.Max)
			}
		}
		all = append(all, w.polished(box))
	}
	return distinct(all)
}

// distinct sorts candidates and drops equal boxes.
func distinct(all []candidate) []candidate {
	slices.SortStableFunc(all, byScore)
	return slices.CompactFunc(all, func(a, b candidate) bool {
		return a.score == b.score && slices.Equal(a.box.A, b.box.A) && slices.Equal(a.box.B, b.box.B)
	})
}

// polished improves the sides of a box in turn until none gets better, then drops
// conditions that cost more than they bring, and those beyond the allowed number.
func (w *search) polished(box region.Bounds) candidate {
	last := math.Inf(-1)
	for range passes {
		for k := range w.space {
			if w.conditioned(box, k) {
				w.improve(&box, k, w.lambda)
			}
		}
		score := w.score(box)
		if score <= last {
			break
		}
		last = score
	}
	for {
		score, conditions, drop, after := w.score(box), 0, -1, math.Inf(-1)
		for k, axis := range w.space {
			if !w.conditioned(box, k) {
				continue
			}
			conditions++
			without := box.Clone()
			without.A[k], without.B[k] = axis.Min, axis.Max
			if s := w.score(without); s > after {
				drop, after = k, s
			}
		}
		if conditions == 0 || after < score && conditions <= w.s.Conditions {
			return candidate{box, score}
		}
		box.A[drop], box.B[drop] = w.space[drop].Min, w.space[drop].Max
	}
}

// conditioned reports whether a box has a condition on axis k.
func (w *search) conditioned(box region.Bounds, k int) bool {
	return box.B[k]-box.A[k] < w.space[k].Width()
}

// score returns the weight of a box minus the cost of its conditions.
func (w *search) score(box region.Bounds) float64 {
	score := 0.0
	for k := range w.space {
		if w.conditioned(box, k) {
			score -= w.cost
		}
	}
	for i, p := range w.points {
		if inside(w.space, box, p) {
			score += w.weight(i, w.lambda)
		}
	}
	return score
}

func (w *search) weight(i int, lambda float64) float64 {
	switch {
	case w.covered[i]:
		return 0
	case w.wrong[i]:
		return 1
	}
	return -lambda
}

// improve replaces side k of a box by the interval of the greatest weight. If no
// interval has a positive weight, the side stays.
func (w *search) improve(box *region.Bounds, k int, lambda float64) {
	axis := w.space[k]
	open := box.Clone()
	open.A[k], open.B[k] = axis.Min, axis.Max
	var x, weights []float64 // of the points in all other sides, in order
	for _, i := range w.order[k] {
		if inside(w.space, open, w.points[i]) {
			x, weights = append(x, w.points[i][k]), append(weights, w.weight(i, lambda))
		}
	}
	from, to, sum := greatest(weights, true)
	total := 0.0
	for _, y := range weights {
		total += y
	}
	if axis.Periodic {
		// An interval across the seam leaves out the interval of the least weight.
		negative := make([]float64, len(weights))
		for i, y := range weights {
			negative[i] = -y
		}
		if a, b, out := greatest(negative, false); total+out > sum && b-a < len(weights) {
			box.A[k] = middle(axis, x, b)
			box.B[k] = middle(axis, x, a) + axis.Width()
			if a == 0 { // it begins at the seam and does not cross it
				box.B[k] = axis.Max
			}
			if b == len(x) {
				box.A[k], box.B[k] = axis.Min, middle(axis, x, a)
			}
			return
		}
	}
	if sum > 0 {
		box.A[k], box.B[k] = middle(axis, x, from), middle(axis, x, to)
	}
}

// middle returns the place between elements i − 1 and i of sorted coordinates, or the
// end of the axis.
func middle(axis objective.Axis, x []float64, i int) float64 {
	switch i {
	case 0:
		return axis.Min
	case len(x):
		return axis.Max
	}
	return (x[i-1] + x[i]) / 2
}

// greatest returns the part [from, to) of a list that has the greatest sum, 0 for an
// empty part. Among equals it is the shortest, or the longest if wide: points without
// weight then bring no condition.
func greatest(list []float64, wide bool) (from, to int, sum float64) {
	begin, running := 0, 0.0
	for i, y := range list {
		if running < 0 || running == 0 && !wide {
			begin, running = i, 0
		}
		if running += y; running > sum || wide && running == sum {
			from, to, sum = begin, i+1, running
		}
	}
	return from, to, sum
}

// round moves the sides of a box to short numbers.
func (w *search) round(box region.Bounds) region.Bounds {
	rounded := box.Clone()
	for k, axis := range w.space {
		if !w.conditioned(box, k) {
			continue
		}
		g := grain(axis)
		to := func(x float64) float64 { return math.Round(x/g) * g }
		rounded.A[k], rounded.B[k] = clean(to(box.A[k])), clean(to(box.B[k]))
		if !axis.Periodic {
			rounded.A[k], rounded.B[k] = max(rounded.A[k], axis.Min), min(rounded.B[k], axis.Max)
		} else if start := axis.Wrap(rounded.A[k]); start != rounded.A[k] { // rounded beyond the seam
			rounded.A[k], rounded.B[k] = start, clean(start+rounded.B[k]-rounded.A[k])
		}
		if rounded.B[k] <= rounded.A[k] {
			rounded.A[k], rounded.B[k] = box.A[k], box.B[k] // narrower than short numbers
		}
	}
	return rounded
}

// clean removes what binary fractions leave of a multiple of a decimal.
func clean(x float64) float64 { return math.Round(x*1e9) / 1e9 }

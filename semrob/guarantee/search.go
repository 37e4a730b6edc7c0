package guarantee

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/internal/goldenratio"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// The numbers of the search. They decide how much it costs, not whether a claim
// is true.
const (
	// batch is the number of points of a round.
	batch = 64
	// cleanFirst, over ε, is the number of even points without a failure before the
	// first attempt of a proof, cleanAgain that before the next one.
	cleanFirst, cleanAgain = 1.28, 0.32
	// rays is the number of points on each ray from the start along an axis, halvings
	// that of the steps that narrow down the first failure on it.
	rays, halvings = 12, 4
	// shell is the part of a width, next to a face, in which failures are looked for.
	shell = 0.04
	// patience, over ε, is the number of evaluations that going on after a failure may
	// cost more than a new attempt.
	patience = 4
)

// memory holds the points of a problem at which f is known. Its starts share it.
type memory struct {
	points [][]float64
	values []float64
	right  []bool
}

// phase is what a run does next.
type phase string

const (
	atStart   phase = "start"
	onRays    phase = "rays"
	halving   phase = "halving"
	hinted    phase = "hint"
	search    phase = "search"
	trial     phase = "trial"
	proof     phase = "proof"
	lastProof phase = "last proof" // as many points as the budget leaves
	finished  phase = "finished"
)

// run is the state of the work on one start.
type run struct {
	frame
	settings Settings
	index    int // of the start
	memory   *memory
	phase    phase

	known      [][]float64 // relative coordinates of memory.points
	failures   [][]float64 // of those that failed
	failedAt   []int       // their index in memory
	suspects   [][]float64 // points of the hint that may fail, relative
	suspectsAt [][]float64 // the same, as points
	asked      []int       // suspects of this round

	spots, tried []spot
	hits         int  // even points in the spot on trial
	moved        bool // whether the box is to be found anew

	box    box
	bounds region.Bounds
	clean  int // clean points in the box
	sides  []ray
	halved int // halving rounds done

	local, random *rand.Rand
	steps, offset []float64 // of the low-discrepancy sequence
	sequence      int

	attempts int
	test     *attempt
	fresh    *rand.Rand
	bound    float64

	evaluations int
	status      Status
	detail      string
	trace       []region.Bounds
}

// ray narrows down the first failure from the start along one direction.
type ray struct {
	axis       int
	sign       float64
	right, bad float64 // distances, bad > right; +Inf if nothing failed
}

func newRun(problem Problem, m *memory, index int, s Settings) *run {
	r := &run{
		frame:    frame{problem.Objective.Space(), problem.Starts[index]},
		settings: s, index: index, memory: m, phase: atStart,
		steps:  goldenratio.Steps(len(problem.Starts[index])),
		local:  source(s.Seed, searching, index, 1),
		random: source(s.Seed, searching, index, 2),
	}
	for range r.steps {
		r.offset = append(r.offset, r.random.Float64())
	}
	r.box = r.whole()
	r.bounds = region.Bounds{A: slices.Clone(r.start), B: slices.Clone(r.start)}
	if problem.Hint == nil {
		return r
	}
	// Without a threshold a low value is a mere suspicion; f confirms it or not.
	threshold := cmp.Or(s.Threshold, 0.25)
	for i, v := range problem.Hint.Values {
		if !(v >= threshold) {
			r.suspects = append(r.suspects, r.relative(problem.Hint.Points[i]))
			r.suspectsAt = append(r.suspectsAt, problem.Hint.Points[i])
		}
	}
	return r
}

func (r *run) active() bool { return r.phase != finished }

func (r *run) left() int { return r.settings.Budget - r.evaluations }

// ask returns the points of the next round.
func (r *run) ask() [][]float64 {
	switch r.phase {
	case atStart:
		return [][]float64{r.start}
	case onRays:
		return r.limited(r.askRays())
	case halving:
		return r.limited(r.askHalves())
	case hinted:
		return r.limited(r.askSuspects())
	case search:
		return r.askSearch(min(batch, r.left()))
	case trial:
		points := make([][]float64, min(batch, r.left()))
		for i := range points {
			t := make([]float64, len(r.space))
			r.evenly(t)
			points[i] = at(r.space, r.bounds, t)
		}
		return points
	}
	n := r.left()
	if r.phase == proof {
		n = min(n, batch, r.test.needed())
	}
	points := make([][]float64, n)
	for i := range points {
		points[i] = uniform(r.space, r.bounds, r.fresh)
	}
	return points
}

// over returns a number of points that is in proportion to 1/ε.
func (r *run) over(x float64) int { return int(math.Round(x / r.settings.Epsilon)) }

// limited keeps enough of the budget for a proof.
func (r *run) limited(points [][]float64) [][]float64 {
	return points[:max(0, min(len(points), r.left()-r.settings.attempt(r.attempts+1, patient).needed()))]
}

// tell takes the answers of a round, memory's entries from…to, and decides what
// comes next.
func (r *run) tell(from, to int) {
	r.evaluations += to - from
	for i := from; i < to; i++ {
		if v := r.memory.values[i]; math.IsNaN(v) || math.IsInf(v, 0) {
			r.finish(NotFinite)
			r.detail = fmt.Sprintf("f is %g at %v", v, r.memory.points[i])
			return
		}
	}
	failed := 0
	for _, right := range r.memory.right[from:to] {
		if !right {
			failed++
		}
	}
	switch r.phase {
	case atStart:
		switch {
		case failed > 0:
			r.finish(WrongAtStart)
		case len(r.suspects) > 0:
			r.phase = hinted
		default:
			r.phase = onRays
		}
	case onRays:
		r.learn()
		r.tellRays(from, to)
		r.phase = halving
	case halving:
		r.tellHalves(from, to)
	case hinted:
		r.tellSuspects(from, to)
	case search:
		for i := from; i < to; i++ {
			switch {
			case !isEven(i - from):
			case r.memory.right[i]:
				r.clean++
			default:
				r.clean = 0
			}
		}
	case trial:
		r.tellTrial(from, to)
	case proof:
		r.test.points += to - from
		r.test.failed += failed
		switch {
		case r.test.proved():
			r.bound = r.test.bound()
			r.finish(Proved)
		case r.givesUp():
			r.phase, r.clean = search, r.over(cleanFirst-cleanAgain)
			r.forget(from, to)
		}
	case lastProof:
		r.test.points, r.test.failed = to-from, failed
		r.bound = verify.LowerBound(to-from-failed, to-from, 1-r.test.delta)
		r.finish(BudgetSpent)
	}
}

func (r *run) finish(s Status) {
	r.status, r.phase = s, finished
}

// learn takes over what has become known, and finds the box anew if it contains a
// failure.
func (r *run) learn() {
	changed := len(r.trace) == 0 || r.moved
	r.moved = false
	for i := len(r.known); i < len(r.memory.points); i++ {
		d := r.relative(r.memory.points[i])
		r.known = append(r.known, d)
		if !r.memory.right[i] {
			r.failures, r.failedAt = append(r.failures, d), append(r.failedAt, i)
			changed = changed || r.contains(r.box, d) && r.spotted(d) < 0
		}
	}
	if changed {
		b := r.largest(r.blocking(), r.box, r.random, true)
		r.clean = int(float64(r.clean) * r.overlap(b))
		r.move(b)
	}
}

// overlap returns the share of b that the present box covers.
func (r *run) overlap(b box) float64 {
	share := 1.0
	for k := range b.lo {
		if w := b.width(k); w > 0 {
			share *= min(max(min(b.hi[k], r.box.hi[k])-max(b.lo[k], r.box.lo[k]), 0)/w, 1)
		}
	}
	return share
}

func (r *run) move(b box) {
	r.box, r.bounds = b, r.frame.bounds(b)
	r.trace = append(r.trace, r.bounds)
}

// next prepares the next round, with all that the other starts found out.
func (r *run) next() {
	switch r.phase {
	case trial:
		r.learn()
		r.judge()
	case halving, hinted, search:
		r.learn()
	}
	needed := r.settings.attempt(r.attempts+1, patient).needed()
	tight := r.left() < needed+batch
	if r.phase != search && !(tight && (r.phase == halving || r.phase == hinted || r.phase == trial)) {
		return
	}
	switch {
	case r.left() == 0:
		r.finish(BudgetSpent)
	case r.left() < r.settings.attempt(r.attempts+1, strict).needed():
		r.prove(lastProof, strict)
	case r.left() < needed:
		r.prove(proof, strict)
	case tight || r.clean >= r.over(cleanFirst) && (r.left() < 3*needed || !r.try()):
		r.prove(proof, patient)
	}
}

// prove begins an attempt on the box as it is.
func (r *run) prove(p phase, bets []bet) {
	r.attempts++
	r.phase, r.test = p, r.settings.attempt(r.attempts, bets)
	r.fresh = source(r.settings.Seed, proving, r.index, r.attempts)
}

// givesUp reports whether a new attempt is better than the one that failed points
// have made expensive.
func (r *run) givesUp() bool {
	if r.test.failed == 0 || r.test.lost() {
		return r.test.lost()
	}
	next := r.settings.attempt(r.attempts+1, patient).needed() + r.over(patience)
	return r.test.needed() > min(next, r.left())
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
		out.Proof.Points, out.Proof.Failures = r.test.points, r.test.failed
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
	s.Gap /= r.box.width(k)
	return s
}

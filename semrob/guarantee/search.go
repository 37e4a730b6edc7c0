package guarantee

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/internal/betting"
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

// memory holds the points of a problem at which f is known. Its starts and thresholds
// share it.
type memory struct {
	points [][]float64
	values []float64
	top1   []bool // whether the answer is right, if that was asked
	right  []bool // whether the point passes
	at     map[string]int
}

func (m *memory) add(point []float64, value float64, top1, right bool) {
	m.at[key(point)] = len(m.points)
	m.points, m.values = append(m.points, point), append(m.values, value)
	m.top1, m.right = append(m.top1, top1), append(m.right, right)
}

// lookUp returns the place of a point.
func (m *memory) lookUp(point []float64) (at int, ok bool) {
	at, ok = m.at[key(point)]
	return at, ok
}

func key(point []float64) string {
	var text []byte
	for _, x := range point {
		text = binary.LittleEndian.AppendUint64(text, math.Float64bits(x))
	}
	return string(text)
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
	number   int // of the threshold
	memory   *memory
	phase    phase

	known      [][]float64 // relative coordinates of memory.points
	failures   [][]float64 // of those that failed
	failedAt   []int       // their index in memory
	suspects   [][]float64 // points of the hint that may fail, relative
	suspectsAt [][]float64 // the same, as points
	asked      []int       // suspects of this round

	spots, tried []spot
	onTrial      int  // spots on trial, the last ones
	hits         int  // even points in them
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
	test     *betting.Test
	fresh    *rand.Rand
	bound    float64

	evaluations int
	status      Status
	detail      string
	trace       []region.Bounds
}

func newRun(problem Problem, m *memory, index int, s Settings, number int) *run {
	r := &run{
		frame:    frame{problem.Objective.Space(), problem.Starts[index]},
		settings: s, index: index, number: number, memory: m, phase: atStart,
		steps:  goldenratio.Steps(len(problem.Starts[index])),
		local:  source(s.Seed, searching, number, index, 1),
		random: source(s.Seed, searching, number, index, 2),
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
		n = min(n, batch, r.test.Needed())
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
	return points[:max(0, min(len(points), r.left()-r.settings.attempt(r.attempts+1, patient).Needed()))]
}

// tell takes the answers of a round, memory's entries from…to, and decides what
// comes next.
func (r *run) tell(from, to int) {
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
		r.test.Points += to - from
		r.test.Failed += failed
		switch {
		case r.test.Rejected():
			r.bound = r.test.Bound()
			r.finish(Proved)
		case r.givesUp():
			r.phase, r.clean = search, r.over(cleanFirst-cleanAgain)
			r.forget(from, to)
		}
	case lastProof:
		r.test.Points, r.test.Failed = to-from, failed
		r.bound = verify.LowerBound(to-from-failed, to-from, 1-r.test.Level)
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
	needed := r.settings.attempt(r.attempts+1, patient).Needed()
	tight := r.left() < needed+batch
	if r.phase != search && !(tight && (r.phase == halving || r.phase == hinted || r.phase == trial)) {
		return
	}
	switch {
	case r.left() == 0:
		r.finish(BudgetSpent)
	case r.left() < r.settings.attempt(r.attempts+1, strict).Needed():
		r.prove(lastProof, strict)
	case r.left() < needed:
		r.prove(proof, strict)
	case tight || r.clean >= r.over(cleanFirst) && (r.left() < 3*needed || !r.try()):
		r.prove(proof, patient)
	}
}

// prove begins an attempt on the box as it is.
func (r *run) prove(p phase, bets betting.Bets) {
	r.attempts++
	r.phase, r.test = p, r.settings.attempt(r.attempts, bets)
	r.fresh = source(r.settings.Seed, proving, r.number, r.index, r.attempts)
}

// givesUp reports whether a new attempt is better than the one that failed points
// have made expensive.
func (r *run) givesUp() bool {
	if r.test.Failed == 0 || r.test.Lost() {
		return r.test.Lost()
	}
	next := r.settings.attempt(r.attempts+1, patient).Needed() + r.over(patience)
	return r.test.Needed() > min(next, r.left())
}

package semmap

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// AdaptiveVersion is raised whenever Adapt chooses or predicts different points.
const AdaptiveVersion = 1

// OffBy is the error above which a predicted point counts in
// AdaptiveReport.ShareOff.
const OffBy = 0.1

// AdaptiveOptions controls Adapt. The zero value works.
type AdaptiveOptions struct {
	// Tolerance is the mean absolute error over all points of the grid, in the unit
	// of the values, at which refining ends; 0 means 0.01.
	Tolerance float64
	// MaxEvaluations bounds the evaluated points, including held-out points and
	// those of an interrupted run, at least 4; 0 means a third of the grid.
	MaxEvaluations int
	// Coarse is the spacing of the points of the first pass, in steps of the grid
	// along every axis; 0 means 6, or more if that exceeds a quarter of
	// MaxEvaluations.
	Coarse int
	// HeldOut is the number of points for each estimate of the error; 0 means a
	// tenth of MaxEvaluations, at least 8; never more than half.
	HeldOut int
	// Batch is the number of points chosen at once; 0 means a fortieth of the
	// grid, 8…128.
	Batch int
	// Seed chooses the held-out points.
	Seed uint64
	// Confidence is the confidence of the report's intervals; 0 means 0.95.
	Confidence float64
	// OnUpdate, if set, is called after the coarse pass and after every batch, with
	// a map without gaps and the number of evaluations so far. An error ends Adapt
	// with that error.
	OnUpdate func(m *Map, spent int) error `json:"-"`
}

// adaptiveBytes is the memory of an adaptive map for each point: mostly its neighbours
// (see predictor).
const adaptiveBytes = 320

// fewest is the least number of evaluations: two points to predict from and two
// to measure with.
const fewest = 4

// WithDefaults returns the options with every 0 replaced by its default for a
// grid of n points.
func (o AdaptiveOptions) WithDefaults(n int) AdaptiveOptions {
	o.Tolerance = cmp.Or(o.Tolerance, 0.01)
	o.MaxEvaluations = min(cmp.Or(o.MaxEvaluations, max(n/3, fewest)), n)
	o.HeldOut = min(cmp.Or(o.HeldOut, max(o.MaxEvaluations/10, 8)), o.MaxEvaluations/2)
	o.Batch = cmp.Or(o.Batch, min(max(n/40, 8), 128))
	o.Confidence = cmp.Or(o.Confidence, 0.95)
	return o
}

// Check reports options that are out of range.
func (o AdaptiveOptions) Check() error {
	switch {
	case !(o.Tolerance >= 0) || math.IsInf(o.Tolerance, 0):
		return fmt.Errorf("the tolerance %g of an adaptive map must be a positive number, such as 0.01", o.Tolerance)
	case o.MaxEvaluations < 0 || o.Coarse < 0 || o.HeldOut < 0 || o.Batch < 0:
		return fmt.Errorf("evaluations, coarse steps, held-out points and batches of an adaptive map cannot be negative")
	case o.MaxEvaluations > 0 && o.MaxEvaluations < fewest:
		return fmt.Errorf("an adaptive map needs at least %d evaluations, not %d", fewest, o.MaxEvaluations)
	case o.HeldOut == 1:
		return fmt.Errorf("one held-out point gives no estimate of the error: choose two or more")
	case !(o.Confidence >= 0 && o.Confidence < 1):
		return fmt.Errorf("the confidence %g of an adaptive map must be between 0 and 1, such as 0.95", o.Confidence)
	}
	return nil
}

// StopReason is the reason for the end of Adapt.
type StopReason string

// The reasons for the end of Adapt.
const (
	// ToleranceReached: the mean error, estimated from the held-out points, is at
	// most the tolerance.
	ToleranceReached StopReason = "tolerance reached"
	// EvaluationsSpent: MaxEvaluations are used up, and the error is above the
	// tolerance.
	EvaluationsSpent StopReason = "evaluations spent"
	// MapComplete: every point is evaluated, the map is exact.
	MapComplete StopReason = "map complete"
)

// Estimate is a number with its interval at the confidence of the report.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// String returns the estimate as in "0.0102 (0.0081…0.0128)".
func (e Estimate) String() string { return fmt.Sprintf("%.3g (%.3g…%.3g)", e.Value, e.Low, e.High) }

// AdaptiveReport describes the cost and the accuracy of an adaptive map.
//
// Both estimates compare the values of the returned map with those of Compute,
// over all points of the grid; evaluated points have error 0. They say nothing
// about the space between the points of the grid.
type AdaptiveReport struct {
	// Points is the size of the grid, Evaluations the number of its points that
	// were evaluated, including held-out points.
	Points      int `json:"points"`
	Evaluations int `json:"evaluations"`
	// HeldOut is the number of points from which the estimates come.
	HeldOut int `json:"held_out"`
	// MeanError is the mean absolute error.
	MeanError Estimate `json:"mean_error"`
	// ShareOff is the share of points off by more than OffBy, 0…1.
	ShareOff Estimate `json:"share_off"`
	// Confidence is the confidence of both intervals.
	Confidence float64 `json:"confidence"`
	// Stopped is the reason why no more points were evaluated.
	Stopped StopReason `json:"stopped"`
}

// Adapt fills the whole map with fewer evaluations than it has points: a coarse
// grid first, then, batch by batch, the points with the largest expected error of
// prediction. The others are predicted from their evaluated neighbours (see
// predictor). m.Evaluated marks the evaluated points, and m.Adaptive is the
// report. A later call of Compute makes the map exact.
//
// The error is measured, not assumed. When refining ends, HeldOut of the points
// not yet evaluated are drawn with known probabilities, independently of their
// values, and each is predicted without itself (see heldOut). If the estimate is
// above the tolerance and evaluations are left, these points join the others and
// refining continues.
//
// When ctx is done it returns an error that wraps ctx.Err(). Evaluated points stay
// in the map, and the same call with the same options continues to the same
// result as without the interruption. Points known before the call cost nothing.
func (m *Map) Adapt(ctx context.Context, f objective.Objective, opts AdaptiveOptions) (*AdaptiveReport, error) {
	report, err := m.adapt(ctx, f, opts)
	if err != nil {
		return nil, fmt.Errorf("computing an adaptive semantic map: %w", err)
	}
	return report, nil
}

func (m *Map) adapt(ctx context.Context, f objective.Objective, opts AdaptiveOptions) (*AdaptiveReport, error) {
	if err := m.matches(f.Space()); err != nil {
		return nil, err
	}
	if err := opts.Check(); err != nil {
		return nil, err
	}
	if err := limit.Check("points of an adaptive map", adaptiveBytes, lengths(m.Axes)...); err != nil {
		return nil, fmt.Errorf("%w: choose larger steps, or leave out --adaptive", err)
	}
	a := newAdaptation(m, f, opts.WithDefaults(len(m.Z)))
	if err := a.evaluate(ctx, a.coarse()); err != nil {
		return nil, err
	}
	for {
		if err := a.predict(); err != nil {
			return nil, err
		}
		if a.wantsMore() {
			if err := a.evaluate(ctx, a.p.choose(min(a.opts.Batch, a.room()))); err != nil {
				return nil, err
			}
			continue
		}
		report, err := a.measure(ctx)
		if err != nil {
			return nil, err
		}
		if report != nil {
			m.Adaptive = report
			return report, nil
		}
	}
}

// adaptation is one run of Adapt.
type adaptation struct {
	m    *Map
	f    objective.Objective
	opts AdaptiveOptions
	// known marks the points known so far, before this run or by it; they are not
	// evaluated again.
	known []bool
	p     *predictor
	draw  *rand.Rand
	// trust is the measured error over the predicted one; 1 before the first
	// measurement.
	trust float64
}

func newAdaptation(m *Map, f objective.Objective, opts AdaptiveOptions) *adaptation {
	a := &adaptation{
		m: m, f: f, opts: opts, known: make([]bool, len(m.Z)),
		p: newPredictor(m.Axes), draw: rand.New(rand.NewPCG(opts.Seed, 0x5eed)), trust: 1,
	}
	for i := range m.Z {
		a.known[i] = m.known(i)
	}
	m.Evaluated, m.Adaptive = a.known, nil
	m.makeRoom(f)
	return a
}

// coarse returns every n-th point along each axis, and the last point of axes
// that are not periodic.
func (a *adaptation) coarse() []int {
	step := cmp.Or(a.opts.Coarse, 6)
	for {
		points := a.m.lattice(step)
		if len(points) <= a.opts.MaxEvaluations-a.opts.HeldOut && (a.opts.Coarse > 0 || len(points) <= max(a.opts.MaxEvaluations/4, 1)) {
			return points
		}
		if len(points) == 1 || step > len(a.m.Z) {
			return points[:1]
		}
		step++
	}
}

// lattice returns the points whose index along every axis is a multiple of
// step, or the last of an axis that is not periodic.
func (m *Map) lattice(step int) []int {
	points, stride := []int{0}, 1
	for _, axis := range m.Axes {
		n := len(axis.Values)
		var along []int
		for i := 0; i < n; i += step {
			along = append(along, i)
		}
		// The last point matters most if nothing lies beyond it; close to its
		// neighbour it would add little.
		if last := along[len(along)-1]; !axis.Periodic && n-1-last > step/3 {
			along = append(along, n-1)
		}
		var product []int
		for _, i := range along {
			for _, p := range points {
				product = append(product, p+i*stride)
			}
		}
		points, stride = product, stride*n
	}
	return points
}

// room returns the number of points that may still be evaluated before the
// held-out points.
func (a *adaptation) room() int {
	return a.opts.MaxEvaluations - len(a.p.set) - a.opts.HeldOut
}

func (a *adaptation) wantsMore() bool {
	// NaN, for a single point, counts as not enough.
	enough := a.trust*a.p.expected() <= a.opts.Tolerance
	return a.room() > 0 && len(a.p.set) < len(a.m.Z) && !enough
}

// evaluate evaluates points and lets predictions use them.
func (a *adaptation) evaluate(ctx context.Context, points []int) error {
	if err := a.ask(ctx, points); err != nil {
		return err
	}
	for _, i := range points {
		a.p.learn(i, a.m.Z[i])
	}
	return nil
}

// ask evaluates f at the points that are not known yet.
func (a *adaptation) ask(ctx context.Context, points []int) error {
	var todo []int
	for _, i := range points {
		if !a.known[i] {
			todo = append(todo, i)
		}
	}
	const chunk = 128
	for len(todo) > 0 {
		part := todo[:min(chunk, len(todo))]
		err := a.m.evaluate(ctx, a.f, part, make([]float64, len(part)))
		for _, i := range part {
			a.known[i] = !math.IsNaN(a.m.Z[i])
		}
		if err != nil {
			a.fill() // evaluate may have left NaN
			return err
		}
		todo = todo[len(part):]
	}
	return nil
}

// predict gives every point of the map a value and calls OnUpdate.
func (a *adaptation) predict() error {
	a.p.refresh()
	a.fill()
	if a.opts.OnUpdate == nil {
		return nil
	}
	return a.opts.OnUpdate(a.m, len(a.p.set))
}

// fill writes predictions to the points that are not known.
func (a *adaptation) fill() {
	for i := range a.m.Z {
		if !a.known[i] {
			a.m.Z[i] = float64(float32(a.p.value(i)))
		}
	}
}

// measure estimates the error with held-out points. It returns nil if the error
// is too large and evaluations are left.
func (a *adaptation) measure(ctx context.Context) (*AdaptiveReport, error) {
	report := &AdaptiveReport{
		Points: len(a.m.Z), Confidence: a.opts.Confidence, Stopped: MapComplete, Evaluations: len(a.p.set),
	}
	if len(a.p.set) == len(a.m.Z) {
		a.m.Evaluated = nil
		return report, nil
	}
	expected := a.p.expected()
	held := drawHeldOut(a.draw, a.p, min(a.opts.MaxEvaluations-len(a.p.set), a.opts.HeldOut))
	if err := a.evaluate(ctx, held.points); err != nil {
		return nil, err
	}
	held.measure(a.p)
	report.Evaluations, report.HeldOut = len(a.p.set), len(held.points)
	report.MeanError, report.ShareOff = held.estimates(a.opts.Confidence, len(a.m.Z))
	switch {
	case report.Evaluations == len(a.m.Z):
		a.m.Evaluated = nil
	case report.MeanError.Value <= a.opts.Tolerance:
		report.Stopped = ToleranceReached
	case a.room() > 0:
		a.trust = max(1, held.before(len(a.m.Z))/expected)
		return nil, nil
	default:
		report.Stopped = EvaluationsSpent
	}
	a.p.settle()
	a.fill()
	if a.opts.OnUpdate != nil {
		return report, a.opts.OnUpdate(a.m, len(a.p.set))
	}
	return report, nil
}

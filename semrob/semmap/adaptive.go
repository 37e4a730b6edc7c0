package semmap

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// AdaptiveVersion grows whenever Adapt chooses or predicts other points than
// before.
const AdaptiveVersion = 1

// OffBy is the error from which a predicted point counts in
// AdaptiveReport.ShareOff.
const OffBy = 0.1

// AdaptiveOptions controls Adapt. The zero value works.
type AdaptiveOptions struct {
	// Tolerance is the mean absolute error over all points of the grid, in the
	// unit of the values, at which refining ends; 0 means 0.01.
	Tolerance float64
	// MaxEvaluations bounds the points that are evaluated, held-out ones and
	// ones that an interrupted run left included, at least 4; 0 means a third of
	// the grid.
	MaxEvaluations int
	// Coarse is the distance of the points of the first pass, in steps of the
	// grid along every axis; 0 means 6, or what fits into a quarter of
	// MaxEvaluations.
	Coarse int
	// HeldOut is the number of points that each estimate of the error rests on;
	// 0 means a tenth of MaxEvaluations, at least 8; never more than half.
	HeldOut int
	// Batch is the number of points chosen at once; 0 means a fortieth of the
	// grid, 8…128.
	Batch int
	// Seed decides which points are held out.
	Seed uint64
	// Confidence is that of the intervals of the report; 0 means 0.95.
	Confidence float64
	// OnUpdate, where it is set, is called after the coarse pass and after every
	// batch, with a value in every point of the map, and the evaluations spent
	// so far. An error ends Adapt with that error.
	OnUpdate func(m *Map, spent int) error `json:"-"`
}

// fewest evaluations leave two points to predict from and two to measure with.
const fewest = 4

// WithDefaults returns the options with what is 0 filled in for a grid of so
// many points.
func (o AdaptiveOptions) WithDefaults(points int) AdaptiveOptions {
	if o.Tolerance == 0 {
		o.Tolerance = 0.01
	}
	if o.MaxEvaluations == 0 {
		o.MaxEvaluations = max(points/3, fewest)
	}
	o.MaxEvaluations = min(o.MaxEvaluations, points)
	if o.HeldOut == 0 {
		o.HeldOut = max(o.MaxEvaluations/10, 8)
	}
	o.HeldOut = min(o.HeldOut, o.MaxEvaluations/2)
	if o.Batch == 0 {
		o.Batch = min(max(points/40, 8), 128)
	}
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
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
		return fmt.Errorf("one held-out point tells no error: take two or more")
	case !(o.Confidence >= 0 && o.Confidence < 1):
		return fmt.Errorf("the confidence %g of an adaptive map must be between 0 and 1, such as 0.95", o.Confidence)
	}
	return nil
}

// StopReason says why Adapt ended.
type StopReason string

// Why Adapt ended.
const (
	// ToleranceReached: the held-out points say that the mean error is at most
	// the tolerance.
	ToleranceReached StopReason = "tolerance reached"
	// EvaluationsSpent: MaxEvaluations are used up, the error is what the report
	// says.
	EvaluationsSpent StopReason = "evaluations spent"
	// MapComplete: every point is evaluated, the map is exact.
	MapComplete StopReason = "map complete"
)

// Estimate is a number with the interval that holds it with the confidence of
// the report.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// String returns the estimate as in "0.0102 (0.0081…0.0128)".
func (e Estimate) String() string { return fmt.Sprintf("%.3g (%.3g…%.3g)", e.Value, e.Low, e.High) }

// AdaptiveReport tells what an adaptive map cost and what it is worth.
//
// Both estimates are about this grid and the map as it is returned: over its
// points, a point that was evaluated counting as error 0, how far are the
// values from those that Compute would give. They say nothing about places
// between the points of the grid.
type AdaptiveReport struct {
	// Points is the size of the grid, Evaluations how many of them were
	// evaluated, held-out ones included.
	Points      int `json:"points"`
	Evaluations int `json:"evaluations"`
	// HeldOut is the number of points that the estimates rest on.
	HeldOut int `json:"held_out"`
	// MeanError is the mean absolute error.
	MeanError Estimate `json:"mean_error"`
	// ShareOff is the share of points off by more than OffBy, 0…1.
	ShareOff Estimate `json:"share_off"`
	// Confidence is that of both intervals.
	Confidence float64 `json:"confidence"`
	// Stopped says why no more points were evaluated.
	Stopped StopReason `json:"stopped"`
}

// Adapt fills the whole map with fewer evaluations than it has points: a coarse
// grid first, then, batch by batch, the points where the error of what would
// be predicted is expected to be largest. The others are predicted from their
// evaluated neighbours (see predictor). m.Evaluated tells them apart, m.Adaptive
// is the report. Compute evaluates what is left and makes the map exact.
//
// The error is measured, not assumed: when refining ends, HeldOut of the
// points not yet evaluated are drawn with known probabilities, independently of
// their values, and each is predicted without itself (see heldOut). Where the
// estimate is above the tolerance and evaluations are left, the points join the
// others and refining goes on.
//
// When ctx is done it returns an error that wraps ctx.Err(); what was evaluated
// stays in the map, and the same call with the same options continues to the
// same result as if it had not been interrupted. Points that are known before
// the call cost nothing where they are asked for.
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
	// known are the points that were known when the run began or became so: the
	// run finds them again without evaluating f.
	known []bool
	p     *predictor
	draw  *rand.Rand
	// trust is how many times larger the measured error was than the predicted
	// one; 1 as long as nothing was measured.
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
	return a
}

// coarse returns every so-many-th point along each axis, and the last one of
// axes that do not close.
func (a *adaptation) coarse() []int {
	step := max(a.opts.Coarse, 1)
	if a.opts.Coarse == 0 {
		step = 6
	}
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
		// The last point matters most where nothing lies beyond it; one step from
		// its neighbour it would tell little.
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

// room returns how many points may still be evaluated before the held-out ones
// must be.
func (a *adaptation) room() int {
	return a.opts.MaxEvaluations - len(a.p.set) - a.opts.HeldOut
}

func (a *adaptation) wantsMore() bool {
	// Not a number, where one point is all there is, means that nobody knows.
	enough := a.trust*a.p.expected() <= a.opts.Tolerance
	return a.room() > 0 && len(a.p.set) < len(a.m.Z) && !enough
}

// evaluate makes the points part of what predictions rest on.
func (a *adaptation) evaluate(ctx context.Context, points []int) error {
	if err := a.ask(ctx, points); err != nil {
		return err
	}
	for _, i := range points {
		a.p.learn(i, a.m.Z[i])
	}
	return nil
}

// ask evaluates f where it is not known yet.
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
			a.fill() // where evaluate left NaN
			return err
		}
		todo = todo[len(part):]
	}
	return nil
}

// predict gives every point of the map a value and shows it.
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

// measure estimates the error with held-out points. It returns nil where the
// error is too large and evaluations are left.
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

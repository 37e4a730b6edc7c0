package worst

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Search is f as a method uses it: on a unit cube of Axes dimensions, evaluated in
// batches from a budget. Positions outside the cube are wrapped or mirrored into
// it.
type Search struct {
	// Rand is the search's source of random numbers.
	Rand *rand.Rand

	objective objective.Objective
	frame     frame
	settings  Settings
	result    *Result
	spent     int
	sequence  sequence
}

func newSearch(f objective.Objective, box region.Bounds, settings Settings) *Search {
	s := &Search{
		Rand:      rand.New(rand.NewPCG(settings.Seed, 0x5eed)),
		objective: f, frame: newFrame(f.Space(), box), settings: settings,
		result: &Result{Space: f.Space(), Within: box, Settings: settings, Value: math.Inf(1)},
	}
	s.sequence = newSequence(s.Axes(), s.Rand)
	return s
}

// Axes returns the number of dimensions of the cube.
func (s *Search) Axes() int { return len(s.frame.free) }

// Settings returns the settings, with defaults.
func (s *Search) Settings() Settings { return s.settings }

// Left returns the number of evaluations that are left: 0 if the budget is spent
// or the target reached.
func (s *Search) Left() int {
	if s.reached() {
		return 0
	}
	return s.settings.Evaluations - s.spent
}

func (s *Search) reached() bool {
	return s.settings.Target != nil && s.result.Value <= *s.settings.Target
}

// Spread returns n positions, [n][Axes], that fill the cube evenly together with
// those of earlier calls.
func (s *Search) Spread(n int) [][]float64 {
	positions := make([][]float64, n)
	for i := range positions {
		positions[i] = s.sequence.next()
	}
	return positions
}

// Values returns f at positions, [n][Axes], in one batch. If the budget does not
// suffice it returns the values of the first positions only.
func (s *Search) Values(ctx context.Context, positions [][]float64) ([]float64, error) {
	positions = positions[:min(len(positions), max(s.Left(), 0))]
	if len(positions) == 0 {
		return nil, ctx.Err()
	}
	points, values := s.points(positions), make([]float64, len(positions))
	if err := s.objective.Evaluate(ctx, points, values); err != nil {
		return nil, err
	}
	return values, s.keep(points, values, 1)
}

// Gradients returns f and its gradient, per side of the cube, at positions, as
// Values does; each costs Settings.GradientCost. It returns
// objective.ErrNoGradient if the objective is a black box.
func (s *Search) Gradients(ctx context.Context, positions [][]float64) (values []float64, gradients [][]float64, err error) {
	positions = positions[:min(len(positions), max(s.Left(), 0)/s.settings.GradientCost)]
	if len(positions) == 0 {
		return nil, nil, ctx.Err()
	}
	f, ok := objective.White(s.objective)
	if !ok {
		return nil, nil, objective.ErrNoGradient
	}
	points, all := s.points(positions), make([][]float64, len(positions))
	values = make([]float64, len(positions))
	for i := range all {
		all[i] = make([]float64, len(s.frame.space))
	}
	if err := f.Gradient(ctx, points, values, all); err != nil {
		return nil, nil, err
	}
	gradients = make([][]float64, len(positions))
	for i, g := range all {
		gradients[i] = make([]float64, s.Axes())
		for j, k := range s.frame.free {
			gradients[i][j] = g[k] * s.frame.width[k]
		}
	}
	s.result.Gradients += len(positions)
	return values, gradients, s.keep(points, values, s.settings.GradientCost)
}

func (s *Search) points(positions [][]float64) [][]float64 {
	points := make([][]float64, len(positions))
	for i, t := range positions {
		points[i] = s.frame.point(t)
	}
	return points
}

// keep notes a batch; each value costs cost evaluations.
func (s *Search) keep(points [][]float64, values []float64, cost int) error {
	r := s.result
	for i, v := range values {
		s.spent += cost
		r.Points, r.Values = append(r.Points, points[i]), append(r.Values, v)
		if !finite(v) {
			if r.NotFinite++; r.NotFinite == 1 {
				r.Detail = fmt.Sprintf("f is %g at %v", v, points[i])
			}
			continue
		}
		if v < r.Value {
			r.Point, r.Value = points[i], v
			r.Trace = append(r.Trace, Step{s.spent, v})
		}
	}
	if s.settings.Recorder == nil {
		return nil
	}
	return s.record(false)
}

func (s *Search) record(last bool) error {
	err := s.settings.Recorder.Record(Iteration{
		Evaluations: s.spent, Of: s.settings.Evaluations, Point: s.result.Point, Value: s.result.Value, Last: last,
	})
	if err != nil {
		return fmt.Errorf("recording after %d evaluations: %w", s.spent, err)
	}
	return nil
}

func finite(values ...float64) bool {
	return !slices.ContainsFunc(values, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// lowest returns the indices of up to n finite values, the least first, without
// those near one already taken.
func lowest(values []float64, n int, near func(i, j int) bool) []int {
	order := make([]int, 0, len(values))
	for i, v := range values {
		if finite(v) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(values[i], values[j]) })
	var taken []int
	for _, i := range order {
		if len(taken) == n {
			break
		}
		if !slices.ContainsFunc(taken, func(j int) bool { return near(i, j) }) {
			taken = append(taken, i)
		}
	}
	return taken
}

package worst

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Method is a way to look for the least value. Write one to add another.
type Method interface {
	// Name is the method's name on the command line.
	Name() string
	// Run asks s for values until s.Left is 0.
	Run(ctx context.Context, s *Search) error
}

// Search is what a method works with: f on a unit cube of Axes dimensions,
// evaluated in batches from a budget. Positions outside the cube are brought
// into it, as the package says.
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

// Left returns how many more evaluations may be asked for: 0 where the budget
// is spent or the target reached.
func (s *Search) Left() int {
	if s.reached() {
		return 0
	}
	return s.settings.Evaluations - s.spent
}

func (s *Search) reached() bool {
	return s.settings.Target != nil && s.result.Value <= *s.settings.Target
}

// Spread returns n positions that fill the cube evenly together with those of
// earlier calls, [n][Axes].
func (s *Search) Spread(n int) [][]float64 {
	positions := make([][]float64, n)
	for i := range positions {
		positions[i] = s.sequence.next()
	}
	return positions
}

// Values returns f at positions, [n][Axes], in one batch. Where fewer
// evaluations are left than positions it returns the values of the first.
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
// Values does; every one costs Settings.GradientCost. The objective must be
// differentiable.
func (s *Search) Gradients(ctx context.Context, positions [][]float64) (values []float64, gradients [][]float64, err error) {
	positions = positions[:min(len(positions), max(s.Left(), 0)/s.settings.GradientCost)]
	if len(positions) == 0 {
		return nil, nil, ctx.Err()
	}
	f, ok := objective.White(s.objective)
	if !ok {
		return nil, nil, errNoGradient()
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

func errNoGradient() error {
	return fmt.Errorf("this objective is a black box without a gradient: choose another method, such as %s", Combined{}.Name())
}

func (s *Search) points(positions [][]float64) [][]float64 {
	points := make([][]float64, len(positions))
	for i, t := range positions {
		points[i] = s.frame.point(t)
	}
	return points
}

// keep notes a batch, each value of which cost so much.
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

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// lowest returns the indices of up to n finite values, the least first, leaving
// out those that are near one already taken.
func lowest(values []float64, n int, near func(i, j int) bool) []int {
	order := make([]int, 0, len(values))
	for i, v := range values {
		if finite(v) {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return values[order[a]] < values[order[b]] })
	var taken []int
	for _, i := range order {
		if len(taken) == n {
			break
		}
		if !anyNear(i, taken, near) {
			taken = append(taken, i)
		}
	}
	return taken
}

func anyNear(i int, taken []int, near func(i, j int) bool) bool {
	for _, j := range taken {
		if near(i, j) {
			return true
		}
	}
	return false
}

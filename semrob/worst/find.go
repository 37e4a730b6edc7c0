package worst

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Find looks for the point of least value and spends the budget of evaluations
// on it, in batches. A nil method means Combined{}.
//
// When ctx is done, or the objective fails, it returns the result so far with an
// error that wraps the cause. Values that are not finite are skipped and counted;
// it is an error if all are. If the method needs a gradient and the objective is
// a black box, the error wraps objective.ErrNoGradient.
func Find(ctx context.Context, problem Problem, method Method, settings Settings) (*Result, error) {
	if method == nil {
		method = Combined{}
	}
	if f, ok := problem.Objective.(objective.Costed); ok {
		settings.GradientCost = cmp.Or(settings.GradientCost, f.GradientCost())
	}
	settings = settings.WithDefaults()
	if err := settings.check(); err != nil {
		return nil, fmt.Errorf("looking for the worst case: %w", err)
	}
	box, err := problem.box()
	if err != nil {
		return nil, fmt.Errorf("looking for the worst case: %w", err)
	}
	if err := limit.Check("evaluations", 16*len(problem.Objective.Space())+64, settings.Evaluations); err != nil {
		return nil, fmt.Errorf("looking for the worst case: %w", err)
	}
	if err := check(method, problem.Objective, settings); err != nil {
		return nil, fmt.Errorf("looking for the worst case with %s: %w", method.Name(), err)
	}
	s := newSearch(problem.Objective, box, settings)
	s.result.Method = method.Name()
	err = method.Run(ctx, s)
	return s.finish(method, err)
}

// box returns the box that is searched, inside the domain.
func (p Problem) box() (region.Bounds, error) {
	if p.Objective == nil {
		return region.Bounds{}, fmt.Errorf("the problem has no objective")
	}
	space := p.Objective.Space()
	if err := space.Check(); err != nil {
		return region.Bounds{}, err
	}
	if p.Within == nil {
		return region.Whole(space), nil
	}
	// The lower bounds must lie in the domain of periodic axes.
	box := p.Within.Clone()
	for k := range min(len(space), len(box.A), len(box.B)) {
		if axis := space[k]; axis.Periodic {
			start := axis.Wrap(box.A[k])
			box.A[k], box.B[k] = start, start+(box.B[k]-box.A[k])
		}
	}
	box, err := box.Clip(space)
	if err != nil {
		return box, fmt.Errorf("the box to search: %w", err)
	}
	if slices.Equal(box.A, box.B) {
		return box, fmt.Errorf("the box to search is the single point %v: give it a width on one axis at least", box.A)
	}
	return box, nil
}

// finish completes the result.
func (s *Search) finish(method Method, err error) (*Result, error) {
	r := s.result
	r.Evaluations = s.spent
	if err == nil && len(r.Points) == 0 {
		err = fmt.Errorf("the method evaluated no point")
	}
	if err == nil && math.IsInf(r.Value, 1) {
		err = fmt.Errorf("none of %d values is finite: %s", len(r.Values), r.Detail)
	}
	switch {
	case err != nil:
		r.Status = Stopped
	case s.reached():
		r.Status = TargetReached
	default:
		r.Status = BudgetSpent
	}
	if n := len(r.Trace); n > 0 && r.Trace[n-1].Evaluations < s.spent {
		r.Trace = append(r.Trace, Step{s.spent, r.Value})
	}
	if s.settings.Recorder != nil {
		err = errors.Join(err, s.record(true))
	}
	if err != nil {
		return r, fmt.Errorf("looking for the worst case with %s: %w", method.Name(), err)
	}
	return r, nil
}

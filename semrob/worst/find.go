package worst

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

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
	var box region.Bounds
	if p.Within == nil {
		for _, axis := range space {
			box.A, box.B = append(box.A, axis.Min), append(box.B, axis.Max)
		}
		return box, nil
	}
	if len(p.Within.A) != len(space) || len(p.Within.B) != len(space) {
		return box, fmt.Errorf("the box to search has %d and %d bounds, the space has %d axes (%s)", len(p.Within.A), len(p.Within.B), len(space), space)
	}
	if !p.Within.Finite() {
		return box, fmt.Errorf("the box to search, %v, is not finite", *p.Within)
	}
	return inside(space, p.Within.Clone())
}

// inside clips a box to the domain.
func inside(space objective.Space, box region.Bounds) (region.Bounds, error) {
	point := true
	for k, axis := range space {
		if box.A[k] > box.B[k] {
			return box, fmt.Errorf("the box to search is reversed on axis %s (%g…%g): give the smaller number first", axis.Name, box.A[k], box.B[k])
		}
		if axis.Periodic {
			start := axis.Wrap(box.A[k])
			box.A[k], box.B[k] = start, start+min(box.B[k]-box.A[k], axis.Width())
		} else {
			if box.A[k] > axis.Max || box.B[k] < axis.Min {
				return box, fmt.Errorf("the box to search, %g…%g on axis %s, is outside the domain %g…%g", box.A[k], box.B[k], axis.Name, axis.Min, axis.Max)
			}
			box.A[k], box.B[k] = max(box.A[k], axis.Min), min(box.B[k], axis.Max)
		}
		point = point && box.A[k] == box.B[k]
	}
	if point {
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

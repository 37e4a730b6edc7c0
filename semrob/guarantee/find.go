package guarantee

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// Find finds a guaranteed region around every start of the problems. All starts
// search in lockstep, so that objectives that share a network (objective.Sharing)
// fill its batches together. The starts of a problem share what their searches
// and failed proofs find out, never the points of a proof that succeeds. A result
// does not depend on the other problems. The results are in the order of the
// problems.
//
// When ctx is done it returns the regions as they are, with an error that wraps
// ctx.Err(). A start at which f is not finite stops with that status; the others
// go on. A budget that cannot prove anything is a *BudgetError, wrapped.
func Find(ctx context.Context, problems []Problem, settings Settings) ([]*Result, error) {
	settings = settings.WithDefaults()
	err := settings.Check()
	for _, p := range problems {
		if err == nil {
			err = p.check(settings)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("finding guaranteed regions: %w", err)
	}
	all := make(searches, len(problems))
	for i, p := range problems {
		all[i] = newSearch(p, settings)
	}
	err = all.run(ctx, settings.Recorder)
	results := make([]*Result, len(all))
	for i, s := range all {
		results[i] = s.result(settings)
	}
	if err != nil {
		return results, fmt.Errorf("finding guaranteed regions: %w", err)
	}
	return results, nil
}

// searches run in lockstep.
type searches []*problemSearch

// problemSearch is the state of all starts of a problem.
type problemSearch struct {
	objective objective.Objective
	top1      bool
	memory    *memory
	runs      []*run
	points    [][]float64 // of the round
	values    []float64
	right     []bool
	counts    []int // [run]
}

func newSearch(p Problem, settings Settings) *problemSearch {
	s := &problemSearch{objective: p.Objective, top1: settings.Right, memory: &memory{}, counts: make([]int, len(p.Starts))}
	for i := range p.Starts {
		s.runs = append(s.runs, newRun(p, s.memory, i, settings))
	}
	return s
}

func (all searches) run(ctx context.Context, recorder Recorder) error {
	for round := 0; ; round++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		active := false
		for _, s := range all {
			active = s.ask() || active
		}
		if recorder != nil {
			if err := recorder.Record(all.round(round, !active)); err != nil {
				return err
			}
		}
		if !active {
			return nil
		}
		if err := all.evaluate(ctx); err != nil {
			return err
		}
		for _, s := range all {
			s.tell()
		}
	}
}

// ask collects the points of a round and reports whether any run goes on.
func (s *problemSearch) ask() (active bool) {
	s.points = nil
	for i, r := range s.runs {
		s.counts[i] = 0
		if !r.active() {
			continue
		}
		if r.next(); !r.active() {
			continue
		}
		points := r.ask()
		s.points, s.counts[i], active = append(s.points, points...), len(points), true
	}
	s.values, s.right = make([]float64, len(s.points)), make([]bool, len(s.points))
	return active
}

func (all searches) evaluate(ctx context.Context) error {
	var requests []objective.Request
	for _, s := range all {
		switch {
		case len(s.points) == 0:
		case s.top1:
			if err := s.objective.(verify.Answerer).Top1(ctx, s.points, s.values, s.right); err != nil {
				return err
			}
		default:
			requests = append(requests, objective.Request{Objective: s.objective, Points: s.points, Values: s.values})
		}
	}
	return objective.EvaluateAll(ctx, requests)
}

// tell passes the answers to the runs that asked.
func (s *problemSearch) tell() {
	m, from := s.memory, len(s.memory.points)
	for i, v := range s.values {
		m.points, m.values = append(m.points, s.points[i]), append(m.values, v)
		m.right = append(m.right, s.runs[0].settings.right(v, s.right[i]))
	}
	for i, r := range s.runs {
		if !r.active() {
			continue
		}
		r.tell(from, from+s.counts[i])
		from += s.counts[i]
	}
}

func (all searches) round(number int, last bool) Round {
	now := Round{Number: number, Last: last}
	for _, s := range all {
		for _, r := range s.runs {
			now.Evaluations += r.evaluations
			now.Bounds = append(now.Bounds, r.bounds)
			switch {
			case !r.active():
				now.Phase = append(now.Phase, string(r.status))
			case r.phase == proof || r.phase == lastProof:
				now.Phase = append(now.Phase, "proof")
			default:
				now.Phase = append(now.Phase, "search")
			}
		}
	}
	return now
}

func (s *problemSearch) result(settings Settings) *Result {
	settings.Recorder = nil
	out := &Result{Space: s.objective.Space(), Settings: settings}
	for _, r := range s.runs {
		out.Runs = append(out.Runs, r.result())
		out.Evaluations += r.evaluations
	}
	return out
}

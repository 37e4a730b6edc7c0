package guarantee

import (
	"context"
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
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
	all, err := FindAt(ctx, problems, settings, settings.Threshold)
	if len(all) == 0 {
		return nil, err
	}
	return all[0], err
}

// FindAt is Find for several thresholds, which replace that of the settings, in
// ascending order. What is known about f at a point serves the searches of all later
// thresholds; every threshold has its own proofs with fresh points, and its own budget.
// The results are [threshold][problem]. When ctx is done, those of later thresholds are
// missing.
func FindAt(ctx context.Context, problems []Problem, settings Settings, thresholds ...float64) (results [][]*Result, err error) {
	settings = settings.WithDefaults()
	each := make([]Settings, len(thresholds))
	for i, threshold := range thresholds {
		each[i] = settings
		each[i].Threshold = threshold
	}
	return findEach(ctx, problems, each, "thresholds", thresholds)
}

// FindAtEpsilons is FindAt for several ε, ascending, at the threshold of the settings. A
// budget of 0 means that of the smallest ε for all of them.
func FindAtEpsilons(ctx context.Context, problems []Problem, settings Settings, epsilons ...float64) (results [][]*Result, err error) {
	each := make([]Settings, len(epsilons))
	for i, epsilon := range epsilons {
		settings.Epsilon = epsilon
		settings = settings.WithDefaults()
		each[i] = settings
	}
	return findEach(ctx, problems, each, "ε", epsilons)
}

// findEach finds regions with each of the settings, which differ in the values.
func findEach(ctx context.Context, problems []Problem, each []Settings, name string, values []float64) (results [][]*Result, err error) {
	if err := checkAll(problems, each, name, values); err != nil {
		return nil, fmt.Errorf("finding guaranteed regions: %w", err)
	}
	all := &searches{recorder: each[0].Recorder}
	for _, p := range problems {
		all.each = append(all.each, &problemSearch{problem: p, memory: &memory{at: map[string]int{}}})
	}
	for i, settings := range each {
		all.last = i == len(each)-1
		for _, s := range all.each {
			s.begin(settings, i)
		}
		err := all.run(ctx)
		found := make([]*Result, len(all.each))
		for k, s := range all.each {
			found[k] = s.result(settings)
		}
		if results = append(results, found); err != nil {
			return results, fmt.Errorf("finding guaranteed regions: %w", err)
		}
	}
	return results, nil
}

func checkAll(problems []Problem, each []Settings, name string, values []float64) error {
	if len(values) == 0 || !slices.IsSorted(values) {
		return fmt.Errorf("the %s %v must be ascending, at least one", name, values)
	}
	for i, settings := range each {
		if i > 0 && values[i] == values[i-1] {
			return fmt.Errorf("%g appears twice among the %s", values[i], name)
		}
		if err := settings.Check(); err != nil {
			return err
		}
	}
	for _, p := range problems {
		if err := p.check(each[0]); err != nil {
			return err
		}
	}
	return nil
}

// searches run in lockstep.
type searches struct {
	each     []*problemSearch
	recorder Recorder
	number   int  // of the round
	before   int  // evaluations for former thresholds
	last     bool // the last threshold
}

// problemSearch is the state of all starts of a problem.
type problemSearch struct {
	problem  Problem
	settings Settings
	memory   *memory
	runs     []*run
	points   [][]float64 // of the round
	counts   []int       // of them, [run]
	known    []int       // their places in memory, or −1 for those to evaluate
	asked    [][]float64 // those to evaluate, with their values and answers
	values   []float64
	answers  []objective.Answer // nil without Settings.Right
}

// begin starts the search for a threshold, the number-th, with what is known from
// former ones.
func (s *problemSearch) begin(settings Settings, number int) {
	s.settings, s.runs, s.counts = settings, nil, make([]int, len(s.problem.Starts))
	m := s.memory
	for i, v := range m.values {
		m.right[i] = settings.right(v, m.top1[i])
	}
	for i := range s.problem.Starts {
		s.runs = append(s.runs, newRun(s.problem, m, i, settings, number))
	}
}

func (all *searches) run(ctx context.Context) error {
	for ; ; all.number++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		active := false
		for _, s := range all.each {
			active = s.ask() || active
		}
		if all.recorder != nil && (active || all.last) {
			if err := all.recorder.Record(all.round(!active)); err != nil {
				return err
			}
		}
		if !active {
			for _, s := range all.each {
				for _, r := range s.runs {
					all.before += r.evaluations
				}
			}
			return nil
		}
		if err := all.evaluate(ctx); err != nil {
			return err
		}
		for _, s := range all.each {
			s.tell()
		}
	}
}

// ask collects the points of a round and reports whether any run goes on.
func (s *problemSearch) ask() (active bool) {
	s.points, s.asked, s.known, s.answers = nil, nil, s.known[:0], nil
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
		for _, p := range points {
			// Only the first looks of a search can be at the same points again.
			at, ok := -1, false
			if r.phase == atStart || r.phase == onRays || r.phase == halving {
				at, ok = s.memory.lookUp(p)
			}
			if s.known = append(s.known, at); !ok {
				s.known[len(s.known)-1] = -1
				s.asked = append(s.asked, p)
			}
		}
	}
	s.values = make([]float64, len(s.asked))
	if s.settings.Right {
		s.answers = make([]objective.Answer, len(s.asked))
	}
	return active
}

func (all *searches) evaluate(ctx context.Context) error {
	var requests []objective.Request
	for _, s := range all.each {
		if len(s.asked) > 0 {
			requests = append(requests, objective.Request{Objective: s.problem.Objective, Points: s.asked, Values: s.values, Answers: s.answers})
		}
	}
	return objective.EvaluateAll(ctx, requests)
}

// tell passes the answers to the runs that asked.
func (s *problemSearch) tell() {
	m, from, next := s.memory, len(s.memory.points), 0
	for i, p := range s.points {
		value, top1 := 0.0, false
		if at := s.known[i]; at >= 0 {
			value, top1 = m.values[at], m.top1[at]
		} else {
			value = s.values[next]
			top1 = s.answers != nil && s.answers[next].Right()
			next++
		}
		m.add(p, value, top1, s.settings.right(value, top1))
	}
	place := 0
	for i, r := range s.runs {
		if !r.active() {
			continue
		}
		for range s.counts[i] {
			if s.known[place] < 0 {
				r.evaluations++
			}
			place++
		}
		r.tell(from, from+s.counts[i])
		from += s.counts[i]
	}
}

func (all *searches) round(last bool) Round {
	now := Round{Number: all.number, Last: last, Evaluations: all.before}
	for _, s := range all.each {
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
	out := &Result{Space: s.problem.Objective.Space(), Settings: settings}
	for _, r := range s.runs {
		out.Runs = append(out.Runs, r.result())
		out.Evaluations += r.evaluations
	}
	return out
}

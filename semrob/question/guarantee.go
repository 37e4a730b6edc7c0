package question

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Guarantee asks for guaranteed regions.
type Guarantee struct {
	Settings guarantee.Settings `json:"settings"`
	// Thresholds, if set, ask for regions at each of them, ascending; the first one is
	// that of Settings.
	Thresholds []float64 `json:"thresholds,omitempty"`
	// Epsilons, if set, ask for regions at each ε, ascending, instead; the first one is that
	// of Settings.
	Epsilons []float64 `json:"epsilons,omitempty"`
	// Starts are the start points, [start][axis].
	Starts [][]float64 `json:"starts"`
	// OnMap is the map that takes the place of f; nil for f itself.
	OnMap *OnMap `json:"on_map,omitempty"`
	// Hint is the map that shows where to look first; nil for none.
	Hint *Hint `json:"hint,omitempty"`
}

// Hint is a map that shows the search where f is low.
type Hint struct {
	OnMap
	// Content is the SHA-256 of the map's axes and values.
	Content string `json:"content"`
}

// Kind returns "guaranteed regions".
func (*Guarantee) Kind() string { return "guaranteed regions" }

// Version returns that of package guarantee.
func (*Guarantee) Version() int { return guarantee.Version }

// UsesGradient returns false.
func (*Guarantee) UsesGradient() bool { return false }

// Claims returns the number of claims about each start: of thresholds, or of ε.
func (q *Guarantee) Claims() int { return max(len(q.Thresholds), len(q.Epsilons), 1) }

// Complete replaces every 0 by its meaning and checks the question on a space.
func (q *Guarantee) Complete(space objective.Space) error {
	for _, start := range q.Starts {
		if err := space.CheckPoint(start); err != nil {
			return fmt.Errorf("start %v: %w", start, err)
		}
	}
	if len(q.Thresholds) > 0 {
		q.Settings.Threshold = q.Thresholds[0]
	}
	if len(q.Epsilons) > 0 {
		if len(q.Thresholds) > 0 {
			return fmt.Errorf("%d thresholds and %d ε: choose several of one of them", len(q.Thresholds), len(q.Epsilons))
		}
		q.Settings.Epsilon = q.Epsilons[0]
	}
	q.Settings = q.Settings.WithDefaults()
	return q.Settings.Check()
}

// Answer finds the regions of every objective, in the order of the objectives. hint is
// the map of Hint, or nil.
func (q *Guarantee) Answer(ctx context.Context, recorder guarantee.Recorder, hint *semmap.Map, objectives ...objective.Objective) ([]*region.Result, error) {
	known, err := hintOf(hint, objectives)
	if err != nil {
		return nil, err
	}
	problems := make([]guarantee.Problem, len(objectives))
	for i, f := range objectives {
		problems[i] = guarantee.Problem{Objective: f, Starts: q.Starts, Hint: known}
	}
	settings := q.Settings
	settings.Recorder = recorder
	find, at := guarantee.FindAt, q.Thresholds
	switch {
	case len(q.Epsilons) > 0:
		find, at = guarantee.FindAtEpsilons, q.Epsilons
	case len(at) == 0:
		at = []float64{settings.Threshold}
	}
	found, failed := find(ctx, problems, settings, at...)
	if len(found) == 0 {
		return nil, failed
	}
	results := make([]*region.Result, len(objectives))
	for i := range objectives {
		var each []*guarantee.Result
		for _, at := range found {
			each = append(each, at[i])
		}
		if results[i], err = guarantee.RegionsAt(each); err != nil {
			return nil, err
		}
	}
	return results, failed
}

// hintOf returns the evaluated points of a map of one objective.
func hintOf(m *semmap.Map, objectives []objective.Objective) (*guarantee.Hint, error) {
	if m == nil {
		return nil, nil
	}
	if len(objectives) != 1 {
		return nil, fmt.Errorf("a map shows where one object fails, not %d", len(objectives))
	}
	space := objectives[0].Space()
	if !slices.EqualFunc(space, m.Space(), func(a, b objective.Axis) bool { return a.Name == b.Name }) {
		return nil, fmt.Errorf("the map that shows where to look is of %s, the regions are of %s", m.Space(), space)
	}
	h := &guarantee.Hint{}
	for i, v := range m.Z {
		p := m.Point(i)
		if math.IsNaN(v) || space.CheckPoint(p) != nil {
			continue // not computed, or outside this domain
		}
		h.Points, h.Values = append(h.Points, p), append(h.Values, v)
	}
	return h, nil
}

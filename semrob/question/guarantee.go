package question

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Guarantee asks for guaranteed regions.
type Guarantee struct {
	Settings guarantee.Settings `json:"settings"`
	// Starts are the start points, [start][axis].
	Starts [][]float64 `json:"starts"`
	// OnMap is the map that takes the place of f; nil for f itself.
	OnMap *OnMap `json:"on_map,omitempty"`
}

// Kind returns "guaranteed regions".
func (*Guarantee) Kind() string { return "guaranteed regions" }

// Version returns that of package guarantee.
func (*Guarantee) Version() int { return guarantee.Version }

// UsesGradient returns false.
func (*Guarantee) UsesGradient() bool { return false }

// Complete replaces every 0 by its meaning and checks the question on a space.
func (q *Guarantee) Complete(space objective.Space) error {
	for _, start := range q.Starts {
		if err := space.CheckPoint(start); err != nil {
			return fmt.Errorf("start %v: %w", start, err)
		}
	}
	q.Settings = q.Settings.WithDefaults()
	return q.Settings.Check()
}

// Answer finds the regions of every objective, in the order of the objectives.
func (q *Guarantee) Answer(ctx context.Context, recorder guarantee.Recorder, objectives ...objective.Objective) ([]*region.Result, error) {
	problems := make([]guarantee.Problem, len(objectives))
	for i, f := range objectives {
		problems[i] = guarantee.Problem{Objective: f, Starts: q.Starts}
	}
	settings := q.Settings
	settings.Recorder = recorder
	found, failed := guarantee.Find(ctx, problems, settings)
	results := make([]*region.Result, len(found))
	for i, r := range found {
		var err error
		if results[i], err = r.Regions(); err != nil {
			return nil, err
		}
	}
	return results, failed
}

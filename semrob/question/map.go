package question

import (
	"context"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Map asks for a semantic map.
type Map struct {
	// Axes are the samples of each axis.
	Axes []semmap.Samples `json:"axes"`
	// Adaptive asks for an adaptive map; nil for an exact one.
	Adaptive *semmap.AdaptiveOptions `json:"adaptive,omitempty"`
}

// Kind returns "map".
func (*Map) Kind() string { return "map" }

// mapVersion is raised when maps contain something else. Maps of version 1 have
// answers.
const mapVersion = 1

// Version returns the version of maps, plus semmap.AdaptiveVersion for adaptive ones.
func (q *Map) Version() int {
	if q.Adaptive != nil {
		return mapVersion + semmap.AdaptiveVersion
	}
	return mapVersion
}

// UsesGradient returns false.
func (*Map) UsesGradient() bool { return false }

// Space returns the axes over their whole domains.
func (q *Map) Space() objective.Space {
	space := make(objective.Space, len(q.Axes))
	for k, a := range q.Axes {
		space[k] = a.Axis
	}
	return space
}

// Complete replaces zeros in the options by their defaults.
func (q *Map) Complete() {
	if q.Adaptive == nil {
		return
	}
	points := 1
	for _, a := range q.Axes {
		points *= len(a.Values)
	}
	options := q.Adaptive.WithDefaults(points)
	q.Adaptive = &options
}

// Answer fills m, a map on the question's axes, which may contain values of an
// interrupted call. onUpdate, if not nil, is called often with the number of
// evaluations so far. An error of it ends the work.
func (q *Map) Answer(ctx context.Context, f objective.Objective, m *semmap.Map, onUpdate func(evaluations int) error) error {
	if onUpdate == nil {
		onUpdate = func(int) error { return ctx.Err() }
	}
	if q.Adaptive == nil {
		return m.Compute(ctx, f, semmap.Options{OnUpdate: func(done, _ int) error { return onUpdate(done) }})
	}
	options := *q.Adaptive
	also := options.OnUpdate
	options.OnUpdate = func(m *semmap.Map, spent int) error {
		if also != nil {
			if err := also(m, spent); err != nil {
				return err
			}
		}
		return onUpdate(spent)
	}
	_, err := m.Adapt(ctx, f, options)
	return err
}

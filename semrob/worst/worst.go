// Package worst finds the point of a semantic space, or of a region of it, at
// which a network is most wrong: that of the least probability of the true class.
//
// The parts are those of gonum's optimize: a Problem states the task, a Method
// searches, Settings bound the search, a Recorder receives every batch, and Find
// returns a Result.
//
//	result, err := worst.Find(ctx, worst.Problem{Objective: f}, worst.Combined{}, worst.Settings{Evaluations: 600})
//
// The search box is scaled to a unit cube. Positions wrap along an axis on which
// the box covers a whole period; along others they are mirrored or projected back
// into the box.
package worst

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Version is part of the key of results kept on disk. It is raised whenever the
// same settings find different points.
const Version = 1

// Problem is the task of finding the least value of Objective.
type Problem struct {
	Objective objective.Objective
	// Within is the search box, in the units of the axes; nil means the whole
	// domain. It is clipped to the domain of non-periodic axes. A side without
	// width fixes that coordinate.
	Within *region.Bounds
}

// Settings controls the search. The zero value spends 600 evaluations.
type Settings struct {
	// Evaluations is the budget, the number of values of f; 0 means 600, 15 % of
	// the published grid's 4,080 views.
	Evaluations int `json:"evaluations"`
	// GradientCost is the cost of one gradient and its value, in evaluations; 0
	// means that of an objective.Costed, otherwise 3, about the cost of reverse
	// differentiation.
	GradientCost int `json:"gradient_cost"`
	// Target, if set, ends the search at the first value that is not above it.
	Target *float64 `json:"target,omitempty"`
	// Tolerance is the size, as a fraction of the search box, below which a local
	// search ends and another begins elsewhere; 0 means 1e-4 (0.036° of azimuth).
	Tolerance float64 `json:"tolerance"`
	// Batch is the number of points per batch if the method is free to choose it; 0
	// means 64.
	Batch int `json:"batch"`
	// Seed decides all random numbers: the same seed finds the same points.
	Seed uint64 `json:"seed"`
	// Recorder, if set, receives every batch.
	Recorder Recorder `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by its default, as
// they are stored with a result.
func (s Settings) WithDefaults() Settings {
	s.Evaluations = cmp.Or(s.Evaluations, 600)
	s.GradientCost = cmp.Or(s.GradientCost, 3)
	s.Tolerance = cmp.Or(s.Tolerance, 1e-4)
	s.Batch = cmp.Or(s.Batch, 64)
	return s
}

func (s Settings) check() error {
	switch {
	case s.Evaluations < 1:
		return fmt.Errorf("%d evaluations: at least one is needed", s.Evaluations)
	case s.GradientCost < 1:
		return fmt.Errorf("a gradient counts as %d evaluations: it must count as at least one", s.GradientCost)
	case !(s.Tolerance > 0 && s.Tolerance < 1):
		return fmt.Errorf("the tolerance %g must be between 0 and 1: it is a fraction of the search box", s.Tolerance)
	case s.Batch < 1:
		return fmt.Errorf("batches of %d points: at least one is needed", s.Batch)
	case s.Target != nil && math.IsNaN(*s.Target):
		return fmt.Errorf("the target is NaN: give a value of f, or no target")
	}
	return nil
}

// Status is the reason for the end of a search.
type Status string

const (
	// BudgetSpent is the ordinary end, after Settings.Evaluations.
	BudgetSpent Status = "evaluations spent"
	// TargetReached means that a value was not above Settings.Target.
	TargetReached Status = "target reached"
	// Stopped means that the context was done, or that the objective or the
	// recorder returned an error; the result is that of the search before.
	Stopped Status = "stopped"
)

// Step is an entry of the trace: Value is the least of the first Evaluations.
type Step struct {
	Evaluations int     `json:"evaluations"`
	Value       float64 `json:"value"`
}

// Result is the result of Find.
type Result struct {
	Space objective.Space `json:"axes"`
	// Within is the search box, in the units of the axes, inside the domain.
	Within   region.Bounds `json:"within"`
	Method   string        `json:"method"`
	Settings Settings      `json:"settings"`
	// Point is the worst point, [axis], inside the domain, and Value is f there.
	Point []float64 `json:"point"`
	Value float64   `json:"value"`
	// Evaluations is the part of the budget that was spent, including
	// Settings.GradientCost for each of Gradients.
	Evaluations int    `json:"evaluations"`
	Gradients   int    `json:"gradients"`
	Status      Status `json:"status"`
	// NotFinite is the number of values that were NaN or infinite, which are
	// skipped; Detail names the first point.
	NotFinite int    `json:"not_finite"`
	Detail    string `json:"detail,omitempty"`
	// Trace has an entry for every improvement, and one for the end.
	Trace []Step `json:"trace"`
	// Points and Values are all evaluations in order: [point][axis] and [point].
	Points [][]float64 `json:"-"`
	Values []float64   `json:"-"`
}

// Lowest returns the indices into Points of up to n points of low value, the
// lowest first. No two are within apart, a fraction of the search box, of each
// other on every axis, or on every one of the axes that are named; 0 means a tenth.
func (r *Result) Lowest(n int, apart float64, axes ...string) []int {
	apart = cmp.Or(apart, 0.1)
	f := newFrame(r.Space, r.Within)
	return lowest(r.Values, n, func(i, j int) bool {
		for k, axis := range r.Space {
			if len(axes) > 0 && !slices.Contains(axes, axis.Name) {
				continue
			}
			d := math.Abs(r.Points[i][k] - r.Points[j][k])
			if axis.Periodic {
				d = min(d, axis.Width()-d)
			}
			if d > apart*f.width[k] {
				return false
			}
		}
		return true
	})
}

// Iteration is the state of a search after a batch.
type Iteration struct {
	// Evaluations of the budget Of have been spent.
	Evaluations, Of int
	// Point and Value are the worst so far, or nil and +Inf. They are valid only
	// during the call.
	Point []float64
	Value float64
	// Last marks the call after the last batch.
	Last bool
}

// Recorder receives the progress of a search, for live pictures and traces.
type Recorder interface {
	// Record is called after every batch and once at the end. An error ends
	// Find with that error.
	Record(Iteration) error
}

// RecorderFunc is a Recorder that calls a function.
type RecorderFunc func(Iteration) error

// Record calls the function.
func (f RecorderFunc) Record(it Iteration) error { return f(it) }

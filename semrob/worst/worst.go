// Package worst finds the point of a semantic space, or of a region of it,
// where a network is most wrong: where its probability of the true class is
// least.
//
// As in gonum's optimize, the pieces are kept apart: a Problem says where is
// looked, a Method how, Settings how long, a Recorder watches, and a Result
// holds what came out.
//
//	result, err := worst.Find(ctx, worst.Problem{Objective: f}, worst.Combined{}, worst.Settings{Evaluations: 600})
//
// All methods work in the unit cube that the search box is scaled to. Along an
// axis on which the box covers a whole period positions wrap; elsewhere they
// are mirrored or projected back into the box.
package worst

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/method"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Version is part of the key of results kept on disk. It grows whenever the
// same settings find other points.
const Version = 1

// Problem says where is looked: for the least value of Objective.
type Problem struct {
	Objective objective.Objective
	// Within is the box that is searched, in the units of the axes; nil means
	// the whole domain. What lies beyond the domain of a non-periodic axis is
	// left out, and a side may have no width: that coordinate is then fixed.
	Within *region.Bounds
}

// Settings controls the search. The zero value spends 600 evaluations.
type Settings struct {
	// Evaluations is the budget: how many values of f may be asked for; 0 means
	// 600, 15 % of the published grid's 4,080 views.
	Evaluations int `json:"evaluations"`
	// GradientCost is how many evaluations one gradient, with its value, counts
	// as; 0 means what the objective says by a method GradientCost() int, else 3,
	// about what reverse differentiation takes.
	GradientCost int `json:"gradient_cost"`
	// Target, where it is set, ends the search at the first value that is not
	// above it.
	Target *float64 `json:"target,omitempty"`
	// Tolerance is the size, as a fraction of the search box, below which a
	// local search ends and another begins elsewhere; 0 means 1e-4 (0.036° of
	// azimuth).
	Tolerance float64 `json:"tolerance"`
	// Batch is the number of points asked for at once where a method is free to
	// choose; 0 means 64.
	Batch int `json:"batch"`
	// Seed decides all random numbers: the same seed finds the same points.
	Seed uint64 `json:"seed"`
	// Recorder, where it is set, sees every batch.
	Recorder Recorder `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by what it means, so
// that what is written beside a result can be read without this page.
func (s Settings) WithDefaults() Settings {
	if s.Evaluations == 0 {
		s.Evaluations = 600
	}
	if s.GradientCost == 0 {
		s.GradientCost = 3
	}
	if s.Tolerance == 0 {
		s.Tolerance = 1e-4
	}
	if s.Batch == 0 {
		s.Batch = 64
	}
	return s
}

func (s Settings) check() error {
	switch {
	case s.Evaluations < 1:
		return fmt.Errorf("%d evaluations: at least one is needed", s.Evaluations)
	case s.GradientCost < 1:
		return fmt.Errorf("a gradient that counts as %d evaluations: it must count as at least one", s.GradientCost)
	case !(s.Tolerance > 0 && s.Tolerance < 1):
		return fmt.Errorf("the tolerance %g must be between 0 and 1: it is a fraction of the search box", s.Tolerance)
	case s.Batch < 1:
		return fmt.Errorf("batches of %d points: at least one is needed", s.Batch)
	case s.Target != nil && math.IsNaN(*s.Target):
		return fmt.Errorf("the target is NaN: give a value of f, or none")
	}
	return nil
}

// Status says why a search ended.
type Status string

const (
	// BudgetSpent is the ordinary end: Settings.Evaluations were used up.
	BudgetSpent Status = "evaluations spent"
	// TargetReached means that a value is not above Settings.Target.
	TargetReached Status = "target reached"
	// Stopped means that the context was done, or the objective or the recorder
	// returned an error; the result holds what was found before.
	Stopped Status = "stopped"
)

// Step is a point of the trace: Value is the least after so many evaluations.
type Step struct {
	Evaluations int     `json:"evaluations"`
	Value       float64 `json:"value"`
}

// Result is what Find returns.
type Result struct {
	Space objective.Space `json:"axes"`
	// Within is the box that was searched, in the units of the axes.
	Within   region.Bounds `json:"within"`
	Method   string        `json:"method"`
	Settings Settings      `json:"settings"`
	// Point is the worst point, [axis], inside the domain, and Value is f there.
	Point []float64 `json:"point"`
	Value float64   `json:"value"`
	// Evaluations is what was spent of the budget, gradients included at
	// Settings.GradientCost each; Gradients counts these.
	Evaluations int    `json:"evaluations"`
	Gradients   int    `json:"gradients"`
	Status      Status `json:"status"`
	// NotFinite counts values that were NaN or infinite, which are passed over;
	// Detail names the first point.
	NotFinite int    `json:"not_finite"`
	Detail    string `json:"detail,omitempty"`
	// Trace has an entry for every improvement, and one for the end.
	Trace []Step `json:"trace"`
	// Points and Values are all that was evaluated, in order: [point][axis] and
	// [point].
	Points [][]float64 `json:"-"`
	Values []float64   `json:"-"`
}

// Lowest returns the indices into Points of up to n points of low value, the
// lowest first. No two are within apart, a fraction of the search box, of each
// other on every axis; 0 means a tenth.
func (r *Result) Lowest(n int, apart float64) []int {
	if apart == 0 {
		apart = 0.1
	}
	f := newFrame(r.Space, r.Within)
	return lowest(r.Values, n, func(i, j int) bool {
		for k, axis := range r.Space {
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

// Iteration is what a Recorder sees after a batch.
type Iteration struct {
	// Evaluations of the budget Of are spent.
	Evaluations, Of int
	// Point and Value are the worst so far; nil and +Inf before there is one.
	// They are valid only during the call.
	Point []float64
	Value float64
	// Last marks the call after the last batch.
	Last bool
}

// Recorder watches the search: for live pictures, progress and traces.
type Recorder interface {
	// Record is called after every batch and once at the end. An error ends
	// Find with that error.
	Record(Iteration) error
}

// RecorderFunc makes a Recorder of a function.
type RecorderFunc func(Iteration) error

// Record calls the function.
func (f RecorderFunc) Record(it Iteration) error { return f(it) }

// Table knows every method by its name, with its defaults. Flags, plans, files
// and help take methods and their numbers from here.
var Table = method.Table[Method]{
	What:    "method of finding worst cases",
	Methods: []Method{Combined{}, Spread{}, Gradient{}, CMAES{}, Pattern{}},
}

// Methods returns one of every method, with its defaults.
func Methods() []Method { return slices.Clone(Table.Methods) }

// MethodByName returns the method with this name; "" is Combined.
func MethodByName(name string) (Method, error) { return Table.ByName(cmp.Or(name, Combined{}.Name())) }

// Package guarantee finds regions that are promises: the largest box around a
// start in which a network is right with probability at least 1 − ε, claimed at
// confidence 1 − δ (probably approximately correct).
//
// "Right" is a predicate on points: f is at least a threshold, the network's
// top-1 answer is correct, or both. "Probability" is that of a point drawn
// uniformly from the box. A promise is about renderings of this object by this
// renderer, drawn uniformly from the box; it says nothing about photographs or
// other objects, and single points inside may fail.
//
// Find searches first and proves afterwards:
//
//  1. It keeps a set of points that failed, and takes the largest box around the
//     start without one of them inside.
//  2. It looks for failures in that box: evenly, near the faces, and around the
//     lowest values. A failure joins the set, and the box is found anew.
//  3. A box that stays clean is tested with fresh, independent uniform points,
//     which no search has seen. If they do not suffice, their failures join the
//     set, and the search goes on.
//
// Attempt j of a start may err with probability δ/(j(j+1)). These add up to δ, so
// that a claim errs with probability at most δ, however many attempts it took.
package guarantee

import (
	"cmp"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// Version is part of the key of results kept on disk. It is raised whenever the
// same settings give different regions.
const Version = 2

// Settings controls Find. The zero value claims f ≥ 0.5 in 99 % of the box at 95 %
// confidence.
type Settings struct {
	// Threshold requires f ≥ Threshold; 0 means 0.5, or no threshold if Right is
	// set.
	Threshold float64 `json:"threshold"`
	// Right requires a correct top-1 answer; the objective must be a
	// objective.Answering.
	Right bool `json:"right"`
	// Epsilon is the share of the box that may fail, between 0 and 1; 0 means 0.01.
	Epsilon float64 `json:"epsilon"`
	// Confidence is 1 − δ, that of each claim by itself, between 0 and 1; 0 means
	// 0.95.
	Confidence float64 `json:"confidence"`
	// Budget is the number of evaluations for each start; 0 means 20,000, or twelve
	// times the number that Needed returns if that is more.
	Budget int `json:"budget"`
	// Seed determines all points.
	Seed uint64 `json:"seed"`
	// Recorder, if set, receives every round.
	Recorder Recorder `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by its default.
func (s Settings) WithDefaults() Settings {
	if !s.Right {
		s.Threshold = cmp.Or(s.Threshold, 0.5)
	}
	s.Epsilon = cmp.Or(s.Epsilon, 0.01)
	s.Confidence = cmp.Or(s.Confidence, 0.95)
	if s.Budget == 0 && s.checkClaim() == nil {
		s.Budget = max(20000, 12*s.Needed())
	}
	return s
}

// Needed returns the least budget with which a claim can be proved: the start and
// the points of the first attempt, all of them right.
func (s Settings) Needed() int { return 1 + s.attempt(1, strict).Needed() }

// Predicate describes in words when a point is right.
func (s Settings) Predicate() string {
	switch {
	case !s.Right:
		return fmt.Sprintf("f ≥ %g", s.Threshold)
	case s.Threshold == 0:
		return "top-1 correct"
	}
	return fmt.Sprintf("top-1 correct and f ≥ %g", s.Threshold)
}

func (s Settings) right(value float64, top1 bool) bool {
	return (!s.Right || top1) && (s.Threshold == 0 || value >= s.Threshold)
}

func (s Settings) checkClaim() error {
	if math.IsNaN(s.Threshold) || math.IsInf(s.Threshold, 0) {
		return fmt.Errorf("the threshold %g must be a finite number", s.Threshold)
	}
	if !(s.Epsilon > 0 && s.Epsilon < 1) {
		return fmt.Errorf("ε %g, the share that may fail, must be between 0 and 1, such as 0.01", s.Epsilon)
	}
	if !(s.Confidence > 0 && s.Confidence < 1) {
		return fmt.Errorf("the confidence %g must be between 0 and 1, such as 0.95", s.Confidence)
	}
	return nil
}

// BudgetError is the error for a budget that cannot prove anything.
type BudgetError struct {
	// Budget was given, Needed would do.
	Budget, Needed int
	// Epsilon and Confidence are those of the claim.
	Epsilon, Confidence float64
}

// Error names the budget that would do.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("%d evaluations cannot prove ε %g at confidence %g: choose a budget of %d or more, or a larger ε",
		e.Budget, e.Epsilon, e.Confidence, e.Needed)
}

// CheckSize returns an error that wraps objective.ErrTooLarge if the evaluations of this
// many starts on this many axes would not fit into memory.
func (s Settings) CheckSize(axes, starts int) error {
	return limit.Check("evaluations of all starts", 16*axes+64, starts, s.WithDefaults().Budget)
}

// Check reports settings that are out of range, and a *BudgetError for a budget
// that is too small.
func (s Settings) Check() error {
	if err := s.checkClaim(); err != nil {
		return err
	}
	if needed := s.Needed(); s.Budget < needed {
		return &BudgetError{s.Budget, needed, s.Epsilon, s.Confidence}
	}
	return nil
}

// Problem is the task of finding regions of one objective.
type Problem struct {
	Objective objective.Objective
	// Starts are points of the domain, [start][axis].
	Starts [][]float64
	// Hint, if set, shows the search where to look first.
	Hint *Hint
}

// Hint is what is known about f already, such as a semantic map. It speeds up the
// search. Nothing in it is part of a proof, and its failures are confirmed by f.
type Hint struct {
	Points [][]float64 // [point][axis]
	Values []float64   // [point], about f
}

func (p Problem) check(s Settings) error {
	if p.Objective == nil {
		return fmt.Errorf("the problem has no objective")
	}
	space := p.Objective.Space()
	if err := space.Check(); err != nil {
		return err
	}
	if _, ok := p.Objective.(objective.Answering); s.Right && !ok {
		return fmt.Errorf("%w at the points of this objective: claim f above a threshold instead", objective.ErrNoAnswers)
	}
	if len(p.Starts) == 0 {
		return fmt.Errorf("no start point: give at least one point of %s", space)
	}
	if err := s.CheckSize(len(space), len(p.Starts)); err != nil {
		return err
	}
	for i, start := range p.Starts {
		if err := space.CheckPoint(start); err != nil {
			return fmt.Errorf("start %d: %w: choose a start inside it", i+1, err)
		}
	}
	if p.Hint == nil {
		return nil
	}
	return objective.CheckBatch(space, p.Hint.Points, p.Hint.Values)
}

// Status is the outcome of a run.
type Status string

const (
	// Proved: the claim holds at the confidence.
	Proved Status = "proved"
	// WholeDomain: the box is the whole domain, and the claim is proved.
	WholeDomain Status = "whole domain"
	// WrongAtStart: the start itself fails. The box is the start.
	WrongAtStart Status = "wrong at the start"
	// BudgetSpent: nothing is claimed. The box is the best found, Proof.Bound the
	// share of right points that could be proved for it.
	BudgetSpent Status = "budget spent"
	// NotFinite: f became NaN or infinite; Run.Detail names the point.
	NotFinite Status = "not finite"
	// Interrupted: Find ended before the run did.
	Interrupted Status = "interrupted"
)

// Proved reports whether the status is a claim.
func (s Status) Proved() bool { return s == Proved || s == WholeDomain }

// Proof is the evidence for a box.
type Proof struct {
	// Attempts is the number of boxes tested; each spent its part of δ.
	Attempts int `json:"attempts"`
	// Points and Failures count the points of the last attempt.
	Points   int `json:"points"`
	Failures int `json:"failures"`
	// Bound is the lower bound of the share of right points in the box, 0…1, at the
	// confidence of the settings, all attempts together. It is at least 1 − ε if the
	// box is proved.
	Bound float64 `json:"bound"`
}

// Side is the reason why a side of a box is not further out.
type Side struct {
	// Failure is a point on the side, or just outside it, that failed, [axis]; nil if
	// none was found.
	Failure []float64 `json:"failure,omitempty"`
	// Gap is the distance of Failure from the side, as a fraction of the box's width, or
	// of the domain's if the box has none.
	Gap float64 `json:"gap,omitempty"`
	// End marks a side at the end of the domain, or of a whole period.
	End bool `json:"end,omitempty"`
}

// Run is the result from one start.
type Run struct {
	Start  []float64     `json:"start"` // [axis]
	Bounds region.Bounds `json:"bounds"`
	Status Status        `json:"status"`
	// Detail explains the status, if it needs an explanation.
	Detail string `json:"detail,omitempty"`
	Proof  Proof  `json:"proof"`
	// Lower and Upper are the sides of the box, [axis].
	Lower []Side `json:"lower"`
	Upper []Side `json:"upper"`
	// Least is the least value of f seen in the box; nil if none was seen.
	Least *verify.Minimum `json:"least,omitempty"`
	// Evaluations is the number of values of f.
	Evaluations int `json:"evaluations"`
	// Trace lists the boxes of the search, from the first round on.
	Trace []region.Bounds `json:"-"`
}

// Result is the result of Find: one Run per start, in the order of the starts.
type Result struct {
	Space    objective.Space `json:"axes"`
	Settings Settings        `json:"settings"`
	Runs     []Run           `json:"runs"`
	// Evaluations is the number of values of f of all runs.
	Evaluations int `json:"evaluations"`
}

// SRVR returns the mean fraction of the domain that the proved regions cover, 0…1;
// a start without a proved region counts 0.
func (r *Result) SRVR() float64 {
	sum := 0.0
	for _, run := range r.Runs {
		if run.Status.Proved() {
			sum += run.Bounds.Fraction(r.Space)
		}
	}
	return sum / float64(len(r.Runs))
}

// Round is the state after a round.
type Round struct {
	Number int
	// Bounds and Phase are [start]; Phase is "search", "proof" or a Status. They are
	// valid only during the call.
	Bounds []region.Bounds
	Phase  []string
	// Evaluations is the number of values of f so far, over all starts and thresholds.
	Evaluations int
	// Last marks the call after the last round.
	Last bool
}

// Recorder receives the rounds, for live pictures and progress.
type Recorder interface {
	// Record is called after every round. An error ends Find with that error.
	Record(Round) error
}

// RecorderFunc is a Recorder that calls a function.
type RecorderFunc func(Round) error

// Record calls the function.
func (f RecorderFunc) Record(r Round) error { return f(r) }

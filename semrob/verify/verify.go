package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Version is part of the key of results kept on disk. It is raised whenever the
// same options give different numbers.
const Version = 2

// Options controls Verify. The zero value works.
type Options struct {
	// Threshold is the value that f must exceed; 0 means 0.5.
	Threshold float64 `json:"threshold"`
	// Confidence is that of each lower bound, between 0 and 1; 0 means 0.95.
	Confidence float64 `json:"confidence"`
	// Samples is the number of independent uniform points for the fractions; 0
	// means 1000. No bound can exceed (1 − Confidence)^(1/Samples), 0.997 by
	// default.
	Samples int `json:"samples"`
	// Points is the number of additional low-discrepancy points that search for the
	// least value; 0 means 1024.
	Points int `json:"points"`
	// Seed determines the points. Points of different seeds are independent.
	Seed uint64 `json:"seed"`
	// Progress, if set, receives every point.
	Progress progress.Progress `json:"-"`
}

// WithDefaults returns the options with every 0 replaced by its default.
func (o Options) WithDefaults() Options {
	o.Threshold = cmp.Or(o.Threshold, 0.5)
	o.Confidence = cmp.Or(o.Confidence, 0.95)
	o.Samples = cmp.Or(o.Samples, 1000)
	o.Points = cmp.Or(o.Points, 1024)
	o.Progress = progress.Or(o.Progress)
	return o
}

func (o Options) check() error {
	if err := checkLimits(o.Threshold, o.Confidence); err != nil {
		return err
	}
	if o.Samples < 0 || o.Points < 0 {
		return fmt.Errorf("%d samples and %d low-discrepancy points: neither may be negative", o.Samples, o.Points)
	}
	return nil
}

// checkSize reports numbers of points whose coordinates would not fit into memory.
func checkSize(space objective.Space, samples, more int) error {
	for _, n := range []int{samples, more} {
		if err := limit.Check("points", 16*len(space)+64, n); err != nil {
			return err
		}
	}
	return limit.Check("points", 16*len(space)+64, samples+more)
}

func checkLimits(threshold, confidence float64) error {
	if math.IsNaN(threshold) || math.IsInf(threshold, 0) {
		return fmt.Errorf("the threshold %g must be a finite number", threshold)
	}
	if !(confidence > 0 && confidence < 1) {
		return fmt.Errorf("the confidence %g must be between 0 and 1, such as 0.95", confidence)
	}
	return nil
}

// Fraction is the fraction of a region that has a property.
type Fraction struct {
	// Count is the number of the Samples independent uniform points that have it.
	Count   int `json:"count"`
	Samples int `json:"samples"`
	// Estimate is Count/Samples, 0…1.
	Estimate float64 `json:"estimate"`
	// Lower is the one-sided Clopper–Pearson bound: the fraction is at least this at
	// the chosen confidence.
	Lower float64 `json:"lower"`
}

func newFraction(count, samples int, confidence float64) Fraction {
	return Fraction{count, samples, float64(count) / float64(samples), LowerBound(count, samples, confidence)}
}

// Minimum is the least value found, and its point.
type Minimum struct {
	Value float64   `json:"value"`
	Point []float64 `json:"point"` // [axis], inside the domain
}

// Report is the result of Verify.
type Report struct {
	// Axes is the space of the objective.
	Axes objective.Space `json:"axes"`
	// Bounds is the sampled part of the region: that inside the domain.
	Bounds region.Bounds `json:"bounds"`
	// Options are the options with defaults.
	Options Options `json:"options"`
	// Above is the fraction of the region on which f is above the threshold.
	Above Fraction `json:"above"`
	// Top1 is the fraction on which the network's top-1 answer is correct; nil if
	// the objective is not an Answerer.
	Top1 *Fraction `json:"right,omitempty"`
	// Minimum is the least value at the uniform and the low-discrepancy points. f
	// may be lower elsewhere.
	Minimum Minimum `json:"minimum"`
	// Evaluations is the number of values of f.
	Evaluations int `json:"evaluations"`
}

// Verify samples a region. The fractions and their bounds come from independent
// uniform points. Low-discrepancy points have smaller gaps between them but are
// not independent, so they contribute to the least value only.
//
// A region may extend beyond the end of a periodic axis and is sampled around the
// period; on other axes only its part inside the domain is sampled. A region that
// is inverted, not finite or entirely outside is an error. A value that is not
// finite is an *objective.NotFiniteError. When ctx is done the error wraps
// ctx.Err().
func Verify(ctx context.Context, f objective.Objective, bounds region.Bounds, options Options) (*Report, error) {
	report, err := verify(ctx, f, bounds, options.WithDefaults())
	if err != nil {
		return nil, fmt.Errorf("verifying a region: %w", err)
	}
	return report, nil
}

func verify(ctx context.Context, f objective.Objective, bounds region.Bounds, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	space := f.Space()
	if err := space.Check(); err != nil {
		return nil, err
	}
	if err := checkSize(space, o.Samples, o.Points); err != nil {
		return nil, err
	}
	b, err := bounds.Clip(space)
	if err != nil {
		return nil, err
	}
	o.Progress.Start(o.Samples+o.Points, "verifying a region")
	defer o.Progress.Done()
	inside := box{space, b}
	points := append(inside.uniformPoints(o.Samples, o.Seed), inside.evenPoints(o.Points, o.Seed)...)
	// One call for both, so that they share full batches.
	all, err := ask(ctx, f, points, o.Progress)
	if err != nil {
		return nil, err
	}
	report := &Report{
		Axes: space, Bounds: b, Options: o, Minimum: all.least(), Evaluations: len(points),
	}
	independent := all.first(o.Samples)
	report.Above = newFraction(independent.above(o.Threshold), o.Samples, o.Confidence)
	if independent.right != nil {
		right := newFraction(independent.correct(), o.Samples, o.Confidence)
		report.Top1 = &right
	}
	return report, nil
}

// first returns the answers at the first n points.
func (a answers) first(n int) answers {
	a.points, a.values = a.points[:n], a.values[:n]
	if a.right != nil {
		a.right = a.right[:n]
	}
	return a
}

// least returns the least value, the first among equals.
func (a answers) least() Minimum {
	at := 0
	for i, v := range a.values {
		if v < a.values[at] {
			at = i
		}
	}
	return Minimum{a.values[at], a.points[at]}
}

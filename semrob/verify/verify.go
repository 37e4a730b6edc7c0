package verify

import (
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Version is part of the key of results kept on disk. It grows whenever the
// same options give other numbers.
const Version = 1

// Options says how a region is verified. The zero value works.
type Options struct {
	// Threshold is what f must be above; 0 means 0.5.
	Threshold float64 `json:"threshold"`
	// Confidence is that of each lower bound, between 0 and 1; 0 means 0.95.
	Confidence float64 `json:"confidence"`
	// Samples is the number of independent uniform points that the fractions
	// come from; 0 means 1000. No bound can be above
	// (1 − Confidence)^(1/Samples), 0.997 by default.
	Samples int `json:"samples"`
	// Points is the number of low-discrepancy points that look for the least
	// value beside them; 0 means 1024.
	Points int `json:"points"`
	// Seed decides the points. Another seed gives points that are independent
	// of these.
	Seed uint64 `json:"seed"`
	// Progress, where it is set, hears of every point.
	Progress progress.Progress `json:"-"`
}

// WithDefaults returns the options with every 0 replaced by what it means.
func (o Options) WithDefaults() Options {
	if o.Threshold == 0 {
		o.Threshold = 0.5
	}
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
	if o.Samples == 0 {
		o.Samples = 1000
	}
	if o.Points == 0 {
		o.Points = 1024
	}
	o.Progress = progress.Or(o.Progress)
	return o
}

func (o Options) check() error {
	if err := checkDecision(o.Threshold, o.Confidence); err != nil {
		return err
	}
	if o.Samples < 0 || o.Points < 0 {
		return fmt.Errorf("%d samples and %d low-discrepancy points: neither may be negative", o.Samples, o.Points)
	}
	return nil
}

func checkDecision(threshold, confidence float64) error {
	if math.IsNaN(threshold) || math.IsInf(threshold, 0) {
		return fmt.Errorf("the threshold %g must be a finite number", threshold)
	}
	if !(confidence > 0 && confidence < 1) {
		return fmt.Errorf("the confidence %g must be between 0 and 1, such as 0.95", confidence)
	}
	return nil
}

// Fraction is how large a part of a region has a property.
type Fraction struct {
	// Count of Samples independent uniform points have it.
	Count   int `json:"count"`
	Samples int `json:"samples"`
	// Estimate is Count/Samples, 0…1.
	Estimate float64 `json:"estimate"`
	// Lower is the one-sided Clopper–Pearson bound: the fraction is at least
	// this at the chosen confidence.
	Lower float64 `json:"lower"`
}

func newFraction(count, samples int, confidence float64) Fraction {
	return Fraction{count, samples, float64(count) / float64(samples), LowerBound(count, samples, confidence)}
}

// Minimum is the least value that was found, and where.
type Minimum struct {
	Value float64   `json:"value"`
	Point []float64 `json:"point"` // [axis], inside the domain
}

// Report is what a region is worth.
type Report struct {
	// Axes is the space of the objective.
	Axes objective.Space `json:"axes"`
	// Bounds is the part of the region inside the domain, which is what was
	// sampled.
	Bounds region.Bounds `json:"bounds"`
	// Options are those used, defaults filled in.
	Options Options `json:"options"`
	// Above is the fraction of the region where f is above the threshold.
	Above Fraction `json:"above"`
	// Top1 is the fraction where the network's first answer is right; nil
	// where the objective cannot tell (it is no Answerer).
	Top1 *Fraction `json:"right,omitempty"`
	// Minimum is the least of all values, over the low-discrepancy points and
	// the uniform ones. f may be lower elsewhere.
	Minimum Minimum `json:"minimum"`
	// Evaluations counts the values of f asked for.
	Evaluations int `json:"evaluations"`
}

// Verify samples a region. The fractions and their bounds come from independent
// uniform points; low-discrepancy points, which leave smaller gaps between them
// but are not independent, add to the search for the least value only.
//
// On a periodic axis the region may reach beyond the domain's end and is
// sampled around it; on any other axis the part inside the domain is sampled.
// A region that is inverted, not finite or wholly outside is an error, and so
// is a value of f that is not finite, with its point named. When ctx is done
// the error wraps ctx.Err().
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
	b, err := clip(space, bounds)
	if err != nil {
		return nil, err
	}
	o.Progress.Start(o.Samples+o.Points, "verifying a region")
	defer o.Progress.Done()
	points := uniformPoints(space, b, o.Samples, o.Seed)
	points = append(points, evenPoints(space, b, o.Points, o.Seed)...)
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
		right := newFraction(independent.rightOnes(), o.Samples, o.Confidence)
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

package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"

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
	// Claims is the number of bounds and claims that hold together at the confidence,
	// those of other regions and certificates included; 0 means each by itself.
	Claims int `json:"claims,omitempty"`
	// Samples is the number of independent uniform points for the fractions; 0
	// means 1000. No bound can exceed (1 − Confidence)^(1/Samples), 0.997 by
	// default. With AtLeast it is the greatest number of them, and 0 means 10,000, or
	// twelve times as many as the claim needs if that is more.
	Samples int `json:"samples"`
	// AtLeast, if not 0, claims that a share of the region, 0…1, is right. Verify stops
	// as soon as the claim is decided; Report.Claim is the outcome.
	AtLeast float64 `json:"at_least,omitempty"`
	// Decision says what AtLeast is about; "" means Top1 for an Answerer and Above for
	// other objectives.
	Decision Decision `json:"decision,omitempty"`
	// Points is the number of additional low-discrepancy points that search for the
	// least value; 0 means 1024, or none with AtLeast.
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
	switch {
	case o.AtLeast == 0:
		o.Samples = cmp.Or(o.Samples, 1000)
		o.Points = cmp.Or(o.Points, 1024)
	case o.Samples == 0:
		o.Samples = 10000
		if o.checkLevels() == nil {
			o.Samples = max(o.Samples, 12*o.proof().Needed())
		}
	}
	o.Progress = progress.Or(o.Progress)
	return o
}

func (o Options) check() error {
	if err := o.checkLevels(); err != nil {
		return err
	}
	if o.Samples < 0 || o.Points < 0 {
		return fmt.Errorf("%d samples and %d low-discrepancy points: neither may be negative", o.Samples, o.Points)
	}
	return o.checkClaim()
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

// checkLevels reports a threshold, a share or a confidence out of range.
func (o Options) checkLevels() error {
	if !(o.AtLeast >= 0 && o.AtLeast < 1) {
		return fmt.Errorf("a share of at least %g cannot be proved: claim one between 0 and 1, such as 0.99", o.AtLeast)
	}
	return checkLimits(o.Threshold, o.Confidence, o.Claims)
}

func checkLimits(threshold, confidence float64, claims int) error {
	if claims < 0 {
		return fmt.Errorf("%d claims that hold together: use a positive number, or 0 for each by itself", claims)
	}
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
	// Lower is the one-sided lower bound: the fraction is at least this at the chosen
	// confidence. It is that of Clopper and Pearson for a fixed number of points, and that
	// of a bet (confidence sequence) if Verify stopped early.
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
	// Claim is the outcome of Options.AtLeast; nil without it.
	Claim *Claim `json:"claim,omitempty"`
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
// With Options.AtLeast the points are drawn one after the other until the claim is decided,
// by bets for and against it whose verdict holds whenever they stop (Waudby-Smith &
// Ramdas, "Estimating means of bounded random variables by betting", JRSS B 2024).
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
	space := f.Space()
	if err := space.Check(); err != nil {
		return nil, err
	}
	if o.AtLeast != 0 {
		o.Decision = o.Decision.on(f)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.AtLeast != 0 {
		if err := o.Decision.check(f); err != nil {
			return nil, err
		}
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
	report := &Report{Axes: space, Bounds: b, Options: o}
	if o.AtLeast != 0 {
		return report, report.stopEarly(ctx, f, inside)
	}
	points := append(inside.uniformPoints(o.Samples, rand.New(source(o.Seed, uniform))), inside.evenPoints(o.Points, o.Seed)...)
	// One call for both, so that they share full batches.
	all, err := ask(ctx, f, points, o.Progress)
	if err != nil {
		return nil, err
	}
	report.take(all, o.Samples, func(count, samples int) Fraction { return newFraction(count, samples, alone(o.Confidence, o.Claims)) })
	return report, nil
}

// stopEarly fills in a report on a claim.
func (r *Report) stopEarly(ctx context.Context, f objective.Objective, inside box) error {
	o := r.Options
	s := o.sequence()
	all, err := s.run(ctx, f, inside)
	if err != nil {
		return err
	}
	more, err := ask(ctx, f, inside.evenPoints(o.Points, o.Seed), o.Progress)
	if err != nil {
		return err
	}
	r.Claim = &Claim{o.AtLeast, o.Decision, s.outcome}
	n := s.proof.Points
	// The points after the one that decided count for the least value only.
	r.take(all.and(more), n, o.newFractionSoFar)
	return nil
}

// take fills in what follows from the answers, the first n of which are independent.
func (r *Report) take(all answers, n int, of func(count, samples int) Fraction) {
	r.Minimum, r.Evaluations = all.least(), len(all.points)
	independent := all.first(n)
	r.Above = of(independent.above(r.Options.Threshold), n)
	if independent.right != nil {
		right := of(independent.correct(), n)
		r.Top1 = &right
	}
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

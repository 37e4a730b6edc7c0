package verify

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mathext"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
)

// Decision is the criterion for a correct answer at a point.
type Decision string

const (
	// Top1 requires a correct top-1 answer; the objective must be an Answerer.
	Top1 Decision = "top-1"
	// Above requires f above the threshold.
	Above Decision = "above"
)

// Decisions lists the decisions by name.
var Decisions = enum.Of("decision", Top1, Above)

// or returns the decision, or the default for an objective that is an Answerer or not.
func (d Decision) or(answers bool) Decision {
	switch {
	case d != "":
		return d
	case answers:
		return Top1
	}
	return Above
}

// on returns the decision, or the default for f.
func (d Decision) on(f objective.Objective) Decision {
	_, answers := f.(Answerer)
	return d.or(answers)
}

// check reports a decision that is unknown, or that f does not know.
func (d Decision) check(f objective.Objective) error {
	if _, err := Decisions.Parse(string(d)); err != nil {
		return err
	}
	if _, ok := f.(Answerer); d == Top1 && !ok {
		return ErrNoAnswer
	}
	return nil
}

// CertifyOptions controls Certify. The zero value works.
type CertifyOptions struct {
	// Sigma is the standard deviation along each axis, [axis], in the units of the
	// axes; empty means Scale times the width of each axis.
	Sigma []float64 `json:"sigma"`
	// Scale is used if Sigma is empty; 0 means 0.02: 7.2° of azimuth, 2° of
	// elevation.
	Scale float64 `json:"scale"`
	// Decision is the criterion for a correct answer; "" means Top1 for an Answerer
	// and Above for other objectives.
	Decision Decision `json:"decision"`
	// Threshold is that of Above; 0 means 0.5.
	Threshold float64 `json:"threshold"`
	// Selection is n₀, the number of views that guess the smoothed answer; 0 means
	// 100 as in the paper.
	Selection int `json:"selection"`
	// Estimation is n, the number of further views that bound its probability; 0
	// means 1000, which limits the radius to 2.75 σ at 95 %. The paper's 100,000
	// allow 3.8 σ at 99.9 %.
	Estimation int `json:"estimation"`
	// Confidence is 1 − α, between 0 and 1; 0 means 0.95. The paper's is 0.999.
	Confidence float64 `json:"confidence"`
	// Claims is the number of certificates and bounds that hold together at the
	// confidence, as in Options; 0 means each by itself.
	Claims int `json:"claims,omitempty"`
	// Seed determines the views.
	Seed uint64 `json:"seed"`
	// Progress, if set, receives every view.
	Progress progress.Progress `json:"-"`
}

// WithDefaults returns the options with every 0 replaced by its default on a space,
// for an objective that is an Answerer or not.
func (o CertifyOptions) WithDefaults(space objective.Space, answers bool) CertifyOptions {
	o.Scale = cmp.Or(o.Scale, 0.02)
	if len(o.Sigma) == 0 {
		o.Sigma = nil
		for _, axis := range space {
			o.Sigma = append(o.Sigma, o.Scale*axis.Width())
		}
	}
	o.Decision = o.Decision.or(answers)
	o.Threshold = cmp.Or(o.Threshold, 0.5)
	o.Selection = cmp.Or(o.Selection, 100)
	o.Estimation = cmp.Or(o.Estimation, 1000)
	o.Confidence = cmp.Or(o.Confidence, 0.95)
	o.Progress = progress.Or(o.Progress)
	return o
}

func (o CertifyOptions) check(f objective.Objective) error {
	if err := checkLimits(o.Threshold, o.Confidence, o.Claims); err != nil {
		return err
	}
	if o.Selection < 0 || o.Estimation < 0 {
		return fmt.Errorf("%d views to select and %d to estimate: neither may be negative", o.Selection, o.Estimation)
	}
	if err := checkSize(f.Space(), o.Selection, o.Estimation); err != nil {
		return err
	}
	if err := o.Decision.check(f); err != nil {
		return err
	}
	space := f.Space()
	if len(o.Sigma) != len(space) {
		return fmt.Errorf("%d values of σ for %d axes (%s): give one for each", len(o.Sigma), len(space), space)
	}
	for k, sigma := range o.Sigma {
		if !(sigma > 0) || math.IsInf(sigma, 0) {
			return fmt.Errorf("σ of %s is %g%s: it must be positive", space[k].Name, sigma, space[k].Unit)
		}
	}
	return nil
}

// ErrNoAnswer is the error for the decision Top1 on an objective that is not an
// Answerer.
var ErrNoAnswer = fmt.Errorf("the objective does not know the network's top-1 answer: decide by a threshold on f (%q)", Above)

// Outcome is the result of a certificate, or of a claim about a region.
type Outcome string

const (
	// Holds: the smoothed network is correct everywhere within the radius, or the claim
	// is true.
	Holds Outcome = "holds"
	// Fails: the smoothed network is wrong everywhere within the radius, or the claim is
	// false.
	Fails Outcome = "fails"
	// Abstains: the views do not decide between the two.
	Abstains Outcome = "abstains"
)

// Certificate bounds the distance that a point can move while the smoothed network
// keeps its answer; see Certify.
type Certificate struct {
	Axes  objective.Space `json:"axes"`
	Point []float64       `json:"point"` // [axis]
	// Options are the options with defaults.
	Options CertifyOptions `json:"options"`
	Outcome Outcome        `json:"outcome"`
	// Count is the number of the Options.Estimation views with the selected answer,
	// and Lower is p_A, the Clopper–Pearson lower bound of its probability.
	Count int     `json:"count"`
	Lower float64 `json:"lower"`
	// Radius is Φ⁻¹(p_A), in units of σ, or 0 for an abstention: the certificate
	// covers the points with √Σ(δ_k/σ_k)² < Radius, δ being their distance from
	// Point along each axis.
	Radius float64 `json:"radius"`
	// Radii are σ_k·Φ⁻¹(p_A), the half axes of that ellipsoid, [axis], in the units
	// of the axes. If all σ are equal it is a ball of this radius.
	Radii []float64 `json:"radii"`
	// Outside is the fraction of the views, 0…1, beyond the end of an axis that is
	// not periodic; they were clamped to the end.
	Outside float64 `json:"outside"`
	// Evaluations is the number of values of f.
	Evaluations int `json:"evaluations"`
}

// Covers reports whether the certificate holds at a point, the shorter way around
// periodic axes.
func (c *Certificate) Covers(point []float64) bool {
	sum := 0.0
	for k, axis := range c.Axes {
		d := point[k] - c.Point[k]
		if axis.Periodic {
			d = math.Remainder(d, axis.Width())
		}
		d /= c.Options.Sigma[k]
		sum += d * d
	}
	return math.Sqrt(sum) < c.Radius
}

// Certify certifies a point by randomised smoothing (Cohen, Rosenfeld & Kolter,
// "Certified Adversarial Robustness via Randomized Smoothing", ICML 2019,
// theorem 1 and function Certify of section 3.2).
//
// The smoothed network's answer at u is the network's most frequent answer at
// u + ε, with ε normal of standard deviation σ_k along axis k. n₀ views guess
// whether that answer is correct or wrong; n further, independent views give p_A,
// a lower bound of the probability of the guess. If p_A > 1/2, the smoothed answer
// is the same at every u + δ with √Σ(δ_k/σ_k)² < Φ⁻¹(p_A); otherwise Certify
// abstains. The result is true with probability Confidence or more.
//
// Here the theorem is applied to semantic points instead of pictures, as ViewRS
// does for viewpoints (proposed with VIAT, Ruan et al., ICCV 2023):
//
//   - The theorem is about any function on ℝⁿ, so it also holds for the renderer
//     and the network together as a function of u. That has few dimensions, not
//     150,000 pixels, and a radius is a visible change.
//   - Answers are either correct or wrong. p_B = 1 − p_A is then exact, and
//     σ/2 (Φ⁻¹(p_A) − Φ⁻¹(p_B)) = σΦ⁻¹(p_A).
//   - One σ per axis scales the axes before the theorem is applied: the ball
//     becomes an ellipsoid, and degrees are not added to distances.
//   - The smoothed network needs views of the object from other sides: a renderer
//     provides them, a single photograph does not. The network itself may be wrong
//     in single views within the radius.
//
// On a periodic axis f continues around the period. Beyond the ends of other axes
// f is not defined, and views are clamped to the end. The certificate is then that
// of u ↦ f(clamp(u)), which equals f in the whole domain; if Outside is not small,
// the value at the end has a large weight in it. A point outside the domain is an
// error; a value that is not finite is an *objective.NotFiniteError.
func Certify(ctx context.Context, f objective.Objective, point []float64, options CertifyOptions) (*Certificate, error) {
	c, err := certify(ctx, f, point, options)
	if err != nil {
		return nil, fmt.Errorf("certifying the point %v: %w", point, err)
	}
	return c, nil
}

func certify(ctx context.Context, f objective.Objective, point []float64, o CertifyOptions) (*Certificate, error) {
	space := f.Space()
	if err := space.Check(); err != nil {
		return nil, err
	}
	if err := space.CheckPoint(point); err != nil {
		return nil, err
	}
	_, answers := f.(Answerer)
	o = o.WithDefaults(f.Space(), answers)
	if err := o.check(f); err != nil {
		return nil, err
	}
	n := o.Selection + o.Estimation
	o.Progress.Start(n, "certifying a point")
	defer o.Progress.Done()
	points, outside := scattered(space, point, o.Sigma, n, o.Seed)
	all, err := ask(ctx, f, points, o.Progress)
	if err != nil {
		return nil, err
	}
	c := &Certificate{
		Axes: space, Point: slices.Clone(point), Options: o, Outcome: Holds,
		Radii:   make([]float64, len(space)),
		Outside: float64(outside) / float64(n), Evaluations: n,
	}
	selected := all.first(o.Selection).decided(o.Decision, o.Threshold)
	c.Count = all.decided(o.Decision, o.Threshold) - selected
	if 2*selected < o.Selection {
		c.Outcome, c.Count = Fails, o.Estimation-c.Count
	}
	c.Lower = LowerBound(c.Count, o.Estimation, alone(o.Confidence, o.Claims))
	if c.Lower <= 0.5 {
		c.Outcome = Abstains
		return c, nil
	}
	c.Radius = mathext.NormalQuantile(c.Lower)
	for k, sigma := range o.Sigma {
		c.Radii[k] = sigma * c.Radius
	}
	return c, nil
}

// decided counts the points with a correct answer.
func (a answers) decided(d Decision, threshold float64) int {
	if d == Top1 {
		return a.correct()
	}
	return a.above(threshold)
}

// scattered returns n points normally distributed around point, wrapped or clamped
// to the domain, and the number of those beyond the end of an axis.
func scattered(space objective.Space, point, sigma []float64, n int, seed uint64) (points [][]float64, outside int) {
	random := rand.New(source(seed, gaussian))
	points = make([][]float64, n)
	for i := range points {
		p, beyond := make([]float64, len(space)), false
		for k, axis := range space {
			x := point[k] + sigma[k]*random.NormFloat64()
			beyond = beyond || !axis.Contains(x)
			p[k] = axis.Wrap(x)
		}
		points[i] = p
		if beyond {
			outside++
		}
	}
	return points, outside
}

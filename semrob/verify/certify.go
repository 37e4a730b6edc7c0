package verify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mathext"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
)

// Decision is what makes the answer at a point right.
type Decision string

const (
	// Top1 asks whether the network's first answer is right; the objective must
	// be an Answerer.
	Top1 Decision = "top-1"
	// Above asks whether f is above the threshold.
	Above Decision = "above"
)

// CertifyOptions says how a point is certified. The zero value works.
type CertifyOptions struct {
	// Sigma is the standard deviation along each axis, [axis], in the units of
	// the axes. Where there is none, it is Scale times the width of each axis.
	Sigma []float64 `json:"sigma"`
	// Scale is used where Sigma is empty; 0 means 0.02: 7.2° of azimuth, 2° of
	// elevation.
	Scale float64 `json:"scale"`
	// Decision is what counts as right; "" is Top1 where the objective can tell
	// and Above elsewhere.
	Decision Decision `json:"decision"`
	// Threshold is that of Above; 0 means 0.5.
	Threshold float64 `json:"threshold"`
	// Selection is n₀, the number of views that guess the smoothed answer; 0
	// means 100 as in the paper.
	Selection int `json:"selection"`
	// Estimation is n, the number of further views that bound its probability;
	// 0 means 1000, with which the radius is at most 2.75 σ at 95 %. The paper's
	// 100,000 allow 3.8 σ at 99.9 %.
	Estimation int `json:"estimation"`
	// Confidence is 1 − α, between 0 and 1; 0 means 0.95. The paper's is 0.999.
	Confidence float64 `json:"confidence"`
	// Seed decides the views.
	Seed uint64 `json:"seed"`
	// Progress, where it is set, hears of every view.
	Progress progress.Progress `json:"-"`
}

// WithDefaults returns the options for an objective with every 0 replaced by
// what it means.
func (o CertifyOptions) WithDefaults(f objective.Objective) CertifyOptions {
	if o.Scale == 0 {
		o.Scale = 0.02
	}
	if len(o.Sigma) == 0 {
		o.Sigma = nil
		for _, axis := range f.Space() {
			o.Sigma = append(o.Sigma, o.Scale*axis.Width())
		}
	}
	if o.Decision == "" {
		o.Decision = Above
		if _, tells := f.(Answerer); tells {
			o.Decision = Top1
		}
	}
	if o.Threshold == 0 {
		o.Threshold = 0.5
	}
	if o.Selection == 0 {
		o.Selection = 100
	}
	if o.Estimation == 0 {
		o.Estimation = 1000
	}
	if o.Confidence == 0 {
		o.Confidence = 0.95
	}
	o.Progress = progress.Or(o.Progress)
	return o
}

func (o CertifyOptions) check(f objective.Objective) error {
	if err := checkDecision(o.Threshold, o.Confidence); err != nil {
		return err
	}
	if o.Selection < 0 || o.Estimation < 0 {
		return fmt.Errorf("%d views to select and %d to estimate: neither may be negative", o.Selection, o.Estimation)
	}
	switch o.Decision {
	case Above:
	case Top1:
		if _, tells := f.(Answerer); !tells {
			return fmt.Errorf("this objective cannot tell the network's first answer: decide by a threshold on f (%q)", Above)
		}
	default:
		return fmt.Errorf("unknown decision %q: choose %q or %q", o.Decision, Top1, Above)
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

// Outcome is what a certificate says.
type Outcome string

const (
	// Holds: the smoothed network is right everywhere within the radius.
	Holds Outcome = "holds"
	// Fails: the smoothed network is wrong everywhere within the radius.
	Fails Outcome = "fails"
	// Abstains: the views do not tell which.
	Abstains Outcome = "abstains"
)

// Certificate bounds how far a point can move while the smoothed network keeps
// its answer; see Certify.
type Certificate struct {
	Axes  objective.Space `json:"axes"`
	Point []float64       `json:"point"` // [axis]
	// Options are those used, defaults filled in.
	Options CertifyOptions `json:"options"`
	Outcome Outcome        `json:"outcome"`
	// Count of Options.Estimation views gave the selected answer, and Lower is
	// p_A, the Clopper–Pearson lower bound of its probability.
	Count int     `json:"count"`
	Lower float64 `json:"lower"`
	// Radius is Φ⁻¹(p_A), counted in σ: the certificate covers the points with
	// √Σ(δ_k/σ_k)² < Radius, δ their distance from Point along each axis. 0
	// where it abstains.
	Radius float64 `json:"radius"`
	// Radii are σ_k·Φ⁻¹(p_A), the half axes of that ellipsoid, [axis], in the
	// units of the axes. Where all σ are equal it is a ball of this radius.
	Radii []float64 `json:"radii"`
	// Outside is the fraction of the views, 0…1, that lay beyond the end of an
	// axis that is not periodic and were brought back to it.
	Outside float64 `json:"outside"`
	// Evaluations counts the values of f asked for.
	Evaluations int `json:"evaluations"`
}

// Covers reports whether the certificate holds at a point, the shorter way
// around periodic axes.
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
// The smoothed network answers at u what the network answers most often at u +
// ε, ε normal with standard deviation σ_k along axis k. n₀ views guess whether
// that is right or wrong; n further views, independent of the first, give p_A,
// a lower bound of the guess's probability. Where p_A > 1/2 the smoothed answer
// is the same at every u + δ with √Σ(δ_k/σ_k)² < Φ⁻¹(p_A); else Certify
// abstains. What it returns is true with probability Confidence or more.
//
// Carried over from pictures to semantic points, as ViewRS does for viewpoints
// (proposed with VIAT, Ruan et al., ICCV 2023):
//
//   - The theorem is about any function on ℝⁿ, so it holds for the renderer and
//     the network taken together as a function of u: few dimensions, not
//     150,000 pixels, so that a radius means a change that people can see.
//   - Answers are only right or wrong here. p_B = 1 − p_A is then exact, and
//     σ/2 (Φ⁻¹(p_A) − Φ⁻¹(p_B)) = σΦ⁻¹(p_A).
//   - One σ for each axis scales the axes before the theorem is used: the ball
//     becomes an ellipsoid, and degrees are not added to distances.
//   - To use the smoothed network one must be able to see the object from other
//     sides, as a renderer can and a single photograph cannot. The network
//     itself may be wrong at single views within the radius.
//
// On a periodic axis f goes on around the period, and nothing changes. Beyond
// the ends of other axes f is not defined: views are brought back to the end,
// so that the certificate is that of u ↦ f(clamp(u)), which is f in the whole
// domain; where Outside is not small, the value at the end weighs much in it.
// A point outside the domain is an error, and so is a value that is not finite.
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
	o = o.WithDefaults(f)
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
		Axes: space, Point: append([]float64(nil), point...), Options: o, Outcome: Holds,
		Radii:   make([]float64, len(space)),
		Outside: float64(outside) / float64(n), Evaluations: n,
	}
	selected := all.first(o.Selection).decided(o)
	c.Count = all.decided(o) - selected
	if 2*selected < o.Selection {
		c.Outcome, c.Count = Fails, o.Estimation-c.Count
	}
	c.Lower = LowerBound(c.Count, o.Estimation, o.Confidence)
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

// decided counts the points where the answer is right.
func (a answers) decided(o CertifyOptions) int {
	if o.Decision == Top1 {
		return a.rightOnes()
	}
	return a.above(o.Threshold)
}

// scattered returns n points normally distributed around point, brought back
// into the domain, and how many of them were beyond the end of an axis.
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

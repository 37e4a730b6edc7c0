package verify_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// phi is the normal distribution function.
func phi(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

func certify(t *testing.T, f objective.Objective, point []float64, o verify.CertifyOptions) *verify.Certificate {
	t.Helper()
	c, err := verify.Certify(context.Background(), f, point, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wide is a space with ends too far for scattered views.
func wide(names ...string) objective.Space {
	var s objective.Space
	for _, name := range names {
		s = append(s, objective.Axis{Name: name, Min: -1e6, Max: 1e6})
	}
	return s
}

// halfSpace is 1 for w·u < c.
func halfSpace(w []float64, c float64) *objective.Func {
	var names []string
	for k := range w {
		names = append(names, string(rune('a'+k)))
	}
	return formula(wide(names...), func(u []float64) float64 {
		sum := 0.0
		for k := range w {
			sum += w[k] * u[k]
		}
		return indicator(sum < c)
	})
}

// TestHalfSpace: there the smoothed answer changes exactly at the boundary, and
// its probability is p = Φ(d/σ). Over 500 repeats the radius is at most d as
// often as the certificate claims, and lies in the interval around σΦ⁻¹(p) that
// the scatter of the count explains.
func TestHalfSpace(t *testing.T) {
	w, sigma := []float64{3, 4}, 2.0
	f := halfSpace(w, 5) // 1 away from the origin
	for _, point := range [][]float64{{-1, 0}, {0.3, 0.4}, {0, 0}} {
		distance := (5 - w[0]*point[0] - w[1]*point[1]) / 5
		p := phi(distance / sigma)
		const repeats, n, confidence = 500, 400, 0.95
		held, estimate := 0, 0.0
		for seed := range uint64(repeats) {
			c := certify(t, f, point, verify.CertifyOptions{
				Sigma: []float64{sigma, sigma}, Estimation: n, Confidence: confidence, Seed: seed,
			})
			if c.Radii[0] <= distance {
				held++
			}
			if c.Radii[0] != c.Radii[1] || math.Abs(c.Radii[0]-sigma*c.Radius) > 1e-12 || c.Outside != 0 {
				t.Fatalf("%+v", c)
			}
			if c.Outcome == verify.Fails {
				t.Errorf("seed %d: the answer at %v is certified wrong", seed, point)
			}
			estimate += float64(c.Count) / n / repeats
		}
		rate, sd := float64(held)/repeats, math.Sqrt(confidence*(1-confidence)/repeats)
		t.Logf("d = %.2f σ: the radius held in %.3f of %d repeats", distance/sigma, rate, repeats)
		if rate < confidence-4.5*sd || rate == 1 {
			t.Errorf("at %v the radius was at most the distance in %.3f of the repeats, it claims %g", point, rate, confidence)
		}
		if math.Abs(estimate-p) > 4.5*math.Sqrt(p*(1-p)/n/repeats) {
			t.Errorf("at %v %.5f of the views are right, want Φ(%g) = %.5f", point, estimate, distance/sigma, p)
		}
	}
	// With many views the bound is tight: σΦ⁻¹ of the bound of the exact p.
	point, n := []float64{-1, 0}, 200000
	distance := 1.6
	c := certify(t, f, point, verify.CertifyOptions{Sigma: []float64{sigma, sigma}, Estimation: n, Confidence: 0.999})
	p := phi(distance / sigma)
	slack := sigma * 8 * math.Sqrt(p*(1-p)/float64(n)) / (math.Exp(-0.5*math.Pow(distance/sigma, 2)) / math.Sqrt(2*math.Pi))
	t.Logf("%d views: radius %.4f, distance %.4f", n, c.Radii[0], distance)
	if c.Radii[0] > distance || c.Radii[0] < distance-slack {
		t.Errorf("radius %g, want %g less at most %g", c.Radii[0], distance, slack)
	}
}

// TestOneSigmaForEachAxis: a half-space in units of σ has the radius of its
// distance there, and the ellipsoid touches it where it must.
func TestOneSigmaForEachAxis(t *testing.T) {
	f := halfSpace([]float64{1, 10}, 2)
	c := certify(t, f, []float64{0, 0}, verify.CertifyOptions{Sigma: []float64{1, 0.2}, Estimation: 100000})
	want := 2 / math.Hypot(1*1, 10*0.2)
	if c.Radius > want || c.Radius < 0.98*want {
		t.Errorf("radius %g σ, want %g or a little less", c.Radius, want)
	}
	if math.Abs(c.Radii[0]-c.Radius) > 1e-12 || math.Abs(c.Radii[1]-0.2*c.Radius) > 1e-12 {
		t.Errorf("half axes %v of the radius %g", c.Radii, c.Radius)
	}
	// The nearest point of the half-space's edge, in units of σ.
	edge := []float64{2 * 1 * 1 / 5.0, 2 * 10 * 0.2 * 0.2 / 5.0}
	inner, outer := []float64{0.97 * edge[0], 0.97 * edge[1]}, []float64{1.001 * edge[0], 1.001 * edge[1]}
	if !c.Covers(inner) || c.Covers(outer) {
		t.Errorf("it covers %v: %t, %v: %t", inner, c.Covers(inner), outer, c.Covers(outer))
	}
}

// TestCertificatesAreSound computes the smoothed answer on the certified
// ellipsoid in another way, by quadrature, for functions with edges on several
// sides, an edge of the domain and the seam of the azimuth among them.
func TestCertificatesAreSound(t *testing.T) {
	space := objective.Viewpoints()
	sigma := []float64{20, 8}
	for name, c := range map[string]struct {
		f     func(u []float64) float64
		point []float64
		want  verify.Outcome
	}{
		"a strip across the seam": {func(u []float64) float64 { return indicator(math.Abs(math.Remainder(u[0], 360)) < 40) }, []float64{5, 40}, verify.Holds},
		"an ellipse":              {func(u []float64) float64 { return indicator(math.Hypot((u[0]-200)/60, (u[1]-40)/25) < 1) }, []float64{210, 42}, verify.Holds},
		"a hole in the middle":    {func(u []float64) float64 { return indicator(math.Hypot((u[0]-200)/10, (u[1]-40)/4) > 1) }, []float64{200, 40}, verify.Holds},
		"at the pole":             {func(u []float64) float64 { return indicator(u[1] > 78) }, []float64{0, 88}, verify.Holds},
		"wrong beyond the pole":   {func(u []float64) float64 { return indicator(u[1] < 89) }, []float64{0, 89}, verify.Abstains},
		"wrong all around":        {func(u []float64) float64 { return indicator(math.Abs(u[0]-200) < 5) }, []float64{205, 10}, verify.Fails},
	} {
		t.Run(name, func(t *testing.T) {
			cert := certify(t, formula(space, c.f), c.point, verify.CertifyOptions{Sigma: sigma, Estimation: 2000, Confidence: 0.999})
			if cert.Outcome != c.want {
				t.Fatalf("it %s, want %s: %+v", cert.Outcome, c.want, cert)
			}
			if got, want := cert.Lower, smoothed(space, c.f, c.point, sigma); c.want == verify.Holds && (got > want || got < want-0.06) {
				t.Errorf("p is at least %.4f, by quadrature it is %.4f", got, want)
			}
			if beyond := 1 - (phi((90-c.point[1])/sigma[1]) - phi((-10-c.point[1])/sigma[1])); math.Abs(cert.Outside-beyond) > 0.05 {
				t.Errorf("%.3f of the views were beyond the ends, want %.3f", cert.Outside, beyond)
			}
			if cert.Outcome == verify.Abstains {
				if cert.Radius != 0 || cert.Covers(c.point) {
					t.Errorf("an abstention covers points: %+v", cert)
				}
				return
			}
			for i := range 24 {
				angle := 2 * math.Pi * float64(i) / 24
				at := []float64{c.point[0] + 0.999*cert.Radii[0]*math.Cos(angle), c.point[1] + 0.999*cert.Radii[1]*math.Sin(angle)}
				if !cert.Covers(at) || !cert.Covers([]float64{at[0] + 720, at[1]}) {
					t.Errorf("%v is not covered", at)
				}
				if p := smoothed(space, c.f, at, sigma); (p > 0.5) != (c.want == verify.Holds) {
					t.Errorf("at %v, which is covered, the smoothed answer is right with %.4f", at, p)
				}
			}
		})
	}
}

// smoothed is the probability that f is 1 at u + ε, by the midpoint rule in
// the quantiles of both normal variables. Points beyond the domain are brought
// back to it.
func smoothed(space objective.Space, f func([]float64) float64, u, sigma []float64) float64 {
	const steps = 200
	z := make([]float64, steps)
	for i := range z {
		z[i] = mathext.NormalQuantile((float64(i) + 0.5) / steps)
	}
	sum := 0.0
	for _, x := range z {
		for _, y := range z {
			sum += f([]float64{space[0].Wrap(u[0] + sigma[0]*x), space[1].Wrap(u[1] + sigma[1]*y)})
		}
	}
	return sum / steps / steps
}

// TestTheEdgeOfTheNetwork: on the edge itself p is 1/2, so that anything but an
// abstention is a mistake, allowed as often as 1 − confidence on either side.
func TestTheEdgeOfTheNetwork(t *testing.T) {
	f := halfSpace([]float64{1}, 0)
	abstained := 0
	const repeats, confidence = 500, 0.9
	for seed := range uint64(repeats) {
		c := certify(t, f, []float64{0}, verify.CertifyOptions{Sigma: []float64{1}, Estimation: 300, Confidence: confidence, Seed: seed})
		if c.Outcome == verify.Abstains {
			abstained++
		}
	}
	rate, sd := float64(abstained)/repeats, math.Sqrt(confidence*(1-confidence)/repeats)
	t.Logf("it abstained in %.3f of %d repeats", rate, repeats)
	if rate < confidence-4.5*sd || rate == 1 {
		t.Errorf("it abstained in %.3f of the repeats, its confidence is %g", rate, confidence)
	}
}

func TestDecisions(t *testing.T) {
	f := &answering{
		Func:  *formula(objective.Viewpoints(), func(u []float64) float64 { return 0.4 }),
		right: func(u []float64) bool { return true },
	}
	point := []float64{130, 30}
	byAnswer := certify(t, f, point, verify.CertifyOptions{})
	byValue := certify(t, f, point, verify.CertifyOptions{Decision: verify.Above})
	lower := certify(t, f, point, verify.CertifyOptions{Decision: verify.Above, Threshold: 0.3})
	if byAnswer.Outcome != verify.Holds || byValue.Outcome != verify.Fails || lower.Outcome != verify.Holds {
		t.Errorf("the network's answer %s, f > 0.5 %s, f > 0.3 %s", byAnswer.Outcome, byValue.Outcome, lower.Outcome)
	}
	// All of 1000 views agree: p_A = 0.05^(1/1000).
	want := mathext.NormalQuantile(math.Pow(0.05, 1.0/1000))
	if math.Abs(byAnswer.Radius-want) > 1e-9 || math.Abs(byAnswer.Radii[0]-7.2*want) > 1e-8 || math.Abs(byAnswer.Radii[1]-2*want) > 1e-8 {
		t.Errorf("radius %g, half axes %v, want %g times 7.2° and 2°", byAnswer.Radius, byAnswer.Radii, want)
	}
	if byAnswer.Evaluations != 1100 || byAnswer.Options.Decision != verify.Top1 {
		t.Errorf("%+v", byAnswer)
	}
}

func TestWhatCannotBeCertified(t *testing.T) {
	flat := formula(objective.Viewpoints(), func([]float64) float64 { return 0.7 })
	bad := formula(objective.Viewpoints(), func([]float64) float64 { return math.Inf(1) })
	for name, c := range map[string]struct {
		f     objective.Objective
		point []float64
		o     verify.CertifyOptions
		says  string
	}{
		"outside":        {flat, []float64{0, 95}, verify.CertifyOptions{}, "elevation 95"},
		"one coordinate": {flat, []float64{0}, verify.CertifyOptions{}, "2 axes"},
		"one sigma":      {flat, []float64{0, 0}, verify.CertifyOptions{Sigma: []float64{1}}, "1 values of σ for 2 axes"},
		"no sigma":       {flat, []float64{0, 0}, verify.CertifyOptions{Sigma: []float64{1, 0}}, "σ of elevation"},
		"negative scale": {flat, []float64{0, 0}, verify.CertifyOptions{Scale: -1}, "σ of azimuth"},
		"no answer":      {flat, []float64{0, 0}, verify.CertifyOptions{Decision: verify.Top1}, "top-1 answer"},
		"no decision":    {flat, []float64{0, 0}, verify.CertifyOptions{Decision: "maybe"}, "maybe"},
		"no views":       {flat, []float64{0, 0}, verify.CertifyOptions{Estimation: -5}, "negative"},
		"no confidence":  {flat, []float64{0, 0}, verify.CertifyOptions{Confidence: 95}, "confidence 95"},
		"not finite":     {bad, []float64{0, 0}, verify.CertifyOptions{}, "f is +Inf at ["},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := verify.Certify(context.Background(), c.f, c.point, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one with %q", err, c.says)
			}
		})
	}
	_, err := verify.Certify(context.Background(), flat, []float64{0, 0}, verify.CertifyOptions{Decision: verify.Top1})
	if !errors.Is(err, verify.ErrNoAnswer) {
		t.Errorf("error %v, want ErrNoAnswer", err)
	}
	_, err = verify.Certify(context.Background(), flat, []float64{0, 0}, verify.CertifyOptions{Decision: "maybe"})
	var unknown *enum.UnknownError
	if !errors.As(err, &unknown) || unknown.Name != "maybe" {
		t.Errorf("error %v, want an UnknownError", err)
	}
	_, err = verify.Certify(context.Background(), bad, []float64{0, 0}, verify.CertifyOptions{})
	var notFinite *objective.NotFiniteError
	if !errors.As(err, &notFinite) || !math.IsInf(notFinite.Value, 1) {
		t.Errorf("error %v, want a NotFiniteError", err)
	}
}

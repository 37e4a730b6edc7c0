package worst_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// hump is the density of a Gaussian wound around azimuth, times one squashed into
// elevation, up to a factor.
type hump struct{ azimuth, turn, mean, scale float64 }

func (h hump) log(u []float64) float64 {
	d := math.Remainder(u[0]-h.azimuth, 360) / 360 / h.turn
	y := (u[1] + 10) / 100
	z := (math.Atanh(2*y-1) - h.mean) / h.scale
	// dt/dz = (1 − tanh² z)/2 = 2y(1 − y).
	return -d*d/2 - z*z/2 - math.Log(h.turn*h.scale) - math.Log(2*y*(1-y))
}

// gibbs is an objective whose best distribution is known: for f = p^(−λ), mean loss
// plus λ times the entropy is greatest at p itself.
func gibbs(lambda float64, humps ...hump) *objective.Func {
	f := func(u []float64) float64 {
		u = []float64{u[0], min(max(u[1], -10+1e-9), 90-1e-9)}
		p := 0.0
		for _, h := range humps {
			p += math.Exp(h.log(u)) / float64(len(humps))
		}
		return 1e-2 * math.Pow(max(p, 1e-9), -lambda) // above the floor of the loss
	}
	return &objective.Func{Domain: objective.Viewpoints(), F: f, Grad: func(u, g []float64) {
		const h = 1e-4
		for k := range u {
			up, down := slices.Clone(u), slices.Clone(u)
			up[k] += h
			down[k] -= h
			g[k] = (f(up) - f(down)) / (2 * h)
		}
	}}
}

func distribution(t *testing.T, f objective.Objective, s worst.DistributionSettings) *worst.Distribution {
	t.Helper()
	d, err := worst.FindDistribution(t.Context(), worst.Problem{Objective: f}, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Both searches find the best distribution where it is one of the family: its place
// and its width, across the seam of azimuth.
func TestDistributionIsTheBest(t *testing.T) {
	for _, h := range []hump{{350, 0.1, 0.2, 0.4}, {120, 0.25, -0.7, 0.3}} {
		for _, ascent := range []worst.Ascent{worst.ByEvolution, worst.ByGradient} {
			t.Run(string(ascent), func(t *testing.T) {
				d := distribution(t, gibbs(0.5, h), worst.DistributionSettings{
					Components: 1, Ascent: ascent, Evaluations: 20000, GradientCost: 3,
				})
				c := d.Components[0]
				if a := math.Remainder(360*c.Mean[0]-h.azimuth, 360); math.Abs(a) > 8 || math.Abs(c.Mean[1]-h.mean) > 0.08 {
					t.Errorf("mean %v, want %v", c.Mean, h)
				}
				if math.Abs(math.Log(c.Scale[0]/h.turn)) > 0.15 || math.Abs(math.Log(c.Scale[1]/h.scale)) > 0.15 {
					t.Errorf("scale %v, want %v", c.Scale, h)
				}
				if ascent == worst.ByEvolution && d.Gradients != 0 || ascent == worst.ByGradient && d.Gradients == 0 {
					t.Errorf("%d gradients by %s", d.Gradients, ascent)
				}
				if d.Evaluations > 20000+200 {
					t.Errorf("%d evaluations", d.Evaluations)
				}
			})
		}
	}
}

// Two humps are two components, with the entropy of the mixture.
func TestMixtureFindsBoth(t *testing.T) {
	a, b := hump{60, 0.06, -0.5, 0.3}, hump{240, 0.06, 0.5, 0.3}
	d := distribution(t, gibbs(0.5, a, b), worst.DistributionSettings{Components: 2, Evaluations: 20000, Ascent: worst.ByEvolution})
	near := func(h hump) bool {
		return slices.ContainsFunc(d.Components, func(c worst.Component) bool {
			return math.Abs(math.Remainder(c.Centre[0]-h.azimuth, 360)) < 10 && math.Abs(c.Mean[1]-h.mean) < 0.15 && c.Weight > 0.3
		})
	}
	if !near(a) || !near(b) {
		t.Errorf("%+v", d.Components)
	}
	// The fresh samples scatter as the components say.
	within := 0
	for _, p := range d.Fresh.Points {
		for _, c := range d.Components {
			x := p[0]
			if x < c.From[0] {
				x += 360
			}
			if x <= c.To[0] {
				within++
				break
			}
		}
	}
	if within < 65 || within > 95 {
		t.Errorf("%d of 100 fresh samples lie in the middle 80 %% of azimuth", within)
	}
	if d.Fresh.Loss <= d.Uniform.Loss || d.Fresh.LossLower > d.Fresh.Loss || d.Fresh.LossUpper < d.Fresh.Loss {
		t.Errorf("fresh %g [%g, %g], uniform %g", d.Fresh.Loss, d.Fresh.LossLower, d.Fresh.LossUpper, d.Uniform.Loss)
	}
}

// The entropy is that of the density: for one narrow squashed Gaussian, and 0 for what
// fills the box.
func TestEntropy(t *testing.T) {
	h := hump{100, 0.05, 0, 0.2}
	d := distribution(t, gibbs(0.5, h), worst.DistributionSettings{Components: 1, Ascent: worst.ByEvolution})
	c := d.Components[0]
	// Of the wound normal, plus that of the normal z plus E[ln dt/dz] by quadrature.
	want := math.Log(c.Scale[0]) + math.Log(c.Scale[1]) + math.Log(2*math.Pi*math.E)
	for i := range 4000 {
		x := -8 + 16*(float64(i)+0.5)/4000
		th := math.Tanh(c.Mean[1] + c.Scale[1]*x)
		want += math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) * math.Log((1-th*th)/2) * 16 / 4000
	}
	if math.Abs(d.Entropy-want) > 0.03 {
		t.Errorf("entropy %g, want %g", d.Entropy, want)
	}
	flat := &objective.Func{Domain: objective.Viewpoints(), F: func([]float64) float64 { return 0.5 }}
	if d = distribution(t, flat, worst.DistributionSettings{Evaluations: 20000, Components: 1}); d.Entropy < -0.1 || d.Entropy > 0.01 {
		t.Errorf("entropy %g of a distribution that has nothing to prefer", d.Entropy)
	}
}

// judged is right where f is above one half.
type judged struct{ *objective.Func }

func (j judged) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	err := j.Evaluate(ctx, points, values)
	for i, v := range values {
		right[i] = v > 0.5
	}
	return err
}

// Samples are repeatable, in the box and in the domain, and apart from the fresh ones.
func TestDistributionSamples(t *testing.T) {
	f := judged{&objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		return 0.5 - 0.45*math.Cos((u[0]-10)*math.Pi/180)
	}}}
	box := &region.Bounds{A: []float64{300, 20}, B: []float64{420, 20}}
	d, err := worst.FindDistribution(t.Context(), worst.Problem{Objective: f, Within: box}, worst.DistributionSettings{Evaluations: 2000, Components: 2})
	if err != nil {
		t.Fatal(err)
	}
	points, component := d.Sample(200, 1)
	again, _ := d.Sample(200, 1)
	for i, p := range points {
		if x := p[0]; x < 0 || x >= 360 || x > 60 && x < 300 || p[1] != 20 || component[i] < 1 || component[i] > 2 {
			t.Fatalf("sample %v of component %d", p, component[i])
		}
		if !slices.Equal(p, again[i]) {
			t.Fatal("the same seed gives other samples")
		}
	}
	if slices.Equal(points[0], d.Fresh.Points[0]) {
		t.Error("samples repeat the fresh views")
	}
	if a := d.Fresh.Accuracy; a == nil || a.Lower > a.Value || a.Upper < a.Value || len(d.Fresh.Right) != 100 {
		t.Errorf("accuracy %+v", a)
	}
}

func TestDistributionMistakes(t *testing.T) {
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 { return 0.5 }}
	for says, s := range map[string]worst.DistributionSettings{
		"-1 components":         {Components: -1},
		"an entropy worth -1":   {Entropy: -1},
		"at least 4 for each":   {Components: 20},
		"leave enough for a":    {Evaluations: 80},
		"-1 fresh samples":      {Fresh: -1},
		"the confidence 1":      {Confidence: 1},
		"unknown search for":    {Ascent: "up"},
		"choose evolution":      {Ascent: worst.ByGradient},
		"a gradient counts as ": {GradientCost: -1},
	} {
		if _, err := worst.FindDistribution(t.Context(), worst.Problem{Objective: f}, s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
	nan := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if u[1] > 40 {
			return math.NaN()
		}
		return 0.5
	}}
	var notFinite *objective.NotFiniteError
	if _, err := worst.FindDistribution(t.Context(), worst.Problem{Objective: nan}, worst.DistributionSettings{}); !errors.As(err, &notFinite) {
		t.Errorf("NaN: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := worst.FindDistribution(ctx, worst.Problem{Objective: f}, worst.DistributionSettings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

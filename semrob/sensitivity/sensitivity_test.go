package sensitivity_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// cubeOf returns n axes from low to high.
func cubeOf(n int, low, high float64) objective.Space {
	var space objective.Space
	for k := range n {
		space = append(space, objective.Axis{Name: fmt.Sprintf("x%d", k+1), Min: low, Max: high})
	}
	return space
}

// known is an objective with known indices.
type known struct {
	name         string
	f            *objective.Func
	variance     float64
	first, total []float64
}

// ishigami is Ishigami's function (1990) with a = 7, b = 0.1.
func ishigami() known {
	const a, b = 7, 0.1
	p4, p8 := math.Pow(math.Pi, 4), math.Pow(math.Pi, 8)
	v := a*a/8. + b*p4/5 + b*b*p8/18 + 0.5
	v1, v2, v13 := 0.5*(1+b*p4/5)*(1+b*p4/5), a*a/8., 8*b*b*p8/225
	return known{
		"Ishigami", &objective.Func{
			Domain: cubeOf(3, -math.Pi, math.Pi),
			F: func(u []float64) float64 {
				return math.Sin(u[0]) + a*math.Pow(math.Sin(u[1]), 2) + b*math.Pow(u[2], 4)*math.Sin(u[0])
			},
			Grad: func(u, g []float64) {
				g[0] = math.Cos(u[0]) * (1 + b*math.Pow(u[2], 4))
				g[1] = a * math.Sin(2*u[1])
				g[2] = 4 * b * math.Pow(u[2], 3) * math.Sin(u[0])
			},
		}, v, []float64{v1 / v, v2 / v, 0}, []float64{(v1 + v13) / v, v2 / v, v13 / v},
	}
}

// gFunction is Sobol's g-function with the given a.
func gFunction(a ...float64) known {
	k := known{name: fmt.Sprintf("g-function %v", a), f: &objective.Func{Domain: cubeOf(len(a), 0, 1), F: func(u []float64) float64 {
		y := 1.0
		for i, x := range u {
			y *= (math.Abs(4*x-2) + a[i]) / (1 + a[i])
		}
		return y
	}}}
	all := 1.0
	part := func(x float64) float64 { return 1 / (3 * (1 + x) * (1 + x)) }
	for _, x := range a {
		all *= 1 + part(x)
	}
	k.variance = all - 1
	for _, x := range a {
		k.first = append(k.first, part(x)/k.variance)
		k.total = append(k.total, part(x)*all/(1+part(x))/k.variance)
	}
	return k
}

// quadrant is right where x1 > 0.3 and x2 > 0.5.
func quadrant() known { return corner(0.7, 0.5) }

// corner is 1 in a corner with sides p and q of x1 and x2, otherwise 0: a product of
// two indicators, as f and as a criterion.
func corner(p, q float64) known {
	v := p * q * (1 - p*q)
	return known{
		fmt.Sprintf("corner of %g × %g", p, q), &objective.Func{Domain: cubeOf(3, 0, 1), F: func(u []float64) float64 {
			if u[0] > 1-p && u[1] > 1-q {
				return 1
			}
			return 0
		}}, v,
		[]float64{q * q * p * (1 - p) / v, p * p * q * (1 - q) / v, 0},
		[]float64{q * p * (1 - p) / v, p * q * (1 - q) / v, 0},
	}
}

func analyse(t *testing.T, f objective.Objective, s sensitivity.Settings) *sensitivity.Result {
	t.Helper()
	r, err := sensitivity.Analyse(t.Context(), f, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The estimates agree with the closed forms, and the intervals of one fixed seed at a
// confidence of 99.9 % hold them.
func TestIndicesAreTheClosedForms(t *testing.T) {
	for _, k := range []known{ishigami(), gFunction(0, 1, 4.5, 9, 99, 99), quadrant()} {
		t.Run(k.name, func(t *testing.T) {
			r := analyse(t, k.f, sensitivity.Settings{Points: 8192, Confidence: 0.999})
			if n := 8192 * (len(k.f.Domain) + 2); r.Evaluations != n {
				t.Errorf("%d evaluations, want %d", r.Evaluations, n)
			}
			if math.Abs(r.F.Variance/k.variance-1) > 0.03 {
				t.Errorf("variance %g, want %g", r.F.Variance, k.variance)
			}
			for i := range k.first {
				index := r.F.Indices[i]
				for _, c := range []struct {
					what string
					got  sensitivity.Estimate
					want float64
				}{{"first", index.First, k.first[i]}, {"total", index.Total, k.total[i]}} {
					if math.Abs(c.got.Value-c.want) > 0.03 || c.got.Lower > c.want+1e-12 || c.got.Upper < c.want-1e-12 {
						t.Errorf("%s of x%d: %+v, want %.4f", c.what, i+1, c.got, c.want)
					}
				}
			}
		})
	}
}

// Two axes of one factor move together: its indices are those of the product.
func TestGroupsMoveTogether(t *testing.T) {
	k := gFunction(0, 1, 4.5)
	group := sensitivity.Factor{Name: "both", Axes: []string{"x1", "x2"}}
	r := analyse(t, k.f, sensitivity.Settings{Points: 4096, Groups: []sensitivity.Factor{group}})
	if len(r.Factors) != 2 || r.Factors[0].Name != "both" || r.Factors[1].Name != "x3" || r.Evaluations != 4096*4 {
		t.Fatalf("factors %v, %d evaluations", r.Factors, r.Evaluations)
	}
	v1, v2, v3 := 1./3, 1./12, 1/(3*5.5*5.5)
	v := (1+v1)*(1+v2)*(1+v3) - 1
	first, total := ((1+v1)*(1+v2)-1)/v, ((1+v1)*(1+v2)-1)*(1+v3)/v
	if got := r.F.Indices[0]; math.Abs(got.First.Value-first) > 0.02 || math.Abs(got.Total.Value-total) > 0.02 {
		t.Errorf("%+v, want first %.3f, total %.3f", got, first, total)
	}
}

// The bounds from gradients are above the total indices: equal to them for a sine
// around a period, where Poincaré's inequality is tight.
func TestBoundsFromGradients(t *testing.T) {
	sine := &objective.Func{
		Domain: objective.Space{{Name: "azimuth", Unit: "°", Max: 360, Periodic: true}, {Name: "x", Max: 2}},
		F:      func(u []float64) float64 { return math.Sin(u[0] * math.Pi / 180) },
		Grad: func(u, g []float64) {
			g[0], g[1] = math.Cos(u[0]*math.Pi/180)*math.Pi/180, 0
		},
	}
	r := analyse(t, sine, sensitivity.Settings{Points: 2048, Gradients: 2048})
	if b := r.F.Indices[0].Bound; math.Abs(b.Value-1) > 0.02 || r.F.Indices[1].Bound.Value != 0 || r.Gradients != 2048 {
		t.Errorf("bounds %+v, %+v", b, r.F.Indices[1].Bound)
	}
	// A line: ν = c², V = Σ c²w²/12, so the bound is 12/π² of the index.
	line := &objective.Func{
		Domain: objective.Space{{Name: "x", Max: 2}, {Name: "y", Min: -1, Max: 3}},
		F:      func(u []float64) float64 { return u[0] + 3*u[1] },
		Grad:   func(_, g []float64) { g[0], g[1] = 1, 3 },
	}
	r = analyse(t, line, sensitivity.Settings{Points: 2048, Gradients: 64})
	for i, share := range []float64{4. / 148, 144. / 148} {
		if b := r.F.Indices[i].Bound.Value; math.Abs(b/(12/(math.Pi*math.Pi)*share)-1) > 0.01 {
			t.Errorf("bound %g of the index %g", b, share)
		}
	}
	k := ishigami()
	r = analyse(t, k.f, sensitivity.Settings{Points: 2048, Gradients: 512})
	for i, index := range r.F.Indices {
		if index.Bound.Upper < k.total[i] {
			t.Errorf("the bound %+v of x%d is below %g", index.Bound, i+1, k.total[i])
		}
	}
	if _, err := sensitivity.Analyse(t.Context(), quadrant().f, sensitivity.Settings{Gradients: 64}); !errors.Is(err, objective.ErrNoGradient) {
		t.Errorf("a black box: %v", err)
	}
}

// answering is right where f is 1.
type answering struct{ *objective.Func }

func (a answering) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	err := a.Evaluate(ctx, points, values)
	for i, v := range values {
		right[i] = v == 1
	}
	return err
}

// The variance of being right is that of f for an indicator; a right view stays right
// with the probability of the side that moves.
func TestRightAndConserved(t *testing.T) {
	k := quadrant()
	r := analyse(t, answering{k.f}, sensitivity.Settings{Points: 4096})
	if r.Right == nil || r.Right.Variance != r.F.Variance || r.Right.Indices[0] != r.F.Indices[0] {
		t.Fatalf("right %+v, f %+v", r.Right, r.F)
	}
	for i, want := range []float64{0.7, 0.5, 1} {
		c := r.Conserved[i]
		if c.Share.Lower > want || c.Share.Upper < want || math.Abs(c.Share.Value-want) > 0.03 {
			t.Errorf("axis %d: %+v, want %g", i+1, c, want)
		}
	}
	if c := r.Conserved[2]; c.Kept != c.Right || c.Share.Upper != 1 || c.Share.Lower >= 1 {
		t.Errorf("the axis that does nothing: %+v", c)
	}
	// Without answers, a threshold.
	if r = analyse(t, k.f, sensitivity.Settings{Points: 64}); r.Right != nil || r.Conserved != nil {
		t.Errorf("a formula has answers: %+v", r.Right)
	}
	if r = analyse(t, k.f, sensitivity.Settings{Points: 64, Criterion: verify.Criterion{Threshold: 0.5}}); r.Right == nil || r.Conserved == nil {
		t.Error("a threshold gives no answers")
	}
}

// A quantity without variance has no indices, and the result is valid JSON.
func TestConstant(t *testing.T) {
	f := answering{&objective.Func{Domain: cubeOf(2, 0, 1), F: func([]float64) float64 { return 0.25 }}}
	r := analyse(t, f, sensitivity.Settings{Points: 64})
	if r.F.Variance != 0 || r.F.Indices != nil || r.Right.Indices != nil || r.Conserved != nil {
		t.Errorf("%+v, %+v", r.F, r.Right)
	}
	if text := r.String(); !strings.Contains(text, "no variance to explain") {
		t.Error(text)
	}
	// Failures that a moved factor alone can reach.
	rare := answering{&objective.Func{Domain: cubeOf(2, 0, 1), F: func(u []float64) float64 {
		if u[0] > 0.995 {
			return 0
		}
		return 1
	}}}
	for seed := range uint64(20) {
		r := analyse(t, rare, sensitivity.Settings{Points: 64, Seed: seed, Resamples: 100})
		if _, err := json.Marshal(r); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
}

func TestBoxes(t *testing.T) {
	k := ishigami()
	box := region.Bounds{A: []float64{-1, 0.5, -1}, B: []float64{1, 0.5, 1}}
	r := analyse(t, k.f, sensitivity.Settings{Points: 64, Within: &box})
	if len(r.Factors) != 2 || r.Factors[1].Name != "x3" {
		t.Errorf("factors %v", r.Factors)
	}
	// A box across the seam: the points lie in the domain.
	turn := &objective.Func{Domain: objective.Space{{Name: "azimuth", Max: 360, Periodic: true}}, F: func(u []float64) float64 {
		if u[0] > 20 && u[0] < 340 || u[0] < 0 || u[0] >= 360 {
			t.Errorf("a point at %g", u[0])
		}
		return u[0]
	}}
	box = region.Bounds{A: []float64{340}, B: []float64{380}}
	analyse(t, turn, sensitivity.Settings{Points: 64, Within: &box})
}

func TestFactors(t *testing.T) {
	space := objective.Space{{Name: "azimuth"}, {Name: "light-x"}, {Name: "distance"}, {Name: "light-y"}}
	light, err := sensitivity.ParseFactor(space, "light")
	if err != nil || len(light.Axes) != 2 {
		t.Fatalf("%v, %v", light, err)
	}
	factors, err := sensitivity.Factors(space, light)
	if err != nil || len(factors) != 3 || factors[1].Name != "light" || factors[2].Name != "distance" {
		t.Errorf("%v, %v", factors, err)
	}
	for text, says := range map[string]string{"colour": "no axes", "a=azimuth,roll": `"roll" is not an axis`, "=azimuth": "needs a name"} {
		if _, err := sensitivity.ParseFactor(space, text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := sensitivity.Factors(space, light, sensitivity.Factor{Name: "b", Axes: []string{"light-x"}}); err == nil || !strings.Contains(err.Error(), "it can be in one") {
		t.Errorf("%v", err)
	}
	if _, err := sensitivity.Factors(space, sensitivity.Factor{Name: "azimuth", Axes: []string{"light-x"}}); err == nil || !strings.Contains(err.Error(), "two factors") {
		t.Errorf("%v", err)
	}
}

func TestMistakes(t *testing.T) {
	k := ishigami()
	for says, s := range map[string]sensitivity.Settings{
		"at least 8":            {Replicates: 4},
		"at least 2":            {Points: 8},
		"gradients at 2048":     {Gradients: 2048},
		"confidence 2":          {Confidence: 2},
		"10 bootstrap samples":  {Resamples: 10},
		"threshold NaN":         {Criterion: verify.Criterion{Threshold: math.NaN()}},
		"is a single point":     {Within: &region.Bounds{A: []float64{0, 0, 0}, B: []float64{0, 0, 0}}},
		"the box to look at":    {Within: &region.Bounds{A: []float64{0}, B: []float64{0}}},
		`"q" is not an axis of`: {Groups: []sensitivity.Factor{{Name: "g", Axes: []string{"q"}}}},
	} {
		if _, err := sensitivity.Analyse(t.Context(), k.f, s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
	bad := &objective.Func{Domain: cubeOf(1, 0, 1), F: func([]float64) float64 { return math.NaN() }}
	var notFinite *objective.NotFiniteError
	if _, err := sensitivity.Analyse(t.Context(), bad, sensitivity.Settings{}); !errors.As(err, &notFinite) {
		t.Errorf("NaN: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sensitivity.Analyse(ctx, k.f, sensitivity.Settings{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

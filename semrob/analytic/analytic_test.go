package analytic_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// degrees is a space whose axes differ in width, one of them periodic.
func degrees() objective.Space { return objective.Viewpoints() }

// mixed has four axes, two of them periodic.
func mixed() objective.Space {
	return append(objective.Viewpoints(),
		objective.Axis{Name: "distance", Min: 1.5, Max: 6},
		objective.Axis{Name: "roll", Unit: "°", Min: -180, Max: 180, Periodic: true})
}

// samples are one or more of every objective, hills and pits, over seams of
// periodic axes and beyond the ends of others.
func samples() map[string]objective.Objective {
	return map[string]objective.Objective{
		"box":              &analytic.Box{Domain: analytic.Cube(3), A: []float64{.2, .3, 0}, B: []float64{.7, .6, 1}},
		"box over a seam":  &analytic.Box{Domain: degrees(), A: []float64{300, -30}, B: []float64{400, 20}, Base: .9, Height: -.8},
		"soft box":         &analytic.SoftBox{Domain: analytic.Cube(2), A: []float64{.2, .3}, B: []float64{.7, .6}},
		"soft box, seam":   &analytic.SoftBox{Domain: degrees(), A: []float64{300, -30}, B: []float64{400, 20}, Softness: .05, Base: .1, Height: .8},
		"very soft box":    &analytic.SoftBox{Domain: analytic.Torus(2), A: []float64{.8, .1}, B: []float64{1.2, .3}, Softness: .3},
		"soft whole turn":  &analytic.SoftBox{Domain: degrees(), A: []float64{20, 10}, B: []float64{380, 50}},
		"hill":             &analytic.Gaussian{Domain: mixed(), Centre: []float64{350, 30, 3, -170}, Sigma: []float64{30, 20, 2, 60}},
		"pit":              &analytic.Gaussian{Domain: degrees(), Centre: []float64{5, 95}, Sigma: []float64{20, 10}, Base: 1, Height: -.9},
		"wide hill":        &analytic.Gaussian{Domain: analytic.Torus(2), Centre: []float64{.9, .2}, Sigma: []float64{.8, .3}},
		"line":             &analytic.Gaussian{Domain: analytic.Cube(1), Centre: []float64{.4}, Sigma: []float64{.1}},
		"ridge":            &analytic.Ridge{Domain: analytic.Cube(3), Through: []float64{.5, .2, .4}, Slope: []float64{1, -2, .5}},
		"ridge of degrees": &analytic.Ridge{Domain: mixed(), Through: []float64{350, 20, 3, 0}, Slope: []float64{1, 2, 0, -1}, Width: .2, Base: .3, Height: .6},
		"valley":           &analytic.Ridge{Domain: degrees(), Through: []float64{20, 20}, Slope: []float64{1, 1}, Base: 1, Height: -.9},
		"wave":             &analytic.Wave{Domain: mixed(), Waves: []int{3, 1, 2, 0}, Crest: []float64{400, 10, 2, 0}, Base: .2, Height: .7},
		"plain wave":       &analytic.Wave{Domain: analytic.Cube(2)},
		"trough first":     &analytic.Wave{Domain: analytic.Torus(2), Waves: []int{2, 3}, Base: 1, Height: -.9},
		"half-space":       &analytic.HalfSpace{Domain: analytic.Cube(2), Through: []float64{.5, .5}, Normal: []float64{1, 2}},
	}
}

func at(t *testing.T, f objective.Objective, points ...[]float64) []float64 {
	t.Helper()
	values := make([]float64, len(points))
	if err := f.Evaluate(context.Background(), points, values); err != nil {
		t.Fatal(err)
	}
	return values
}

func randomPoint(rng *rand.Rand, s objective.Space) []float64 {
	p := make([]float64, len(s))
	for k, axis := range s {
		p[k] = axis.Min + rng.Float64()*axis.Width()
	}
	return p
}

// TestGradientsAreDifferences compares with central differences.
func TestGradientsAreDifferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	checked := 0
	for name, f := range samples() {
		d, ok := f.(objective.Differentiable)
		if !ok {
			continue
		}
		checked++
		t.Run(name, func(t *testing.T) {
			s := f.Space()
			for range 50 {
				p := randomPoint(rng, s)
				gradient, value := [][]float64{make([]float64, len(s))}, make([]float64, 1)
				if err := d.Gradient(context.Background(), [][]float64{p}, value, gradient); err != nil {
					t.Fatal(err)
				}
				if v := at(t, f, p)[0]; v != value[0] {
					t.Errorf("%s at %v: the value is %g with a gradient, %g without", name, p, value[0], v)
				}
				for k, axis := range s {
					h := 1e-5 * axis.Width()
					up, down := append([]float64(nil), p...), append([]float64(nil), p...)
					up[k] += h
					down[k] -= h
					v := at(t, f, up, down)
					want := (v[0] - v[1]) / (2 * h) * axis.Width()
					if got := gradient[0][k] * axis.Width(); math.Abs(got-want) > 2e-6*(1+math.Abs(want)) {
						t.Errorf("%s at %v: ∂/∂%s = %g, by differences %g", name, p, axis.Name, got, want)
					}
				}
			}
		})
	}
	if checked < 12 {
		t.Errorf("only %d objectives are differentiable", checked)
	}
}

// quadrature returns ∫f over a box by the midpoint rule, n points per axis.
func quadrature(t *testing.T, f objective.Objective, a, b []float64, n int) float64 {
	t.Helper()
	var points [][]float64
	for i := range int(math.Pow(float64(n), float64(len(a)))) {
		p := make([]float64, len(a))
		for k := range p {
			p[k] = a[k] + (float64(i%n)+.5)/float64(n)*(b[k]-a[k])
			i /= n
		}
		points = append(points, p)
	}
	sum := 0.0
	for _, v := range at(t, f, points...) {
		sum += v
	}
	for k := range a {
		sum *= (b[k] - a[k]) / float64(n)
	}
	return sum
}

func TestIntegralsAreSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for name, f := range samples() {
		t.Run(name, func(t *testing.T) {
			known, ok := f.(interface{ Integral(a, b []float64) float64 })
			if !ok {
				return
			}
			s := f.Space()
			n, tolerance := []int{0, 4000, 300, 60, 24}[len(s)], 2e-3
			if strings.HasPrefix(name, "box") {
				tolerance = 2e-2 // steps: the midpoint rule is off by a column
			}
			for try := range 4 {
				a, b, volume := make([]float64, len(s)), make([]float64, len(s)), 1.0
				for k, axis := range s {
					x, y := axis.Min, axis.Max
					if try > 0 {
						x, y = x+.4*rng.Float64()*axis.Width(), y-.4*rng.Float64()*axis.Width()
					}
					if try > 1 && axis.Periodic { // over the seam, and more than a turn
						x, y = x-2.7*axis.Width(), y-float64(3-try)*axis.Width()
					}
					a[k], b[k] = x, y
					volume *= y - x
				}
				got, want := known.Integral(a, b), quadrature(t, f, a, b, n)
				if math.Abs(got-want) > tolerance*volume {
					t.Errorf("%s over %v…%v: ∫f = %g, a sum of %d^%d points gives %g", name, a, b, got, n, len(s), want)
				}
			}
		})
	}
}

// TestExtremesAreExtremes compares with many random points: none may be beyond
// the extremes, and the values are those at the points.
func TestExtremesAreExtremes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for name, f := range samples() {
		t.Run(name, func(t *testing.T) {
			known, ok := f.(interface {
				Minimum() ([]float64, float64)
				Maximum() ([]float64, float64)
			})
			if !ok {
				return
			}
			s := f.Space()
			least, low := known.Minimum()
			greatest, high := known.Maximum()
			if v := at(t, f, least, greatest); v[0] != low || v[1] != high {
				t.Errorf("%s: %g and %g are said to be %g and %g", name, v[0], v[1], low, high)
			}
			if s.CheckPoint(least) != nil || s.CheckPoint(greatest) != nil {
				t.Errorf("%s: %v or %v is outside the domain", name, least, greatest)
			}
			for range 20000 {
				p := randomPoint(rng, s)
				if v := at(t, f, p)[0]; v < low-1e-12 || v > high+1e-12 {
					t.Fatalf("%s: %g at %v is not between %g and %g", name, v, p, low, high)
				}
			}
		})
	}
}

func TestPeriodsCloseAtTheSeam(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for name, f := range samples() {
		t.Run(name, func(t *testing.T) {
			s := f.Space()
			for range 100 {
				p := randomPoint(rng, s)
				q := append([]float64(nil), p...)
				for k, axis := range s {
					if axis.Periodic {
						q[k] += float64(rng.IntN(7)-3) * axis.Width()
					}
				}
				if v := at(t, f, p, q); math.Abs(v[0]-v[1]) > 1e-9 {
					t.Errorf("%s: %g at %v, %g at %v", name, v[0], p, v[1], q)
				}
			}
		})
	}
}

func TestBoxesHaveTheirBounds(t *testing.T) {
	hard := &analytic.Box{Domain: degrees(), A: []float64{300, -30}, B: []float64{400, 20}, Base: .1, Height: .8}
	soft := &analytic.SoftBox{Domain: degrees(), A: hard.A, B: hard.B, Softness: .001, Base: .1, Height: .8}
	for name, f := range map[string]interface {
		objective.Objective
		TrueBounds() (a, b []float64)
	}{"hard": hard, "soft": soft} {
		t.Run(name, func(t *testing.T) {
			a, b := f.TrueBounds()
			if fmt.Sprint(a, b) != "[300 -10] [400 20]" {
				t.Errorf("%s: the bounds are %v…%v", name, a, b)
			}
			v := at(t, f, []float64{301, -9}, []float64{39, 19}, []float64{299, 0}, []float64{41, 0}, []float64{0, 21})
			for i, want := range []float64{.9, .9, .1, .1, .1} {
				if math.Abs(v[i]-want) > .1 {
					t.Errorf("%s: value %d is %g, want %g", name, i, v[i], want)
				}
			}
		})
	}
	if v := at(t, soft, []float64{300, 0}, []float64{40, 0}, []float64{350, 20}); math.Abs(v[0]-.5)+math.Abs(v[1]-.5)+math.Abs(v[2]-.5) > 1e-9 {
		t.Errorf("on the faces f is %v, want half way", v)
	}
}

func TestDistanceFromAPlane(t *testing.T) {
	f := &analytic.HalfSpace{Domain: analytic.Cube(2), Through: []float64{.5, .5}, Normal: []float64{3, 4}}
	if d := f.Distance([]float64{.8, .9}); math.Abs(d-.5) > 1e-15 { // along the normal by 0.1 of it
		t.Errorf("the distance is %g, want 0.5", d)
	}
	if v := at(t, f, []float64{.8, .9}, []float64{.2, .1}, []float64{.5, .5}); v[0] != 1 || v[1] != 0 || v[2] != 1 {
		t.Errorf("values %v, want 1, 0, 1", v)
	}
}

func TestBadFormulasSayWhatIsWrong(t *testing.T) {
	cube := analytic.Cube(2)
	for says, f := range map[string]objective.Objective{
		"no axes":        &analytic.Box{},
		"A has 1":        &analytic.Box{Domain: cube, A: []float64{0}, B: []float64{1, 1}},
		"reversed":       &analytic.SoftBox{Domain: cube, A: []float64{0, 1}, B: []float64{1, 0}},
		"the period":     &analytic.Box{Domain: analytic.Torus(2), A: []float64{0, 0}, B: []float64{1, 1.5}},
		"softness":       &analytic.SoftBox{Domain: cube, A: []float64{0, 0}, B: []float64{1, 1}, Softness: -1},
		"σ":              &analytic.Gaussian{Domain: cube, Centre: []float64{0, 0}, Sigma: []float64{1, 0}},
		"finite":         &analytic.Gaussian{Domain: cube, Centre: []float64{0, math.NaN()}, Sigma: []float64{1, 1}},
		"slope":          &analytic.Ridge{Domain: cube, Through: []float64{0, 0}, Slope: []float64{0, 0}},
		"waves":          &analytic.Wave{Domain: cube, Waves: []int{1, -1}},
		"Crest":          &analytic.Wave{Domain: cube, Crest: []float64{1}},
		"does not close": &analytic.HalfSpace{Domain: analytic.Torus(2), Through: []float64{0, 0}, Normal: []float64{1, 0}},
		"its normal":     &analytic.HalfSpace{Domain: cube, Through: []float64{0, 0}, Normal: []float64{0, 0}},
	} {
		t.Run(says, func(t *testing.T) {
			err := f.Evaluate(context.Background(), [][]float64{{0, 0}}, make([]float64, 1))
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one with %q", err, says)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (&analytic.Wave{Domain: cube}).Evaluate(ctx, [][]float64{{0, 0}}, make([]float64, 1)); err == nil {
		t.Error("a cancelled evaluation goes on")
	}
}

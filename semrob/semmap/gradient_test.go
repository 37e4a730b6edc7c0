package semmap_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// TestGradientIsThatOfTheInterpolation compares with central differences inside
// cells, across the seam and beyond the ends.
func TestGradientIsThatOfTheInterpolation(t *testing.T) {
	m := viewpoints(t, "0:360:30", "-10:90:20")
	rough := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		return 0.5 + 0.5*math.Sin(u[0])*math.Cos(3*u[1])
	}}
	if err := m.Compute(context.Background(), rough, semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	objectiveOfMap, err := m.Objective()
	if err != nil {
		t.Fatal(err)
	}
	f := objectiveOfMap.(objective.Differentiable)
	rng := rand.New(rand.NewPCG(3, 4))
	const h = 1e-4
	for range 300 {
		p := []float64{rng.Float64() * 360, -10 + 100*rng.Float64()}
		if near(p[0], 30, 0, 2*h) || near(p[1], 20, -10, 2*h) {
			continue // the derivative jumps there
		}
		points := [][]float64{p}
		for k := range p {
			for _, side := range []float64{h, -h} {
				q := append([]float64(nil), p...)
				q[k] += side
				points = append(points, q)
			}
		}
		values := make([]float64, len(points))
		if err := f.Evaluate(context.Background(), points, values); err != nil {
			t.Fatal(err)
		}
		gradient, value := [][]float64{{0, 0}}, []float64{0}
		if err := f.Gradient(context.Background(), points[:1], value, gradient); err != nil {
			t.Fatal(err)
		}
		if value[0] != values[0] {
			t.Fatalf("Gradient says f(%v) = %g, Evaluate %g", p, value[0], values[0])
		}
		for k := range p {
			if want := (values[1+2*k] - values[2+2*k]) / (2 * h); math.Abs(gradient[0][k]-want) > 1e-6 {
				t.Errorf("∂f/∂%s at %v = %g, central difference %g", m.Axes[k].Name, p, gradient[0][k], want)
			}
		}
	}
}

func near(x, step, origin, by float64) bool {
	d := math.Mod(x-origin, step)
	return d < by || step-d < by
}

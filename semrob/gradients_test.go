package semrob_test

import (
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// TestGradientsAreInTheKey checks that results of gradients that are slopes of
// something else are not taken for each other, and that methods which take none
// do not care.
func TestGradientsAreInTheKey(t *testing.T) {
	store := newLab(t).Store
	point := rendered.Smoothing{}
	mean := rendered.Smoothing{Width: 0.5, Points: 2, Supersample: -1}
	// computed reports whether the regions were not kept already.
	computed := func(gradients rendered.Smoothing, method region.Method) (ran bool) {
		t.Helper()
		lab, of := &semrob.Lab{Store: store}, teapot
		of.Gradients = gradients
		_, err := lab.Regions(t.Context(), of, semrob.RegionOptions{
			Starts: [][]float64{{130, 30}}, Method: method,
			Settings: region.Settings{Iterations: 1, HalfWidth: 5, Recorder: region.RecorderFunc(func(region.Iteration) error {
				ran = true
				return nil
			})},
		})
		if err != nil {
			t.Fatal(err)
		}
		return ran
	}
	for _, c := range []struct {
		gradients rendered.Smoothing
		method    region.Method
		want      bool
	}{
		{point, region.Trapezoid{}, true}, {mean, region.Trapezoid{}, true},
		{point, region.Trapezoid{}, false}, {mean, region.Trapezoid{}, false},
		{point, region.Naive{}, true}, {mean, region.Naive{}, false},
	} {
		if ran := computed(c.gradients, c.method); ran != c.want {
			t.Errorf("%s with %+v: computed %v, want %v", c.method.Name(), c.gradients, ran, c.want)
		}
	}
	searched := func(gradients rendered.Smoothing, method worst.Method) (cost int) {
		t.Helper()
		lab, of := &semrob.Lab{Store: store}, teapot
		of.Gradients = gradients
		r, err := lab.Worst(t.Context(), of, semrob.WorstOptions{Method: method, Settings: worst.Settings{Evaluations: 20}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Settings.GradientCost
	}
	if a, b := searched(point, worst.Gradient{}), searched(mean, worst.Gradient{}); a != 3 || b != 13 {
		t.Errorf("a gradient counts as %d evaluations at the point and as %d in the mean, want 3 and 13", a, b)
	}
}

package figure_test

import (
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// A proved box looks different from one that is not, and shows what stopped it.
func TestProofsAreVisible(t *testing.T) {
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if u[0] > 100 && u[0] < 200 && u[1] > 10 && u[1] < 60 {
			return 1
		}
		return 0
	}}
	problem := guarantee.Problem{Objective: f, Starts: [][]float64{{150, 30}, {20, 30}}}
	found, err := guarantee.Find(t.Context(), []guarantee.Problem{problem}, guarantee.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := found[0].Regions()
	if err != nil {
		t.Fatal(err)
	}
	regions := figure.RegionsOf(result)
	if regions[0].Proof != figure.ProvedPromise || regions[1].Proof != figure.UnprovedPromise || len(regions[0].Failures) != 4 {
		t.Errorf("regions %+v", regions)
	}
	if plain := figure.RegionsOf(&region.Result{Space: f.Domain, Method: "naive", Runs: []region.Run{{Start: []float64{1, 2}}}}); plain[0].Proof != figure.NoPromise {
		t.Errorf("a naive region has the proof %v", plain[0].Proof)
	}
	m := figure.Map{X: objective.Azimuth, Y: objective.Elevation, XS: []float64{0, 180}, YS: []float64{0, 50}, Z: [][]float64{{0, 1}, {1, 0}}, Regions: regions}
	dashes := func() int {
		var b strings.Builder
		if err := figure.WriteSVG(&b, &m); err != nil {
			t.Fatal(err)
		}
		return strings.Count(b.String(), "stroke-dasharray")
	}
	proved := dashes()
	if regions[0].Proof = figure.UnprovedPromise; dashes() <= proved {
		t.Error("an unproved region has no more dashes than a proved one")
	}
}

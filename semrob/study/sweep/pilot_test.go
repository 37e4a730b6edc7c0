package sweep_test

import (
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// TestPilotTellsTheWork runs a share of a study, estimates the whole, runs it, and counts
// what it took.
func TestPilotTellsTheWork(t *testing.T) {
	settings := `networks: [{analytic: soft-box}]
methods: [naive, {name: guaranteed, epsilon: 0.2}]
settings: {iterations: 400}
starts: [[130, 30], [200, 15]]
map: ["azimuth=0:360:60", "elevation=-10:90:50"]
`
	whole := prepare(t, settings+"objects: [{mesh: cup, class: a}, {mesh: vase, class: a}, {mesh: bottle, class: a}, {mesh: teapot, class: a}]\n")
	share := prepare(t, settings+"objects: [{mesh: cup, class: a}, {mesh: vase, class: a}]\n")
	pilot := sweep.NewPilot(run(t, share, t.TempDir(), 1))
	took := map[string]int{}
	for _, row := range run(t, whole, t.TempDir(), 1).Rows {
		took[row.Method] += row.Evaluations
	}
	expected, most, maps := map[string]int{}, map[string]int{}, 0
	for item := range whole.Items() {
		if item.Map != nil {
			maps += pilot.Work(item).Total()
			continue
		}
		expected[item.MethodName()] += pilot.Work(item).Total()
		most[item.MethodName()] += sweep.MostWork(item).Total()
	}
	if maps != 4*6*2 {
		t.Errorf("the maps have %d views", maps)
	}
	for method, n := range took {
		if off := math.Abs(float64(expected[method]-n)) / float64(n); off > 0.4 || expected[method] > most[method] {
			t.Errorf("%s: expected %d evaluations of at most %d, it took %d", method, expected[method], most[method], n)
		}
		if most[method] < 2*n {
			t.Errorf("%s: at most %d evaluations say as much as the pilot: it took %d", method, most[method], n)
		}
	}
	for item := range prepare(t, "networks: [{analytic: soft-box}]\nmethods: [oir-b]\nobjects: [{mesh: cup, class: a}]\n").Items() {
		if got := pilot.Work(item); got != sweep.MostWork(item) {
			t.Errorf("a method that is not in the pilot takes %+v", got)
		}
	}
}

package worst_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// TestRealObjects compares the default method, at 15 % of an exact 3° map's
// evaluations, with the least value of that map, through a real network. It
// takes about a minute for every map that is not kept from an earlier run, so it
// runs only on demand.
//
// The least value of a whole map is near 0 and easily found. So the box around
// each map's greatest value is searched too, with 15 % of its points. That is some
// 70 evaluations for one or two points of 500; the result is logged only.
func TestRealObjects(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("maps of real objects take minutes: set SEMROB_LONG=1 to compare with them")
	}
	dir := filepath.Join(testdata.Dir(t), "meshes")
	ctx, lab := context.Background(), &semrob.Lab{Warn: func(s string) { t.Log(s) }}
	for name, subject := range map[string]semrob.Subject{
		"toilet":  {Mesh: filepath.Join(dir, "toilet_ae9e1ff1.obj"), Class: "861"},
		"chair":   {Mesh: filepath.Join(dir, "chair_341fcdd8.obj"), Class: "559"},
		"bathtub": {Mesh: filepath.Join(dir, "bathtub_bdf94fe1.obj"), Class: "435"},
		"teapot":  {Mesh: "teapot", Class: "849"},
		"piano":   {Mesh: filepath.Join(dir, "piano_e83cec.obj"), Class: "579"},
	} {
		m, err := lab.Map(ctx, subject, semrob.MapOptions{})
		if err != nil {
			t.Fatal(err)
		}
		s := m.Stats()
		opened, err := lab.Objective(ctx, subject, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := opened.Objective
		if found, least := compare(t, name, f, m, nil); found > least+0.01 {
			t.Errorf("%s: %g is more than 0.01 above the map's %g", name, found, least)
		}
		p := s.MaxPoint
		compare(t, name+" beside its best", f, m, &region.Bounds{
			A: []float64{p[0] - 45, max(p[1]-24, -10)}, B: []float64{p[0] + 45, min(p[1]+24, 89)},
		})
		if err := opened.Release(); err != nil {
			t.Error(err)
		}
	}
}

// compare searches a box with 15 % of the evaluations of a map's points in it.
// It returns the value found by the default method, and the map's least value.
func compare(t *testing.T, name string, f objective.Objective, m *semmap.Map, within *region.Bounds) (found, least float64) {
	t.Helper()
	points, below := 0, 0
	least = math.Inf(1)
	inside := func(i int) bool { return within == nil || within.Contains(m.Space(), m.Point(i)) }
	for i, z := range m.Z {
		if inside(i) {
			least = min(least, z)
			points++
		}
	}
	for i, z := range m.Z {
		if inside(i) && z <= least+0.01 {
			below++
		}
	}
	t.Logf("%s: the least value of the map is %.5f; %d of %d points are within 0.01 of it", name, least, below, points)
	for _, method := range []worst.Method{worst.Combined{}, worst.Pattern{}, worst.CMAES{}, worst.Spread{}} {
		r, err := worst.Find(context.Background(), worst.Problem{Objective: f, Within: within}, method, worst.Settings{Evaluations: 15 * points / 100})
		if err != nil {
			t.Fatal(err)
		}
		needed := "never"
		for _, step := range r.Trace {
			if step.Value <= least+0.01 {
				needed = fmt.Sprintf("after %d", step.Evaluations)
				break
			}
		}
		t.Logf("%s, %s: %.5f at %.2f, %d evaluations; within 0.01 of the map %s", name, method.Name(), r.Value, r.Point, r.Evaluations, needed)
		if method == (worst.Combined{}) {
			found = r.Value
		}
	}
	return found, least
}

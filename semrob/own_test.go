package semrob_test

import (
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// brightness is a parameter of one's own: both lights at once, as a share.
func brightness(calls *int) rendered.UserParameter {
	return rendered.UserParameter{
		Axis: objective.Axis{Name: "brightness", Unit: "%", Min: 20, Max: 180}, Default: 100, Revision: "1",
		Scene: func(scene *render.Scene, value float64) {
			*calls++
			scene.Ambient, scene.Directional = scene.Ambient*value/100, scene.Directional*value/100
		},
	}
}

// An own parameter is an axis, or set, wherever the renderer's are, and gives
// what setting them gives.
func TestOwnParametersAreAxes(t *testing.T) {
	calls, lab := 0, newLab(t)
	own := semrob.Subject{Mesh: "teapot", Class: "teapot", Set: map[string]float64{"azimuth": 40, "elevation": 25}, Parameters: []rendered.UserParameter{brightness(&calls)}}
	axes, err := own.ParseGrid("brightness=20:180:60", "distance=2:4:1.5")
	if err != nil {
		t.Fatal(err)
	}
	m, err := lab.Map(t.Context(), own, semrob.MapOptions{Axes: axes})
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range m.Z {
		u := m.Point(i)
		plain := own
		plain.Parameters = nil
		plain.Set = map[string]float64{"azimuth": 40, "elevation": 25, "ambient": 0.5 * u[0] / 100, "directional": 0.5 * u[0] / 100}
		views, err := lab.Views(t.Context(), plain, objective.Points{Space: space(t, "distance"), At: [][]float64{{u[1]}}})
		if err != nil {
			t.Fatal(err)
		}
		if d := f - views[0].Value; d > 1e-6 || d < -1e-6 {
			t.Errorf("f at %v is %g, of the same lights %g", u, f, views[0].Value)
		}
	}

	alone, err := own.ParseSpace("brightness")
	if err != nil {
		t.Fatal(err)
	}

	// It is kept, under its revision and its value.
	calls = 0
	if _, err := lab.Map(t.Context(), own, semrob.MapOptions{Axes: axes}); err != nil || calls > 0 {
		t.Errorf("a kept map asks %d times, error %v", calls, err)
	}
	values := map[string]bool{}
	for _, change := range []func(*semrob.Subject){
		func(*semrob.Subject) {},
		func(s *semrob.Subject) { s.Set = map[string]float64{"brightness": 50} },
		func(s *semrob.Subject) { s.Parameters[0].Revision = "2" },
	} {
		s := own
		s.Parameters = append([]rendered.UserParameter(nil), own.Parameters...)
		change(&s)
		meta, err := keyOf(s, "distance")
		if err != nil {
			t.Fatal(err)
		}
		values[meta] = true
	}
	if len(values) != 3 {
		t.Errorf("%d of 3 different subjects have keys of their own", len(values))
	}

	// Without a revision nothing is kept: a function that was changed must count.
	unversioned := own
	unversioned.Parameters = []rendered.UserParameter{brightness(&calls)}
	unversioned.Parameters[0].Revision = ""
	for range 2 {
		calls = 0
		if _, err := lab.Views(t.Context(), unversioned, objective.Points{Space: alone, At: [][]float64{{90}}}); err != nil || calls == 0 {
			t.Errorf("an unversioned parameter is asked %d times, error %v", calls, err)
		}
	}

	found, err := lab.Regions(t.Context(), own, semrob.RegionOptions{Space: alone, Starts: [][]float64{{100}}, Settings: region.Settings{Iterations: 2, HalfWidth: 1}})
	if err != nil || found.Space[0].Unit != "%" {
		t.Errorf("regions over an own parameter: %+v, error %v", found, err)
	}
}

func TestOwnParameterMistakes(t *testing.T) {
	calls := 0
	good := brightness(&calls)
	for want, s := range map[string]semrob.Subject{
		"called \"brightness\"":      {Parameters: []rendered.UserParameter{good, good}},
		"must be on brightness":      {Parameters: []rendered.UserParameter{good}, Set: map[string]float64{"brightness": 500}},
		"unknown semantic parameter": {Set: map[string]float64{"brightness": 50}},
	} {
		s.Mesh, s.Class = "teapot", "teapot"
		if _, err := keyOf(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
	own := semrob.Subject{Parameters: []rendered.UserParameter{good}}
	if _, err := own.ParseSpace("brightness=0:50"); err == nil || !strings.Contains(err.Error(), "brightness") {
		t.Errorf("an axis beyond the parameter's domain: %v", err)
	}
	space, err := own.ParseSpace("azimuth", "brightness=50:150")
	if err != nil || len(space) != 2 || space[1].Min != 50 || space[1].Unit != "%" {
		t.Errorf("the space is %v, error %v", space, err)
	}
}

package explore

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
)

// A widget on a map beyond the default domain, elevation −60…90° in place of −10…90°,
// shows the views there: when it is pointed at, with a slider, and in its strip.
func TestMapBeyondTheDefaultDomain(t *testing.T) {
	ctx, lab := t.Context(), newLab(t)
	m, err := lab.Map(ctx, teapot, semrob.MapOptions{Axes: kernelext.Must(semrob.ParseGrid("azimuth=0:360:90", "elevation=-60:90:50"))})
	if err != nil {
		t.Fatal(err)
	}
	for name, parameters := range map[string][]string{"map": {}, "map and slider": {"elevation", "distance"}} {
		t.Run(name, func(t *testing.T) {
			w, err := newWidget(ctx, lab, teapot, Options{Map: m, Parameters: parameters})
			if err != nil {
				t.Fatal(err)
			}
			if w.place.Y.Min != -60 || len(parameters) > 0 && w.sliders[0].Min != -60 {
				t.Errorf("the map begins at %g, the sliders are %+v", w.place.Y.Min, w.sliders)
			}
			if w.lens, err = newLens(ctx, lab, teapot, w.space); err != nil {
				t.Fatal(err)
			}
			defer w.lens.f.Release()
			text, err := w.answer(ctx, question{Values: map[string]float64{"azimuth": 40, "elevation": -45}, Settled: true})
			if err != nil {
				t.Fatal(err)
			}
			var got answer
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			views, err := lab.Views(ctx, teapot, m.Points([]float64{40, -45}))
			if err != nil {
				t.Fatal(err)
			}
			if got.Error != "" || got.Picture == "" || math.Abs(got.F-views[0].Value) > 1e-6 {
				t.Errorf("the view at −45° is answered with f = %g, error %q; the Lab has %g", got.F, got.Error, views[0].Value)
			}
			if at := w.last().(*figure.Map).Views[0].At; len(w.visited) != 1 || at[1] != -45 {
				t.Errorf("%d views stay, the first at %v", len(w.visited), at)
			}
			page, err := w.html()
			for _, axis := range []string{`"X":{"Unit":"°","Min":0,"Max":360,"Periodic":true}`, `"Y":{"Unit":"°","Min":-60,"Max":90,"Periodic":false}`} {
				if err != nil || !strings.Contains(page, axis) {
					t.Errorf("the page has no axis %s (error %v)", axis, err)
				}
			}
		})
	}
	t.Run("strip", func(t *testing.T) {
		f, err := strip(ctx, lab, teapot, "the lowest", m.Lowest(8, func(u []float64) bool { return u[1] < -10 }))
		if err != nil || len(f.Views) == 0 || f.Views[0].At[1] != -60 {
			t.Errorf("the views below −10° are %+v, error %v", f, err)
		}
	})
}

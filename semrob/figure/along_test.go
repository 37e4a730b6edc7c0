package figure

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// curve is a map of one axis.
func curve(axis Axis, z ...float64) *semmap.Map {
	m := &semmap.Map{Axes: []semmap.Samples{{Axis: axis}}, Z: z}
	for i := range z {
		m.Axes[0].Values = append(m.Axes[0].Values, axis.Min+axis.Width()*float64(i)/float64(len(z)))
	}
	return m
}

var distance = Axis{Name: "distance", Min: 2, Max: 6}

func TestProfileOf(t *testing.T) {
	t.Run("one axis", func(t *testing.T) {
		a, b := curve(Azimuth(), 0.1, 0.2, 0.3), curve(Azimuth(), 0.4, 0.5, 0.6)
		a.Meta, b.Meta = `{"mesh": "teapot", "network": "a", "label": "teapot"}`, `{"mesh": "teapot", "network": "a", "label": "teapot"}`
		p, err := ProfileOf(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if p.X != Azimuth() || p.Label != "probability of teapot" || len(p.Series) != 2 || p.Series[1].Name != "" || p.Series[1].X[1] != 120 {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("different axes", func(t *testing.T) {
		p, err := ProfileOf(curve(Azimuth(), 0.1, 0.2), curve(distance, 0.4, 0.5, 0.6, 0.7))
		if err != nil {
			t.Fatal(err)
		}
		if p.X.Unit != "%" || p.Series[1].Name != "distance 2…6" || !slices.Equal(p.Series[1].X, []float64{0, 25, 50, 75}) || !slices.Equal(p.Series[0].X, []float64{0, 50}) {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("two axes", func(t *testing.T) {
		m := curve(Azimuth(), 0.1)
		m.Axes = append(m.Axes, m.Axes[0])
		if _, err := ProfileOf(m); !errors.Is(err, ErrAxes) {
			t.Errorf("a map with two axes gives %v", err)
		}
	})
	t.Run("none", func(t *testing.T) {
		if _, err := ProfileOf(); err == nil {
			t.Error("no maps make a profile")
		}
	})
}

func TestRanges(t *testing.T) {
	high, low := curve(Azimuth(), 0.5, 0.7, 0.9), curve(distance, 0.8, 0.2, 0.5, 0.5)
	b, err := RangesOf(high, low)
	if err != nil {
		t.Fatal(err)
	}
	s := b.Series[0]
	if !slices.Equal(b.Groups, []string{"distance", "azimuth"}) || s.Lower[0] != 0.2 || s.Upper[1] != 0.9 || math.Abs(s.Values[0]-0.5) > 1e-12 {
		t.Errorf("got the groups %v and %+v", b.Groups, s)
	}
	table, err := RangesTable(high, low)
	if err != nil {
		t.Fatal(err)
	}
	if row := table.Rows[0]; row[0] != "distance" || row[4] != "3" || row[6] != "2" {
		t.Errorf("the first row is %v, want distance with its least f at 3 and its greatest at 2", row)
	}
	drawn(t, b)
}

func TestSearchOf(t *testing.T) {
	p := SearchOf(&worst.Result{Method: "spread", Trace: []worst.Step{{Evaluations: 1, Value: 0.01}, {Evaluations: 5, Value: 0.001}, {Evaluations: 9, Value: 0}}})
	s := p.Series[0]
	if !slices.Equal(s.X, []float64{1, 5, 5, 9, 9}) || !slices.Equal(s.Y, []float64{-2, -2, -3, -3, -9}) || p.Low != -9 {
		t.Errorf("got %+v from %g", s, p.Low)
	}
	drawn(t, p)
}

// A region with three axes is drawn by its sides along the axes of the map, whatever
// their order.
func TestRegionsOfMoreAxesAreCut(t *testing.T) {
	m := &semmap.Map{Axes: []semmap.Samples{{Axis: distance, Values: []float64{2, 4}}, {Axis: Azimuth(), Values: []float64{0, 180}}}, Z: make([]float64, 4)}
	r := &region.Result{Method: "oir-w", Space: objective.Space{Azimuth(), Elevation(), distance}, Runs: []region.Run{{
		Start: []float64{40, 20, 3}, Bounds: region.Bounds{A: []float64{30, 10, 2.5}, B: []float64{60, 30, 3.5}},
	}}}
	f, err := OfMap(m, r)
	if err != nil {
		t.Fatal(err)
	}
	got := f.Regions[0]
	if !slices.Equal(got.Start, []float64{3, 40}) || !slices.Equal(got.A, []float64{2.5, 30}) || !slices.Equal(got.B, []float64{3.5, 60}) {
		t.Errorf("the region is drawn as %+v", got)
	}
	r.Space[2].Name = "ambient"
	if _, err := OfMap(m, r); err == nil {
		t.Error("a region without one of the map's axes is drawn")
	}
}

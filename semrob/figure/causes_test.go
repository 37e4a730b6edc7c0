package figure

import (
	"image"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// sensitivities has two factors, the second with the greater total index.
func sensitivities() *sensitivity.Result {
	e := func(v float64) sensitivity.Estimate {
		return sensitivity.Estimate{Value: v, Lower: v - 0.05, Upper: v + 0.05}
	}
	bound := e(1.2)
	return &sensitivity.Result{
		Settings: sensitivity.Settings{Confidence: 0.9, Replicates: 16},
		Factors:  []sensitivity.Factor{{Name: "light"}, {Name: "azimuth"}},
		F: sensitivity.Variance{Mean: 0.4, Variance: 0.1, Indices: []sensitivity.Indices{
			{First: e(0.07), Total: e(0.1), Bound: &bound}, {First: e(0.41), Total: e(0.6), Bound: &bound},
		}},
		Right:     &sensitivity.Variance{Mean: 1},
		Conserved: []sensitivity.Conserved{{Right: 10, Kept: 9, Share: e(0.9)}, {Right: 10, Kept: 4, Share: e(0.4)}},
	}
}

func TestSensitivityOf(t *testing.T) {
	r := sensitivities()
	b, err := SensitivityOf(r)
	if err != nil || len(b.Series) != 2 || b.Groups[0] != "azimuth" || math.Abs(b.Series[1].Values[0]-60) > 1e-9 || math.Abs(b.Series[0].Upper[1]-12) > 1e-9 {
		t.Errorf("%+v, %v", b, err)
	}
	if b, err = ConservedOf(r); err != nil || math.Abs(b.Series[0].Values[0]-40) > 1e-9 || !strings.Contains(b.Subtitle, "of 10 right views") {
		t.Errorf("%+v, %v", b, err)
	}
	table := SensitivityTable(r).Describe()
	for _, says := range []string{"azimuth", "41 [36, 46]", "at most by gradients", "stays right"} {
		if !strings.Contains(table, says) {
			t.Errorf("the table lacks %q:\n%s", says, table)
		}
	}
	r.F.Indices, r.Conserved = nil, nil
	if _, err = SensitivityOf(r); err == nil {
		t.Error("nothing was drawn")
	}
	if _, err = ConservedOf(r); err == nil {
		t.Error("nothing was drawn")
	}
}

// slices has a slice across the seam of azimuth, and one with a condition on distance.
func slices2() *slice.Result {
	space := []Axis{Azimuth(), Elevation(), distance}
	count := slice.Count{Count: 1, Of: 10, Share: 0.1, Upper: 0.4}
	return &slice.Result{Space: space, Right: slice.Count{Share: 0.6, Lower: 0.5, Upper: 0.7}, Slices: []slice.Slice{
		{Bounds: region.Bounds{A: []float64{340, -10, 2}, B: []float64{380, 90, 6}}, Rule: "azimuth from 340° across 0° to 20°", Volume: 0.1, Right: count, Confirmed: true},
		{Bounds: region.Bounds{A: []float64{0, 50, 4}, B: []float64{360, 90, 6}}, Rule: "elevation > 50° and distance > 4", Volume: 0.2, Right: count},
	}}
}

func TestSlicesOn(t *testing.T) {
	m := &Map{X: Azimuth(), Y: Elevation()}
	if err := m.SlicesOn(slices2()); err != nil || len(m.Regions) != 1 || m.Regions[0].Proof != ProvedPromise || m.Regions[0].B[0] != 380 {
		t.Errorf("%+v, %v", m.Regions, err)
	}
	if err := (&Map{X: Azimuth(), Y: Axis{Name: "roll"}}).SlicesOn(slices2()); err == nil {
		t.Error("slices were drawn on a map without their axes")
	}
	if text := SliceTable(slices2()).Describe(); !strings.Contains(text, "elevation > 50° and distance > 4") || !strings.Contains(text, "60 [50, 70]") {
		t.Error(text)
	}
}

// Rows of views have headings, which take room.
func TestRowsOfViews(t *testing.T) {
	view := View{Image: image.NewNRGBA(image.Rect(0, 0, 8, 8)), At: []float64{10, 20, 3}, Value: 0.25}
	f, err := SliceViews(slices2(), []View{view, view, view, view})
	if err != nil {
		t.Fatal(err)
	}
	if text := f.Describe(); !strings.Contains(text, "1. azimuth from 340° across 0° to 20°: right in 10 % [0, 40]") || !strings.Contains(text, "(not confirmed)") {
		t.Error(text)
	}
	_, high, err := Size(f)
	if err != nil {
		t.Fatal(err)
	}
	f.Rows = nil
	if _, low, err := Size(f); err != nil || high-low != 2*headingRow {
		t.Errorf("two headings take %d pixels, want %d (%v)", high-low, int(2*headingRow), err)
	}
	if _, err := SliceViews(slices2(), []View{view}); err == nil {
		t.Error("one view of two slices was drawn")
	}
	d := &worst.Distribution{Space: []Axis{Azimuth(), Elevation(), distance}}
	d.Fresh.Accuracy = &worst.Share{Value: 0.02, Upper: 0.07}
	if f := DistributionViews(d, []View{view, view}, []View{view}); len(f.Rows) != 2 || f.Columns != 2 || len(f.Views) != 3 || !strings.Contains(f.Subtitle, "2 % [0, 7]") {
		t.Errorf("%+v", f)
	}
}

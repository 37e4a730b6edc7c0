package compare

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// asStudy writes the maps of published results into dir, and returns the table as that
// of a study: its objects are named as a plan's.
func asStudy(t *testing.T, published, dir, network string, objects int) *results.Table {
	t.Helper()
	table, err := Open(filepath.Join(published, publishedPrefix+network+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	maps, err := semmap.LoadPublished(filepath.Join(published, "maps_"+network+".npz"))
	if err != nil {
		t.Fatal(err)
	}
	classes := study.ClassNames(maps.Classes)
	files := map[string]string{}
	for class := range maps.Classes {
		for object := range objects {
			m, err := maps.Map(class, object)
			if err != nil {
				t.Fatal(err)
			}
			file := fmt.Sprintf("%s-%d-%d.npz", network, class, object)
			if err := m.Save(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
			files[fmt.Sprintf("%s-%d", classes[class], object)] = file
		}
	}
	var kept []results.Row
	for _, r := range table.Rows {
		r.Object = strings.Replace(r.Object, "/", "-", 1)
		if file, ok := files[r.Object]; ok {
			r.MapFile = file
			kept = append(kept, r)
		}
	}
	table.Rows = kept
	return table
}

// TestBesideItself: the published results as those of a study differ in nothing, and
// SRVR and means are those that other code computes of the published files.
func TestBesideItself(t *testing.T) {
	published, dir := filepath.Join(testdata.Dir(t), "published"), t.TempDir()
	b, err := NewBeside(asStudy(t, published, dir, "ResNet50", 10), dir, published, nil, Options{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	regions, err := study.LoadRegions(filepath.Join(published, "regions_ResNet50.npz"))
	if err != nil {
		t.Fatal(err)
	}
	all := b.Regions(ByNetwork)
	if len(all) != 3 {
		t.Fatalf("%d methods", len(all))
	}
	for i, want := range regions.SRVR() {
		got := all[i]
		if got.Method != want.Method || math.Abs(got.Here.Mean-want.Percent) > 1e-9 || got.Here.Values != want.Regions || got.LeftOut != want.LeftOut {
			t.Errorf("%+v, want %+v", got, want)
		}
		d := got.Difference
		if d.Mean != 0 || d.Lower != 0 || d.Upper != 0 || got.Grown > 0 && got.MedianIoU != 1 {
			t.Errorf("%s differs from itself: %+v", got.Method, got)
		}
	}
	maps, err := semmap.LoadPublished(filepath.Join(published, "maps_ResNet50.npz"))
	if err != nil {
		t.Fatal(err)
	}
	means, err := study.MeanByClass(maps)
	if err != nil {
		t.Fatal(err)
	}
	byClass := b.Maps(ByClass)
	if len(byClass) != len(means) {
		t.Fatalf("%d classes", len(byClass))
	}
	for i, m := range byClass {
		if m.Class != study.PublishedClasses()[i] || math.Abs(m.Here.Mean-100*means[i].Mean) > 1e-9 {
			t.Errorf("%+v, want a mean of %g", m, means[i].Mean)
		}
		if m.Difference.Mean != 0 || m.Apart.Mean != 0 || m.Most != 0 || math.Abs(m.Correlation-1) > 1e-12 {
			t.Errorf("the maps of %s differ from themselves: %+v", m.Class, m)
		}
	}
}

// twoObjects writes published results of a network Net-1: two objects of one class
// whose maps are 0.25 and 0.5, with a naive region of 10° × 10° and one of 20° × 10°.
func twoObjects(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for file, content := range map[string]npz.File{
		"maps": {
			"z":       {Shape: []int{1, 2, 2, 2}, Data: []float32{0.25, 0.25, 0.25, 0.25, 0.5, 0.5, 0.5, 0.5}},
			"azimuth": {Shape: []int{2}, Data: []int16{0, 180}}, "elevation": {Shape: []int{2}, Data: []int8{0, 30}},
		},
		"regions": {
			"region":        {Shape: []int{1, 2, 1, 1, 2, 2}, Data: []float32{100, 20, 110, 30, 100, 20, 120, 30}},
			"initial_point": {Shape: []int{1, 2}, Data: []uint8{105, 25}},
		},
	} {
		if err := content.Save(filepath.Join(dir, file+"_Net-1.npz")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBesideByHand compares a study of two objects with published results whose
// differences are known: its grid has one more elevation, and its regions are half and
// twice as wide.
func TestBesideByHand(t *testing.T) {
	published, dir := twoObjects(t), t.TempDir()
	space := objective.Viewpoints()
	m, err := semmap.New(semmap.Samples{Axis: space[0], Values: []float64{0, 180}}, semmap.Samples{Axis: space[1], Values: []float64{0, 15, 30}})
	if err != nil {
		t.Fatal(err)
	}
	table := &results.Table{Study: "here", Space: space}
	for object, width := range []float64{5, 40} {
		for i := range m.Z {
			m.Z[i] = 0.25 + 0.125*float64(i%2) // elevation 15 has no published value
		}
		m.Z[2], m.Z[3] = 1, 1
		file := fmt.Sprintf("map%d.npz", object)
		if err := m.Save(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
		table.Rows = append(table.Rows, results.Row{
			Network: "net1", Object: fmt.Sprintf("class 0-%d", object), Method: "naive", Mode: "published", StartPoint: []float64{105, 25},
			A: []float64{100, 20}, B: []float64{100 + width, 30}, MapFile: file,
		})
	}
	b, err := NewBeside(table, dir, published, nil, Options{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	got := b.Regions(ByNetwork)
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	cell := 100 / (360.0 * 100) // percent of the domain in a square degree
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6 }
	r := got[0]
	if r.Published != "Net-1" || !near(r.Here.Mean, 225*cell) || !near(r.There.Mean, 150*cell) || !near(r.Difference.Mean, 75*cell) || r.Grown != 2 || !near(r.MedianIoU, 0.5) {
		t.Errorf("regions %+v", r)
	}
	maps := b.Maps(ByNetwork)
	if len(maps) != 1 {
		t.Fatalf("%+v", maps)
	}
	// Differences at the four common points: 0 and 0.125 for the first object, -0.25
	// and -0.125 for the second, twice each.
	one := maps[0]
	if !near(one.Here.Mean, 31.25) || !near(one.There.Mean, 37.5) || !near(one.Difference.Mean, -6.25) || !near(one.Apart.Mean, 12.5) || !near(one.Most, 0.25) {
		t.Errorf("maps %+v", one)
	}
	if math.Abs(one.Correlation) > 1e-12 { // the study's objects are alike
		t.Errorf("correlation %g", one.Correlation)
	}
}

func TestBesideErrors(t *testing.T) {
	published := twoObjects(t)
	row := results.Row{Network: "net1", Object: "class 0-1", Method: "naive", Mode: "published", StartPoint: []float64{105, 25}, A: []float64{1, 1}, B: []float64{2, 2}}
	for name, c := range map[string]struct {
		change func(*results.Row)
		names  map[string]string
		want   error
		says   string
	}{
		"mode":           {func(r *results.Row) { r.Mode = "default" }, nil, ErrNotPublishedMode, ""},
		"start":          {func(r *results.Row) { r.StartPoint = []float64{1, 2} }, nil, ErrNoCounterpart, "start 0"},
		"network":        {func(r *results.Row) { r.Network = "other" }, nil, ErrNoCounterpart, "Net-1"},
		"object":         {func(r *results.Row) { r.Object = "class 0-2" }, nil, ErrNoCounterpart, ""},
		"unknown":        {func(*results.Row) {}, map[string]string{"absent": "Net-1"}, nil, "net1"},
		"unknown there":  {func(*results.Row) {}, map[string]string{"net1": "Net-2"}, nil, "Net-1"},
		"another's name": {func(r *results.Row) { r.Network, r.Mode = "mine", "" }, map[string]string{"mine": "Net-1"}, ErrNotPublishedMode, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := row
			c.change(&r)
			_, err := NewBeside(&results.Table{Rows: []results.Row{r}}, t.TempDir(), published, c.names, Options{})
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

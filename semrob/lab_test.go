package semrob_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

var teapot = semrob.Subject{Mesh: "teapot", Class: "teapot"}

func newLab(t *testing.T) *semrob.Lab {
	t.Helper()
	return &semrob.Lab{Store: &store.Store{Dir: t.TempDir()}, Warn: func(s string) { t.Log(s) }}
}

// grid reads the axes of a map.
func grid(t testing.TB, texts ...string) []semmap.Samples {
	t.Helper()
	axes, err := semrob.ParseGrid(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return axes
}

// space reads the axes of a space.
func space(t testing.TB, texts ...string) objective.Space {
	t.Helper()
	axes, err := semrob.ParseSpace(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return axes
}

// TestAMapAgreesWithItsViews computes the same probabilities in two ways: in
// the batches of a map, and view by view.
func TestAMapAgreesWithItsViews(t *testing.T) {
	ctx, lab := context.Background(), newLab(t)
	m, err := lab.Map(ctx, teapot, semrob.MapOptions{Axes: grid(t, "azimuth=0:360:120", "elevation=0:91:45")})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Z) != 9 {
		t.Fatalf("%d points, want 9: three azimuths, elevations 0, 45 and 90", len(m.Z))
	}
	for i, z := range m.Z {
		views, err := lab.Views(ctx, teapot, m.Points(m.Point(i)))
		if err != nil {
			t.Fatal(err)
		}
		v := views[0]
		if math.Abs(v.Value-z) > 1e-4 {
			t.Errorf("at %v the map has %g, the view %g", m.Point(i), z, v.Value)
		}
		if v.Top1 != (v.Top[0].Label == "teapot") || len(v.Top) != 5 || v.Top[0].Probability < v.Top[4].Probability {
			t.Errorf("at %v the network says %v, right: %v", m.Point(i), v.Top, v.Top1)
		}
	}
}

func TestWhatDecidesAResultIsInItsKey(t *testing.T) {
	ctx := context.Background()
	far := teapot
	far.Set = map[string]float64{"distance": 5}
	raw := teapot
	raw.Preprocess = "raw"
	half := teapot
	half.Precision = "bfloat16"
	cup := teapot
	cup.Mesh = "cup"
	other := teapot
	other.Class = "cup"
	lab := newLab(t)
	axes := semrob.MapOptions{Axes: grid(t, "azimuth=0:90:45")}
	values := map[string][]float64{}
	for name, subject := range map[string]semrob.Subject{"teapot": teapot, "far": far, "raw": raw, "bfloat16": half, "cup": cup, "class": other} {
		m, err := lab.Map(ctx, subject, axes)
		if err != nil {
			t.Fatal(err)
		}
		for known, z := range values {
			if z[0] == m.Z[0] && z[1] == m.Z[1] {
				t.Errorf("%s and %s have the same values %v: one was taken for the other", name, known, z)
			}
		}
		values[name] = m.Z
	}
	kept, err := filepath.Glob(filepath.Join(lab.Store.Dir, "map-*.npz"))
	if err != nil || len(kept) != len(values) {
		t.Errorf("%d results are kept of %d", len(kept), len(values))
	}
}

// TestKeptResultsNeedNoNetwork makes XLA impossible to open after the first
// call: what is kept must come back all the same.
func TestKeptResultsNeedNoNetwork(t *testing.T) {
	ctx := context.Background()
	lab := newLab(t)
	options := semrob.RegionOptions{Starts: [][]float64{{150, 30}}, Settings: region.Settings{Iterations: 50}}
	points := objective.At([]float64{0, 30}, []float64{90, 0})
	coarse := semrob.MapOptions{Axes: grid(t, "azimuth=0:360:180")}

	views, err := lab.Views(ctx, teapot, points)
	if err != nil {
		t.Fatal(err)
	}
	m, err := lab.Map(ctx, teapot, coarse)
	if err != nil {
		t.Fatal(err)
	}
	regions, err := lab.Regions(ctx, teapot, options)
	if err != nil {
		t.Fatal(err)
	}

	t.Setenv("GOMLX_BACKEND", "nowhere")
	again := &semrob.Lab{Store: lab.Store}
	if _, err := again.Objective(ctx, teapot, nil); err == nil {
		t.Fatal("XLA was opened although it cannot be")
	}
	views2, err := again.Views(ctx, teapot, points)
	if err != nil || views2[1].Value != views[1].Value || views2[0].Image.Bounds() != views[0].Image.Bounds() {
		t.Errorf("views: %v, error %v", views2, err)
	}
	m2, err := again.Map(ctx, teapot, coarse)
	if err != nil || m2.Z[1] != m.Z[1] {
		t.Errorf("map: error %v", err)
	}
	regions2, err := again.Regions(ctx, teapot, options)
	if err != nil || regions2.Runs[0].Bounds.String() != regions.Runs[0].Bounds.String() {
		t.Errorf("regions: error %v", err)
	}
}

func TestAStoppedMapContinues(t *testing.T) {
	lab := newLab(t)
	ctx, cancel := context.WithCancel(context.Background())
	options := semrob.MapOptions{
		Axes:     grid(t, "azimuth=0:360:5", "elevation=0:30:10"), // 216 views, two chunks
		OnUpdate: func(*semmap.Map) { cancel() },
	}
	if _, err := lab.Map(ctx, teapot, options); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "are stored") {
		t.Fatalf("error %v, want a cancellation that says what is stored", err)
	}
	kept, err := filepath.Glob(filepath.Join(lab.Store.Dir, "map-*.npz"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept: %v, error %v", kept, err)
	}
	part, err := semmap.Load(kept[0])
	if err != nil || part.Missing() == 0 || part.Missing() == 216 {
		t.Fatalf("%d of 216 points are missing, error %v", part.Missing(), err)
	}
	options.OnUpdate = nil
	m, err := lab.Map(context.Background(), teapot, options)
	if err != nil || m.Missing() != 0 {
		t.Fatalf("%d points are missing, error %v", m.Missing(), err)
	}
}

// TestRegionsOfAll finds the regions of two objects together and compares them
// with those of each alone; what was kept is not computed again.
func TestRegionsOfAll(t *testing.T) {
	ctx := context.Background()
	cup := semrob.Subject{Mesh: "cup", Class: "cup"}
	options := semrob.RegionOptions{Starts: [][]float64{{150, 30}}, Settings: region.Settings{Iterations: 60}}
	lab := newLab(t)
	together, err := lab.RegionsOfAll(ctx, []semrob.Subject{teapot, cup}, options)
	if err != nil {
		t.Fatal(err)
	}
	alone := &semrob.Lab{NoCache: true}
	for i, subject := range []semrob.Subject{teapot, cup} {
		want, err := alone.Regions(ctx, subject, options)
		if err != nil {
			t.Fatal(err)
		}
		if iou := together[i].Runs[0].Bounds.IoU(want.Runs[0].Bounds); iou < 0.999 {
			t.Errorf("%s: together %v, alone %v", subject.Mesh, together[i].Runs[0].Bounds, want.Runs[0].Bounds)
		}
	}
	called := false
	options.Settings.Recorder = region.RecorderFunc(func(region.Iteration) error { called = true; return nil })
	if _, err := lab.RegionsOfAll(ctx, []semrob.Subject{cup, teapot}, options); err != nil || called {
		t.Errorf("kept regions were computed again: %v, error %v", called, err)
	}
}

func TestRegionsOnAMapNeedNoNetwork(t *testing.T) {
	axes := grid(t, "azimuth=0:360:60", "elevation=-10:90:50")
	m, err := newLab(t).Map(context.Background(), teapot, semrob.MapOptions{Axes: axes})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMLX_BACKEND", "nowhere")
	for _, method := range region.Methods() {
		result, err := newLab(t).RegionsOnMap(context.Background(), m, semrob.RegionOptions{Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Runs) != len(semrob.DefaultStarts()) || math.IsNaN(result.SRVR()) {
			t.Errorf("%s: %+v", method.Name(), result)
		}
	}
}

func TestSubjectsSayWhatIsMissing(t *testing.T) {
	lab := newLab(t)
	broken := filepath.Join(t.TempDir(), "broken.obj")
	if err := os.WriteFile(broken, []byte("v 0 0 nan\nf 1 1 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for says, subject := range map[string]semrob.Subject{
		"no mesh":      {Class: "teapot"},
		"no class":     {Mesh: "teapot"},
		"broken.obj:1": {Mesh: broken, Class: "teapot"},
		"alexnet9":     {Mesh: "teapot", Class: "teapot", Network: "alexnet9"},
		"zoom":         {Mesh: "teapot", Class: "teapot", Set: map[string]float64{"zoom": 1}},
	} {
		if _, err := lab.Map(context.Background(), subject, semrob.MapOptions{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one that says %q", err, says)
		}
	}
}

// TestLabsOptionsCount changes a Lab and its subjects between calls: nothing that
// is open already may answer for something else.
func TestLabsOptionsCount(t *testing.T) {
	ctx, lab := context.Background(), newLab(t)
	lab.NoCache = true
	at := objective.At([]float64{40, 25})
	first, err := lab.Views(ctx, teapot, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("input size", func(t *testing.T) {
		small := teapot
		small.Open.InputSize = 160
		views, err := lab.Views(ctx, small, at)
		if err != nil {
			t.Fatal(err)
		}
		if size := views[0].Image.Bounds().Dx(); size != 160 || views[0].Value == first[0].Value {
			t.Errorf("a picture of %d px, f %g as before", size, views[0].Value)
		}
	})
	t.Run("rasterizer", func(t *testing.T) {
		defer func() { lab.Rasterizer = "" }()
		lab.Rasterizer = "nowhere"
		if _, err := lab.Views(ctx, teapot, at); err == nil {
			t.Error("a rasterizer that was chosen after the first use is ignored")
		}
	})
	t.Run("close", func(t *testing.T) {
		opened, err := lab.Objective(ctx, teapot, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(opened.Release(), lab.Close()); err != nil {
			t.Fatal(err)
		}
		if err := opened.Objective.Evaluate(ctx, [][]float64{{0, 0}}, []float64{0}); err == nil {
			t.Error("a closed Lab keeps its network")
		}
		again, err := lab.Views(ctx, teapot, at)
		if err != nil || again[0].Value != first[0].Value {
			t.Errorf("a closed Lab does not open again: %v", err)
		}
	})
}

// TestVerifiedUnderTheirMeaning keeps a verification with default options under the
// same key as one with the defaults spelt out.
func TestVerifiedUnderTheirMeaning(t *testing.T) {
	ctx, lab := context.Background(), newLab(t)
	box := []region.Bounds{{A: []float64{20, 10}, B: []float64{30, 20}}}
	short := verify.Options{Samples: 8, Points: 4}
	if _, err := lab.Verify(ctx, teapot, semrob.VerifyOptions{Regions: box, Options: short}); err != nil {
		t.Fatal(err)
	}
	again := &semrob.Lab{Store: lab.Store, Progress: refusing{t}}
	if _, err := again.Verify(ctx, teapot, semrob.VerifyOptions{Regions: box, Options: short.WithDefaults()}); err != nil {
		t.Error(err)
	}
}

// TestPointsBeyondTheDefaultDomain shows the views of a map that goes further than
// the default domain.
func TestPointsBeyondTheDefaultDomain(t *testing.T) {
	ctx, lab := context.Background(), newLab(t)
	m, err := lab.Map(ctx, teapot, semrob.MapOptions{Axes: grid(t, "azimuth=0:360:120", "elevation=-60:-20:20")})
	if err != nil {
		t.Fatal(err)
	}
	views, err := lab.Views(ctx, teapot, m.Lowest(2, nil))
	if err != nil {
		t.Fatal(err)
	}
	if v := views[0]; v.Point[1] >= -10 || math.Abs(v.Value-m.Stats().Min) > 1e-4 {
		t.Errorf("the lowest view is %g at %v, the map's least value %g", v.Value, v.Point, m.Stats().Min)
	}
}

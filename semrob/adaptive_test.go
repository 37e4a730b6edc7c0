package semrob_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// with returns options that ask for an adaptive map.
func with(o semrob.MapOptions, adaptive semmap.AdaptiveOptions) semrob.MapOptions {
	o.Adaptive = &adaptive
	return o
}

// TestAnAdaptiveMapIsKeptAndContinued stops an adaptive map, continues it with
// another laboratory, and finds it again without a network.
func TestAnAdaptiveMapIsKeptAndContinued(t *testing.T) {
	asked := semrob.MapOptions{Axes: grid(t, "azimuth=0:360:10", "elevation=0:90:10")} // 324 views
	options := semmap.AdaptiveOptions{MaxEvaluations: 60, Tolerance: 1e-6}
	lab := newLab(t)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := options
	stopped.OnUpdate = func(m *semmap.Map, spent int) error {
		if m.Missing() > 0 {
			t.Errorf("%d points lack a value in the picture after %d evaluations", m.Missing(), spent)
		}
		if spent >= 25 {
			cancel()
		}
		return nil
	}
	part, err := lab.Map(ctx, teapot, with(asked, stopped))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "are stored") {
		t.Fatalf("error %v, want a cancellation that says what is stored", err)
	}
	if n := part.Evaluations(); n < 25 || n >= 60 {
		t.Fatalf("%d evaluations are kept", n)
	}
	again := &semrob.Lab{Store: lab.Store}
	m, err := again.Map(context.Background(), teapot, with(asked, options))
	if err != nil {
		t.Fatal(err)
	}
	report := m.Adaptive
	if report.Evaluations != 60 || m.Evaluations() != 60 || report.Stopped != semmap.EvaluationsSpent || m.Missing() != 0 {
		t.Errorf("%+v, %d in the mask", *report, m.Evaluations())
	}
	for i, evaluated := range part.Evaluated {
		if evaluated && (part.Z[i] != m.Z[i] || !m.Evaluated[i]) {
			t.Fatalf("point %d was %g when interrupted, %g after", i, part.Z[i], m.Z[i])
		}
	}
	t.Setenv("GOMLX_BACKEND", "nowhere")
	offline := &semrob.Lab{Store: lab.Store}
	kept, err := offline.Map(context.Background(), teapot, with(asked, options))
	if err != nil || *kept.Adaptive != *report || !slices.Equal(kept.Z, m.Z) {
		t.Errorf("kept: %+v, error %v", kept.Adaptive, err)
	}
	options.Seed++
	if _, err := offline.Map(context.Background(), teapot, with(asked, options)); err == nil {
		t.Error("another seed found the same map")
	}
	if _, err := offline.Map(context.Background(), teapot, asked); err == nil {
		t.Error("an adaptive map passed for an exact one")
	}
}

// TestAdaptiveMapsOfRealObjects measures what adaptive maps of
// EfficientNet-Lite0 are worth, against the exact maps of 4,080 views: the
// curve of error over evaluations, and the estimate. Objects whose maps are
// smooth enough must be within the aim of a mean error of 0.01 and 2 % off by
// more than 0.1 with a third of the evaluations; of the rough ones the estimate
// must say so.
func TestAdaptiveMapsOfRealObjects(t *testing.T) {
	if os.Getenv("SEMROB_LONG") != "1" {
		t.Skip("takes a minute for each object: set SEMROB_LONG=1 to run it")
	}
	meshes := filepath.Join(testdata.Dir(t), "meshes")
	keep, err := store.Default()
	if err != nil {
		t.Fatal(err)
	}
	lab := &semrob.Lab{Store: keep}
	for _, c := range []struct {
		mesh, class string
		within      bool
	}{
		{"bathtub_bdf94fe1.obj", "435", true}, {"bottle_1cf98e5b.obj", "898", true}, {"rifle_5a79d1.obj", "413", true},
		{"vase_9fe7e6.obj", "883", true}, {"teapot.obj", "teapot", false},
		{"chair_341fcdd8.obj", "559", false}, {"toilet_ae9e1ff1.obj", "861", false},
	} {
		t.Run(c.mesh, func(t *testing.T) {
			ctx, subject := context.Background(), semrob.Subject{Mesh: filepath.Join(meshes, c.mesh), Class: c.class, Camera: render.Paper}
			exact, err := lab.Map(ctx, subject, semrob.MapOptions{})
			if err != nil {
				t.Fatal(err)
			}
			errorOf := func(m *semmap.Map) (mean, off float64) {
				for i, z := range m.Z {
					d := math.Abs(z - exact.Z[i])
					mean += d / float64(len(m.Z))
					if d > semmap.OffBy {
						off += 1 / float64(len(m.Z))
					}
				}
				return mean, off
			}
			fresh := &semrob.Lab{NoCache: true}
			m, err := fresh.Map(ctx, subject, semrob.MapOptions{Adaptive: &semmap.AdaptiveOptions{
				OnUpdate: func(m *semmap.Map, spent int) error {
					mean, off := errorOf(m)
					t.Logf("%5d evaluations: mean error %.4f, %.1f %% off", spent, mean, 100*off)
					return nil
				},
			}})
			if err != nil {
				t.Fatal(err)
			}
			r := m.Adaptive
			mean, off := errorOf(m)
			t.Logf("%d evaluations (%s): mean error %.4f, estimated %s; %.2f %% off by more than 0.1, estimated %.3g %% (%.3g…%.3g)",
				r.Evaluations, r.Stopped, mean, r.MeanError, 100*off, 100*r.ShareOff.Value, 100*r.ShareOff.Low, 100*r.ShareOff.High)
			if r.Evaluations > len(m.Z)/3 {
				t.Errorf("%d evaluations, more than a third of %d", r.Evaluations, len(m.Z))
			}
			if c.within && (mean > 0.01 || off > 0.02) {
				t.Errorf("mean error %g and %g off: not within the aim", mean, off)
			}
			if !c.within && r.MeanError.High < 0.01 && mean > 0.01 {
				t.Errorf("the estimate %s hides a mean error of %g", r.MeanError, mean)
			}
		})
	}
}

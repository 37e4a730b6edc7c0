package semrob_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/subject"
	"github.com/semrob/gonb-semrob/semrob/verify"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// results writes a file of every kind about a mesh in a file, with every method of
// regions, and returns their paths by name.
func results(t *testing.T, dir string, s semrob.Subject) map[string]string {
	t.Helper()
	ctx, lab := context.Background(), newLab(t)
	files := map[string]string{}
	save := func(name, ending string, write func(path string) error) {
		t.Helper()
		path := filepath.Join(dir, name+ending)
		if err := write(path); err != nil {
			t.Fatal(err)
		}
		files[name] = path
	}
	axes := grid(t, "azimuth=0:360:90", "elevation=0:90:30")
	m, err := lab.Map(ctx, s, semrob.MapOptions{Axes: axes})
	if err != nil {
		t.Fatal(err)
	}
	save("map", ".npz", m.Save)
	adaptive, err := lab.Map(ctx, s, semrob.MapOptions{Axes: axes, Adaptive: &semmap.AdaptiveOptions{MaxEvaluations: 8, Seed: 1 << 60}})
	if err != nil {
		t.Fatal(err)
	}
	save("adaptive", ".npz", adaptive.Save)
	onFile, err := semmap.Load(files["map"])
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []region.Method{region.Naive{Lambda: 0.2}, region.Trapezoid{}, region.OIRB{Alpha: 0.1}, region.OIRW{Beta: 0.002}} {
		options := semrob.RegionOptions{Method: method, Starts: [][]float64{{130, 30}}, Settings: region.Settings{Iterations: 2, HalfWidth: 5}}
		found, err := lab.Regions(ctx, s, options)
		if err != nil {
			t.Fatal(err)
		}
		save("regions of "+method.Name(), ".npz", found.Save)
		options.Settings.Iterations = 50
		if found, err = lab.RegionsOnMap(ctx, onFile, options); err != nil {
			t.Fatal(err)
		}
		save(method.Name()+" on the map", ".npz", found.Save)
	}
	differences, err := lab.Regions(ctx, s, semrob.RegionOptions{
		Method: region.OIRW{}, GradientStep: 0.01, Starts: [][]float64{{3, 0.2}}, Space: space(t, "distance=2:4", "ambient"), Settings: region.Settings{Iterations: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	save("regions by differences", ".npz", differences.Save)
	guaranteed, err := lab.Guarantee(ctx, s, semrob.GuaranteeOptions{Starts: [][]float64{{130, 30}}, Settings: guarantee.Settings{Right: true, Epsilon: 0.5, Confidence: 0.5, Budget: 40}})
	if err != nil {
		t.Fatal(err)
	}
	save("guaranteed", ".npz", guaranteed.Save)
	if guaranteed, err = lab.GuaranteeOnMap(ctx, onFile, semrob.GuaranteeOptions{Settings: guarantee.Settings{Threshold: 1e-4}}); err != nil {
		t.Fatal(err)
	}
	save("guaranteed on the map", ".npz", guaranteed.Save)
	several := semrob.GuaranteeOptions{Starts: [][]float64{{130, 30}}, Thresholds: []float64{1e-6, 1e-5}, Hint: onFile,
		Settings: guarantee.Settings{Epsilon: 0.5, Confidence: 0.5, Budget: 40}}
	if guaranteed, err = lab.Guarantee(ctx, s, several); err != nil {
		t.Fatal(err)
	}
	if each, err := guarantee.Each(guaranteed); err != nil || len(each) != 2 || each[1].Settings.Threshold != 1e-5 {
		t.Errorf("%d thresholds, error %v", len(each), err)
	}
	save("guaranteed at thresholds", ".npz", guaranteed.Save)
	found, err := lab.WorstViews(ctx, s, semrob.WorstOptions{Method: worst.Spread{}, Settings: worst.Settings{Evaluations: 12, Seed: 3}}, 3)
	if err != nil {
		t.Fatal(err)
	}
	save("worst", ".json", found.Save)
	saveCauses(t, save, lab, s, onFile)
	box := region.Bounds{A: []float64{20, 10}, B: []float64{60, 40}}
	regions := semrob.VerifyOptions{Regions: []region.Bounds{box, box}, Options: verify.Options{Samples: 8, Points: 4, Seed: 2}}
	points := semrob.CertifyOptions{Points: objective.At([]float64{40, 30}), CertifyOptions: verify.CertifyOptions{Selection: 4, Estimation: 8}}
	verified, err := lab.VerifyAll(ctx, s, regions, points)
	if err != nil {
		t.Fatal(err)
	}
	save("verified", ".json", verified.Save)
	if verified, err = lab.VerifyAllOnMap(ctx, onFile, regions, semrob.CertifyOptions{}); err != nil {
		t.Fatal(err)
	}
	save("verified on the map", ".json", verified.Save)
	regions.Options, regions.Together = verify.Options{AtLeast: 0.5, Samples: 40, Seed: 2}, true
	if verified, err = lab.VerifyAll(ctx, s, regions, points); err != nil {
		t.Fatal(err)
	}
	save("claims verified", ".json", verified.Save)
	return files
}

// TestRerun computes a file of every kind again, by a Lab without a cache, from
// the files alone: the mesh was moved, and another program may have other options.
func TestRerun(t *testing.T) {
	dir, meshes := t.TempDir(), t.TempDir()
	s := semrob.Subject{Mesh: filepath.Join(pyramid(t), "p.obj"), Class: "teapot", Materials: true, Preprocess: "raw"}
	s.Gradients.Width = 0.4
	s.Gradients.Points, s.Gradients.Supersample = 2, -1
	files := results(t, dir, s)
	// The mesh comes back under another name, with its material beside it.
	for _, name := range []string{"p.obj", "p.mtl"} {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(s.Mesh), name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(meshes, "deep"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(meshes, "deep", strings.Replace(name, "p.obj", "tent.obj", 1)), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lab := &semrob.Lab{NoCache: true}
	defer lab.Close()
	for name, path := range files {
		t.Run(name, func(t *testing.T) {
			again, err := lab.Rerun(t.Context(), path, meshes)
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Comparable(); err != nil {
				t.Error(err)
			}
			differences, err := again.Differences()
			if err != nil || len(differences) > 0 {
				t.Errorf("error %v, differences %q", err, differences)
			}
		})
	}
	t.Run("picked views", func(t *testing.T) {
		onMap, err := semmap.Load(files["map"])
		if err != nil {
			t.Fatal(err)
		}
		for name, path := range map[string]string{"map": files["map"], "worst": files["worst"]} {
			p, err := lab.PickOf(t.Context(), path, semrob.PickOptions{Count: 3}, meshes)
			if err != nil || len(p.Views) != 3 || string(p.From) != name || p.Views[0].Value > p.Views[2].Value {
				t.Fatalf("%s: %+v, %v", name, p, err)
			}
			if least := onMap.Stats().Min; name == "map" && math.Abs(p.Views[0].Value-least) > 1e-6 {
				t.Errorf("the lowest view has f = %g, the map %g", p.Views[0].Value, least)
			}
		}
		if _, err := lab.PickOf(t.Context(), files["verified"], semrob.PickOptions{Count: 1}, meshes); err == nil || !strings.Contains(err.Error(), `of the kind "verification"`) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("without the mesh", func(t *testing.T) {
		fresh := &semrob.Lab{NoCache: true} // the other one has the mesh already
		defer fresh.Close()
		if _, err := fresh.Rerun(t.Context(), files["map"]); !errors.Is(err, subject.ErrNotFound) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a file without a record", func(t *testing.T) {
		m, err := semmap.New(grid(t, "azimuth=0:360:180")...)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "foreign.npz")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		if _, err := lab.Rerun(t.Context(), path); !errors.Is(err, question.ErrNoRecord) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a changed value", func(t *testing.T) {
		m, err := semmap.Load(files["map"])
		if err != nil {
			t.Fatal(err)
		}
		m.Z[3] += 0.25
		path := filepath.Join(dir, "changed.npz")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		again, err := lab.Rerun(t.Context(), path, meshes)
		if err != nil {
			t.Fatal(err)
		}
		differences, err := again.Differences()
		if err != nil || len(differences) != 1 || !strings.Contains(differences[0], "z: 1 of 12 values differ, by at most 0.2") {
			t.Errorf("differences %q, error %v", differences, err)
		}
	})
	for name, change := range map[string][2]string{
		"another version": {`"question_version":`, `"question_version":9`}, "another device": {`"device":"`, `"device":"other `},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := region.Load(files["regions of oir-b"])
			if err != nil {
				t.Fatal(err)
			}
			if found.Of = strings.Replace(found.Of, change[0], change[1], 1); !json.Valid([]byte(found.Of)) {
				t.Fatalf("the record is not JSON any more: %s", found.Of)
			}
			path := filepath.Join(dir, "other.npz")
			if err := found.Save(path); err != nil {
				t.Fatal(err)
			}
			again, err := lab.Rerun(t.Context(), path, meshes)
			if err != nil {
				t.Fatal(err)
			}
			if err := again.Comparable(); !errors.Is(err, semrob.ErrIncomparable) {
				t.Errorf("it can be compared: %v", err)
			}
		})
	}
}

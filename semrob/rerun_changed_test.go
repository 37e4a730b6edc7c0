package semrob_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/subject"
	"github.com/semrob/gonb-semrob/semrob/verify"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// differencesOf computes a file again and returns the differences.
func differencesOf(t *testing.T, lab *semrob.Lab, path string) []string {
	t.Helper()
	again, err := lab.Rerun(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Comparable(); err != nil {
		t.Fatal(err)
	}
	differences, err := again.Differences()
	if err != nil {
		t.Fatal(err)
	}
	return differences
}

// TestRerunFindsChangedTexts changes what a file says in words, and adds an array.
func TestRerunFindsChangedTexts(t *testing.T) {
	ctx, lab, dir := context.Background(), newLab(t), t.TempDir()
	defer lab.Close()
	s := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	m, err := lab.Map(ctx, s, semrob.MapOptions{
		Axes: grid(t, "azimuth=0:360:90", "elevation=0:90:30"), Adaptive: &semmap.AdaptiveOptions{MaxEvaluations: 8},
	})
	if err != nil {
		t.Fatal(err)
	}
	regions, err := lab.Regions(ctx, s, semrob.RegionOptions{Method: region.OIRB{}, Starts: [][]float64{{130, 30}}, Settings: region.Settings{Iterations: 2}})
	if err != nil {
		t.Fatal(err)
	}
	mapFile, regionFile := filepath.Join(dir, "map.npz"), filepath.Join(dir, "regions.npz")
	for _, err := range []error{m.Save(mapFile), regions.Save(regionFile)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct{ file, old, new, difference string }{
		"nothing":              {file: mapFile},
		"number spelt anew":    {regionFile, `"learning_rate":0.1`, `"learning_rate":1e-1`, ""},
		"label":                {mapFile, `"label":"teapot"`, `"label":"cup"`, "label: cup, now teapot"},
		"label of regions":     {regionFile, `"label":"teapot"`, `"label":"cup"`, "of.label: cup, now teapot"},
		"size":                 {mapFile, `"size":224`, `"size":160`, "size: 160, now 224"},
		"measured error":       {mapFile, `"mean_error":{"value":`, `"mean_error":{"value":0.000000001,"was":`, "adaptive.mean_error.value: 0.000000001"},
		"method":               {regionFile, `"method":"oir-b"`, `"method":"oir-w"`, "method: oir-w, now oir-b"},
		"number of iterations": {regionFile, `"iterations":2,"learning_rate":0.1,"half_width":0.00001,"resolution":0.0001,"forget":false,"sampling":"corners"`, `"iterations":3,"learning_rate":0.1,"half_width":0.00001,"resolution":0.0001,"forget":false,"sampling":"corners"`, "settings.iterations: 3, now 2"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := npz.Open(c.file)
			if err != nil {
				t.Fatal(err)
			}
			text, err := f.Text("meta")
			if err != nil {
				t.Fatal(err)
			}
			changed := strings.Replace(text, c.old, c.new, 1)
			if !json.Valid([]byte(changed)) || c.old != "" && changed == text {
				t.Fatalf("the change does not fit: %s", text)
			}
			f["meta"] = npz.Array{Data: changed}
			path := filepath.Join(t.TempDir(), "changed.npz")
			if err := f.Save(path); err != nil {
				t.Fatal(err)
			}
			differences := differencesOf(t, lab, path)
			if (len(differences) == 0) != (c.difference == "") || !strings.Contains(strings.Join(differences, "\n"), c.difference) {
				t.Errorf("differences %q, want %q", differences, c.difference)
			}
		})
	}
	t.Run("another array", func(t *testing.T) {
		f, err := npz.Open(mapFile)
		if err != nil {
			t.Fatal(err)
		}
		f["more"] = npz.Array{Data: []float64{3}}
		path := filepath.Join(dir, "more.npz")
		if err := f.Save(path); err != nil {
			t.Fatal(err)
		}
		if differences := differencesOf(t, lab, path); len(differences) != 1 || !strings.HasPrefix(differences[0], "more: ") {
			t.Errorf("differences %q", differences)
		}
	})
}

// TestRerunOfALostMap computes regions on a map, and their verification, from the
// record of a map whose file is gone.
func TestRerunOfALostMap(t *testing.T) {
	ctx, lab, dir := context.Background(), newLab(t), t.TempDir()
	defer lab.Close()
	made, err := lab.Map(ctx, semrob.Subject{Mesh: "teapot", Class: "teapot"}, semrob.MapOptions{Axes: grid(t, "azimuth=0:360:90", "elevation=0:90:30")})
	if err != nil {
		t.Fatal(err)
	}
	mapFile := filepath.Join(dir, "map.npz")
	if err := made.Save(mapFile); err != nil {
		t.Fatal(err)
	}
	m, err := semmap.Load(mapFile)
	if err != nil {
		t.Fatal(err)
	}
	found, err := lab.RegionsOnMap(ctx, m, semrob.RegionOptions{Starts: [][]float64{{130, 30}}, Settings: region.Settings{Iterations: 20}})
	if err != nil {
		t.Fatal(err)
	}
	verified, err := lab.VerifyAllOnMap(ctx, m, semrob.VerifyOptions{Options: verify.Options{Samples: 8, Points: 4}}, semrob.CertifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(dir, "regions.npz"), filepath.Join(dir, "verified.json")}
	for _, err := range []error{found.Save(files[0]), verified.Save(files[1])} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, lost := range []bool{false, true} {
		if lost {
			if err := os.Remove(mapFile); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range files {
			if differences := differencesOf(t, lab, file); len(differences) > 0 {
				t.Errorf("%s, map lost: %v: differences %q", filepath.Base(file), lost, differences)
			}
		}
	}
}

// TestRerunRenewsRecords computes results of an older version again: the new files
// are of this one.
func TestRerunRenewsRecords(t *testing.T) {
	ctx, lab, dir := context.Background(), newLab(t), t.TempDir()
	defer lab.Close()
	s := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	low, err := lab.WorstViews(ctx, s, semrob.WorstOptions{Method: worst.Spread{}, Settings: worst.Settings{Evaluations: 4}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	certificates, err := lab.VerifyAll(ctx, s, semrob.VerifyOptions{}, semrob.CertifyOptions{
		Points: objective.At([]float64{40, 30}), CertifyOptions: verify.CertifyOptions{Selection: 2, Estimation: 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, save := range map[string]func(path string) error{"worst": low.Save, "certificates": certificates.Save} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name+".json")
			if err := save(path); err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			older := strings.Replace(string(data), `"network": 2`, `"network": 1`, 1)
			if older == string(data) {
				t.Fatalf("no version in %s", data)
			}
			if err := os.WriteFile(path, []byte(older), 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := lab.Rerun(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			if string(again.New) != string(data) {
				t.Errorf("the new file is\n%s\nwant\n%s", again.New, data)
			}
		})
	}
}

// TestRecordsOfCertificatesAreComplete keeps one result for two spellings of the
// same question, and records what a 0 stands for.
func TestRecordsOfCertificatesAreComplete(t *testing.T) {
	lab := newLab(t)
	defer lab.Close()
	s, points := semrob.Subject{Mesh: "teapot", Class: "teapot"}, objective.At([]float64{40, 30})
	short := semrob.CertifyOptions{Points: points, CertifyOptions: verify.CertifyOptions{Selection: 2, Estimation: 4}}
	long := short
	long.Sigma, long.Scale, long.Decision, long.Threshold, long.Confidence = []float64{7.2, 2}, 0.02, verify.Top1, 0.5, 0.95
	var records [2]string
	for i, options := range []semrob.CertifyOptions{short, long} {
		v, err := lab.VerifyAll(t.Context(), s, semrob.VerifyOptions{}, options)
		if err != nil {
			t.Fatal(err)
		}
		records[i] = string(v.OfCertificates)
		lab.Progress = refusing{t}
	}
	if records[0] != records[1] || !strings.Contains(records[0], `"decision":"top-1"`) {
		t.Errorf("one question has two records:\n%s\n%s", records[0], records[1])
	}
}

// TestRerunOfAList names what is wrong with the list that verify --json prints.
func TestRerunOfAList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.json")
	if err := os.WriteFile(path, []byte(`[{"kind": "region"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := new(semrob.Lab).Rerun(t.Context(), path); !errors.Is(err, question.ErrNoRecord) {
		t.Errorf("error %v", err)
	}
}

// TestRerunWithoutARecord refuses maps that are not what their record asks for:
// slices, and those of user-defined parameters.
func TestRerunWithoutARecord(t *testing.T) {
	lab, dir := newLab(t), t.TempDir()
	defer lab.Close()
	s := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	whole, err := lab.Map(t.Context(), s, semrob.MapOptions{Axes: grid(t, "azimuth=0:360:180", "elevation=0:90:45", "distance=2:4:1")})
	if err != nil {
		t.Fatal(err)
	}
	slice, err := whole.Slice("distance", 3)
	if err != nil {
		t.Fatal(err)
	}
	s.Parameters = []rendered.UserParameter{{
		Axis: objective.Axis{Name: "zoom", Min: 1, Max: 2}, Default: 1, Revision: "1",
		Scene: func(*render.Scene, float64) {},
	}}
	own, err := lab.Map(t.Context(), s, semrob.MapOptions{Axes: grid(t, "azimuth=0:360:180")})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		made *semmap.Map
		want error
	}{"slice": {slice, question.ErrNoRecord}, "user": {own, subject.ErrUserParameter}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name+".npz")
			if err := c.made.Save(path); err != nil {
				t.Fatal(err)
			}
			if _, err := lab.Rerun(t.Context(), path); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
}

// TestKeptRecordsNameTodaysFiles asks twice for a white mesh; in between its
// material, which is not shown, changed.
func TestKeptRecordsNameTodaysFiles(t *testing.T) {
	lab, dir := newLab(t), pyramid(t)
	defer lab.Close()
	s := semrob.Subject{Mesh: filepath.Join(dir, "p.obj"), Class: "teapot"}
	ask := func() (records [2]string) {
		m, err := lab.Map(t.Context(), s, semrob.MapOptions{Axes: grid(t, "azimuth=0:360:180")})
		if err != nil {
			t.Fatal(err)
		}
		r, err := lab.Regions(t.Context(), s, semrob.RegionOptions{Starts: [][]float64{{130, 30}}, Settings: region.Settings{Iterations: 2}})
		if err != nil {
			t.Fatal(err)
		}
		return [2]string{m.Meta, r.Of}
	}
	before := ask()
	if err := os.WriteFile(filepath.Join(dir, "p.mtl"), []byte("# another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kept := ask()
	lab.NoCache = true
	if fresh := ask(); kept != fresh || kept == before {
		t.Errorf("the records of kept results are\n%q\nof new ones\n%q", kept, fresh)
	}
}

package semrob_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/store"
	"github.com/semrob/gonb-semrob/semrob/verify"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// Small questions of each kind.
var (
	fewSensitivities = sensitivity.Settings{Points: 16, Replicates: 8, Resamples: 100}
	fewSlices        = slice.Settings{Points: 100, Fresh: 5, Criterion: verify.Criterion{Threshold: 0.02}}
	fewDistributions = worst.DistributionSettings{Components: 1, Batch: 4, Explore: 10, Evaluations: 50, Fresh: 5, Ascent: worst.ByEvolution}
)

// saveCauses writes a file of each kind about a subject, and about a map.
func saveCauses(t *testing.T, save func(name, ending string, write func(string) error), lab *semrob.Lab, s semrob.Subject, m *semmap.Map) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	white := fewSensitivities
	white.Gradients = 8
	of, err := lab.Sensitivity(ctx, s, semrob.SensitivityOptions{Settings: white})
	must(err)
	save("sensitivity", ".json", of.Save)
	of, err = lab.SensitivityOnMap(ctx, m, semrob.SensitivityOptions{Settings: fewSensitivities})
	must(err)
	save("sensitivity on the map", ".json", of.Save)
	found, err := lab.Slices(ctx, s, semrob.SliceOptions{Settings: fewSlices})
	must(err)
	save("slices", ".json", found.Save)
	found, err = lab.SlicesOnMap(ctx, m, semrob.SliceOptions{Settings: fewSlices})
	must(err)
	save("slices on the map", ".json", found.Save)
	d, err := lab.Distribution(ctx, s, semrob.DistributionOptions{DistributionSettings: fewDistributions})
	must(err)
	save("distribution", ".json", d.Save)
}

// What makes the network fail is kept, and its files read back.
func TestCausesAreKept(t *testing.T) {
	ctx, lab, dir := context.Background(), newLab(t), t.TempDir()
	again := &semrob.Lab{Store: &store.Store{Dir: lab.Store.Dir}, Progress: refusing{t}, Warn: func(s string) { t.Error(s) }}
	twice(t, again, lab, func(l *semrob.Lab) (*semrob.Sensitivity, error) {
		return l.Sensitivity(ctx, teapot, semrob.SensitivityOptions{Settings: fewSensitivities})
	}, func(s *semrob.Sensitivity) {
		if s.Evaluations != 16*4 || s.Right == nil || len(s.Factors) != 2 {
			t.Fatalf("%+v", s.Result)
		}
		path := filepath.Join(dir, "sensitivity.json")
		if err := s.Save(path); err != nil {
			t.Fatal(err)
		}
		read, err := semrob.LoadSensitivity(path)
		if err != nil || read.String() != s.String() {
			t.Errorf("%v, %v", read, err)
		}
		if _, err := semrob.LoadSlices(path); err == nil || !strings.Contains(err.Error(), `of the kind "sensitivity", not "slices"`) {
			t.Errorf("error %v", err)
		}
	})
	twice(t, again, lab, func(l *semrob.Lab) (*semrob.Slices, error) {
		return l.Slices(ctx, teapot, semrob.SliceOptions{Settings: fewSlices})
	}, func(s *semrob.Slices) {
		path := filepath.Join(dir, "slices.json")
		if err := s.Save(path); err != nil {
			t.Fatal(err)
		}
		if read, err := semrob.LoadSlices(path); err != nil || read.Right != s.Right || len(read.Slices) != len(s.Slices) {
			t.Errorf("%v, %v", read, err)
		}
		for _, one := range s.Slices {
			if len(one.Views) != 5 || !one.Bounds.Contains(s.Space, one.Views[0]) {
				t.Errorf("%+v", one)
			}
		}
	})
	box := region.Bounds{A: []float64{20, 10}, B: []float64{60, 40}}
	twice(t, again, lab, func(l *semrob.Lab) (*semrob.Distribution, error) {
		return l.Distribution(ctx, teapot, semrob.DistributionOptions{Within: &box, DistributionSettings: fewDistributions})
	}, func(d *semrob.Distribution) {
		if len(d.Fresh.Points) != 5 || len(d.Single) == 0 || d.Fresh.Accuracy == nil {
			t.Fatalf("%+v", d.Distribution)
		}
		checkValue(t, lab, d.Fresh.Points[0], d.Fresh.Values[0])
		path := filepath.Join(dir, "distribution.json")
		if err := d.Save(path); err != nil {
			t.Fatal(err)
		}
		read, err := semrob.LoadDistribution(path)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := d.Sample(3, 9)
		b, _ := read.Sample(3, 9)
		for i := range a {
			if a[i][0] != b[i][0] || !box.Contains(d.Space, a[i]) {
				t.Errorf("sample %v, after reading %v", a[i], b[i])
			}
		}
	})
	path := filepath.Join(dir, "none.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := semrob.LoadDistribution(path); err == nil {
		t.Error("a file without a record was read")
	}
}

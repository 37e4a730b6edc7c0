package sweep_test

import (
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// A plan with guaranteed regions gives the rows that guarantee.Find gives, of which
// only proved ones count, in a column of their own.
func TestGuaranteedRegionsInAStudy(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}, {analytic: gaussian}]
objects: [{mesh: cup, class: a}, {mesh: vase, class: b}]
methods: [naive, {name: guaranteed, epsilon: 0.02, confidence: 0.9, threshold: 0.4, budget: 3000}]
settings: {iterations: 20}
starts: [[130, 30], [300, 80]]
`)
	folder := t.TempDir()
	table := run(t, p, folder, 2)
	if len(table.Rows) != 16 {
		t.Fatalf("%d rows", len(table.Rows))
	}
	statuses := map[string]bool{}
	for _, r := range table.Rows {
		if r.Method != guarantee.Method {
			continue
		}
		statuses[r.Status] = true
		if proved := guarantee.Status(r.Status).Proved(); r.Mode != "" || !proved && r.Fraction != 0 || proved && !(r.Fraction > 0) {
			t.Errorf("%s, start %d: %s counts %g, mode %q", r.Network, r.Start, r.Status, r.Fraction, r.Mode)
		}
		if !strings.Contains(r.Versions, "guarantee=") || !strings.Contains(r.MethodSettings, `"epsilon":0.02`) {
			t.Errorf("versions %s, settings %s", r.Versions, r.MethodSettings)
		}
		f, err := analytic.Formula(strings.TrimPrefix(r.Network, analytic.NetworkPrefix), p.Space, r.MeshHash)
		if err != nil {
			t.Fatal(err)
		}
		found, err := guarantee.Find(t.Context(), []guarantee.Problem{{Objective: f, Starts: [][]float64{{130, 30}, {300, 80}}}},
			guarantee.Settings{Epsilon: 0.02, Confidence: 0.9, Threshold: 0.4, Budget: 3000})
		if err != nil {
			t.Fatal(err)
		}
		if want := found[0].Runs[r.Start]; !reflect.DeepEqual(r.A, want.Bounds.A) || r.Evaluations != want.Evaluations {
			t.Errorf("start %d: %v after %d evaluations, want %v after %d", r.Start, r.A, r.Evaluations, want.Bounds, want.Evaluations)
		}
	}
	if !statuses[string(guarantee.Proved)] || !statuses[string(guarantee.WrongAtStart)] {
		t.Errorf("statuses %v", statuses)
	}

	saved, err := results.Open(filepath.Join(folder, sweep.TableFile))
	if err != nil {
		t.Fatal(err)
	}
	again, err := sweep.Rerun(t.Context(), saved, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := sweep.Differences(saved, again); err != nil || len(d) > 0 {
		t.Errorf("differences %q, error %v", d, err)
	}

	c, err := compare.New(table, compare.Options{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	srvr := c.SRVR(compare.ByNetwork)
	at := slices.Index(srvr.Headers, "guaranteed SRVR %")
	if at < 0 || srvr.Headers[at-1] != "SRVR %" {
		t.Fatalf("headers %q", srvr.Headers)
	}
	for _, row := range srvr.Rows {
		plain, promised := row[at-1].(figure.Quantity).Value, row[at].(figure.Quantity).Value
		if guaranteed := row[0] == guarantee.Method; math.IsNaN(plain) != guaranteed || math.IsNaN(promised) == guaranteed || len(row) != len(srvr.Headers) {
			t.Errorf("%s: SRVR %g, guaranteed SRVR %g, %d cells", row[0], plain, promised, len(row))
		}
	}
	if text := c.Pairs().Caption; !strings.Contains(text, "not comparable") {
		t.Errorf("caption %q", text)
	}
}

// Several thresholds are one item, whose rows are those of a method for each threshold.
func TestSeveralThresholdsInAStudy(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}, {analytic: gaussian}]
objects: [{mesh: cup, class: a}, {mesh: vase, class: b}]
methods: [{name: guaranteed, epsilon: 0.05, thresholds: [0.3, 0.5]}]
starts: [[130, 30], [300, 80], [200, 40]]
map: ["azimuth=0:360:15", "elevation=-10:90:10"]
regions-on: map
`)
	folder := t.TempDir()
	table := run(t, p, folder, 1)
	if p.Total() != 8 || len(table.Rows) != 24 {
		t.Fatalf("%d items, %d rows", p.Total(), len(table.Rows))
	}
	saved, err := results.Open(filepath.Join(folder, sweep.TableFile))
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range table.Rows {
		method, threshold := "guaranteed τ 0.3", `"threshold":0.3`
		if i/3%2 == 1 {
			method, threshold = "guaranteed τ 0.5", `"threshold":0.5`
		}
		if r.Method != method || r.Start != i%3 || !strings.Contains(r.MethodSettings, threshold) || strings.Contains(r.MethodSettings, "thresholds") {
			t.Errorf("row %d: %s, start %d, %s", i, r.Method, r.Start, r.MethodSettings)
		}
		if proved := guarantee.Status(r.Status).Proved(); proved != (r.Fraction > 0) || proved && r.InitialF < 0.3 {
			t.Errorf("row %d: %s counts %g, f %g", i, r.Status, r.Fraction, r.InitialF)
		}
	}
	again, err := sweep.Rerun(t.Context(), saved, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := sweep.Differences(saved, again); err != nil || len(d) > 0 {
		t.Errorf("differences %q, error %v", d, err)
	}
	checked, err := sweep.Verify(t.Context(), p, table, folder, sweep.VerifyOptions{Again: 1})
	if err != nil || len(checked) < 2 {
		t.Errorf("%d regions verified, error %v", len(checked), err)
	}
	c, err := compare.New(table, compare.Options{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	srvr := c.SRVR(compare.ByNetwork)
	at := slices.Index(srvr.Headers, "guaranteed SRVR %")
	if at < 0 || len(srvr.Rows) != 4 || srvr.Rows[0][0] != "guaranteed τ 0.3" || math.IsNaN(srvr.Rows[2][at].(figure.Quantity).Value) {
		t.Errorf("table %q, %v", srvr.Headers, srvr.Rows)
	}
}

// Guaranteed regions grow on maps as well, and their files can be computed again.
func TestGuaranteedRegionsOnMaps(t *testing.T) {
	p := prepare(t, `networks: [{analytic: soft-box}]
objects: [{mesh: cup, class: a}]
methods: [{name: guaranteed, threshold: 0.3}]
starts: [[200, 40]]
map: ["azimuth=0:360:15", "elevation=-10:90:10"]
regions-on: map
`)
	folder := t.TempDir()
	table := run(t, p, folder, 1)
	if r := table.Rows[0]; len(table.Rows) != 1 || !guarantee.Status(r.Status).Proved() || math.IsNaN(r.MapMean) {
		t.Fatalf("rows %+v", table.Rows)
	}
	checked, err := sweep.Verify(t.Context(), p, table, folder, sweep.VerifyOptions{Again: 1})
	if err != nil {
		t.Fatal(err)
	}
	if v := checked[0]; v.Again < 0.01 || v.IoU < 0.3 {
		t.Errorf("verified %+v", v)
	}
	lab := &semrob.Lab{NoCache: true}
	defer lab.Close()
	again, err := lab.Rerun(t.Context(), filepath.Join(folder, filepath.FromSlash(table.Rows[0].RegionsFile)))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := again.Differences(); err != nil || len(d) > 0 {
		t.Errorf("differences %q, error %v", d, err)
	}
}

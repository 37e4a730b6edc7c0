package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
)

func TestGuaranteedRegionsOfAMap(t *testing.T) {
	dir := t.TempDir()
	plane, line, _, _ := figureFiles(t, dir)
	out := filepath.Join(dir, "r.npz")
	text, _ := succeed(t, "regions", "--map", plane, "--method", "guaranteed", "--threshold", "0.5", "--epsilon", "0.02", "--confidence", "0.9",
		"--start", "180,40", "--start", "10,40", "--out", out, "--figure", filepath.Join(dir, "r.png"), "--json")
	var printed struct {
		Predicate string
		Runs      []struct {
			Proved   bool
			Status   guarantee.Status
			Fraction float64
			Proof    guarantee.Proof
		}
	}
	if err := json.Unmarshal([]byte(text), &printed); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	first, second := printed.Runs[0], printed.Runs[1]
	if !first.Proved || first.Proof.Bound < 0.98 || first.Fraction < 0.05 || second.Status != guarantee.WrongAtStart || printed.Predicate != "f ≥ 0.5" {
		t.Errorf("printed %+v", printed)
	}
	f, err := npz.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	proved, _, err := f.Float64s("proved")
	if err != nil || len(proved) != 2 || proved[0] != 1 || proved[1] != 0 {
		t.Errorf("proved %v, error %v", proved, err)
	}
	if evaluations, _, err := f.Float64s("evaluations"); err != nil || evaluations[0] < 300 || evaluations[1] != 1 {
		t.Errorf("evaluations %v, error %v", evaluations, err)
	}
	if text, _ = succeed(t, "rerun", out, "--check"); !strings.Contains(text, "the same") {
		t.Errorf("rerun prints %s", text)
	}
	if text, _ = succeed(t, "regions", "--map", line, "--method", "guaranteed", "--start", "180", "--out", out); !strings.Contains(text, "f ≥ 0.5 in at least 99 % of its views (95 % confidence)") {
		t.Errorf("printed %s", text)
	}
	text, _ = succeed(t, "regions", "--map", plane, "--method", "guaranteed", "--thresholds", "0.3:0.65:0.1", "--start", "180,40", "--out", out, "--json")
	var each []struct {
		Settings guarantee.Settings
		Runs     []struct{ Fraction float64 }
	}
	if err := json.Unmarshal([]byte(text), &each); err != nil || len(each) != 4 || !(each[3].Runs[0].Fraction < each[0].Runs[0].Fraction) {
		t.Errorf("error %v, %+v", err, each)
	}
	if text, _ = succeed(t, "rerun", out, "--check"); !strings.Contains(text, "the same") {
		t.Errorf("rerun prints %s", text)
	}
	for says, args := range map[string][]string{
		"369 or more":           {"--method", "guaranteed", "--budget", "100"},
		"not both":              {"--method", "guaranteed", "--threshold", "0.3", "--thresholds", "0.1:0.5:0.1"},
		"--hint is for":         {"--method", "guaranteed", "--hint", plane},
		"has no --alpha":        {"--method", "guaranteed", "--alpha", "0.1"},
		"has no --iterations":   {"--method", "guaranteed", "--iterations", "10"},
		"naive has no --right":  {"--method", "naive", "--right"},
		"answers are not known": {"--method", "guaranteed", "--right"},
		"between 0 and 1":       {"--method", "guaranteed", "--epsilon", "0"},
	} {
		if status, _, stderr := command(t, append([]string{"regions", "--map", plane, "--start", "180,40", "--out", out}, args...)...); status == 0 || !strings.Contains(stderr, says) {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
	}
}

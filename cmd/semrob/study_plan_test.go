package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// TestPlanWithAPilot checks a plan of two formulas by a pilot in which an object's
// difference has a standard deviation of 10 points: the naive method took 500
// evaluations for each start.
func TestPlanWithAPilot(t *testing.T) {
	dir := t.TempDir()
	table := &results.Table{Study: "pilot", Space: objective.Viewpoints()}
	for object, difference := range []float64{-0.1, 0.1, -0.1, 0.1, -0.1, 0.1, -0.1, 0.1} {
		for n, network := range []string{"soft-box", "gaussian"} {
			table.Rows = append(table.Rows, results.Row{
				Network: network, Object: fmt.Sprint(object), Method: "naive", Mode: "default", Evaluations: 500,
				StartPoint: []float64{1, 1}, A: []float64{0, 0}, B: []float64{2, 2}, Fraction: 0.5 + float64(n)*difference,
			})
		}
	}
	pilot := filepath.Join(dir, "results.parquet")
	if err := table.Save(pilot); err != nil {
		t.Fatal(err)
	}
	plan := filepath.Join(dir, "plan.yaml")
	text := "networks: [{analytic: soft-box}, {analytic: gaussian}]\nmethods: [naive]\nstarts: [[130, 30], [50, 20]]\n" +
		"objects: [{mesh: cup, class: a}, {mesh: vase, class: b}]\n"
	if err := os.WriteFile(plan, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, _ := succeed(t, "study", "plan", plan, "--pilot", pilot, "--difference", "10", "--check")
	for _, says := range []string{
		"by the pilot 2000", // 2 objects × 2 starts × 500
		"by the pilot 0.0 s",
		"| naive  | soft-box | gaussian |       8 |",
		"found with 2 objects",
	} {
		if !strings.Contains(stdout, says) {
			t.Errorf("it does not say %q:\n%s", says, stdout)
		}
	}
	for says, args := range map[string][]string{
		"--difference 0": {plan, "--pilot", pilot, "--difference", "0"},
		"--power 1":      {plan, "--pilot", pilot, "--power", "1"},
		"absent":         {plan, "--pilot", filepath.Join(dir, "absent")},
	} {
		status, _, stderr := command(t, append([]string{"study", "plan"}, args...)...)
		if status == 0 || !strings.Contains(stderr, says) {
			t.Errorf("%v: status %d, %q does not contain %q", args, status, stderr, says)
		}
	}
}

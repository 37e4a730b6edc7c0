package main

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestStudyTable(t *testing.T) {
	dir := smallStudy(t, "Small")
	stdout, _ := succeed(t, "study", "table", dir, "--by", "class", "--format", "csv")
	records, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil || len(records) != 3 {
		t.Fatalf("error %v; it printed\n%s", err, stdout)
	}
	// smallStudy's naive regions cover 0 and 0.5 % of the domain, one of OIR-B's
	// 5 %, the other is unfinished.
	for i, want := range []struct {
		method string
		srvr   float64
		left   string
	}{{"naive", 0.25, "0"}, {"oir-b", 5, "1"}} {
		r := records[i+1]
		srvr, err := strconv.ParseFloat(r[3], 64)
		if r[0] != want.method || r[1] != "class 0" || r[2] != "Small" || err != nil || math.Abs(srvr-want.srvr) > 1e-9 || r[len(r)-1] != want.left {
			t.Errorf("row %v, want %+v", r, want)
		}
	}
	out := filepath.Join(t.TempDir(), "t.tex")
	if stdout, _ := succeed(t, "study", "table", dir, "--out", out); stdout != "" {
		t.Errorf("with --out it printed %q", stdout)
	}
	text, err := os.ReadFile(out)
	if err != nil || strings.Count(string(text), `\toprule`) != 2 {
		t.Errorf("error %v; it wrote\n%s", err, text)
	}
	for says, args := range map[string][]string{
		"choose --part":        {dir, "--format", "csv", "--part", "both"},
		"unknown table format": {dir, "--format", "pdf"},
		"network or class":     {dir, "--by", "planet"},
		"unknown part":         {dir, "--part", "all"},
		"results":              {filepath.Join(dir, "absent")},
	} {
		t.Run(says, func(t *testing.T) {
			status, _, stderr := command(t, append([]string{"study", "table"}, args...)...)
			if status == 0 || !strings.Contains(stderr, says) {
				t.Errorf("%v: status %d, %q does not contain %q", args, status, stderr, says)
			}
		})
	}
}

// TestStudyBeside sets published results beside themselves.
func TestStudyBeside(t *testing.T) {
	dir := smallStudy(t, "Small")
	stdout, _ := succeed(t, "study", "beside", dir, "--data", dir, "--by", "class")
	if !strings.Contains(stdout, "| naive ") || !strings.Contains(stdout, "| oir-b ") || strings.Count(stdout, "|               0.00 |     1 |      1.000 |") != 2 || strings.Contains(stdout, "Maps") {
		t.Errorf("it printed\n%s", stdout)
	}
	for says, args := range map[string][]string{
		"unknown network of the study": {dir, "--data", dir, "--name", "Large=Small"},
		"unknown published network":    {dir, "--data", dir, "--name", "Small=Large"},
		"one table":                    {dir, "--data", dir, "--out", filepath.Join(dir, "t.csv")},
		"data":                         {dir},
	} {
		t.Run(says, func(t *testing.T) {
			status, _, stderr := command(t, append([]string{"study", "beside"}, args...)...)
			if status == 0 || !strings.Contains(stderr, says) {
				t.Errorf("%v: status %d, %q does not contain %q", args, status, stderr, says)
			}
		})
	}
}

func TestStudyPredictErrors(t *testing.T) {
	dir := smallStudy(t, "Small")
	for says, args := range map[string][]string{
		"at least 4 objects": {dir},
		"needs --shapes":     {dir, "--meshes", dir},
		"none of the study":  {dir, "--shapes"},
		"2 folds":            {dir, "--folds", "1"},
	} {
		t.Run(says, func(t *testing.T) {
			status, _, stderr := command(t, append([]string{"study", "predict"}, args...)...)
			if status == 0 || !strings.Contains(stderr, says) {
				t.Errorf("%v: status %d, %q does not contain %q", args, status, stderr, says)
			}
		})
	}
}

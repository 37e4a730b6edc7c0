package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

func TestFigureCurve(t *testing.T) {
	data, dir := filepath.Join(testdata.Dir(t), "published"), t.TempDir()
	for _, name := range []string{"curve.svg", "curve.md"} {
		out := filepath.Join(dir, name)
		text, _ := succeed(t, "figure", "curve", "--data", data, "--network", "AlexNet", "--network", "ResNet50", "--thresholds", "0.1:0.55:0.2", "--out", out)
		if !strings.Contains(text, "AlexNet below ResNet50 for τ 0.1…0.5.") {
			t.Errorf("output %s", text)
		}
		written, err := os.ReadFile(out)
		if err != nil || name == "curve.md" && !strings.Contains(string(written), " 4.90 [") {
			t.Errorf("error %v, %s", err, written)
		}
	}
}

// The curve against ε begins at the clean boxes of the curve against τ.
func TestFigureCurveAgainstEpsilon(t *testing.T) {
	data, out := filepath.Join(testdata.Dir(t), "published"), filepath.Join(t.TempDir(), "curve.md")
	text, _ := succeed(t, "figure", "curve", "--data", data, "--network", "AlexNet", "--network", "ResNet50", "--threshold", "0.3",
		"--epsilons", "0:0.05:0.02", "--cell", "6", "--out", out)
	exact, _ := succeed(t, "figure", "curve", "--data", data, "--network", "AlexNet", "--network", "ResNet50",
		"--thresholds", "0.3:0.35:0.1", "--cell", "6", "--out", filepath.Join(filepath.Dir(out), "exact.md"))
	if !strings.Contains(text, "AlexNet below ResNet50 for ε 0…0.04.") {
		t.Errorf("output %s", text)
	}
	row := func(text, first string) string {
		for _, line := range strings.Split(text, "\n") {
			if cells := strings.Split(line, "|"); len(cells) > 3 && strings.TrimSpace(cells[1]) == first {
				return cells[2] + cells[3]
			}
		}
		return ""
	}
	against, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	clean, err := os.ReadFile(filepath.Join(filepath.Dir(out), "exact.md"))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := row(string(against), "0"), row(string(clean), "0.3"); a == "" || a != b {
		t.Errorf("at ε 0: %q, clean boxes: %q (%s)", a, b, exact)
	}
}

// Files of guaranteed regions at several thresholds become a curve for each network.
func TestFigureCurveOfGuaranteedRegions(t *testing.T) {
	dir := t.TempDir()
	write := func(name, network, label string, width float64, thresholds ...float64) string {
		f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 { return math.Exp(-math.Pow((u[0]-180)/width, 2)) }}
		q := &question.Guarantee{Settings: guarantee.Settings{Budget: 2000}, Thresholds: thresholds, Starts: [][]float64{{180, 40}}}
		if err := q.Complete(f.Domain); err != nil {
			t.Fatal(err)
		}
		found, err := q.Answer(t.Context(), nil, nil, f)
		if err != nil {
			t.Fatal(err)
		}
		d := &subject.Description{Subject: subject.Subject{Mesh: "cup", Network: network}, Label: label, MeshHash: label}
		if found[0].Of, err = question.NewRecord(d, q).JSON(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".npz")
		if err := found[0].Save(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"figure", "curve", "--out", filepath.Join(dir, "curve.md")}
	for i, label := range []string{"a", "b", "c", "d"} {
		width := 50 + 5*float64(i)
		args = append(args, "--regions", write("wide"+label, "wide", label, 2*width, 0.3, 0.5), "--regions", write("narrow"+label, "narrow", label, width, 0.3, 0.5))
	}
	text, _ := succeed(t, args...)
	if !strings.Contains(text, "wide above narrow for τ 0.3…0.5.") {
		t.Errorf("output %s", text)
	}
	succeed(t, append(args, "--out", filepath.Join(dir, "curve.svg"))...)
	for says, file := range map[string]string{
		"different objects": write("more", "wide", "e", 50, 0.3, 0.5), "appears twice": filepath.Join(dir, "widea.npz"),
	} {
		if status, _, stderr := command(t, append(args, "--regions", file)...); status == 0 || !strings.Contains(stderr, says) {
			t.Errorf("status %d, %s", status, stderr)
		}
	}
	other := write("other", "third", "a", 50, 0.3, 0.4)
	if status, _, stderr := command(t, "figure", "curve", "--out", filepath.Join(dir, "c.md"), "--regions", other, "--regions", filepath.Join(dir, "widea.npz")); status == 0 || !strings.Contains(stderr, "same thresholds") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

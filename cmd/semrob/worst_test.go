package main

import (
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// worstFile is what the tests read of the command's file.
type worstFile struct {
	Axes        objective.Space
	Within      region.Bounds
	Point       []float64
	Value       float64
	Evaluations int
	Status      string
	Trace       []struct{ Evaluations int }
	Views       []struct {
		Point []float64
		Value float64
		Top   []struct{ Label string }
	}
	Of struct{ Mesh, Label string }
}

func readWorst(t *testing.T, path string) worstFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f worstFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return f
}

// TestTheWorstViewIsAView searches in a small space, and asks for the view at
// the point that it finds by another command.
func TestTheWorstViewIsAView(t *testing.T) {
	dir := t.TempDir()
	out, picture := filepath.Join(dir, "worst.json"), filepath.Join(dir, "worst.png")
	args := []string{"worst", "--mesh", "teapot", "--class", "teapot", "--axis", "azimuth=100:160", "--axis", "distance=2:4",
		"--evaluations", "30", "--views", "2", "--out", out, "--figure", picture}
	stdout, _ := succeed(t, args...)
	f := readWorst(t, out)
	if len(f.Views) == 0 || f.Evaluations != 30 || f.Of.Mesh != "teapot" || f.Of.Label != "teapot" || len(f.Trace) == 0 {
		t.Fatalf("the file holds %+v", f)
	}
	if math.Abs(f.Views[0].Value-f.Value) > 1e-4 || f.Point[0] < 100 || f.Point[0] > 160 || f.Point[1] < 2 || f.Point[1] > 4 {
		t.Errorf("%g at %v, seen as %g", f.Value, f.Point, f.Views[0].Value)
	}
	if !strings.Contains(stdout, "30 evaluations with combined") || !strings.Contains(stdout, f.Views[0].Top[0].Label) {
		t.Errorf("it says %q", stdout)
	}
	drawn, err := os.Open(picture)
	if err != nil {
		t.Fatal(err)
	}
	defer drawn.Close()
	if _, err := png.Decode(drawn); err != nil {
		t.Error(err)
	}
	again, _ := succeed(t, args...)
	if again != stdout {
		t.Errorf("the same command says %q and %q", stdout, again)
	}
}

func TestTheWorstViewOfARegion(t *testing.T) {
	dir := t.TempDir()
	regions, out := filepath.Join(dir, "regions.npz"), filepath.Join(dir, "worst.json")
	result := region.Result{
		Space: objective.Viewpoints(), Method: "by hand", Runs: []region.Run{
			{Start: []float64{100, 30}, Bounds: region.Bounds{A: []float64{90, 20}, B: []float64{110, 40}}},
			{Start: []float64{0, 10}, Bounds: region.Bounds{A: []float64{350, 5}, B: []float64{365, 15}}},
		},
	}
	if err := result.Save(regions); err != nil {
		t.Fatal(err)
	}
	search := []string{"worst", "--mesh", "teapot", "--class", "teapot", "--within", regions, "--evaluations", "20", "--method", "spread", "--out", out}
	succeed(t, append(search, "--region", "2")...)
	f := readWorst(t, out)
	if !result.Runs[1].Bounds.Contains(f.Axes, f.Point) || !f.Axes[0].Periodic {
		t.Errorf("%v is not in the second region, %v, of %s", f.Point, result.Runs[1].Bounds, f.Axes)
	}
	if status, _, stderr := command(t, append(search, "--region", "3")...); status != 1 || !strings.Contains(stderr, "1…2") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestBadWorstInput(t *testing.T) {
	out := filepath.Join(t.TempDir(), "worst.json")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"unknown method":      {[]string{"--method", "magic"}, "cma-es"},
		"gradient of a view":  {[]string{"--method", "gradient", "--evaluations", "2"}, "gradient"},
		"gradients over -1°":  {[]string{"--gradient-width", "-1"}, "0…10"},
		"no evaluations":      {[]string{"--evaluations", "0"}, "--evaluations"},
		"no views":            {[]string{"--views", "0"}, "--views"},
		"regions and axes":    {[]string{"--within", "x.npz", "--axis", "azimuth"}, "within"},
		"absent regions":      {[]string{"--within", "absent.npz"}, "absent.npz"},
		"axis twice":          {[]string{"--axis", "azimuth", "--axis", "azimuth"}, "twice"},
		"unknown axis":        {[]string{"--axis", "zoom"}, "zoom"},
		"reversed axis":       {[]string{"--axis", "distance=4:2"}, "reversed"},
		"another kind of out": {[]string{"--out", "worst.txt"}, ".json"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := command(t, append([]string{"worst", "--mesh", "teapot", "--class", "teapot", "--out", out}, c.args...)...)
			if status != 1 || !strings.Contains(stderr, c.says) || strings.Count(stderr, "\n") > 2 {
				t.Errorf("status %d: %s", status, stderr)
			}
		})
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a file was written")
	}
}

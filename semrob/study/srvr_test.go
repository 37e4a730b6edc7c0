package study_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/study"
)

// TestSRVRByHand has one region of each kind; the domain is 360° × 100°.
func TestSRVRByHand(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	n := newNetwork(1, 4, 2, [][]float64{{130, 30}, {50, 20}}, make([]float64, 4))
	n.set(0, 0, 0, 600, 90, 10, 180, 60)    // 1/4 × 1/2
	n.set(0, 0, 1, 0, -90, 40, 90, 140)     // clipped to 0…90 × 40…90: 1/4 × 1/2, no trace kept
	n.set(1, 0, 0, 600, 300, 0, 200, 50)    // inverted in azimuth: 0
	n.set(1, 0, 1, 600, 300, 50, 200, 0)    // inverted in both: 0
	n.set(2, 0, 0, 600, 400, 0, 500, 50)    // off the domain: 0
	n.set(2, 0, 1, 600, -inf, -inf, inf, 0) // 1 × 1/10
	n.set(3, 0, 0, 600, nan, 0, 10, 10)     // left out
	n.set(3, 0, 1, 600, 0, 0, 36, nan)      // left out
	got, err := study.SRVRFile(save(t, npz.File{"region": n.regionsFile()["region"]}))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Method != "naive" || got[0].Regions != 6 || got[0].LeftOut != 2 {
		t.Fatalf("got %+v", got)
	}
	if want := 100 * (0.125 + 0.125 + 0.1) / 6; !near(got[0].Percent, want, 1e-12) {
		t.Errorf("SRVR %g %%, want %g", got[0].Percent, want)
	}
	text, err := json.Marshal(got[1])
	if want := `{"method":"oir-b","srvr_percent":null,"regions":0,"left_out":8}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v; want %s", text, err, want)
	}
}

// TestSRVROfThePublishedNetworks compares with the percentages that an
// independent implementation computed from the authors' arrays.
func TestSRVROfThePublishedNetworks(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "published")
	for network, want := range map[string]string{
		"AlexNet": "naive 1.23 oir-b 7.53 oir-w 9.13 ", "ResNet50": "naive 5.27 oir-b 13.02 oir-w 15.77 ",
	} {
		t.Run(network, func(t *testing.T) {
			ratios, err := study.SRVRFile(filepath.Join(dir, "regions_"+network+".npz"))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, m := range ratios {
				got += fmt.Sprintf("%s %.2f ", m.Method, m.Percent)
			}
			if got != want {
				t.Errorf("%s: %s, want %s", network, got, want)
			}
		})
	}
}

// TestSRVROfOurOwnRegions grows a region on a ridge across azimuth 0°, which
// must count on both sides of it.
func TestSRVROfOurOwnRegions(t *testing.T) {
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if u[0] > 300 || u[0] < 60 {
			return 1
		}
		return 0
	}}
	result, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: [][]float64{{0, 40}, {180, 40}}},
		region.OIRB{}, region.Settings{Iterations: 200})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "regions.npz")
	if err := result.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := study.SRVRFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, crosses := 0.0, false
	for _, run := range result.Runs {
		b := run.Bounds
		want += 100 * math.Min(b.B[0]-b.A[0], 360) / 360 * (b.B[1] - b.A[1]) / 100 / 2
		crosses = crosses || b.B[0] > 360 || b.A[0] < 0
	}
	if !crosses {
		t.Fatalf("no region crosses azimuth 0°: %+v", result.Runs)
	}
	if len(got) != 1 || got[0].Method != "oir-b" || got[0].Regions != 2 || !near(got[0].Percent, want, 1e-9) {
		t.Errorf("got %+v, want %g %%", got, want)
	}
}

// TestArraysThatDoNotFit: errors name the array and the required shape.
func TestArraysThatDoNotFit(t *testing.T) {
	good := newNetwork(2, 3, 2, [][]float64{{130, 30}}, make([]float64, 6))
	for name, c := range map[string]struct {
		change func(npz.File)
		says   []string
	}{
		"no region":         {func(f npz.File) { delete(f, "region") }, []string{`"region"`, "initial_point"}},
		"region of 5 axes":  {func(f npz.File) { reshape(f, "region", 6, 2, 1, 2, 2) }, []string{"region", "[6 2 1 2 2]", "start, 2, 2]"}},
		"region of 1 bound": {func(f npz.File) { reshape(f, "region", 2, 3, 2, 2, 1, 2) }, []string{"region", "[2 3 2 2 1 2]"}},
		"region of 3 axes":  {func(f npz.File) { f["region"] = npz.Array{Shape: []int{1, 1, 1, 1, 2, 3}, Data: make([]int8, 6)} }, []string{"region", "2, 2]"}},
		"4 methods":         {func(f npz.File) { f["region"] = npz.Array{Shape: []int{1, 1, 4, 1, 2, 2}, Data: make([]int8, 16)} }, []string{"region", "4 methods", "oir-w"}},
		"iterations":        {func(f npz.File) { reshape(f, "iterations", 3, 2, 2, 1) }, []string{"iterations", "[3 2 2 1]", "[2 3 2 1]"}},
		"starts":            {func(f npz.File) { f["initial_point"] = npz.Array{Shape: []int{2, 2}, Data: make([]int8, 4)} }, []string{"initial_point", "[2 2]", "[1 2]"}},
		"words":             {func(f npz.File) { f["iterations"] = npz.Array{Data: "many"} }, []string{"iterations", "text"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := good.regionsFile()
			c.change(file)
			path := save(t, file)
			_, err := study.LoadRegions(path)
			if err == nil {
				t.Fatal("no error")
			}
			for _, say := range append(c.says, path) {
				if !strings.Contains(err.Error(), say) {
					t.Errorf("%q lacks %q", err, say)
				}
			}
		})
	}
}

func reshape(f npz.File, name string, shape ...int) {
	f[name] = npz.Array{Shape: shape, Data: f[name].Data}
}

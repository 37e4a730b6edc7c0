package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/internal/testdata"
)

// smallStudy writes the maps and regions of a made-up network of one class,
// two objects, two methods and one start. Its maps are 0.1 everywhere, where
// naive regions stay as they are and OIR-B's grow to 2e-5·1.01795^600 = 0.86°.
func smallStudy(t *testing.T, name string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	azimuth, elevation, z := make([]int16, 120), make([]int8, 34), make([]float32, 2*34*120)
	for i := range azimuth {
		azimuth[i] = int16(3 * i)
	}
	for i := range elevation {
		elevation[i] = int8(3*i - 10)
	}
	for i := range z {
		z[i] = 0.1
	}
	nan := float32(math.NaN())
	for file, content := range map[string]npz.File{
		"maps": {
			"z":       {Shape: []int{1, 2, 34, 120}, Data: z},
			"azimuth": {Shape: []int{120}, Data: azimuth}, "elevation": {Shape: []int{34}, Data: elevation},
		},
		"regions": {
			"region": {Shape: []int{1, 2, 2, 1, 2, 2}, Data: []float32{
				100, 30, 100, 30, 100, 30, 136, 80, // 0 and 5 % of the domain
				100, 30, 118, 40, nan, 30, 100, 30, // 0.5 % and nothing
			}},
			"iterations":    {Shape: []int{1, 2, 2, 1}, Data: []uint16{600, 600, 600, 0}},
			"initial_point": {Shape: []int{1, 2}, Data: []uint8{100, 30}},
		},
	} {
		if err := content.Save(filepath.Join(dir, file+"_"+name+".npz")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestStudyReplayAsJSON reads standard output as a program would: one array and
// nothing else, these keys and no others.
func TestStudyReplayAsJSON(t *testing.T) {
	dir := smallStudy(t, "My Net")
	stdout, stderr := succeed(t, "study", "replay", "--data", dir, "--network", "My Net", "--json")
	var got []map[string]any
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
	if len(got) != 2 {
		t.Fatalf("%d objects, want one for each method: %s", len(got), stdout)
	}
	width := 2e-5 * math.Pow(1+0.2*(2-1.05*1.05)*float64(float32(0.1)), 600)
	iou := got[1]["median_iou"].(float64)
	// The start is a corner of the published 36° × 50°, which so holds a quarter of the square here.
	if inter := width * width / 4; math.Abs(iou-inter/(36*50+width*width-inter)) > 1e-6 {
		t.Errorf("median IoU %g of a width of %g", iou, width)
	}
	want := []map[string]any{
		{"method": "naive", "comparable": 2., "grown": 1., "median_iou": got[0]["median_iou"], "q25_iou": got[0]["median_iou"], "stayed": 1., "stayed_here": 1.},
		{"method": "oir-b", "comparable": 1., "grown": 1., "median_iou": iou, "q25_iou": iou, "stayed": 0., "stayed_here": 0.},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if !strings.Contains(stderr, "2 of 2") {
		t.Errorf("no progress on standard error: %q", stderr)
	}
	if _, stderr := succeed(t, "study", "replay", "--data", dir, "--network", "My Net", "--quiet"); stderr != "" {
		t.Errorf("--quiet says %q", stderr)
	}
}

func TestStudySRVR(t *testing.T) {
	dir := smallStudy(t, "Small")
	file := filepath.Join(dir, "regions_Small.npz")
	stdout, _ := succeed(t, "study", "srvr", "--regions", file)
	want := [][]string{{"method", "SRVR", "%", "regions", "left", "out"}, {"naive", "0.25", "2", "0"}, {"oir-b", "5.00", "1", "1"}}
	if got := words(stdout); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	stdout, _ = succeed(t, "study", "srvr", "--regions", file, "--json")
	var got []struct {
		Method  string
		Percent float64 `json:"srvr_percent"`
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v in %q", err, stdout)
	}
	if len(got) != 2 || got[1].Method != "oir-b" || math.Abs(got[0].Percent-0.25) > 1e-12 || math.Abs(got[1].Percent-5) > 1e-12 {
		t.Errorf("got %+v from %s", got, stdout)
	}
}

func words(text string) [][]string {
	var lines [][]string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}

// TestStudyOfThePublishedNetworks checks the lines that people read.
func TestStudyOfThePublishedNetworks(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "published")
	stdout, _ := succeed(t, "study", "replay", "--data", dir, "--network", "AlexNet")
	got := words(stdout)
	if len(got) != 4 || got[1][0] != "naive" || got[1][2] != "31" || !strings.HasPrefix(got[1][3], "0.8") {
		t.Errorf("it printed\n%s", stdout)
	}
	for network, want := range map[string]string{"AlexNet": "1.23 7.53 9.13", "ResNet50": "5.27 13.02 15.77"} {
		stdout, _ := succeed(t, "study", "srvr", "--regions", filepath.Join(dir, "regions_"+network+".npz"))
		var percent []string
		for _, line := range words(stdout)[1:] {
			percent = append(percent, line[1])
		}
		if got := strings.Join(percent, " "); got != want {
			t.Errorf("%s: %s, want %s", network, got, want)
		}
	}
}

// TestBadStudiesGetOneSentence lists what people get wrong.
func TestBadStudiesGetOneSentence(t *testing.T) {
	dir := smallStudy(t, "Small")
	other := smallStudy(t, "Other")
	writeFile(t, filepath.Join(dir, "maps_Broken.npz"), "this is no archive")
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"other network":    {[]string{"replay", "--data", dir, "--network", "Large"}, []string{"maps_Large.npz", "no such file", "Small"}},
		"empty folder":     {[]string{"replay", "--data", t.TempDir(), "--network", "Small"}, []string{"maps_Small.npz", "--data"}},
		"no network":       {[]string{"replay", "--data", dir}, []string{"network"}},
		"broken maps":      {[]string{"replay", "--data", dir, "--network", "Broken"}, []string{"maps_Broken.npz", "not a readable"}},
		"maps for regions": {[]string{"srvr", "--regions", filepath.Join(other, "maps_Other.npz")}, []string{"maps_Other.npz", `"region"`}},
		"no regions":       {[]string{"srvr", "--regions", filepath.Join(other, "no.npz")}, []string{"no.npz", "no such file"}},
		"unknown study":    {[]string{"survey"}, []string{"survey"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := command(t, append([]string{"study"}, c.args...)...)
			if status != 1 || stdout != "" {
				t.Fatalf("status %d, want 1\n%s%s", status, stdout, stderr)
			}
			for _, say := range c.says {
				if !strings.Contains(stderr, say) {
					t.Errorf("it says %q, which lacks %q", stderr, say)
				}
			}
			if strings.Count(stderr, "\n") > 1 {
				t.Errorf("not one sentence: %s", stderr)
			}
		})
	}
}

package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// stripMap writes a map that falls linearly from 1 at azimuth 180° to 0 at 0°,
// whatever the elevation.
func stripMap(t *testing.T, dir string) string {
	t.Helper()
	var axes []semmap.Samples
	for k, text := range []string{"0:360:5", "-10:90:50"} {
		r, err := semmap.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := semmap.Sample(objective.Viewpoints()[k], r)
		if err != nil {
			t.Fatal(err)
		}
		axes = append(axes, s)
	}
	m, err := semmap.New(axes...)
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Z {
		m.Z[i] = 1 - math.Abs(m.Point(i)[0]-180)/180
	}
	path := filepath.Join(dir, "strip.npz")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// row is an object of --json.
type row struct {
	Kind    string
	Number  int
	Bounds  region.Bounds
	Above   verify.Fraction
	Right   *verify.Fraction
	Minimum verify.Minimum
	Error   string
	Outcome verify.Outcome
	Radii   []float64
	Lower   float64
}

func rows(t *testing.T, stdout string) []row {
	t.Helper()
	var all []row
	if err := json.Unmarshal([]byte(stdout), &all); err != nil {
		t.Fatalf("not one JSON array: %v\n%s", err, stdout)
	}
	return all
}

// TestVerifyOnAMap knows what must come out: f > 0.5 between 90° and 270°.
func TestVerifyOnAMap(t *testing.T) {
	dir := t.TempDir()
	mapPath, regionPath := stripMap(t, dir), filepath.Join(dir, "regions.npz")
	nan := math.NaN()
	found := region.Result{Space: objective.Viewpoints(), Method: "by hand", Runs: []region.Run{
		{Start: []float64{180, 0}, Bounds: region.Bounds{A: []float64{70, 0}, B: []float64{150, 20}}},
		{Start: []float64{180, 0}, Bounds: region.Bounds{A: []float64{nan, 0}, B: []float64{nan, 20}}},
		{Start: []float64{0, 0}, Bounds: region.Bounds{A: []float64{270, 0}, B: []float64{450, 20}}},
	}}
	if err := found.Save(regionPath); err != nil {
		t.Fatal(err)
	}

	args := []string{"verify", "--map", mapPath, "--regions", regionPath, "--bounds", "azimuth=100:200", "--certify", "150,40", "--sigma", "40,5"}
	status, stdout, stderr := command(t, append(args, "--json")...)
	if status != 1 || !strings.Contains(stderr, "1 of 4 regions") || !strings.Contains(stderr, "region 2") || !strings.Contains(stderr, "not finite") {
		t.Errorf("status %d although region 2 is not finite: %s", status, stderr)
	}
	all := rows(t, stdout)
	if len(all) != 5 || all[4].Kind != "certificate" {
		t.Fatalf("%d objects: %s", len(all), stdout)
	}
	for i, want := range []struct{ above, least, azimuth float64 }{{0.75, 70.0 / 180, 70}, {nan, nan, nan}, {0, 0, 0}, {1, 100.0 / 180, 100}} {
		r := all[i]
		if r.Kind != "region" || r.Number != i+1 || r.Right != nil {
			t.Errorf("object %d is %+v", i, r)
		}
		if i == 1 {
			if r.Error == "" || r.Above.Samples != 0 {
				t.Errorf("the region that is not finite: %+v", r)
			}
			continue
		}
		if sd := math.Sqrt(want.above * (1 - want.above) / 1000); math.Abs(r.Above.Estimate-want.above) > 4.5*sd || r.Above.Lower > r.Above.Estimate ||
			r.Above.Lower < want.above-8*sd-0.004 {
			t.Errorf("region %d is above 0.5 in %+v, want %g", i+1, r.Above, want.above)
		}
		if math.Abs(r.Minimum.Value-want.least) > 0.003 || math.Abs(math.Remainder(r.Minimum.Point[0]-want.azimuth, 360)) > 0.6 {
			t.Errorf("region %d: least %+v, want %g at azimuth %g°", i+1, r.Minimum, want.least, want.azimuth)
		}
	}
	if whole := all[3].Bounds; whole.A[1] != -10 || whole.B[1] != 90 {
		t.Errorf("elevation, which --bounds leaves out, is %v", whole)
	}
	// Right between 90° and 270°: the nearer edge is 60° away, the other 120°.
	if c := all[4]; c.Outcome != verify.Holds || c.Radii[0] > 60 || c.Radii[0] < 50 || math.Abs(c.Radii[1]-c.Radii[0]/8) > 1e-9 {
		t.Errorf("the certificate is %+v, want a radius a little below 60°", c)
	}

	_, stdout, _ = command(t, args...)
	for _, say := range []string{"azimuth 270…450°, elevation 0…20°", "not verified", "100.0 % (≥ 99.7 %)", "not known", "95 % confidence", "1024 low-discrepancy", "ellipsoid of half axes azimuth ±5"} {
		if !strings.Contains(stdout, say) {
			t.Errorf("the table lacks %q:\n%s", say, stdout)
		}
	}
	first, _ := succeed(t, "verify", "--map", mapPath, "--samples", "50", "--json")
	again, _ := succeed(t, "verify", "--map", mapPath, "--samples", "50", "--json")
	other, _ := succeed(t, "verify", "--map", mapPath, "--samples", "50", "--json", "--seed", "2")
	if first != again || first == other {
		t.Error("the seed does not decide the report")
	}
	if r := rows(t, first); len(r) != 1 || r[0].Bounds.B[0]-r[0].Bounds.A[0] != 360 {
		t.Errorf("without a region it verified %+v, want the whole domain", r)
	}
}

// TestVerifyOfANetwork: the network knows the teapot from the front, and its
// first answer is told.
func TestVerifyOfANetwork(t *testing.T) {
	t.Setenv(store.Variable, t.TempDir())
	stdout, _ := succeed(t, "verify", "--mesh", "teapot", "--class", "teapot", "--axis", "distance=2.5:3:0.1", "--axis", "azimuth=350:370",
		"--set", "elevation=30", "--samples", "20", "--points", "8", "--json")
	r := rows(t, stdout)
	if len(r) != 1 || r[0].Right == nil || r[0].Bounds.A[0] != 2.5 || r[0].Bounds.B[1] != 370 {
		t.Fatalf("it printed %s", stdout)
	}
	if r[0].Above.Count < 15 || r[0].Right.Count < r[0].Above.Count {
		t.Errorf("f > 0.5 in %d of 20 views, right in %d: a probability above one half is the first answer", r[0].Above.Count, r[0].Right.Count)
	}
}

func TestBadInputOfVerify(t *testing.T) {
	dir := t.TempDir()
	mapPath := stripMap(t, dir)
	line := region.Result{Space: objective.Space{objective.Azimuth}, Runs: []region.Run{{Start: []float64{1}, Bounds: region.Bounds{A: []float64{0}, B: []float64{2}}}}}
	linePath := filepath.Join(dir, "line.npz")
	if err := line.Save(linePath); err != nil {
		t.Fatal(err)
	}
	onMap := func(more ...string) []string { return append([]string{"verify", "--map", mapPath}, more...) }
	onMesh := func(more ...string) []string {
		return append([]string{"verify", "--mesh", "teapot", "--class", "teapot"}, more...)
	}
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"neither map nor mesh":     {[]string{"verify"}, []string{"map", "mesh"}},
		"both":                     {onMap("--mesh", "teapot"), []string{"map", "mesh"}},
		"no class":                 {[]string{"verify", "--mesh", "teapot"}, []string{"no class"}},
		"regions that are absent":  {onMesh("--regions", filepath.Join(dir, "no.npz")), []string{"no.npz", "no such file"}},
		"regions that are none":    {onMesh("--regions", mapPath), []string{"strip.npz", "regions"}},
		"regions of another space": {onMap("--regions", linePath), []string{"line.npz", "same axes"}},
		"regions and axes":         {onMesh("--regions", linePath, "--axis", "azimuth"), []string{"regions", "axis"}},
		"bounds without limits":    {onMap("--bounds", "azimuth"), []string{"azimuth=0:360"}},
		"bounds of words":          {onMap("--bounds", "azimuth=left:right"), []string{"azimuth=from:to"}},
		"bounds of no axis":        {onMap("--bounds", "distance=2:3"), []string{"distance", "azimuth"}},
		"bounds off the domain":    {onMap("--bounds", "elevation=80:100"), []string{"elevation 100", "90"}},
		"reversed bounds":          {onMap("--bounds", "azimuth=350:10"), []string{"reversed", "350:370"}},
		"unknown axis":             {onMesh("--axis", "azimut"), []string{"azimut", "azimuth"}},
		"axis twice":               {onMesh("--axis", "azimuth", "--axis", "azimuth"), []string{"azimuth", "twice"}},
		"point of one number":      {onMap("--certify", "10"), []string{"1 coordinates", "2 axes"}},
		"point of words":           {onMap("--certify", "left,up"), []string{"130,30"}},
		"point off the domain":     {onMap("--certify", "10,95"), []string{"elevation 95"}},
		"sigma of one number":      {onMap("--certify", "10,20", "--sigma", "5"), []string{"--sigma", "each axis"}},
		"sigma of zero":            {onMap("--certify", "10,20", "--sigma", "5,0"), []string{"--sigma", "elevation", "positive"}},
		"no samples":               {onMap("--samples", "0"), []string{"--samples 0"}},
		"no points":                {onMap("--points", "-1"), []string{"--points -1"}},
		"sure":                     {onMap("--confidence", "95"), []string{"--confidence 95", "0.95"}},
		"threshold of zero":        {onMap("--threshold", "0"), []string{"--threshold 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := command(t, c.args...)
			if status != 1 || stdout != "" {
				t.Fatalf("status %d, want 1\n%s%s", status, stdout, stderr)
			}
			for _, say := range c.says {
				if !strings.Contains(stderr, say) {
					t.Errorf("it says %q, which lacks %q", stderr, say)
				}
			}
			if strings.Count(stderr, "\n") > 3 || strings.Contains(stderr, "goroutine") {
				t.Errorf("not one clear sentence: %s", stderr)
			}
		})
	}
}

// A claim about a region of the map is decided early, and with --certify all bounds can
// hold together.
func TestVerifyAClaim(t *testing.T) {
	mapPath := stripMap(t, t.TempDir()) // f > 0.5 between 90° and 270°
	type claimed struct {
		Claim       *verify.Claim
		Options     verify.Options
		Evaluations int
	}
	for bounds, want := range map[string]verify.Outcome{"azimuth=100:250": verify.Holds, "azimuth=80:250": verify.Fails} {
		args := []string{"verify", "--map", mapPath, "--bounds", bounds, "--at-least", "0.99"}
		stdout, _ := succeed(t, append(args, "--json")...)
		var all []claimed
		if err := json.Unmarshal([]byte(stdout), &all); err != nil {
			t.Fatal(err)
		}
		if c := all[0].Claim; c == nil || c.Outcome != want || c.Decision != verify.Above || all[0].Evaluations > 500 {
			t.Errorf("%s: %+v after %d evaluations, want %s", bounds, c, all[0].Evaluations, want)
		}
		say := map[verify.Outcome]string{verify.Holds: "true (f, ", verify.Fails: "false (f, "}[want]
		if stdout, _ = succeed(t, args...); !strings.Contains(stdout, say) || !strings.Contains(stdout, "at least 99 %") {
			t.Errorf("%s: %s", bounds, stdout)
		}
	}
	stdout, _ := succeed(t, "verify", "--map", mapPath, "--bounds", "azimuth=100:250", "--bounds", "azimuth=100:200", "--certify", "150,40",
		"--at-least", "0.9", "--samples", "2000", "--together", "--json")
	var all []claimed
	if err := json.Unmarshal([]byte(stdout), &all); err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.Options.Claims != 7 { // two regions of two bounds and a claim, and a certificate
			t.Errorf("%+v", one)
		}
	}
	for text, args := range map[string][]string{
		"use a number between 0 and 1":     {"--at-least", "1"},
		"unknown decision":                 {"--at-least", "0.9", "--decision", "often"},
		"--decision is for":                {"--decision", "above"},
		"use 351 or more":                  {"--at-least", "0.99", "--samples", "100"},
		"--at-least with --certify: give ": {"--at-least", "0.99", "--certify", "150,40"},
	} {
		if status, _, stderr := command(t, append([]string{"verify", "--map", mapPath}, args...)...); status != 1 || !strings.Contains(stderr, text) {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
	}
}

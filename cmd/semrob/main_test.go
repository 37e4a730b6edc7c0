package main

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// command runs the command line in this process with a cache of its own.
func command(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	if os.Getenv(store.Variable) == "" {
		t.Setenv(store.Variable, t.TempDir())
	}
	status = run(context.Background(), args, &out, &err)
	return status, out.String(), err.String()
}

func succeed(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	status, stdout, stderr := command(t, args...)
	if status != 0 {
		t.Fatalf("semrob %s: status %d\n%s%s", strings.Join(args, " "), status, stdout, stderr)
	}
	return stdout, stderr
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestFullStandardOutput(t *testing.T) {
	dir := t.TempDir()
	plan := filepath.Join(dir, "plan.yaml")
	writeFile(t, plan, "networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}]\n")
	t.Setenv(store.Variable, dir)
	for name, args := range map[string][]string{
		"list": {"network", "list"}, "help": {"--help"}, "plan": {"study", "plan", plan}, "srvr": {"study", "srvr", "--regions", filepath.Join(smallStudy(t, "Small"), "regions_Small.npz")},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			if status := run(context.Background(), args, full{}, &stderr); status != 1 || !strings.Contains(stderr.String(), "no space") {
				t.Errorf("status %d: %s", status, &stderr)
			}
		})
	}
}

// TestBadInputGetsOneSentence lists what people get wrong. Nothing here opens
// the network, and nothing is written.
func TestBadInputGetsOneSentence(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.obj")
	writeFile(t, broken, "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n")
	notAMap := filepath.Join(dir, "not-a-map.npz")
	writeFile(t, notAMap, "this is no archive")
	file := filepath.Join(dir, "file")
	writeFile(t, file, "")
	table := filepath.Join(dir, "table.csv")
	writeFile(t, table, "")
	out := filepath.Join(dir, "out.npz")
	picture := filepath.Join(dir, "out.png")
	mapOf := func(more ...string) []string {
		return append([]string{"map", "--mesh", "teapot", "--class", "teapot", "--out", out}, more...)
	}
	regionsOf := func(more ...string) []string {
		return append([]string{"regions", "--mesh", "teapot", "--class", "teapot", "--out", out}, more...)
	}
	for name, c := range map[string]struct {
		args []string
		says []string
	}{
		"missing mesh":           {[]string{"render", "--mesh", filepath.Join(dir, "absent.obj"), "--out", picture}, []string{"absent.obj"}},
		"unknown mesh":           {[]string{"render", "--mesh", "kettle", "--out", picture}, []string{"kettle", "teapot"}},
		"broken mesh":            {[]string{"render", "--mesh", broken, "--out", picture}, []string{"broken.obj:4"}},
		"no mesh":                {[]string{"render", "--out", picture}, []string{"mesh"}},
		"elevation too high":     {[]string{"render", "--mesh", "teapot", "--elevation", "91", "--out", picture}, []string{"elevation 91", "90"}},
		"elevation not finite":   {[]string{"render", "--mesh", "teapot", "--elevation", "NaN", "--out", picture}, []string{"elevation", "finite"}},
		"unknown parameter":      {[]string{"render", "--mesh", "teapot", "--set", "zoom=2", "--out", picture}, []string{"zoom", "distance"}},
		"setting without value":  {[]string{"render", "--mesh", "teapot", "--set", "distance", "--out", picture}, []string{"name=value"}},
		"size of nothing":        {[]string{"render", "--mesh", "teapot", "--size", "-1", "--out", picture}, []string{"size"}},
		"size of zero":           {[]string{"render", "--mesh", "teapot", "--size", "0", "--out", picture}, []string{"--size 0", "at least 1"}},
		"setting given twice":    {[]string{"render", "--mesh", "teapot", "--set", "distance=3", "--set", "distance=4", "--out", picture}, []string{"--set distance", "twice"}},
		"background of text":     {[]string{"render", "--mesh", "teapot", "--background", notAMap, "--out", picture}, []string{"not-a-map.npz", "PNG, JPEG or GIF"}},
		"background of nothing":  {[]string{"render", "--mesh", "teapot", "--background", dir, "--out", picture}, []string{dir}},
		"picture of other kind":  {[]string{"render", "--mesh", "teapot", "--out", filepath.Join(dir, "x.gif")}, []string{".png"}},
		"read-only folder":       {[]string{"render", "--mesh", "teapot", "--out", "/proc/self/x.png"}, []string{"/proc/self/x.png", "cannot be written"}},
		"folder that is a file":  {mapOf("--out", filepath.Join(file, "x.npz")), []string{"cannot write", "choose another"}},
		"unknown class":          {mapOf("--class", "teapott"), []string{"teapott", "teapot"}},
		"class beyond the last":  {mapOf("--class", "1000"), []string{"1000", "999"}},
		"unknown network":        {mapOf("--network", "resnet-9000"), []string{"resnet-9000", "efficientnet-lite0"}},
		"unknown preprocessing":  {mapOf("--preprocess", "cooked"), []string{"cooked", "raw"}},
		"reversed range":         {mapOf("--azimuth", "360:0:3"), []string{"azimuth", "reversed"}},
		"empty range":            {mapOf("--elevation", "10:10:3"), []string{"elevation", "empty"}},
		"range beyond the pole":  {mapOf("--elevation", "80:120:3"), []string{"elevation", "90"}},
		"range without a step":   {mapOf("--elevation", "0:90"), []string{"from:to:step"}},
		"axis and azimuth":       {mapOf("--azimuth", "0:360:9", "--axis", "distance=2:4:1"), []string{"--axis"}},
		"cache limit of zero":    {mapOf("--cache-limit", "0"), []string{"--cache-limit 0"}},
		"figure of other kind":   {mapOf("--figure", filepath.Join(dir, "x.bmp")), []string{".svg"}},
		"start off the domain":   {regionsOf("--start", "10,95"), []string{"elevation 95", "outside the domain"}},
		"start of one number":    {regionsOf("--start", "10"), []string{"coordinates"}},
		"start of words":         {regionsOf("--start", "left,up"), []string{"130,30"}},
		"unknown method":         {regionsOf("--method", "magic"), []string{"magic", "guaranteed", "oir-b"}},
		"unknown mode":           {regionsOf("--mode", "fast"), []string{"fast", "published"}},
		"no iterations":          {regionsOf("--iterations", "0"), []string{"--iterations"}},
		"map that is none":       {[]string{"regions", "--map", notAMap, "--out", out}, []string{"not-a-map.npz"}},
		"map that is absent":     {[]string{"regions", "--map", filepath.Join(dir, "no.npz"), "--out", out}, []string{"no.npz", "no such file"}},
		"neither map nor mesh":   {[]string{"regions", "--out", out}, []string{"map", "mesh"}},
		"regions onto their map": {[]string{"regions", "--map", notAMap, "--out", notAMap}, []string{"not-a-map.npz", "another file"}},
		"rerun onto itself":      {[]string{"rerun", notAMap, "--out", notAMap}, []string{"not-a-map.npz", "another file"}},
		"table that is an input": {[]string{"study", "table", table, "--out", table}, []string{"table.csv", "another file"}},
		"table of other kind":    {[]string{"study", "table", table, "--out", filepath.Join(dir, "t.xlsx")}, []string{".tex"}},
		"curve of other kind":    {[]string{"study", "predict", table, "--figure", filepath.Join(dir, "t.gif")}, []string{".png"}},
		"verified elsewhere":     {[]string{"study", "verify", "plan.yaml", "--out", "/proc/self/t.md"}, []string{"/proc/self/t.md", "cannot be written"}},
		"unknown command":        {[]string{"mop"}, []string{"mop"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := command(t, c.args...)
			if status != 1 {
				t.Fatalf("status %d, want 1\n%s", status, stderr)
			}
			for _, say := range c.says {
				if !strings.Contains(stderr, say) {
					t.Errorf("it says %q, which lacks %q", stderr, say)
				}
			}
			if strings.Count(stderr, "\n") > 3 || strings.Contains(stderr, "goroutine") || strings.Contains(stderr, "?.") {
				t.Errorf("not one clear sentence: %s", stderr)
			}
		})
	}
	for _, path := range []string{out, picture} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was written", path)
		}
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRenderFromThePoles(t *testing.T) {
	for _, elevation := range []string{"90", "-90"} {
		path := filepath.Join(t.TempDir(), "pole.png")
		succeed(t, "render", "--mesh", "teapot", "--azimuth", "30", "--elevation", elevation, "--size", "64", "--out", path)
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		picture, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		lit := 0
		for y := range 64 {
			for x := range 64 {
				if r, _, _, _ := picture.At(x, y).RGBA(); r > 0 {
					lit++
				}
			}
		}
		if lit < 64*64/10 || lit > 64*64*9/10 {
			t.Errorf("elevation %s: the object covers %d of %d pixels", elevation, lit, 64*64)
		}
	}
}

// TestAMapIsKept computes a map of eight views, then puts another map into the
// cache under its name: what comes back shows that the cache is read, and what
// comes after damage that it is not trusted.
func TestAMapIsKept(t *testing.T) {
	cache := t.TempDir()
	t.Setenv(store.Variable, cache)
	dir := t.TempDir()
	path := filepath.Join(dir, "map.npz")
	args := []string{"map", "--mesh", "teapot", "--class", "teapot", "--azimuth", "0:360:90", "--elevation", "0:60:30", "--out", path}
	out, _ := succeed(t, append(args, "--figure", filepath.Join(dir, "map.svg"))...)
	if !strings.Contains(out, "8 points") {
		t.Errorf("it printed %q", out)
	}
	m := loadMap(t, path)
	if s := m.Stats(); !(s.Max > 0.2 && s.Min >= 0 && s.Max <= 1) {
		t.Errorf("values %g…%g: some view must look like a teapot", s.Min, s.Max)
	}
	kept, err := filepath.Glob(filepath.Join(cache, "map-*.npz"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("the cache holds %v, want one map", kept)
	}

	other := loadMap(t, path)
	other.Z[0] = 0.125
	if err := other.Save(kept[0]); err != nil {
		t.Fatal(err)
	}
	succeed(t, args...)
	if got := loadMap(t, path).Z[0]; got != 0.125 {
		t.Errorf("z[0] = %g, the cache holds 0.125", got)
	}
	succeed(t, append(args, "--no-cache")...)
	if got := loadMap(t, path).Z[0]; got != m.Z[0] {
		t.Errorf("with --no-cache z[0] = %g, want %g", got, m.Z[0])
	}

	data, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, kept[0], string(data[:len(data)-100]))
	_, stderr := succeed(t, args...)
	if !strings.Contains(stderr, "damaged") {
		t.Errorf("a damaged result went unnoticed: %q", stderr)
	}
	if got := loadMap(t, path).Z[0]; got != m.Z[0] {
		t.Errorf("after damage z[0] = %g, want %g", got, m.Z[0])
	}
}

func loadMap(t *testing.T, path string) *semmap.Map {
	t.Helper()
	m, err := semmap.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestAFullCacheDoesNotStopTheWork points the cache at places that cannot hold
// anything.
func TestAFullCacheDoesNotStopTheWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "map.npz")
	_, stderr := succeed(t, "map", "--mesh", "teapot", "--class", "teapot", "--azimuth", "0:360:180", "--elevation", "0:30:30",
		"--out", path, "--cache-dir", "/proc/self/cache")
	if !strings.Contains(stderr, "cannot be stored") || !strings.Contains(stderr, "/proc/self/cache") {
		t.Errorf("it says %q, which does not say that the result is not stored", stderr)
	}
	if n := len(loadMap(t, path).Z); n != 2 {
		t.Errorf("the map has %d points, want 2", n)
	}
}

func TestRegionsOfANetworkAndOfAMap(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(store.Variable, t.TempDir())
	mapPath, out := filepath.Join(dir, "map.npz"), filepath.Join(dir, "regions.npz")
	succeed(t, "map", "--mesh", "teapot", "--class", "849", "--azimuth", "0:360:60", "--elevation", "-10:90:40", "--out", mapPath)
	text, _ := succeed(t, "regions", "--map", mapPath, "--method", "naive", "--start", "180,30", "--start", "0,30",
		"--out", out, "--figure", filepath.Join(dir, "regions.pdf"))
	if !strings.Contains(text, "SRVR") {
		t.Errorf("it printed %q", text)
	}
	if r := loadRegions(t, out); len(r.Runs) != 2 || r.Method != "naive" || r.Runs[0].Iterations == 0 {
		t.Errorf("the file holds %+v", r)
	}
	succeed(t, "regions", "--mesh", "teapot", "--class", "849", "--start", "180,30", "--iterations", "60", "--out", out)
	first := loadRegions(t, out)
	if got := first.Runs[0]; !(got.Bounds.Volume() > 0) || got.Evaluations == 0 {
		t.Errorf("the run is %+v", got)
	}
	succeed(t, "regions", "--mesh", "teapot", "--class", "849", "--start", "180,30", "--iterations", "12", "--out", out, "--mode", "published")
	if second := loadRegions(t, out); second.Settings.Mode != region.Published || second.Runs[0].Evaluations != 12*8 {
		t.Errorf("published mode: %d evaluations, settings %+v", second.Runs[0].Evaluations, second.Settings)
	}
}

func loadRegions(t *testing.T, path string) *region.Result {
	t.Helper()
	r, err := region.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

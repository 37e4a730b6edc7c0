package semmap_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

func viewpoints(t testing.TB, azimuth, elevation string) *semmap.Map {
	t.Helper()
	var axes []semmap.Samples
	for i, text := range []string{azimuth, elevation} {
		r, err := semmap.ParseRange(text)
		if err != nil {
			t.Fatal(err)
		}
		s, err := semmap.Sample(objective.Viewpoints()[i], r)
		if err != nil {
			t.Fatal(err)
		}
		axes = append(axes, s)
	}
	m, err := semmap.New(axes...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// plane is linear in both angles, so bilinear interpolation is exact on it
// away from the seam.
func plane(space objective.Space) *objective.Func {
	return &objective.Func{Domain: space, F: func(u []float64) float64 { return u[0]/1000 + u[1]/500 }}
}

func TestRanges(t *testing.T) {
	for text, want := range map[string]int{"0:360:3": 120, "-10:90:3": 34, "0:1:0.1": 10, "5:6:10": 1} {
		t.Run(text, func(t *testing.T) {
			r, err := semmap.ParseRange(text)
			if err != nil {
				t.Errorf("%q: %v", text, err)
				return
			}
			v := r.Values()
			if len(v) != want || v[len(v)-1] >= r.To {
				t.Errorf("%q has %d values up to %g, want %d", text, len(v), v[len(v)-1], want)
			}
		})
	}
	for text, says := range map[string]string{
		"360:0:3": "reversed", "0:0:3": "empty", "0:360": "from:to:step", "0:a:3": "not a number",
		"0:360:0": "step", "0:360:-3": "step", "NaN:360:3": "finite", "0:1:1e-9": "larger step",
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := semmap.ParseRange(text); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one with %q", err, says)
			}
		})
	}
}

func TestSamplesStayInsideTheDomain(t *testing.T) {
	for _, c := range []struct {
		axis objective.Axis
		r    semmap.Range
		says string
	}{
		{objective.Elevation, semmap.Range{From: -20, To: 90, Step: 5}, "outside"},
		{objective.Elevation, semmap.Range{From: 0, To: 95, Step: 5}, ""},
		{objective.Elevation, semmap.Range{From: 0, To: 100, Step: 5}, "outside"},
		{objective.Azimuth, semmap.Range{From: -180, To: 180, Step: 5}, ""},
		{objective.Azimuth, semmap.Range{From: 0, To: 361, Step: 1}, "more than once"},
	} {
		t.Run(c.r.String(), func(t *testing.T) {
			_, err := semmap.Sample(c.axis, c.r)
			if (err == nil) != (c.says == "") || (err != nil && !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%s of %s: error %v, want %q", c.r, c.axis, err, c.says)
			}
		})
	}
}

func TestComputeFillsTheGridInOrder(t *testing.T) {
	m := viewpoints(t, "0:360:30", "-10:90:20")
	f := plane(objective.Viewpoints())
	if err := m.Compute(context.Background(), f, semmap.Options{Chunk: 7}); err != nil {
		t.Fatal(err)
	}
	rows, err := m.Rows()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || len(rows[0]) != 12 {
		t.Fatalf("%d rows of %d, want 5 of 12", len(rows), len(rows[0]))
	}
	for j, row := range rows {
		for i, z := range row {
			if want := float64(30*i)/1000 + float64(20*j-10)/500; math.Abs(z-want) > 1e-7 {
				t.Errorf("z[%d][%d] = %g, want %g", j, i, z, want)
			}
		}
	}
	s := m.Stats()
	if s.MinPoint[0] != 0 || s.MinPoint[1] != -10 || s.MaxPoint[0] != 330 || s.MaxPoint[1] != 70 {
		t.Errorf("least at %v, greatest at %v", s.MinPoint, s.MaxPoint)
	}
}

func TestLowestPointsAreApart(t *testing.T) {
	m := viewpoints(t, "0:360:10", "-10:90:10")
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		return 1 - math.Exp(-math.Pow((u[0]-350)/20, 2)) - 0.5*math.Exp(-math.Pow((u[0]-150)/20, 2))
	}}
	if err := m.Compute(context.Background(), f, semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	got := m.Lowest(2, func(p []float64) bool { return p[1] == 30 }).At
	want := [][]float64{{350, 30}, {150, 30}}
	if len(got) != 2 || got[0][0] != want[0][0] || got[1][0] != want[1][0] || got[0][1] != 30 {
		t.Errorf("lowest at %v, want %v", got, want)
	}
	if n := len(m.Lowest(1000, nil).At); n < 10 || n > 396/2 {
		t.Errorf("%d lowest points of 396", n)
	}
}

func TestAnInterruptedMapContinues(t *testing.T) {
	m := viewpoints(t, "0:360:30", "-10:90:20")
	ctx, cancel := context.WithCancel(context.Background())
	f := plane(objective.Viewpoints())
	calls := 0
	counted := &objective.Func{Domain: f.Domain, F: func(u []float64) float64 { calls++; return f.F(u) }}
	err := m.Compute(ctx, counted, semmap.Options{Chunk: 8, OnUpdate: func(done, of int) error {
		if done >= 24 {
			cancel()
		}
		return nil
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if m.Missing() != 60-24 {
		t.Fatalf("%d points are missing, want 36", m.Missing())
	}
	path := filepath.Join(t.TempDir(), "part.npz")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := semmap.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Compute(context.Background(), counted, semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	if calls != 60 || again.Missing() != 0 {
		t.Errorf("%d evaluations for 60 points, %d missing", calls, again.Missing())
	}
}

func TestNotFiniteValuesAreAnError(t *testing.T) {
	m := viewpoints(t, "0:360:90", "0:90:45")
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 { return 1 / (u[0] - 90) }}
	err := m.Compute(context.Background(), f, semmap.Options{})
	var notFinite *objective.NotFiniteError
	if !errors.As(err, &notFinite) || notFinite.Point[0] != 90 || notFinite.Point[1] != 0 {
		t.Errorf("error %v, want one for the point [90 0]", err)
	}
	if n := m.Missing(); n != 2 {
		t.Errorf("%d points are missing, want the 2 at azimuth 90°", n)
	}
}

// TestInterpolation checks the closed form on a plane, the seam of the
// periodic axis, and the clamp of the other.
func TestInterpolation(t *testing.T) {
	m := viewpoints(t, "0:360:30", "-10:90:20")
	if _, err := m.Objective(); err == nil {
		t.Error("an incomplete map became an objective")
	}
	if err := m.Compute(context.Background(), plane(objective.Viewpoints()), semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	f, err := m.Objective()
	if err != nil {
		t.Fatal(err)
	}
	points := [][]float64{{0, -10}, {45, 7}, {329, 69.5}, {345, 10}, {-15, 10}, {720 + 45, 7}, {60, 90}, {60, -10}}
	want := []float64{-0.02, 0.045 + 0.014, 0.329 + 0.139, 0.165 + 0.02, 0.165 + 0.02, 0.045 + 0.014, 0.06 + 0.14, 0.06 - 0.02}
	got := make([]float64, len(points))
	if err := f.Evaluate(context.Background(), points, got); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > 1e-6 {
			t.Errorf("f(%v) = %g, want %g", points[i], got[i], want[i])
		}
	}
}

func TestFilesSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	m := viewpoints(t, "0:360:90", "0:90:45")
	if err := m.Compute(context.Background(), plane(objective.Viewpoints()), semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	m.Meta = `{"network":"none"}`
	path := filepath.Join(dir, "map.npz")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := semmap.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(loaded.Meta, `"network":"none"`) || loaded.Axes[0].Axis != objective.Azimuth || loaded.Z[3] != m.Z[3] {
		t.Errorf("loaded %+v", loaded)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Every single damaged byte must be noticed or be harmless.
	for i := 0; i < len(whole); i += 7 {
		broken := append([]byte(nil), whole...)
		broken[i] ^= 0x40
		if got, err := semmap.Read(broken); err == nil {
			for k, z := range got.Z {
				if z != m.Z[k] {
					t.Fatalf("byte %d damaged: z[%d] = %g passed for %g", i, k, z, m.Z[k])
				}
			}
		}
	}
	short := filepath.Join(dir, "short.npz")
	if err := os.WriteFile(short, whole[:len(whole)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"short.npz": semmap.ErrNotMap, "absent.npz": fs.ErrNotExist} {
		if _, err := semmap.Load(filepath.Join(dir, name)); !errors.Is(err, want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want %v", name, err, want)
		}
	}
	if _, err := semmap.LoadPublished(path); !errors.Is(err, semmap.ErrNotMap) {
		t.Errorf("a single map as published maps: error %v", err)
	}
}

// TestPublishedMaps reads the published file, which numpy wrote.
func TestPublishedMaps(t *testing.T) {
	p, err := semmap.LoadPublished(filepath.Join(testdata.Dir(t), "published", "maps_ResNet50.npz"))
	if err != nil {
		t.Fatal(err)
	}
	if p.Classes != 10 || p.Objects != 10 {
		t.Fatalf("%d classes of %d objects, want 10 of 10", p.Classes, p.Objects)
	}
	m, err := p.Map(9, 9)
	if err != nil {
		t.Fatal(err)
	}
	if s := m.Stats(); m.Missing() != 0 || s.Min < 0 || s.Max > 1 || s.Max-s.Min < 0.1 {
		t.Errorf("%d missing, values %g…%g", m.Missing(), s.Min, s.Max)
	}
	if _, err := p.Map(10, 0); err == nil {
		t.Error("class 10 of 10 exists")
	}
}

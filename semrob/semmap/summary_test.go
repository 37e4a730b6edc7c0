package semmap

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// sampled returns the map of a formula on azimuth and elevation.
func sampled(t *testing.T, azimuth, elevation Range, f func(u []float64) float64) *Map {
	t.Helper()
	x, err := Sample(objective.Azimuth, azimuth)
	if err != nil {
		t.Fatal(err)
	}
	y, err := Sample(objective.Elevation, elevation)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Of(context.Background(), &objective.Func{Domain: objective.Viewpoints(), F: f}, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSummaries(t *testing.T) {
	// 12 azimuths, elevations −10, 0, … 80: f is 0 at azimuth 30°, elevation 20°.
	m := sampled(t, Range{0, 360, 30}, Range{-10, 90, 10}, func(u []float64) float64 {
		return math.Abs(u[0]-30)/400 + math.Abs(u[1]-20)/1000
	})
	want := "; least 0.0000 at azimuth 30°, elevation 20°; greatest 0.810 at azimuth 330°, elevation 80°"
	if got := m.Summary(); !strings.HasSuffix(got, want) || !strings.HasPrefix(got, "mean 0.") {
		t.Errorf("the summary is %q, want one that ends with %q", got, want)
	}
	right := func(u []float64) bool { return u[0] >= 300 }
	s := m.StatsWithin(right)
	if s.N != 20 || s.Min != float64(float32(0.675)) || s.MinPoint[0] != 300 || math.Abs(s.Mean-(0.7125+0.027)) > 1e-6 {
		t.Errorf("on the right: %+v", s)
	}
	m.Z[0] = math.NaN() // azimuth 0°, elevation −10°
	if s := m.Stats(); s.N != len(m.Z)-1 {
		t.Errorf("%d of %d values, want all but one", s.N, len(m.Z))
	}
	if s := m.StatsWithin(func([]float64) bool { return false }); s.N != 0 || !math.IsNaN(s.Mean) {
		t.Errorf("of no points: %+v", s)
	}
	// Of 119 values, the 40 from azimuth 240° on, and that at azimuth 210°, elevation 80°.
	if got := m.Above(0.5); math.Abs(got-41.0/119) > 1e-12 {
		t.Errorf("%g of the values exceed 0.5, want %g", got, 41.0/119)
	}
}

func TestEvery(t *testing.T) {
	m := sampled(t, Range{0, 360, 30}, Range{-10, 90, 10}, func(u []float64) float64 { return u[0]/1000 + u[1]/100 })
	thin, err := m.Every(5)
	if err != nil {
		t.Fatal(err)
	}
	if got := thin.Shape(); got[0] != 2 || got[1] != 3 {
		t.Fatalf("the shape is %v, want [2 3]: elevations −10 and 40, azimuths 0, 150 and 300", got)
	}
	for i, z := range thin.Z {
		u := thin.Point(i)
		if want := float64(float32(u[0]/1000 + u[1]/100)); z != want {
			t.Errorf("at %v: %g, want %g", u, z, want)
		}
	}
	if len(m.Axes[0].Values) != 12 {
		t.Error("the map itself was thinned")
	}
	if _, err := m.Every(0); err == nil {
		t.Error("every 0-th sample is no error")
	}
}

// TestIntegral compares with closed forms: the trapezoid rule is exact for linear
// functions, and for trigonometric ones around the period.
func TestIntegral(t *testing.T) {
	linear := sampled(t, Range{0, 360, 30}, Range{-10, 90, 20}, func(u []float64) float64 { return u[1] / 128 })
	// ∫₋₁₀⁷⁰ y/128 dy = 18.75, times 360° of azimuth.
	if got, want := linear.Integral(), 18.75*360.0; math.Abs(got-want) > 1e-3 {
		t.Errorf("the integral of a plane is %g, want %g", got, want)
	}
	wave := sampled(t, Range{10, 360, 40}, Range{0, 90, 80}, func(u []float64) float64 {
		return 0.5 + 0.5*math.Sin(u[0]*math.Pi/180)
	})
	if got, want := wave.Integral(), 0.5*360*80; math.Abs(got-want) > 1e-2 {
		t.Errorf("the integral of a wave is %g, want %g", got, want)
	}
	// Every third azimuth leaves a gap of 60° at the end, among gaps of 120°.
	uneven := sampled(t, Range{0, 300, 120}, Range{0, 90, 80}, func(u []float64) float64 { return u[0] / 480 })
	if got, want := uneven.Integral(), 80*(0.125*120+0.375*120+0.25*120); math.Abs(got-want) > 1e-3 {
		t.Errorf("the integral over an uneven grid is %g, want %g", got, want)
	}
	wave.Z[3] = math.NaN()
	if got := wave.Integral(); !math.IsNaN(got) {
		t.Errorf("the integral of an incomplete map is %g, want NaN", got)
	}
}

package semmap_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// hills is a plateau with a soft edge across the seam, and a flat rest.
var hills = func(u []float64) float64 {
	d := math.Remainder(u[0]-350, 360) / 60
	if len(u) > 1 {
		d = math.Hypot(d, (u[1]-20)/30)
	}
	if len(u) > 2 {
		d = math.Hypot(d, u[2]-3)
	}
	return 1 / (1 + math.Exp(8*(d-1)))
}

// grid returns an empty map of azimuth, elevation and distance, or the first of
// them: one axis per range.
func grid(t testing.TB, ranges ...semmap.Range) *semmap.Map {
	t.Helper()
	space := objective.Space{objective.Azimuth, objective.Elevation, distance}
	var axes []semmap.Samples
	for k, r := range ranges {
		s, err := semmap.Sample(space[k], r)
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

// counted counts evaluations of f, and those of a point evaluated before.
type counted struct {
	objective.Func
	calls, again int
	seen         map[string]bool
}

func count(space objective.Space, f func(u []float64) float64) *counted {
	c := &counted{seen: map[string]bool{}}
	c.Domain = space
	c.F = func(u []float64) float64 {
		c.calls++
		if key := fmt.Sprint(u); c.seen[key] {
			c.again++
		} else {
			c.seen[key] = true
		}
		return f(u)
	}
	return c
}

// wrong returns the mean error of a map and the share off by more than OffBy.
func wrong(m *semmap.Map, exact []float64) (mean, off float64) {
	for i, z := range m.Z {
		d := math.Abs(z - exact[i])
		mean += d / float64(len(m.Z))
		if d > semmap.OffBy {
			off += 1 / float64(len(m.Z))
		}
	}
	return mean, off
}

func exactly(t testing.TB, m *semmap.Map, f func(u []float64) float64) []float64 {
	t.Helper()
	z := make([]float64, len(m.Z))
	for i := range z {
		z[i] = float64(float32(f(m.Point(i))))
	}
	return z
}

func TestAdaptiveMapsOfOneTwoAndThreeAxes(t *testing.T) {
	for n, m := range map[int]*semmap.Map{
		1: grid(t, semmap.Range{From: 0, To: 360, Step: 1}),
		2: grid(t, semmap.DefaultAzimuth, semmap.DefaultElevation),
		3: grid(t, semmap.Range{From: 0, To: 360, Step: 10}, semmap.Range{From: -10, To: 90, Step: 10}, semmap.Range{From: 1, To: 5, Step: 0.4}),
	} {
		t.Run(fmt.Sprint(n, " axes"), func(t *testing.T) {
			f := count(m.Space(), hills)
			exact := exactly(t, m, hills)
			shown := 0
			r, err := m.Adapt(context.Background(), f, semmap.AdaptiveOptions{OnUpdate: func(m *semmap.Map, spent int) error {
				shown++
				if m.Missing() != 0 || f.calls != spent {
					t.Errorf("%d axes: %d values are missing in the picture after %d evaluations, %d told", n, m.Missing(), f.calls, spent)
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			mean, off := wrong(m, exact)
			t.Logf("%d axes, %d points: %+v; in truth %.4f and %.4f", n, len(m.Z), *r, mean, off)
			if r.Evaluations != f.calls || f.again != 0 || m.Evaluations() != f.calls || r.Evaluations > len(m.Z)/3 {
				t.Errorf("%d axes: %d evaluations told, %d in the mask, %d made, %d of them twice, of %d points", n, r.Evaluations, m.Evaluations(), f.calls, f.again, len(m.Z))
			}
			if r.Stopped != semmap.ToleranceReached || mean > 0.015 || shown < 2 {
				t.Errorf("%d axes: %s with a mean error of %g after %d pictures", n, r.Stopped, mean, shown)
			}
			for i, evaluated := range m.Evaluated {
				if evaluated && m.Z[i] != exact[i] {
					t.Fatalf("%d axes: %g is told to be evaluated, f is %g", n, m.Z[i], exact[i])
				}
			}
		})
	}
}

// TestAnInterruptedAdaptiveMapEndsTheSame stops at every few evaluations, keeps
// the map in a file, and continues from there.
func TestAnInterruptedAdaptiveMapEndsTheSame(t *testing.T) {
	ranges := []semmap.Range{{From: 0, To: 360, Step: 9}, {From: -10, To: 90, Step: 9}}
	options := semmap.AdaptiveOptions{Tolerance: 0.001, Seed: 7}
	whole := grid(t, ranges...)
	want, err := whole.Adapt(context.Background(), count(whole.Space(), hills), options)
	if err != nil {
		t.Fatal(err)
	}
	part := grid(t, ranges...)
	path := filepath.Join(t.TempDir(), "part.npz")
	calls := 0
	for stops := 0; ; stops++ {
		ctx, cancel := context.WithCancel(context.Background())
		fresh := 0
		f := count(part.Space(), func(u []float64) float64 {
			if fresh++; fresh == 17 {
				cancel() // Func notices before the next point: the batch is left half done
			}
			return hills(u)
		})
		got, err := part.Adapt(ctx, f, options)
		calls += f.calls
		cancel()
		if err == nil {
			if *got != *want || !slices.Equal(part.Z, whole.Z) || !slices.Equal(part.Evaluated, whole.Evaluated) {
				t.Errorf("interrupted %d times: %+v, at once %+v", stops, *got, *want)
			}
			if calls != want.Evaluations || stops < 3 {
				t.Errorf("%d evaluations over %d interruptions, %d at once", calls, stops, want.Evaluations)
			}
			return
		}
		if !errors.Is(err, context.Canceled) || part.Adaptive != nil || part.Evaluations() != calls {
			t.Fatalf("error %v, report %v, %d evaluations of %d kept", err, part.Adaptive, part.Evaluations(), calls)
		}
		if err := part.Save(path); err != nil {
			t.Fatal(err)
		}
		if part, err = semmap.Load(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestComputeMakesAnAdaptiveMapExact(t *testing.T) {
	m := grid(t, semmap.Range{From: 0, To: 360, Step: 9}, semmap.Range{From: -10, To: 90, Step: 9})
	f := count(m.Space(), hills)
	report, err := m.Adapt(context.Background(), f, semmap.AdaptiveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	m.Meta = `{"label":"hill"}`
	path := filepath.Join(t.TempDir(), "adaptive.npz")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	if m, err = semmap.Load(path); err != nil || m.Adaptive == nil || *m.Adaptive != *report {
		t.Fatalf("loaded %+v, saved %+v, error %v", m.Adaptive, report, err)
	}
	if !strings.Contains(m.Caption(), fmt.Sprintf("%d of %d points evaluated", report.Evaluations, len(m.Z))) {
		t.Errorf("caption %q", m.Caption())
	}
	if err := m.Compute(context.Background(), f, semmap.Options{}); err != nil {
		t.Fatal(err)
	}
	if f.calls != len(m.Z) || f.again != 0 || m.Evaluated != nil || m.Adaptive != nil || !slices.Equal(m.Z, exactly(t, m, hills)) {
		t.Errorf("%d evaluations (%d twice) for %d points; mask %v, report %v", f.calls, f.again, len(m.Z), m.Evaluated != nil, m.Adaptive)
	}
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	if m, err = semmap.Load(path); err != nil || m.Adaptive != nil || m.Evaluated != nil || m.Caption() != "" {
		t.Errorf("an exact map still tells of predictions: %+v, error %v", m.Adaptive, err)
	}
}

// TestEstimatesHoldWhereRefiningStops stops by the estimate, as in use: that must
// not make the estimate too good.
func TestEstimatesHoldWhereRefiningStops(t *testing.T) {
	const seeds = 20
	holds, ratio, evaluations := 0, 0.0, map[int]bool{}
	for seed := range seeds {
		m := grid(t, semmap.Range{From: 0, To: 360, Step: 6}, semmap.Range{From: -10, To: 90, Step: 6})
		f := func(u []float64) float64 { return hills(u) + 0.1*math.Sin(u[0]*u[0]/90)*math.Cos(u[1]/3) }
		r, err := m.Adapt(context.Background(), count(m.Space(), f), semmap.AdaptiveOptions{Seed: uint64(seed), MaxEvaluations: 800, Tolerance: 0.012})
		if err != nil || r.Stopped != semmap.ToleranceReached {
			t.Fatalf("%+v, error %v", r, err)
		}
		evaluations[r.Evaluations] = true
		mean, _ := wrong(m, exactly(t, m, f))
		ratio += r.MeanError.Value / mean / seeds
		if r.MeanError.Low <= mean && mean <= r.MeanError.High {
			holds++
		}
	}
	t.Logf("%d of %d intervals of 95 %% hold the truth, estimate over truth %.3f, stopped at %d places", holds, seeds, ratio, len(evaluations))
	if holds < 17 || math.Abs(ratio-1) > 0.1 {
		t.Errorf("%d of %d intervals of 95 %% hold the truth, estimates are %.3f of it", holds, seeds, ratio)
	}
}

func TestSmallAndFlatGrids(t *testing.T) {
	flat := func([]float64) float64 { return 0.25 }
	for name, c := range map[string]struct {
		m       *semmap.Map
		options semmap.AdaptiveOptions
		stopped semmap.StopReason
	}{
		"one point":   {grid(t, semmap.Range{From: 0, To: 360, Step: 360}), semmap.AdaptiveOptions{}, semmap.MapComplete},
		"flat":        {grid(t, semmap.DefaultAzimuth, semmap.DefaultElevation), semmap.AdaptiveOptions{}, semmap.ToleranceReached},
		"whole grid":  {grid(t, semmap.Range{From: 0, To: 360, Step: 30}), semmap.AdaptiveOptions{MaxEvaluations: 100}, semmap.ToleranceReached},
		"four of 12":  {grid(t, semmap.Range{From: 0, To: 360, Step: 30}), semmap.AdaptiveOptions{MaxEvaluations: 4}, semmap.ToleranceReached},
		"fine coarse": {grid(t, semmap.Range{From: 0, To: 360, Step: 30}), semmap.AdaptiveOptions{MaxEvaluations: 5, Coarse: 1}, semmap.ToleranceReached},
		"three":       {grid(t, semmap.Range{From: 0, To: 360, Step: 120}), semmap.AdaptiveOptions{}, semmap.MapComplete},
	} {
		t.Run(name, func(t *testing.T) {
			f := count(c.m.Space(), flat)
			r, err := c.m.Adapt(context.Background(), f, c.options)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			mean, _ := wrong(c.m, exactly(t, c.m, flat))
			if r.Stopped != c.stopped || r.Evaluations != f.calls || (c.options.MaxEvaluations > 0 && f.calls > c.options.MaxEvaluations) || mean != 0 || c.m.Missing() != 0 {
				t.Errorf("%s: %+v after %d evaluations, mean error %g", name, *r, f.calls, mean)
			}
			if (r.Stopped == semmap.MapComplete) != (c.m.Evaluated == nil) {
				t.Errorf("%s: %s, mask %v", name, r.Stopped, c.m.Evaluated)
			}
		})
	}
}

// TestEnoughEvaluationsMakeTheMapExact requires more accuracy than predictions have.
func TestEnoughEvaluationsMakeTheMapExact(t *testing.T) {
	m := grid(t, semmap.Range{From: 0, To: 360, Step: 9}, semmap.Range{From: -10, To: 90, Step: 9})
	f := count(m.Space(), func(u []float64) float64 { return math.Abs(math.Sin(u[0]*u[0] + u[1])) })
	r, err := m.Adapt(context.Background(), f, semmap.AdaptiveOptions{MaxEvaluations: 1000, Tolerance: 1e-9})
	if err != nil {
		t.Fatal(err)
	}
	if r.Stopped != semmap.MapComplete || f.calls != len(m.Z) || f.again != 0 || m.Evaluated != nil || r.MeanError.High != 0 {
		t.Errorf("%+v after %d evaluations of %d", *r, f.calls, len(m.Z))
	}
	if mean, _ := wrong(m, exactly(t, m, f.F)); mean != 0 {
		t.Errorf("the whole map is off by %g", mean)
	}
}

func TestAdaptSaysWhatIsWrong(t *testing.T) {
	space := objective.Viewpoints()
	f := &objective.Func{Domain: space, F: hills}
	for says, o := range map[string]semmap.AdaptiveOptions{
		"tolerance NaN": {Tolerance: math.NaN()}, "tolerance -1": {Tolerance: -1}, "negative": {Batch: -1}, "at least 4": {MaxEvaluations: 3},
		"one held-out": {HeldOut: 1}, "confidence 1 ": {Confidence: 1},
	} {
		t.Run(says, func(t *testing.T) {
			m := grid(t, semmap.DefaultAzimuth, semmap.DefaultElevation)
			if _, err := m.Adapt(context.Background(), f, o); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one with %q", err, says)
			}
		})
	}
	m := grid(t, semmap.DefaultAzimuth)
	if _, err := m.Adapt(context.Background(), f, semmap.AdaptiveOptions{}); err == nil || !strings.Contains(err.Error(), "1 axes, the objective 2") {
		t.Errorf("error %v", err)
	}
	m = grid(t, semmap.DefaultAzimuth, semmap.DefaultElevation)
	broken := &objective.Func{Domain: space, F: func(u []float64) float64 { return math.Sqrt(u[1]) }}
	var notFinite *objective.NotFiniteError
	if _, err := m.Adapt(context.Background(), broken, semmap.AdaptiveOptions{}); !errors.As(err, &notFinite) || notFinite.Point[1] != -10 {
		t.Errorf("error %v, want one for the point [0 -10]", err)
	}
}

// TestAdaptiveBeatsEveryOtherDegree compares with the same number of evaluations on
// a regular grid: the published maps of ResNet50 every 6°, 1,020 points,
// interpolated linearly.
func TestAdaptiveBeatsEveryOtherDegree(t *testing.T) {
	p, err := semmap.LoadPublished(filepath.Join(testdata.Dir(t), "published", "maps_ResNet50.npz"))
	if err != nil {
		t.Fatal(err)
	}
	var adaptive, regular float64
	maps := 0.0
	for class := 0; class < p.Classes; class += 2 {
		exact, err := p.Map(class, class)
		if err != nil {
			t.Fatal(err)
		}
		f, err := exact.Objective()
		if err != nil {
			t.Fatal(err)
		}
		m := grid(t, semmap.DefaultAzimuth, semmap.DefaultElevation)
		r, err := m.Adapt(context.Background(), f, semmap.AdaptiveOptions{MaxEvaluations: 1020, Tolerance: 1e-6})
		if err != nil || r.Evaluations > 1020 {
			t.Fatalf("%+v, error %v", r, err)
		}
		mean, _ := wrong(m, exact.Z)
		adaptive += mean
		maps++
		coarse := grid(t, semmap.Range{From: 0, To: 360, Step: 6}, semmap.Range{From: -10, To: 90, Step: 6})
		if err := coarse.Compute(context.Background(), f, semmap.Options{}); err != nil {
			t.Fatal(err)
		}
		linear, err := coarse.Objective()
		if err != nil {
			t.Fatal(err)
		}
		m = grid(t, semmap.DefaultAzimuth, semmap.DefaultElevation)
		if err := m.Compute(context.Background(), linear, semmap.Options{}); err != nil {
			t.Fatal(err)
		}
		mean, _ = wrong(m, exact.Z)
		regular += mean
	}
	adaptive, regular = adaptive/maps, regular/maps
	t.Logf("mean error with 1,020 evaluations: adaptive %.4f, every 6° %.4f", adaptive, regular)
	if adaptive > 0.9*regular {
		t.Errorf("adaptive maps are off by %.4f, regular ones by %.4f", adaptive, regular)
	}
}

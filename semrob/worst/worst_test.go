package worst_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

func find(t *testing.T, p worst.Problem, m worst.Method, s worst.Settings) *worst.Result {
	t.Helper()
	r, err := worst.Find(context.Background(), p, m, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pit is a small pit across the seam of azimuth and at the lower end of
// elevation: 0.05 at its bottom.
func pit() *analytic.Gaussian {
	return &analytic.Gaussian{Domain: objective.Viewpoints(), Centre: []float64{358, -15}, Sigma: []float64{20, 10}, Base: 1, Height: -.95}
}

// known has a least value that is not 0, so that 1 % of it means something.
type known interface {
	objective.Differentiable
	Minimum() ([]float64, float64)
}

func knowns() map[string]known {
	four := append(objective.Viewpoints(),
		objective.Axis{Name: "distance", Min: 1.5, Max: 6},
		objective.Axis{Name: "roll", Unit: "°", Min: -180, Max: 180, Periodic: true})
	return map[string]known{
		"pit":    pit(),
		"valley": &analytic.Ridge{Domain: analytic.Cube(3), Through: []float64{.5, .2, .4}, Slope: []float64{1, -2, .5}, Base: 1, Height: -.9},
		"wave":   &analytic.Wave{Domain: objective.Viewpoints(), Waves: []int{3, 2}, Base: .1, Height: .8},
		"box":    &analytic.SoftBox{Domain: four, A: []float64{300, 40, 2, -200}, B: []float64{400, 80, 4, -60}, Softness: .05, Base: .9, Height: -.85},
	}
}

// TestKnownMinima requires all methods but the baseline to come within 1 % of the
// least value, from three seeds.
func TestKnownMinima(t *testing.T) {
	for name, f := range knowns() {
		t.Run(name, func(t *testing.T) {
			_, least := f.Minimum()
			for _, m := range worst.Methods() {
				if m.Name() == "spread" {
					continue
				}
				for seed := range uint64(3) {
					r := find(t, worst.Problem{Objective: f}, m, worst.Settings{Seed: seed})
					if r.Value > 1.01*least || r.Value < least-1e-12 {
						t.Errorf("%s, %s, seed %d: %g at %v, the least is %g", name, m.Name(), seed, r.Value, r.Point, least)
					}
					if err := f.Space().CheckPoint(r.Point); err != nil {
						t.Error(err)
					}
					if r.Evaluations > 600 || r.Status != worst.BudgetSpent || len(r.Points)+2*r.Gradients != r.Evaluations {
						t.Errorf("%s, %s: %d evaluations of which %d gradients for %d points, %s", name, m.Name(), r.Evaluations, r.Gradients, len(r.Points), r.Status)
					}
					value := make([]float64, 1)
					if err := f.Evaluate(context.Background(), [][]float64{r.Point}, value); err != nil || value[0] != r.Value {
						t.Errorf("%s, %s: f is %g at %v, not %g (%v)", name, m.Name(), value[0], r.Point, r.Value, err)
					}
				}
			}
		})
	}
}

// TestManyValleys has one least of some 36 local minima.
func TestManyValleys(t *testing.T) {
	f := &objective.Func{Domain: analytic.Cube(2), F: func(x []float64) float64 { // Rastrigin's, moved
		sum := 0.5
		for _, v := range x {
			u := 6 * (v - .37)
			sum += (u*u + 10 - 10*math.Cos(2*math.Pi*u)) / 50
		}
		return sum
	}}
	for seed := range uint64(5) {
		r := find(t, worst.Problem{Objective: f}, worst.Combined{}, worst.Settings{Seed: seed, Evaluations: 1500})
		if r.Value > 0.505 {
			t.Errorf("seed %d: %g at %v, the least is 0.5", seed, r.Value, r.Point)
		}
	}
}

// flipped is 1 − f: on the published maps the greatest values stand on small
// peaks, while 0 is nearly everywhere.
type flipped struct{ objective.Objective }

func (f flipped) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	err := f.Objective.Evaluate(ctx, points, values)
	for i := range values {
		values[i] = 1 - values[i]
	}
	return err
}

// TestPublishedMaps looks for the least and the greatest values of a
// published network's maps with 15 % of their evaluations. The least must be
// found always. The greatest are narrow; few may be missed, and fewer than
// without going downhill.
func TestPublishedMaps(t *testing.T) {
	maps, err := semmap.LoadPublished(filepath.Join(testdata.Dir(t), "published", "maps_ResNet50.npz"))
	if err != nil {
		t.Fatal(err)
	}
	missed, runs := map[string]int{}, 0
	for class := range maps.Classes {
		for object := range maps.Objects {
			m, err := maps.Map(class, object)
			if err != nil {
				t.Fatal(err)
			}
			f, err := m.Objective()
			if err != nil {
				t.Fatal(err)
			}
			s, settings := m.Stats(), worst.Settings{Evaluations: 15 * len(m.Z) / 100, Seed: 1}
			if r := find(t, worst.Problem{Objective: f}, worst.Combined{}, settings); r.Value > s.Min+0.01 {
				t.Errorf("class %d, object %d: %g is more than 0.01 above the least, %g", class, object, r.Value, s.Min)
			}
			runs++
			for _, method := range worst.Methods() {
				if method.Name() == "gradient" {
					continue
				}
				r := find(t, worst.Problem{Objective: flipped{f}}, method, settings)
				if r.Value > 1-s.Max+0.01 {
					missed[method.Name()]++
				}
			}
		}
	}
	t.Logf("of %d narrow peaks each method missed: %v", runs, missed)
	for _, name := range []string{"combined", "pattern"} {
		if missed[name] > runs/4 || missed[name] >= missed["cma-es"] || missed["cma-es"] >= missed["spread"] {
			t.Errorf("too many are missed: %v", missed)
		}
	}
}

func TestWithinABox(t *testing.T) {
	slope := &analytic.Ridge{Domain: objective.Viewpoints(), Through: []float64{200, 90}, Slope: []float64{0, 1}, Width: 1, Base: .1, Height: .8}
	for name, c := range map[string]struct {
		f    objective.Objective
		box  region.Bounds
		want []float64 // NaN: anywhere in the box
	}{
		"at a face":            {slope, region.Bounds{A: []float64{100, 20}, B: []float64{150, 50}}, []float64{math.NaN(), 20}},
		"over the seam":        {pit(), region.Bounds{A: []float64{340, 0}, B: []float64{380, 40}}, []float64{358, 0}},
		"a fixed coordinate":   {pit(), region.Bounds{A: []float64{300, 5}, B: []float64{400, 5}}, []float64{358, 5}},
		"beyond the domain":    {pit(), region.Bounds{A: []float64{-90, -100}, B: []float64{90, 200}}, []float64{358, -10}},
		"more than a period":   {pit(), region.Bounds{A: []float64{-900, -10}, B: []float64{900, 90}}, []float64{358, -10}},
		"a box that is a pole": {slope, region.Bounds{A: []float64{0, 90}, B: []float64{360, 95}}, []float64{math.NaN(), 90}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, m := range worst.Methods() {
				r := find(t, worst.Problem{Objective: c.f, Within: &c.box}, m, worst.Settings{Evaluations: 300})
				for i, p := range r.Points {
					if !r.Within.Contains(c.f.Space(), p) || c.f.Space().CheckPoint(p) != nil {
						t.Fatalf("%s, %s: point %d, %v, is not in %v", name, m.Name(), i, p, r.Within)
					}
				}
				for k, want := range c.want {
					if tolerance := 2.0; m.Name() != "spread" && math.Abs(r.Point[k]-want) > tolerance {
						t.Errorf("%s, %s: the worst point is %v, want %v", name, m.Name(), r.Point, c.want)
					}
				}
			}
		})
	}
}

func TestTheSeedDecides(t *testing.T) {
	for _, m := range worst.Methods() {
		t.Run(m.Name(), func(t *testing.T) {
			one := find(t, worst.Problem{Objective: pit()}, m, worst.Settings{Seed: 1})
			again := find(t, worst.Problem{Objective: pit()}, m, worst.Settings{Seed: 1})
			other := find(t, worst.Problem{Objective: pit()}, m, worst.Settings{Seed: 2})
			if !reflect.DeepEqual(one, again) {
				t.Errorf("%s: the same seed gives %g and %g", m.Name(), one.Value, again.Value)
			}
			if reflect.DeepEqual(one.Points, other.Points) {
				t.Errorf("%s: another seed gives the same points", m.Name())
			}
		})
	}
}

// counted counts the batches that reach an objective.
type counted struct {
	objective.Objective
	batches, points int
}

func (c *counted) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	c.batches++
	c.points += len(points)
	return c.Objective.Evaluate(ctx, points, values)
}

func TestValuesComeInBatches(t *testing.T) {
	for _, m := range []worst.Method{worst.Combined{}, worst.Spread{}, worst.CMAES{}, worst.Pattern{}} {
		t.Run(m.Name(), func(t *testing.T) {
			f := &counted{Objective: pit()}
			r := find(t, worst.Problem{Objective: f}, m, worst.Settings{})
			if f.points != 600 || r.Evaluations != 600 || len(r.Points) != 600 {
				t.Errorf("%s: %d points are evaluated, %d said", m.Name(), f.points, r.Evaluations)
			}
			if f.batches > f.points/4 {
				t.Errorf("%s: %d batches for %d points", m.Name(), f.batches, f.points)
			}
		})
	}
}

func TestTheTraceAndTheRecorderAgree(t *testing.T) {
	var seen []worst.Iteration
	r := find(t, worst.Problem{Objective: pit()}, worst.Combined{}, worst.Settings{
		Recorder: worst.RecorderFunc(func(it worst.Iteration) error { seen = append(seen, it); return nil }),
	})
	last := seen[len(seen)-1]
	if !last.Last || last.Evaluations != 600 || last.Value != r.Value || !reflect.DeepEqual(last.Point, r.Point) {
		t.Errorf("at the end the recorder sees %+v", last)
	}
	if end := r.Trace[len(r.Trace)-1]; end.Value != r.Value || end.Evaluations != 600 {
		t.Errorf("the trace ends with %+v", end)
	}
	for _, it := range seen { // the trace, read at the time of each batch
		want := math.Inf(1)
		for _, v := range r.Values[:it.Evaluations] {
			want = min(want, v)
		}
		traced := math.Inf(1)
		for _, step := range r.Trace {
			if step.Evaluations <= it.Evaluations {
				traced = step.Value
			}
		}
		if it.Value != want || traced != want {
			t.Errorf("after %d evaluations the recorder sees %g, the trace %g; the least of them is %g", it.Evaluations, it.Value, traced, want)
		}
	}
	stop := errors.New("enough")
	_, err := worst.Find(context.Background(), worst.Problem{Objective: pit()}, worst.Combined{}, worst.Settings{
		Recorder: worst.RecorderFunc(func(worst.Iteration) error { return stop }),
	})
	if !errors.Is(err, stop) {
		t.Errorf("error %v, want the recorder's", err)
	}
}

func TestATargetEndsTheSearch(t *testing.T) {
	target := 0.5
	for _, m := range worst.Methods() {
		t.Run(m.Name(), func(t *testing.T) {
			r := find(t, worst.Problem{Objective: pit()}, m, worst.Settings{Target: &target, Evaluations: 5000})
			if r.Status != worst.TargetReached || r.Value > target || r.Evaluations > 1000 {
				t.Errorf("%s: %s at %g after %d evaluations", m.Name(), r.Status, r.Value, r.Evaluations)
			}
		})
	}
}

func TestStoppingKeepsWhatWasFound(t *testing.T) {
	for _, m := range worst.Methods() {
		t.Run(m.Name(), func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			r, err := worst.Find(ctx, worst.Problem{Objective: pit()}, m, worst.Settings{
				Recorder: worst.RecorderFunc(func(it worst.Iteration) error {
					if it.Evaluations >= 100 {
						cancel()
					}
					return nil
				}),
			})
			if !errors.Is(err, context.Canceled) || r == nil || r.Status != worst.Stopped || r.Point == nil || r.Evaluations >= 600 {
				t.Errorf("%s: %+v, error %v", m.Name(), r, err)
			}
			cancel()
		})
	}
}

// TestValuesThatAreNotFinite has NaN next to the pit.
func TestValuesThatAreNotFinite(t *testing.T) {
	f := pit()
	holed := &objective.Func{Domain: f.Domain, F: func(p []float64) float64 {
		if p[0] > 180 {
			return math.NaN()
		}
		v := make([]float64, 1)
		if err := f.Evaluate(context.Background(), [][]float64{p}, v); err != nil {
			t.Error(err)
		}
		return v[0]
	}}
	for _, m := range []worst.Method{worst.Combined{}, worst.Spread{}, worst.CMAES{}, worst.Pattern{}} {
		r := find(t, worst.Problem{Objective: holed}, m, worst.Settings{})
		bad := 0
		for _, p := range r.Points {
			if p[0] > 180 {
				bad++
			}
		}
		if r.NotFinite != bad || bad == 0 || !strings.Contains(r.Detail, "NaN at [") {
			t.Errorf("%s: %d values are not finite of %d, %q", m.Name(), r.NotFinite, bad, r.Detail)
		}
		if least := 1 - .95*math.Exp(-.5*(.01+.25)); m.Name() != "spread" && r.Value > 1.05*least { // at 0, −10
			t.Errorf("%s: %g at %v; the least beside the hole is %g", m.Name(), r.Value, r.Point, least)
		}
	}
	holed.F = func([]float64) float64 { return math.NaN() }
	if _, err := worst.Find(context.Background(), worst.Problem{Objective: holed}, worst.Combined{}, worst.Settings{}); err == nil || !strings.Contains(err.Error(), "NaN at [") {
		t.Errorf("error %v, want one that names a point", err)
	}
}

func TestFlatFunctions(t *testing.T) {
	flat := &analytic.Wave{Domain: analytic.Torus(2), Waves: []int{0, 0}}
	for _, m := range worst.Methods() {
		t.Run(m.Name(), func(t *testing.T) {
			if r := find(t, worst.Problem{Objective: flat}, m, worst.Settings{}); r.Value != 1 || r.Evaluations < 598 {
				t.Errorf("%s: %g after %d evaluations", m.Name(), r.Value, r.Evaluations)
			}
		})
	}
}

func TestBadInput(t *testing.T) {
	f := pit()
	box := func(a0, a1, b0, b1 float64) *region.Bounds {
		return &region.Bounds{A: []float64{a0, a1}, B: []float64{b0, b1}}
	}
	nan := math.NaN()
	for says, c := range map[string]struct {
		p worst.Problem
		m worst.Method
		s worst.Settings
	}{
		"no objective":      {},
		"no axes":           {p: worst.Problem{Objective: &analytic.Box{}}},
		"twice":             {p: worst.Problem{Objective: &objective.Func{Domain: objective.Space{objective.Azimuth, objective.Azimuth}}}},
		"pay for":           {p: worst.Problem{Objective: f}, m: worst.Gradient{}, s: worst.Settings{Evaluations: 3}},
		"-1 evaluations":    {p: worst.Problem{Objective: f}, s: worst.Settings{Evaluations: -1}},
		"tolerance":         {p: worst.Problem{Objective: f}, s: worst.Settings{Tolerance: 2}},
		"target":            {p: worst.Problem{Objective: f}, s: worst.Settings{Target: &nan}},
		"share":             {p: worst.Problem{Objective: f}, m: worst.Combined{Share: 2}},
		"population":        {p: worst.Problem{Objective: f}, m: worst.CMAES{Population: -3}},
		"inverted":          {p: worst.Problem{Objective: f, Within: box(20, 0, 10, 10)}},
		"outside":           {p: worst.Problem{Objective: f, Within: box(0, 95, 10, 99)}},
		"not finite":        {p: worst.Problem{Objective: f, Within: box(0, nan, 10, 9)}},
		"single point":      {p: worst.Problem{Objective: f, Within: box(10, 9, 10, 9)}},
		"the space 2 axes":  {p: worst.Problem{Objective: f, Within: &region.Bounds{A: []float64{1}, B: []float64{2}}}},
		"batches of -1":     {p: worst.Problem{Objective: f}, s: worst.Settings{Batch: -1}},
		"counts as -1 eval": {p: worst.Problem{Objective: f}, s: worst.Settings{GradientCost: -1}},
	} {
		t.Run(says, func(t *testing.T) {
			_, err := worst.Find(context.Background(), c.p, c.m, c.s)
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one with %q", err, says)
			}
		})
	}
}

func TestBlackBoxesHaveNoGradient(t *testing.T) {
	for name, f := range map[string]objective.Objective{
		"without a method":        &analytic.Box{Domain: analytic.Cube(1), A: []float64{0}, B: []float64{1}},
		"by its own word":         &objective.Func{Domain: analytic.Cube(1)},
		"that embeds a white box": flipped{pit()},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := worst.Find(context.Background(), worst.Problem{Objective: f}, worst.Gradient{}, worst.Settings{}); !errors.Is(err, objective.ErrNoGradient) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// costly says that a gradient costs seven evaluations.
type costly struct{ *analytic.Gaussian }

func (costly) GradientCost() int { return 7 }

// TestDefaults: nil is the method Combined, and an objective knows the price of
// its gradient unless the settings give another.
func TestDefaults(t *testing.T) {
	got, want := find(t, worst.Problem{Objective: pit()}, nil, worst.Settings{}), find(t, worst.Problem{Objective: pit()}, worst.Combined{}, worst.Settings{})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("without a method %s finds %g, want %g", got.Method, got.Value, want.Value)
	}
	for given, want := range map[int]int{0: 7, 5: 5} {
		if r := find(t, worst.Problem{Objective: costly{pit()}}, worst.Gradient{}, worst.Settings{GradientCost: given}); r.Settings.GradientCost != want || len(r.Points)+(want-1)*r.Gradients != r.Evaluations {
			t.Errorf("a gradient costs %d, want %d: %d evaluations for %d points, %d of them with gradients", r.Settings.GradientCost, want, r.Evaluations, len(r.Points), r.Gradients)
		}
	}
}

func TestMethodByName(t *testing.T) {
	for name, want := range map[string]worst.Method{"": worst.Combined{}, "CMA_ES": worst.CMAES{}, "pattern": worst.Pattern{}} {
		t.Run(name, func(t *testing.T) {
			if m, err := worst.MethodByName(name); err != nil || m != want {
				t.Errorf("%v, error %v", m, err)
			}
		})
	}
	var unknown *enum.UnknownError
	if _, err := worst.MethodByName("magic"); !errors.As(err, &unknown) || !slices.Contains(unknown.Known, "cma-es") {
		t.Errorf("error %v, want one that lists the methods", err)
	}
}

// TestNumbersComeByName: flags and plans set the numbers of every method.
func TestNumbersComeByName(t *testing.T) {
	m, err := worst.Table.With("cma-es", map[string]float64{"population": 8, "sigma": 0.2})
	if want := (worst.CMAES{Population: 8, Sigma: 0.2}); err != nil || m != worst.Method(want) {
		t.Errorf("%+v, error %v, want %+v", m, err, want)
	}
	for name, numbers := range map[string]map[string]float64{
		"combined": {"share": 2}, "gradient": {"starts": -1}, "pattern": {"share": -1}, "cma-es": {"population": 1}, "spread": {"share": 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := worst.Table.With(name, numbers); err == nil {
				t.Errorf("%+v has numbers that are out of range", m)
			}
		})
	}
	for _, n := range worst.Table.Numbers() {
		if n.Usage == "" || len(n.Usage) > 90 {
			t.Errorf("%s: usage %q", n.Name, n.Usage)
		}
	}
}

// TestSmallBudgets goes through the ends of every method.
func TestSmallBudgets(t *testing.T) {
	for _, m := range worst.Methods() {
		t.Run(m.Name(), func(t *testing.T) {
			for n := 1; n <= 40; n++ {
				if m.Name() == "gradient" && n < 4 {
					continue
				}
				r := find(t, worst.Problem{Objective: pit()}, m, worst.Settings{Evaluations: n})
				if r.Evaluations > n || len(r.Points) == 0 {
					t.Errorf("%s: %d evaluations of %d", m.Name(), r.Evaluations, n)
				}
			}
		})
	}
}

func TestLowestPointsAreApart(t *testing.T) {
	f := &analytic.Wave{Domain: objective.Viewpoints(), Waves: []int{3, 1}, Base: .1, Height: .8}
	r := find(t, worst.Problem{Objective: f}, worst.Combined{}, worst.Settings{})
	at := r.Lowest(3, 0)
	if len(at) != 3 || r.Values[at[0]] != r.Value {
		t.Fatalf("the lowest are %v, the first of them %g", at, r.Values[at[0]])
	}
	valleys := map[string]bool{}
	for i, p := range at {
		if i > 0 && r.Values[p] < r.Values[at[i-1]] {
			t.Errorf("%g comes after %g", r.Values[p], r.Values[at[i-1]])
		}
		valleys[fmt.Sprintf("%.0f", math.Floor(r.Points[p][0]/120))] = true // troughs at 60, 180, 300
	}
	if len(valleys) < 2 {
		t.Errorf("the lowest points are all in one valley: %v", valleys)
	}
	// Apart on azimuth alone, whatever the elevation.
	azimuths := r.Lowest(3, 0.2, "azimuth")
	for i, p := range azimuths {
		for _, q := range azimuths[:i] {
			d := math.Abs(r.Points[p][0] - r.Points[q][0])
			if min(d, 360-d) <= 0.2*360 {
				t.Errorf("the azimuths %g and %g are not apart", r.Points[p][0], r.Points[q][0])
			}
		}
	}
	if len(azimuths) != 3 {
		t.Errorf("%d points are apart on azimuth, want 3", len(azimuths))
	}
}

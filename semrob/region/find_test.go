package region_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

func axis(name string, lo, hi float64, periodic bool) objective.Axis {
	return objective.Axis{Name: name, Min: lo, Max: hi, Periodic: periodic}
}

// box is 1 inside lower…upper and 0 outside.
func box(space objective.Space, lower, upper []float64) *objective.Func {
	inside := region.Bounds{A: lower, B: upper}
	return &objective.Func{Domain: space, F: func(u []float64) float64 {
		if inside.Contains(space, u) {
			return 1
		}
		return 0
	}}
}

func find(t *testing.T, f objective.Objective, method region.Method, settings region.Settings, starts ...[]float64) *region.Result {
	t.Helper()
	result, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: starts}, method, settings)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// TestBoxesAreRecovered looks for 0/1 boxes at random places from random starts
// inside them. Every side must be within 10 % of the box's width, with points
// on the faces and with corners.
func TestBoxesAreRecovered(t *testing.T) {
	const trials = 5
	for _, n := range []int{1, 2, 4, 8} {
		t.Run(fmt.Sprint(n, " axes"), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(n), 1))
			worst := map[region.Sampling]float64{}
			for range trials {
				space, lower, upper, start := randomBox(n, rng)
				for _, sampling := range []region.Sampling{region.FacePoints, region.Corners} {
					settings := region.Settings{Sampling: sampling, PointsPerFace: 8}
					got := find(t, box(space, lower, upper), region.OIRB{}, settings, start).Runs[0].Bounds
					for k := range space {
						width := upper[k] - lower[k]
						worst[sampling] = max(worst[sampling], math.Abs(got.A[k]-lower[k])/width, math.Abs(got.B[k]-upper[k])/width)
					}
				}
			}
			t.Logf("n=%d: sides are off by at most %.1f %% of the width with points on the faces, %.0f %% with corners",
				n, 100*worst[region.FacePoints], 100*worst[region.Corners])
			for sampling, off := range worst {
				if off > 0.1 {
					t.Errorf("n=%d, %s: a side is off by %.0f %% of the width, want at most 10 %%", n, sampling, 100*off)
				}
			}
		})
	}
}

func randomBox(n int, rng *rand.Rand) (space objective.Space, lower, upper, start []float64) {
	for k := range n {
		width := 0.2 + 0.5*rng.Float64()
		a := 0.05 + rng.Float64()*(0.9-width)
		space = append(space, axis(fmt.Sprint("axis", k), 0, 1, false))
		lower, upper = append(lower, a), append(upper, a+width)
		start = append(start, a+width*(0.3+0.4*rng.Float64()))
	}
	return space, lower, upper, start
}

// TestRegionsGrowInEveryDimension: the published step moves in two dimensions
// only; the default one fills a constant objective in any.
func TestRegionsGrowInEveryDimension(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 6, 10} {
		t.Run(fmt.Sprint(n, " axes"), func(t *testing.T) {
			var space objective.Space
			var start []float64
			for k := range n {
				space = append(space, axis(string(rune('a'+k)), -2, 3, k%2 == 0))
				start = append(start, 0.3*float64(k)-1)
			}
			f := &objective.Func{Domain: space, F: func([]float64) float64 { return 0.9 }, Grad: func(_, g []float64) { clear(g) }}
			for _, method := range region.Methods() {
				run := find(t, f, method, region.Settings{}, start).Runs[0]
				if run.Status != region.WholeDomain {
					t.Errorf("%s, n=%d: status %q, bounds %v", method.Name(), n, run.Status, run.Bounds)
				}
				if got := run.Bounds.Fraction(space); math.Abs(got-1) > 1e-6 {
					t.Errorf("%s, n=%d: the region covers %g of the domain", method.Name(), n, got)
				}
				if run.Iterations >= 600 {
					t.Errorf("%s, n=%d: did not stop before %d iterations", method.Name(), n, run.Iterations)
				}
			}
		})
	}
}

// TestPeriodicAxisWraps finds a region on both sides of azimuth 0.
func TestPeriodicAxisWraps(t *testing.T) {
	space := objective.Viewpoints()
	f := &objective.Func{Domain: space, F: func(u []float64) float64 {
		return 0.5 + 0.5*math.Cos(u[0]*math.Pi/180)
	}}
	run := find(t, f, region.OIRB{}, region.Settings{}, []float64{355, 40}).Runs[0]
	if !(run.Bounds.A[0] > 180 && run.Bounds.B[0] > 360) {
		t.Errorf("bounds %v do not wrap around 0°", run.Bounds)
	}
	if !run.Bounds.Contains(space, []float64{20, 40}) || !run.Bounds.Contains(space, []float64{340, 40}) {
		t.Errorf("bounds %v miss points near 0°", run.Bounds)
	}
	if run.Bounds.A[1] < -10 || run.Bounds.B[1] > 90 {
		t.Errorf("elevation %g…%g left the domain", run.Bounds.A[1], run.Bounds.B[1])
	}
}

// TestSmallRegionsAreOneEvaluation compares a run with f on a lattice and a run
// with f at the exact probes. f is smooth: the lattice must not matter.
func TestSmallRegionsAreOneEvaluation(t *testing.T) {
	space := objective.Viewpoints()
	f := &objective.Func{Domain: space, F: func(u []float64) float64 {
		return math.Exp(-math.Pow((u[0]-150)/60, 4) - math.Pow((u[1]-40)/30, 4))
	}}
	start := []float64{140, 35}
	short := find(t, f, region.OIRB{}, region.Settings{}, start)
	long := find(t, f, region.OIRB{}, region.Settings{Resolution: -1}, start)
	if iou := short.Runs[0].Bounds.IoU(long.Runs[0].Bounds); iou < 0.99 {
		t.Errorf("IoU %g between %v and %v", iou, short.Runs[0].Bounds, long.Runs[0].Bounds)
	}
	if short.Evaluations >= long.Evaluations-100 {
		t.Errorf("%d evaluations, exhaustive %d", short.Evaluations, long.Evaluations)
	}
}

// TestRememberingChangesNothing grows regions on a rough f: a descent takes another
// course after a change of the last bits. A run that remembers values must find
// exactly the regions of a run that evaluates every probe of every iteration, with
// a third of the evaluations.
func TestRememberingChangesNothing(t *testing.T) {
	wave := func(x float64, frequencies ...float64) (sum float64) {
		for i, w := range frequencies {
			sum += math.Sin(w*x + float64(i))
		}
		return sum
	}
	counted := 0
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		counted++
		smooth := 3 - math.Pow((u[0]-150)/60, 4) - math.Pow((u[1]-40)/30, 4)
		rough := wave(u[0], 3.1, 7.7, 19.3) + wave(u[1], 2.3, 9.1, 23.9) + wave(u[0]+2*u[1], 1.7, 13.3)
		return 1 / (1 + math.Exp(-smooth-0.4*rough))
	}}
	starts := [][]float64{{140, 35}, {160, 50}, {120, 20}, {300, 80}}
	for _, sampling := range []region.Sampling{region.Corners, region.FacePoints} {
		settings := region.Settings{Sampling: sampling, PointsPerFace: 8, Tolerance: -1}
		counted = 0
		short := find(t, f, region.OIRB{}, settings, starts...)
		if counted != short.Evaluations {
			t.Errorf("%s: %d evaluations reported, %d done", sampling, short.Evaluations, counted)
		}
		settings.Forget = true
		long := find(t, f, region.OIRB{}, settings, starts...)
		for i, run := range short.Runs {
			if !reflect.DeepEqual(run.Bounds, long.Runs[i].Bounds) || !reflect.DeepEqual(run.Trace, long.Runs[i].Trace) {
				t.Errorf("%s from %v: %v remembering, %v evaluating everything", sampling, run.Start, run.Bounds, long.Runs[i].Bounds)
			}
		}
		if 3*short.Evaluations > long.Evaluations {
			t.Errorf("%s: %d evaluations, %d without memory", sampling, short.Evaluations, long.Evaluations)
		}
	}
}

func TestStatuses(t *testing.T) {
	space := objective.Viewpoints()
	f := &objective.Func{Domain: space, F: func(u []float64) float64 {
		switch {
		case u[0] > 300:
			return math.NaN()
		case u[0] > 200:
			return 1e-7
		}
		return 0.8
	}}
	result := find(t, f, region.OIRB{}, region.Settings{Iterations: 30}, []float64{100, 40}, []float64{250, 40}, []float64{330, 40})
	for i, want := range []region.Status{region.IterationLimit, region.Vanished, region.NotFinite} {
		if got := result.Runs[i].Status; got != want {
			t.Errorf("start %d: status %q, want %q", i, got, want)
		}
	}
	if !strings.Contains(result.Runs[2].Detail, "330") {
		t.Errorf("the detail %q does not name the point", result.Runs[2].Detail)
	}
	if srvr := result.SRVR(); math.IsNaN(srvr) {
		t.Error("SRVR is NaN although every region is finite")
	}
}

func TestDefaultModeIsNeverInvertedOrNaN(t *testing.T) {
	space := objective.Viewpoints()
	noisy := &objective.Func{Domain: space, F: func(u []float64) float64 {
		return 0.5 + 0.5*math.Sin(u[0]*17)*math.Cos(u[1]*13) // as rough as can be
	}, Grad: func(u, g []float64) {
		g[0] = 0.5 * 17 * math.Cos(u[0]*17) * math.Cos(u[1]*13)
		g[1] = -0.5 * 13 * math.Sin(u[0]*17) * math.Sin(u[1]*13)
	}}
	for _, rate := range []float64{0.1, 5, 100} {
		settings := region.Settings{LearningRate: rate, Iterations: 200, Recorder: region.RecorderFunc(func(it region.Iteration) error {
			for _, b := range it.Bounds {
				for k := range space {
					if !(b.B[k] > b.A[k]) || !b.Finite() || b.B[k]-b.A[k] > space[k].Width()*(1+1e-9) {
						t.Fatalf("η=%g, iteration %d: bounds %v", rate, it.Number, b)
					}
				}
			}
			return nil
		})}
		for _, method := range region.Methods() {
			find(t, noisy, method, settings, []float64{10, 90}, []float64{359.9, -10})
		}
	}
}

func TestFindErrors(t *testing.T) {
	f := box(objective.Viewpoints(), []float64{0, 0}, []float64{90, 45})
	broken := errors.New("the renderer is on fire")
	cases := []struct {
		name     string
		problem  region.Problem
		settings region.Settings
		says     string
	}{
		{"no starts", region.Problem{Objective: f}, region.Settings{}, "start"},
		{"no objective", region.Problem{}, region.Settings{}, "objective"},
		{"start outside the domain", region.Problem{Objective: f, Starts: [][]float64{{0, 95}}}, region.Settings{}, "outside the domain"},
		{"start of three axes", region.Problem{Objective: f, Starts: [][]float64{{0, 0, 0}}}, region.Settings{}, "coordinates"},
		{"negative rate", region.Problem{Objective: f, Starts: [][]float64{{0, 0}}}, region.Settings{LearningRate: -1}, "learning rate"},
		{"unknown sampling", region.Problem{Objective: f, Starts: [][]float64{{0, 0}}}, region.Settings{Sampling: "edges"}, "sampling"},
		{"published mode on faces", region.Problem{Objective: f, Starts: [][]float64{{0, 0}}}, region.Settings{Mode: region.Published, Sampling: region.FacePoints}, "corners"},
		{"unknown mode", region.Problem{Objective: f, Starts: [][]float64{{0, 0}}}, region.Settings{Mode: "fast"}, "mode"},
		{"failing recorder", region.Problem{Objective: f, Starts: [][]float64{{0, 0}}}, region.Settings{
			Recorder: region.RecorderFunc(func(region.Iteration) error { return broken }),
		}, "on fire"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := region.Find(context.Background(), c.problem, region.Naive{}, c.settings)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: error %v, want one with %q", c.name, err, c.says)
			}
		})
	}
}

// TestProblemsThatDoNotFit: a white-box method on a black box is an error, and so
// are more corners than published mode can take.
func TestProblemsThatDoNotFit(t *testing.T) {
	f := box(objective.Viewpoints(), []float64{0, 0}, []float64{90, 45})
	for _, method := range []region.Method{region.Trapezoid{}, region.OIRW{}} {
		_, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: [][]float64{{45, 20}}}, method, region.Settings{})
		if !errors.Is(err, objective.ErrNoGradient) {
			t.Errorf("%s on a black box: error %v", method.Name(), err)
		}
	}
	space, lower, upper, start := randomBox(31, rand.New(rand.NewPCG(1, 1)))
	_, err := region.Find(context.Background(), region.Problem{Objective: box(space, lower, upper), Starts: [][]float64{start}},
		region.Naive{}, region.Settings{Mode: region.Published})
	if err == nil || !strings.Contains(err.Error(), "corners") {
		t.Errorf("2^31 corners: error %v", err)
	}
	result, err := region.Find(context.Background(), region.Problem{Objective: box(space, lower, upper), Starts: [][]float64{start}},
		region.Naive{}, region.Settings{Iterations: 60})
	if err != nil || !strings.Contains(result.Probes, "2^31 corners at random") {
		t.Errorf("31 axes in default mode: error %v", err)
	}
}

// TestTheDefaultMethod: nil means OIR-B.
func TestTheDefaultMethod(t *testing.T) {
	f := box(objective.Viewpoints(), []float64{0, 0}, []float64{90, 45})
	settings := region.Settings{Iterations: 40}
	got, want := find(t, f, nil, settings, []float64{45, 20}), find(t, f, region.OIRB{}, settings, []float64{45, 20})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestNumbersOutOfRange(t *testing.T) {
	f := &objective.Func{Domain: objective.Viewpoints(), F: func([]float64) float64 { return 1 }, Grad: func(_, g []float64) { clear(g) }}
	for name, method := range map[string]region.Method{
		"λ is NaN":    region.Naive{Lambda: math.NaN()},
		"λ is +Inf":   region.Trapezoid{Lambda: math.Inf(1)},
		"α is -1":     region.OIRB{Alpha: -1},
		"α is +Inf":   region.OIRB{Alpha: math.Inf(1)},
		"β is -0.001": region.OIRW{Beta: -0.001},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: [][]float64{{45, 20}}}, method, region.Settings{})
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v, want one with %q", err, name)
			}
		})
	}
	find(t, f, region.Naive{Lambda: -1}, region.Settings{Iterations: 1}, []float64{45, 20}) // no penalty
}

func TestFindStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := box(objective.Viewpoints(), []float64{0, 0}, []float64{90, 45})
	settings := region.Settings{Recorder: region.RecorderFunc(func(it region.Iteration) error {
		if it.Number == 5 {
			cancel()
		}
		return nil
	})}
	result, err := region.Find(ctx, region.Problem{Objective: f, Starts: [][]float64{{45, 20}}}, region.OIRB{}, settings)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want context.Canceled", err)
	}
	if got := result.Runs[0].Iterations; got != 6 {
		t.Errorf("%d iterations were done, want 6", got)
	}
}

// TestManyProblemsAreOneEach: problems solved together have the results of each
// alone, even if corners are drawn at random.
func TestManyProblemsAreOneEach(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	var problems []region.Problem
	for _, n := range []int{2, 2, 9} {
		space, lower, upper, start := randomBox(n, rng)
		problems = append(problems, region.Problem{Objective: box(space, lower, upper), Starts: [][]float64{start, lower}})
	}
	settings := region.Settings{Iterations: 120}
	together, err := region.FindAll(context.Background(), problems, region.OIRB{}, settings)
	if err != nil {
		t.Fatal(err)
	}
	for i, problem := range problems {
		alone, err := region.Find(context.Background(), problem, region.OIRB{}, settings)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(together[i], alone) {
			t.Errorf("problem %d: together %+v, alone %+v", i, together[i].Runs, alone.Runs)
		}
	}
	if _, err := region.FindAll(context.Background(), nil, region.OIRB{}, settings); err == nil {
		t.Error("no problems gave no error")
	}
}

func TestIoUGoesAround(t *testing.T) {
	space := objective.Viewpoints()
	at := func(a, b float64) region.Bounds {
		return region.Bounds{A: []float64{a, 0}, B: []float64{b, 10}}
	}
	for _, c := range []struct {
		x, y region.Bounds
		want float64
	}{
		{at(350, 370), at(0, 10), 0.5}, {at(350, 370), at(-10, 10), 1}, {at(0, 360), at(200, 560), 1},
		{at(300, 500), at(120, 320), 40. / 360}, {at(10, 20), at(30, 40), 0},
	} {
		if got := c.x.IoUIn(space, c.y); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v and %v: %g, want %g", c.x, c.y, got, c.want)
		}
		if got := c.y.IoUIn(space, c.x); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v and %v: %g, want %g", c.y, c.x, got, c.want)
		}
	}
}

func TestSRVRLeavesOutUnfinishedRegions(t *testing.T) {
	nan := math.NaN()
	r := region.Result{Space: objective.Viewpoints(), Runs: []region.Run{
		{Bounds: region.Bounds{A: []float64{300, -10}, B: []float64{480, 40}}}, // half of both, wrapped
		{Bounds: region.Bounds{A: []float64{nan, nan}, B: []float64{nan, nan}}},
		{Bounds: region.Bounds{A: []float64{20, 20}, B: []float64{10, 30}}}, // inverted
	}}
	if got := r.SRVR(); math.Abs(got-0.125) > 1e-12 {
		t.Errorf("SRVR = %g, want 0.125", got)
	}
	r.Settings.Mode = region.Published // 300…360 alone counts
	if got, want := r.SRVR(), 60./360*0.5/2; math.Abs(got-want) > 1e-12 {
		t.Errorf("in published mode SRVR = %g, want %g", got, want)
	}
}

func TestResultContains(t *testing.T) {
	r := &region.Result{Space: objective.Viewpoints(), Runs: []region.Run{
		{Bounds: region.Bounds{A: []float64{350, 0}, B: []float64{370, 20}}},
		{Bounds: region.Bounds{A: []float64{100, 30}, B: []float64{120, 40}}},
	}}
	for _, c := range []struct {
		name            string
		point           []float64
		inside, clipped bool
	}{
		{"first region", []float64{355, 10}, true, true},
		{"around the period", []float64{5, 10}, true, false},
		{"second region", []float64{110, 35}, true, true},
		{"between them", []float64{110, 10}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			published := *r
			published.Settings.Mode = region.Published
			if r.Contains(c.point) != c.inside || published.Contains(c.point) != c.clipped {
				t.Errorf("%v: %v and, without wrapping, %v; want %v and %v", c.point, r.Contains(c.point), published.Contains(c.point), c.inside, c.clipped)
			}
		})
	}
}

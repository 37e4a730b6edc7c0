package guarantee_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// bump is high around a point beside the seam of azimuth.
func bump() *objective.Func {
	return &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		return math.Exp(-math.Pow(math.Remainder(u[0]-350, 360)/50, 2) - math.Pow((u[1]-40)/20, 2))
	}}
}

func TestStatuses(t *testing.T) {
	always := &objective.Func{Domain: objective.Viewpoints(), F: func([]float64) float64 { return 1 }}
	broken := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if u[1] > 60 {
			return math.NaN()
		}
		return 1
	}}
	dust := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if _, part := math.Modf(1e9 + u[0]*1e6 + u[1]*3e6 + 0.5); part < 0.1 {
			return 0
		}
		return 1
	}}
	start := []float64{350.5, 40}
	for _, c := range []struct {
		f      objective.Objective
		start  []float64
		status guarantee.Status
		budget int
	}{
		{bump(), start, guarantee.Proved, 0}, {bump(), []float64{100, 40}, guarantee.WrongAtStart, 0}, {always, start, guarantee.WholeDomain, 0},
		{broken, start, guarantee.NotFinite, 0}, {dust, start, guarantee.BudgetSpent, 3000}, {always, start, guarantee.WholeDomain, 369},
		{bump(), start, guarantee.BudgetSpent, 500},
	} {
		t.Run(string(c.status), func(t *testing.T) {
			run := find(t, c.f, guarantee.Settings{Budget: c.budget}, c.start).Runs[0]
			if run.Status != c.status {
				t.Fatalf("status %q, want %q", run.Status, c.status)
			}
			if run.Status.Proved() != (run.Proof.Bound >= 0.99) {
				t.Errorf("%s with a bound of %g", run.Status, run.Proof.Bound)
			}
			if !run.Bounds.Contains(c.f.Space(), c.start) {
				t.Errorf("%v does not contain the start", run.Bounds)
			}
			if c.budget > 0 && run.Evaluations > c.budget {
				t.Errorf("%d evaluations, budget %d", run.Evaluations, c.budget)
			}
			if c.status == guarantee.WholeDomain && run.Bounds.Fraction(c.f.Space()) != 1 {
				t.Errorf("the whole domain is %v", run.Bounds)
			}
		})
	}
}

// A box goes around the seam, and its sides touch failures.
func TestSidesAreExplained(t *testing.T) {
	f := bump()
	run := find(t, f, guarantee.Settings{}, []float64{350, 40}).Runs[0]
	if !(run.Bounds.A[0] < 350 && run.Bounds.A[0] > 290 && run.Bounds.B[0] > 360 && run.Bounds.B[0] < 410) {
		t.Fatalf("bounds %v", run.Bounds)
	}
	for k := range 2 {
		for _, s := range []guarantee.Side{run.Lower[k], run.Upper[k]} {
			if s.End || s.Failure == nil || f.F(s.Failure) >= 0.5 || s.Gap > 1e-9 {
				t.Errorf("side %+v, f = %g", s, f.F(s.Failure))
			}
		}
	}
	if run.Least == nil || run.Least.Value != f.F(run.Least.Point) || run.Least.Value > 0.6 {
		t.Errorf("least value %+v", run.Least)
	}
}

// answering knows the top-1 answer: right above 0.4.
type answering struct{ *objective.Func }

func (a answering) Answers(ctx context.Context, points [][]float64, values []float64, answers []objective.Answer) error {
	if err := a.Evaluate(ctx, points, values); err != nil {
		return err
	}
	for i, v := range values {
		if answers[i].Rank = 2; v >= 0.4 {
			answers[i].Rank = 1
		}
	}
	return nil
}

func TestPredicates(t *testing.T) {
	volume := func(s guarantee.Settings) float64 {
		return find(t, answering{bump()}, s, []float64{350, 40}).Runs[0].Bounds.Volume()
	}
	right, above, both := volume(guarantee.Settings{Right: true}), volume(guarantee.Settings{Threshold: 0.7}), volume(guarantee.Settings{Right: true, Threshold: 0.7})
	if !(right > 1.3*above) || math.Abs(both/above-1) > 0.1 {
		t.Errorf("volumes %g, %g, %g", right, above, both)
	}
	if _, err := guarantee.Find(t.Context(), []guarantee.Problem{{Objective: bump(), Starts: [][]float64{{1, 2}}}}, guarantee.Settings{Right: true}); err == nil {
		t.Error("top-1 is claimed about an objective that does not know it")
	}
}

// Requests that cannot succeed are refused with the number that would do, and it
// does.
func TestBudgetsThatCannotSucceedAreRefused(t *testing.T) {
	always := &objective.Func{Domain: objective.Viewpoints(), F: func([]float64) float64 { return 1 }}
	problems := []guarantee.Problem{{Objective: always, Starts: [][]float64{{1, 2}}}}
	for _, s := range []guarantee.Settings{{Budget: 100}, {Epsilon: 0.001, Budget: 3000}, {Confidence: 0.9999, Budget: 500}} {
		_, err := guarantee.Find(t.Context(), problems, s)
		var refused *guarantee.BudgetError
		if !errors.As(err, &refused) {
			t.Fatalf("%+v: error %v", s, err)
		}
		exact := 1 + int(math.Ceil(math.Log((1-refused.Confidence)/2)/math.Log(1-refused.Epsilon)))
		if refused.Needed != exact {
			t.Errorf("%d would do, it says %d", exact, refused.Needed)
		}
		if s.Budget = refused.Needed; find(t, always, s, []float64{1, 2}).Runs[0].Status != guarantee.WholeDomain {
			t.Errorf("%d evaluations do not do", refused.Needed)
		}
	}
	for _, s := range []guarantee.Settings{{Epsilon: 1}, {Epsilon: -0.1}, {Confidence: 1}, {Threshold: math.NaN()}} {
		if _, err := guarantee.Find(t.Context(), problems, s); err == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
	for _, p := range []guarantee.Problem{{}, {Objective: always}, {Objective: always, Starts: [][]float64{{1, 200}}}} {
		if _, err := guarantee.Find(t.Context(), []guarantee.Problem{p}, guarantee.Settings{}); err == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
}

// A result depends on its own problem only, and comes back from its file.
func TestResultsStandAlone(t *testing.T) {
	f, g := bump(), &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 { return u[1] / 60 }}
	starts := [][]float64{{350, 40}, {340, 45}, {100, 10}}
	alone := find(t, f, guarantee.Settings{Seed: 3}, starts...)
	rounds := 0
	recorder := guarantee.RecorderFunc(func(r guarantee.Round) error {
		if rounds++; len(r.Bounds) != 6 || len(r.Phase) != 6 {
			t.Errorf("round %+v", r)
		}
		return nil
	})
	together, err := guarantee.Find(t.Context(), []guarantee.Problem{{Objective: g, Starts: starts}, {Objective: f, Starts: starts}}, guarantee.Settings{Seed: 3, Recorder: recorder})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(together[1], alone) {
		t.Errorf("together %+v\nalone    %+v", together[1], alone)
	}
	if rounds < 5 {
		t.Errorf("%d rounds", rounds)
	}
	regions, err := alone.Regions()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "r.npz")
	if err := regions.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded, err := region.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	back, err := guarantee.Of(loaded)
	if err != nil {
		t.Fatal(err)
	}
	one, _ := json.Marshal(alone)
	other, _ := json.Marshal(back)
	if string(one) != string(other) || !loaded.Runs[0].Proved || loaded.Runs[2].Proved {
		t.Errorf("saved  %s\nloaded %s", one, other)
	}
	if _, err := guarantee.Of(&region.Result{Method: "naive", Runs: make([]region.Run, 1)}); !errors.Is(err, guarantee.ErrNoGuarantee) {
		t.Errorf("error %v", err)
	}
}

func TestAnInterruptionKeepsTheRegions(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	settings := guarantee.Settings{Recorder: guarantee.RecorderFunc(func(r guarantee.Round) error {
		if r.Number == 8 {
			cancel()
		}
		return nil
	})}
	found, err := guarantee.Find(ctx, []guarantee.Problem{{Objective: bump(), Starts: [][]float64{{350, 40}}}}, settings)
	if !errors.Is(err, context.Canceled) || found[0].Runs[0].Status != guarantee.Interrupted || found[0].Runs[0].Bounds.Volume() == 0 {
		t.Errorf("error %v, %+v", err, found)
	}
}

// A map as a hint saves evaluations, and a wrong one does no harm.
func TestHints(t *testing.T) {
	f, start := bump(), []float64{350, 40}
	hint := &guarantee.Hint{}
	for i := range 120 * 34 {
		hint.Points = append(hint.Points, []float64{float64(i%120) * 3, float64(i/120)*3 - 10})
		hint.Values = append(hint.Values, f.F(hint.Points[i]))
	}
	with := func(h *guarantee.Hint) guarantee.Run {
		found, err := guarantee.Find(t.Context(), []guarantee.Problem{{Objective: f, Starts: [][]float64{start}, Hint: h}}, guarantee.Settings{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return found[0].Runs[0]
	}
	without, good := with(nil), with(hint)
	wrong := &guarantee.Hint{Points: hint.Points, Values: slices.Repeat([]float64{0}, len(hint.Points))}
	for name, run := range map[string]guarantee.Run{"good": good, "wrong": with(wrong)} {
		if run.Status != guarantee.Proved || math.Abs(run.Bounds.Volume()/without.Bounds.Volume()-1) > 0.15 {
			t.Errorf("%s hint: %s, volume %g, without %g", name, run.Status, run.Bounds.Volume(), without.Bounds.Volume())
		}
	}
	t.Logf("%d evaluations with a map, %d without", good.Evaluations, without.Evaluations)
	if good.Evaluations >= without.Evaluations {
		t.Error("the map saves nothing")
	}
}

// The largest box of cells is that of brute force.
func TestLargestIsBruteForce(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		c, err := guarantee.NewCells(objective.Viewpoints(), 30, 20)
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Pass {
			c.Pass[i] = random.Float64() < 0.8
		}
		column, row := random.IntN(c.Columns), random.IntN(c.Rows)
		most := 0
		for left := 0; left <= c.Columns/2; left++ {
			for right := 0; right <= c.Columns/2; right++ {
				for low := 0; low <= row; low++ {
					for high := row; high < c.Rows; high++ {
						clean := true
						for y := low; y <= high; y++ {
							for x := column - left; x <= column+right; x++ {
								clean = clean && c.Pass[y*c.Columns+(x+c.Columns)%c.Columns]
							}
						}
						if clean {
							most = max(most, min(left+right+1, c.Columns)*(high-low+1))
						}
					}
				}
			}
		}
		b, ok := c.Largest([]float64{float64(column)*30 + 15, float64(row)*20 + 0.5 - 10})
		if got := int(math.Round(b.Volume() / 600)); ok != (most > 0) || ok && got != most {
			t.Errorf("%d cells, brute force finds %d", got, most)
		}
	}
}

// A box does not stop at a few small holes, which take up 0.2 ε of it.
func TestSmallHolesAreTolerated(t *testing.T) {
	const seeds = 10
	space := objective.Space{{Name: "x", Max: 1}, {Name: "y", Max: 1}}
	large, proved := 0, 0
	for seed := range uint64(seeds) {
		random := rand.New(rand.NewPCG(seed, 3))
		var holes [][]float64
		for len(holes) < 3 {
			if h := []float64{random.Float64(), random.Float64()}; math.Hypot(h[0]-0.5, h[1]-0.5) > 0.1 {
				holes = append(holes, h)
			}
		}
		f := &objective.Func{Domain: space, F: func(u []float64) float64 {
			least := 1.0
			for _, h := range holes {
				least = min(least, math.Hypot(u[0]-h[0], u[1]-h[1])/0.03) // below 0.5 in 0.015
			}
			return least
		}}
		run := find(t, f, guarantee.Settings{Seed: seed}, []float64{0.5, 0.5}).Runs[0]
		if run.Status.Proved() {
			proved++
		}
		if run.Bounds.Volume() > 0.9 {
			large++
		}
	}
	t.Logf("%d of %d proved, %d of them larger than 0.9 of the domain", proved, seeds, large)
	if large < seeds/2 || proved < seeds-1 {
		t.Errorf("%d of %d proved, %d larger than 0.9 of the domain", proved, seeds, large)
	}
}

// A start that is right, alone, has a box without a width, which can be saved.
func TestABoxWithoutAWidth(t *testing.T) {
	start := []float64{100, 40}
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if slices.Equal(u, start) {
			return 1
		}
		return 0
	}}
	found := find(t, f, guarantee.Settings{}, start)
	regions, err := found.Regions()
	if err != nil {
		t.Fatal(err)
	}
	if err := regions.Save(filepath.Join(t.TempDir(), "r.npz")); err != nil {
		t.Error(err)
	}
	if run := found.Runs[0]; run.Bounds.Volume() > 1e-9 {
		t.Errorf("%s: %v", run.Status, run.Bounds)
	}
}

// counting counts the values of f.
type counting struct {
	*objective.Func
	values int
}

func (c *counting) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	c.values += len(points)
	return c.Func.Evaluate(ctx, points, values)
}

// Regions at several thresholds in one run share what the searches see, and are as
// large as those of runs of their own. Every value of f is counted.
func TestThresholdsShareViews(t *testing.T) {
	thresholds := []float64{0.2, 0.3, 0.4, 0.5, 0.6, 0.7}
	start := []float64{350, 40}
	f := &counting{Func: bump()}
	together, err := guarantee.FindAt(t.Context(), []guarantee.Problem{{Objective: f, Starts: [][]float64{start, {100, 10}}}}, guarantee.Settings{}, thresholds...)
	if err != nil {
		t.Fatal(err)
	}
	sum, alone := 0, 0
	for i, threshold := range thresholds {
		r := together[i][0]
		sum += r.Evaluations
		own := find(t, bump(), guarantee.Settings{Threshold: threshold}, start)
		alone += own.Evaluations
		if r.Settings.Threshold != threshold || !r.Runs[0].Status.Proved() || r.Runs[1].Status != guarantee.WrongAtStart {
			t.Errorf("τ %g: %+v", threshold, r.Runs)
		}
		if ratio := r.Runs[0].Bounds.Volume() / own.Runs[0].Bounds.Volume(); math.Abs(ratio-1) > 0.05 {
			t.Errorf("τ %g: %g of the volume of its own run", threshold, ratio)
		}
	}
	t.Logf("%d evaluations together, %d in runs of their own", sum, alone)
	if sum != f.values {
		t.Errorf("%d evaluations, the results count %d", f.values, sum)
	}
	if sum > alone*3/4 {
		t.Errorf("%d evaluations together, %d in runs of their own", sum, alone)
	}
	first := find(t, bump(), guarantee.Settings{Threshold: 0.2}, start, []float64{100, 10})
	if !reflect.DeepEqual(first, together[0][0]) {
		t.Error("the first threshold depends on the others")
	}
	for _, wrong := range [][]float64{nil, {0.5, 0.3}, {0.3, 0.3}, {0.3, math.NaN()}} {
		if _, err := guarantee.FindAt(t.Context(), []guarantee.Problem{{Objective: f, Starts: [][]float64{start}}}, guarantee.Settings{}, wrong...); err == nil {
			t.Errorf("%v are accepted", wrong)
		}
	}
}

func TestWords(t *testing.T) {
	found := find(t, answering{bump()}, guarantee.Settings{Right: true}, []float64{350, 40}, []float64{100, 10})
	for i, want := range []string{"° Lite0 recognises the cup in at least 99 % of the views (95 % confidence)", "nothing is promised (wrong at the start)"} {
		if text := found.Words(i, "Lite0", "cup"); !strings.HasSuffix(text, want) {
			t.Errorf("%q", text)
		}
	}
	found = find(t, bump(), guarantee.Settings{Threshold: 0.3}, []float64{350, 40})
	if text := found.Words(0, "Lite0", "cup"); !strings.Contains(text, "gives the cup a probability of at least 0.3 in at least") {
		t.Errorf("%q", text)
	}
}

// Several ε in one run share views, and a larger one does not give much less: its search looks at fewer points.
func TestEpsilonsShareViews(t *testing.T) {
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		return math.Exp(-math.Pow((u[0]-180)/80, 2) - math.Pow((u[1]-40)/30, 2))
	}}
	problem := guarantee.Problem{Objective: f, Starts: [][]float64{{170, 35}}}
	epsilons := []float64{0.01, 0.02, 0.05, 0.1}
	found, err := guarantee.FindAtEpsilons(t.Context(), []guarantee.Problem{problem}, guarantee.Settings{}, epsilons...)
	if err != nil {
		t.Fatal(err)
	}
	together, alone := 0, 0
	for i, at := range found {
		r := at[0]
		if r.Settings.Epsilon != epsilons[i] || r.Settings.Budget != 20000 || !r.Runs[0].Status.Proved() {
			t.Errorf("ε %g: %+v, %s", epsilons[i], r.Settings, r.Runs[0].Status)
		}
		if i > 0 && r.SRVR() < 0.8*found[i-1][0].SRVR() {
			t.Errorf("ε %g covers %g, a smaller one %g", epsilons[i], r.SRVR(), found[i-1][0].SRVR())
		}
		together += r.Evaluations
		alone += find(t, f, guarantee.Settings{Epsilon: epsilons[i]}, problem.Starts...).Evaluations
	}
	t.Logf("%d evaluations together, %d alone", together, alone)
	if together >= alone {
		t.Errorf("%d evaluations together, %d alone", together, alone)
	}
	for _, wrong := range [][]float64{nil, {0.02, 0.01}, {0.01, 0.01}, {0.01, 2}} {
		if _, err := guarantee.FindAtEpsilons(t.Context(), []guarantee.Problem{problem}, guarantee.Settings{}, wrong...); err == nil {
			t.Errorf("ε %v are accepted", wrong)
		}
	}
}

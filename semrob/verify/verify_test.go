package verify_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// answering is a formula that is an Answerer.
type answering struct {
	objective.Func
	right func(u []float64) bool
	asked int
}

func (a *answering) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	for i, p := range points {
		right[i] = a.right(p)
	}
	a.asked += len(points)
	return a.Func.Evaluate(ctx, points, values)
}

func formula(space objective.Space, f func(u []float64) float64) *objective.Func {
	return &objective.Func{Domain: space, F: f}
}

func box(a, b []float64) region.Bounds { return region.Bounds{A: a, B: b} }

func check(t *testing.T, f objective.Objective, b region.Bounds, o verify.Options) *verify.Report {
	t.Helper()
	report, err := verify.Verify(context.Background(), f, b, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// indicator is 1 for true and 0 for false.
func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// TestBoundsHoldAsOftenAsTheyClaim verifies regions of known fractions 500
// times. The probability that Clopper–Pearson bounds hold is known exactly for a
// fraction and a number of samples: the sum of the binomial probabilities of the
// counts whose bound holds, by construction at least the confidence. Both are
// checked within 4.5 standard deviations of the repeats.
func TestBoundsHoldAsOftenAsTheyClaim(t *testing.T) {
	views := objective.Viewpoints()
	cube := objective.Space{}
	for _, name := range []string{"a", "b", "c", "d"} {
		cube = append(cube, objective.Axis{Name: name, Min: -1, Max: 3})
	}
	// The region of azimuth 300…420° goes through 0°: 330…30° is half of it.
	seam := func(u []float64) bool { return u[0] >= 330 || u[0] < 30 }
	disc := func(u []float64) bool { return math.Hypot(u[0]/10-20, u[1]/10-3) < 1 } // radius 10 around 200, 30
	for name, c := range map[string]struct {
		f            *answering
		bounds       region.Bounds
		above, right float64
		samples      int
		confidence   float64
	}{
		"across the seam": {
			&answering{Func: objective.Func{Domain: views, F: func(u []float64) float64 { return 0.2 + 0.5*indicator(seam(u)) }},
				right: func(u []float64) bool { return u[1] > 5 }},
			box([]float64{300, 0}, []float64{420, 50}), 0.5, 0.9, 60, 0.95,
		},
		"a disc": {
			&answering{Func: objective.Func{Domain: views, F: func(u []float64) float64 { return indicator(disc(u)) }},
				right: func(u []float64) bool { return !disc(u) }},
			box([]float64{190, 20}, []float64{210, 40}), math.Pi / 4, 1 - math.Pi/4, 200, 0.9,
		},
		"four axes, cut at the domain": {
			&answering{Func: objective.Func{Domain: cube, F: func(u []float64) float64 { return u[0] }}, // above 0.5 in 2.5 of 4 parts
				right: func(u []float64) bool { return u[3] < 2.96 }},
			box([]float64{-5, 0, 0, -9}, []float64{5, 1, 2, 9}), 0.625, 0.99, 300, 0.99,
		},
	} {
		t.Run(name, func(t *testing.T) {
			const repeats = 500
			held := map[string]int{}
			for seed := range repeats {
				r := check(t, c.f, c.bounds, verify.Options{
					Samples: c.samples, Points: 1, Confidence: c.confidence, Seed: uint64(seed),
				})
				if r.Above.Lower <= c.above {
					held["above"]++
				}
				if r.Top1.Lower <= c.right {
					held["right"]++
				}
			}
			for what, truth := range map[string]float64{"above": c.above, "right": c.right} {
				exact := 0.0
				for k := range c.samples + 1 {
					if verify.LowerBound(k, c.samples, c.confidence) <= truth {
						exact += math.Exp(logPMF(k, c.samples, truth))
					}
				}
				rate := float64(held[what]) / repeats
				t.Logf("%s %.4f, %d samples: the bound held in %.3f of %d repeats; it claims %g and holds with probability %.4f",
					what, truth, c.samples, rate, repeats, c.confidence, exact)
				if exact < c.confidence {
					t.Errorf("%s: the bound holds with probability %g, it claims %g", what, exact, c.confidence)
				}
				sd := func(p float64) float64 { return math.Sqrt(p * (1 - p) / repeats) }
				if rate < c.confidence-4.5*sd(c.confidence) || math.Abs(rate-exact) > 4.5*sd(exact) {
					t.Errorf("%s: the bound held in %.3f of the repeats", what, rate)
				}
			}
		})
	}
}

// TestTheLeastValueIsFound looks for a narrow dip, also across the seam, and
// compares with everything that was evaluated.
func TestTheLeastValueIsFound(t *testing.T) {
	dip := []float64{3, 25}
	least, evaluated := math.Inf(1), 0
	b := box([]float64{320, 0}, []float64{400, 60})
	f := formula(objective.Viewpoints(), func(u []float64) float64 {
		if !b.Contains(objective.Viewpoints(), u) || u[0] < 0 || u[0] >= 360 {
			t.Errorf("%v is not in the region brought back into the domain", u)
		}
		d := math.Hypot(math.Remainder(u[0]-dip[0], 360)/6, (u[1]-dip[1])/6)
		v := 0.9 - 0.8*math.Exp(-d*d)
		least, evaluated = min(least, v), evaluated+1
		return v
	})
	for seed := range uint64(20) {
		least, evaluated = math.Inf(1), 0
		r := check(t, f, b, verify.Options{Samples: 10, Points: 1000, Seed: seed})
		if r.Minimum.Value != least || f.F(r.Minimum.Point) != least {
			t.Errorf("the least value is %g, %g was seen", r.Minimum.Value, least)
		}
		if evaluated-1 != 1010 || r.Evaluations != 1010 {
			t.Errorf("%d evaluations, %d reported", evaluated-1, r.Evaluations)
		}
		// 1000 even points leave no gap wider than about 4° here.
		if r.Minimum.Value > 0.2 {
			t.Errorf("seed %d: the least value found is %.3f at %v, the dip of 0.1 is at %v", seed, r.Minimum.Value, r.Minimum.Point, dip)
		}
		if r.Top1 != nil {
			t.Error("a formula told the network's first answer")
		}
	}
}

func TestWhatIsSampled(t *testing.T) {
	flat := formula(objective.Viewpoints(), func([]float64) float64 { return 0.7 })
	for name, c := range map[string]struct{ given, want region.Bounds }{
		"inside":        {box([]float64{10, 0}, []float64{20, 5}), box([]float64{10, 0}, []float64{20, 5})},
		"beyond a pole": {box([]float64{10, 80}, []float64{20, 120}), box([]float64{10, 80}, []float64{20, 90})},
		"twice around":  {box([]float64{10, 0}, []float64{800, 5}), box([]float64{10, 0}, []float64{370, 5})},
		"a point":       {box([]float64{10, 5}, []float64{10, 5}), box([]float64{10, 5}, []float64{10, 5})},
		"the pole":      {box([]float64{10, 90}, []float64{10, 95}), box([]float64{10, 90}, []float64{10, 90})},
	} {
		t.Run(name, func(t *testing.T) {
			r := check(t, flat, c.given, verify.Options{Samples: 20, Points: 20})
			if r.Bounds.String() != c.want.String() {
				t.Errorf("%s: %v was sampled, want %v", name, r.Bounds, c.want)
			}
			if r.Above.Count != 20 || r.Minimum.Value != 0.7 {
				t.Errorf("%s: %+v", name, r)
			}
		})
	}
	// f above the threshold, not at it.
	if r := check(t, flat, box([]float64{0, 0}, []float64{9, 9}), verify.Options{Threshold: 0.7}); r.Above.Count != 0 || r.Above.Lower != 0 || r.Above.Samples != 1000 {
		t.Errorf("0.7 is above 0.7: %+v", r.Above)
	}
}

func TestPointsAreAskedOnce(t *testing.T) {
	a := &answering{Func: *formula(objective.Viewpoints(), func([]float64) float64 { return 1 }), right: func([]float64) bool { return true }}
	r := check(t, a, box([]float64{0, 0}, []float64{90, 90}), verify.Options{Samples: 300, Points: 200})
	if a.asked != 500 || r.Evaluations != 500 || r.Top1.Count != 300 {
		t.Errorf("%d points were asked for, the report is %+v", a.asked, r)
	}
}

func TestSeedsDecide(t *testing.T) {
	f := formula(objective.Viewpoints(), func(u []float64) float64 { return u[0] / 360 })
	b := box([]float64{0, 0}, []float64{359, 90})
	least := map[float64]bool{}
	for _, seed := range []uint64{0, 1, 0, 1} {
		least[check(t, f, b, verify.Options{Seed: seed}).Minimum.Value] = true
	}
	if len(least) != 2 {
		t.Errorf("two seeds gave %d different reports", len(least))
	}
}

func TestWhatCannotBeVerified(t *testing.T) {
	space := objective.Viewpoints()
	flat := formula(space, func([]float64) float64 { return 0.7 })
	hole := formula(space, func(u []float64) float64 {
		if u[0] > 45 {
			return math.NaN()
		}
		return 1
	})
	good := box([]float64{0, 0}, []float64{90, 90})
	nan := math.NaN()
	for name, c := range map[string]struct {
		f    objective.Objective
		b    region.Bounds
		o    verify.Options
		says string
	}{
		"inverted":            {flat, box([]float64{0, 50}, []float64{90, 40}), verify.Options{}, "inverted on elevation"},
		"unfinished":          {flat, box([]float64{0, nan}, []float64{90, nan}), verify.Options{}, "not finite"},
		"outside":             {flat, box([]float64{0, 91}, []float64{90, 95}), verify.Options{}, "outside the domain"},
		"of one axis":         {flat, box([]float64{0}, []float64{90}), verify.Options{}, "2 axes"},
		"without axes":        {formula(nil, nil), region.Bounds{}, verify.Options{}, "no axes"},
		"where f is not":      {hole, good, verify.Options{}, "f is NaN at ["},
		"sure":                {flat, good, verify.Options{Confidence: 1}, "confidence 1"},
		"of negative samples": {flat, good, verify.Options{Samples: -1}, "negative"},
		"above nothing":       {flat, good, verify.Options{Threshold: nan}, "threshold NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := verify.Verify(context.Background(), c.f, c.b, c.o); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one with %q", err, c.says)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	stopping := formula(space, func([]float64) float64 {
		if calls++; calls == 200 {
			cancel()
		}
		return 1
	})
	if _, err := verify.Verify(ctx, stopping, good, verify.Options{}); !errors.Is(err, context.Canceled) || calls > 200 {
		t.Errorf("after %d evaluations: error %v, want a cancellation after 200", calls, err)
	}
}

package slice_test

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// answering is right where f is above one half.
type answering struct{ *objective.Func }

func (a answering) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	err := a.Evaluate(ctx, points, values)
	for i, v := range values {
		right[i] = v > 0.5
	}
	return err
}

var distance = objective.Axis{Name: "distance", Min: 1.5, Max: 6}

// failing returns an objective that is wrong in boxes.
func failing(space objective.Space, boxes ...region.Bounds) answering {
	return answering{&objective.Func{Domain: space, F: func(u []float64) float64 {
		for _, b := range boxes {
			if holds(space, b, u) {
				return 0
			}
		}
		return 1
	}}}
}

func holds(space objective.Space, b region.Bounds, u []float64) bool {
	for k, axis := range space {
		x := u[k]
		for axis.Periodic && x < b.A[k] {
			x += axis.Width()
		}
		if x < b.A[k] || x > b.B[k] {
			return false
		}
	}
	return true
}

func find(t *testing.T, f objective.Objective, s slice.Settings) *slice.Result {
	t.Helper()
	r, err := slice.Find(t.Context(), f, s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Boxes of failures are found with their sides, across the seam of azimuth too, and
// no condition is put on an axis that does not matter.
func TestHiddenBoxesAreFound(t *testing.T) {
	views := append(objective.Viewpoints(), distance)
	wide := append(views, objective.Axis{Name: "ambient", Max: 1}, objective.Axis{Name: "roll", Unit: "°", Min: -180, Max: 180, Periodic: true})
	for name, c := range map[string]struct {
		space objective.Space
		box   region.Bounds
		rule  string // its beginning or end
	}{
		"above":               {objective.Viewpoints(), region.Bounds{A: []float64{0, 62}, B: []float64{360, 90}}, "elevation > 6"},
		"below and near":      {views, region.Bounds{A: []float64{0, -10, 1.5}, B: []float64{360, 15, 3}}, "elevation < 1"},
		"across the seam":     {objective.Viewpoints(), region.Bounds{A: []float64{320, -10}, B: []float64{400, 90}}, "azimuth from 3"},
		"three of five axes":  {wide, region.Bounds{A: []float64{60, 30, 1.5, 0.4, -180}, B: []float64{200, 90, 6, 1, 180}}, ""},
		"ends at the seam":    {objective.Viewpoints(), region.Bounds{A: []float64{300, -10}, B: []float64{360, 40}}, "azimuth 30"},
		"begins at the seam":  {objective.Viewpoints(), region.Bounds{A: []float64{0, 30}, B: []float64{70, 90}}, "azimuth 0…"},
		"all but a gap":       {objective.Viewpoints(), region.Bounds{A: []float64{150, 20}, B: []float64{430, 90}}, "azimuth outside "},
		"a gap on the circle": {objective.Viewpoints(), region.Bounds{A: []float64{100, -10}, B: []float64{330, 90}}, "azimuth "},
	} {
		t.Run(name, func(t *testing.T) {
			r := find(t, failing(c.space, c.box), slice.Settings{})
			if len(r.Slices) == 0 {
				t.Fatal("no slice")
			}
			s := r.Slices[0]
			t.Log(s)
			for k, axis := range c.space {
				got, want := []float64{s.Bounds.A[k], s.Bounds.B[k]}, []float64{c.box.A[k], c.box.B[k]}
				for e := range got {
					if math.Abs(got[e]-want[e]) > 0.03*axis.Width() {
						t.Errorf("%s %g…%g, want %g…%g", axis.Name, got[0], got[1], want[0], want[1])
						break
					}
				}
			}
			if !s.Confirmed || s.Right.Share > 0.1 || s.Failures.Share < 0.9 || !strings.HasPrefix(s.Rule, c.rule) {
				t.Errorf("%+v", s)
			}
			if math.Abs(s.Volume-c.box.Volume()/c.space.Volume()) > 0.02 {
				t.Errorf("volume %g", s.Volume)
			}
			if r.Failures.Lower < 0.8 || math.Abs(r.Volume-s.Volume) > 0.05 {
				t.Errorf("failures in all slices %+v, volume %g", r.Failures, r.Volume)
			}
		})
	}
}

// Two boxes are two slices.
func TestSeveralSlices(t *testing.T) {
	a := region.Bounds{A: []float64{350, 50}, B: []float64{420, 90}}
	b := region.Bounds{A: []float64{150, -10}, B: []float64{230, 20}}
	r := find(t, failing(objective.Viewpoints(), a, b), slice.Settings{Points: 4096})
	if len(r.Slices) < 2 || !r.Slices[0].Confirmed || !r.Slices[1].Confirmed || r.Failures.Share < 0.93 {
		t.Errorf("%+v", r)
	}
	for _, s := range r.Slices[:2] {
		if s.TogetherLower > s.Right.Lower || s.TogetherUpper < s.Right.Upper {
			t.Errorf("an interval for all together is inside one by itself: %+v", s)
		}
	}
}

// Failures without a pattern give no confirmed slice.
func TestScatteredFailures(t *testing.T) {
	f := answering{&objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if _, x := math.Modf(1e6 * math.Abs(math.Sin(u[0]*12.9898+u[1]*78.233))); x < 0.1 {
			return 0
		}
		return 1
	}}}
	confirmed := 0
	for seed := range uint64(20) {
		for _, s := range find(t, f, slice.Settings{Seed: seed}).Slices {
			if s.Confirmed {
				confirmed++
			}
		}
	}
	if confirmed > 2 {
		t.Errorf("%d slices of 20 runs are confirmed", confirmed)
	}
	if r := find(t, failing(objective.Viewpoints()), slice.Settings{}); len(r.Slices) != 0 || r.Right.Share != 1 || r.Failures.Of != 0 {
		t.Errorf("without failures: %+v", r)
	}
}

// striped is wrong in 9 of 10 stripes of two boxes and in 1 of 20 elsewhere. share returns
// the true share of right views in a box.
func striped() (f answering, share func(region.Bounds) float64) {
	const stripes, in, out = 50, 0.9, 0.05
	space := objective.Space{{Name: "x", Max: 1}, {Name: "y", Max: 1}, {Name: "z", Max: 1}}
	boxes := []region.Bounds{{A: []float64{0.6, 0.7, 0}, B: []float64{1, 1, 1}}, {A: []float64{0, 0, 0}, B: []float64{0.25, 0.3, 1}}}
	// length returns the length of the part of 0…z with a fraction below q.
	length := func(z, q float64) float64 {
		whole, rest := math.Modf(z * stripes)
		return (whole*q + min(rest, q)) / stripes
	}
	f = answering{&objective.Func{Domain: space, F: func(u []float64) float64 {
		q := out
		if holds(space, boxes[0], u) || holds(space, boxes[1], u) {
			q = in
		}
		if _, rest := math.Modf(u[2] * stripes); rest < q {
			return 0
		}
		return 1
	}}}
	return f, func(b region.Bounds) float64 {
		common := 0.0
		for _, box := range boxes {
			part := 1.0
			for k := range 2 {
				part *= max(0, min(b.B[k], box.B[k])-max(b.A[k], box.A[k])) / (b.B[k] - b.A[k])
			}
			common += part
		}
		wrong := func(q float64) float64 { return (length(b.B[2], q) - length(b.A[2], q)) / (b.B[2] - b.A[2]) }
		return 1 - common*wrong(in) - (1-common)*wrong(out)
	}
}

// The intervals hold the true share of right views in each slice, each by itself and
// all together, and overall. SEMROB_LONG=1 runs 500 seeds.
func TestIntervalsCover(t *testing.T) {
	seeds := 40
	if os.Getenv("SEMROB_LONG") == "1" {
		seeds = 500
	}
	f, share := striped()
	whole := share(region.Whole(f.Domain))
	each, of, together, overall, optimistic := 0, 0, 0, 0, 0
	for seed := range uint64(seeds) {
		r := find(t, f, slice.Settings{Points: 1024, Fresh: 100, Seed: seed})
		if r.Right.Lower <= whole && whole <= r.Right.Upper {
			overall++
		}
		all := true
		for _, s := range r.Slices {
			truth := share(s.Bounds)
			if of++; s.Right.Lower <= truth && truth <= s.Right.Upper {
				each++
			}
			all = all && s.TogetherLower <= truth && truth <= s.TogetherUpper
			if float64(s.FoundRight)/float64(s.FoundOf) < truth {
				optimistic++
			}
		}
		if all {
			together++
		}
	}
	for _, c := range []struct {
		what     string
		held, of int
	}{{"right in a slice, each by itself", each, of}, {"right in all slices together", together, seeds}, {"right overall", overall, seeds}} {
		t.Logf("%s: nominal 95 %%, held in %.1f %% of %d", c.what, 100*float64(c.held)/float64(c.of), c.of)
		if p := (distuv.Binomial{N: float64(c.of), P: 0.95}).CDF(float64(c.held)); p < 1e-3 {
			t.Errorf("%s: %d of %d intervals hold", c.what, c.held, c.of)
		}
	}
	t.Logf("the points of the search flatter %d of %d slices", optimistic, of)
}

func TestMistakes(t *testing.T) {
	f := failing(objective.Viewpoints())
	for says, s := range map[string]slice.Settings{
		"at least 100":     {Points: 50},
		"-1 slices":        {Slices: -1},
		"-1 fresh views":   {Fresh: -1},
		"the purity 1":     {Purity: 1},
		"the confidence 2": {Confidence: 2},
		"threshold +Inf":   {Criterion: verify.Criterion{Threshold: math.Inf(1)}},
	} {
		if _, err := slice.Find(t.Context(), f, s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
	if _, err := slice.Find(t.Context(), f.Func, slice.Settings{}); !errors.Is(err, verify.ErrNoTop1) {
		t.Errorf("a formula without a threshold: %v", err)
	}
	if r := find(t, f.Func, slice.Settings{Criterion: verify.Criterion{Threshold: 0.5}}); r.Right.Share != 1 {
		t.Errorf("with a threshold: %+v", r.Right)
	}
}

// Rules are as short as the failures allow: points in earlier slices have no weight and
// bring no conditions. Here a strip holds most failures, and a wider one below 20° the
// rest; the lowest points are often in both.
func TestRulesAreShort(t *testing.T) {
	a := region.Bounds{A: []float64{60, -10}, B: []float64{120, 90}}
	b := region.Bounds{A: []float64{30, -10}, B: []float64{150, 20}}
	for seed := range uint64(8) {
		r := find(t, failing(objective.Viewpoints(), a, b), slice.Settings{Seed: seed})
		if len(r.Slices) != 2 || strings.Contains(r.Slices[0].Rule, " and ") || !strings.Contains(r.Slices[1].Rule, "elevation < ") {
			t.Errorf("seed %d: %v", seed, r.Slices)
		}
	}
}

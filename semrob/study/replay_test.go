package study_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
)

func replay(t *testing.T, n *network) ([]study.MethodReplay, error) {
	t.Helper()
	maps, err := semmap.LoadPublished(save(t, n.mapsFile()))
	if err != nil {
		t.Fatal(err)
	}
	regions, err := study.LoadRegions(save(t, n.regionsFile()))
	if err != nil {
		t.Fatal(err)
	}
	return study.Replay(context.Background(), maps, regions, study.Options{})
}

func near(got, want, tolerance float64) bool {
	return math.Abs(got-want) <= tolerance || math.IsNaN(got) && math.IsNaN(want)
}

// TestReplayOnConstantMaps has 2 classes × 3 objects and 2 starts. Five objects
// let naive runs grow to 10°, so a published square that is w° wide and d° away
// has an intersection over union that anybody can work out; on the sixth they
// stay where they are.
func TestReplayOnConstantMaps(t *testing.T) {
	const width = 10.0
	c := levelFor("naive", width)
	n := newNetwork(2, 3, 1, [][]float64{{130, 30}, {355, 60}}, []float64{c, c, c, c, c, 0.1})
	n.near(0, 0, 0, width, 0)   // IoU 1
	n.near(0, 0, 1, width, 5)   // half of each: 1/3; azimuth does not wrap
	n.near(1, 0, 0, width, 11)  // apart: 0
	n.near(1, 0, 1, 8, 0)       // 64/100
	n.near(2, 0, 0, 6.01, 0)    // just grown: 36.12/100
	n.near(2, 0, 1, 5.99, 0)    // comparable, neither grown nor stayed
	n.near(3, 0, 0, 0.99, 0)    // stayed there, grows here
	n.near(3, 0, 1, -3, 0)      // inverted, so it covers nothing: stayed there
	n.near(4, 0, 0, width, 0)   // not comparable: …
	n.near(4, 0, 1, width, 0)   // …
	n.near(5, 0, 0, 1e-5, 0)    // stays here and there
	n.near(5, 0, 1, 1.01, 0)    // comparable, neither grown nor stayed
	n.steps[4*2] = 0            // … it kept no trace,
	n.region[4*(4*2+1)+3] = 90. // … it left the map upwards.

	got, err := replay(t, n)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 {
		t.Fatalf("%d methods, want 1", len(got))
	}
	m := got[0]
	if m.Method != "naive" || m.Comparable != 10 || m.Grown != 5 || m.Stayed != 3 || m.StayedHere != 1 {
		t.Errorf("got %+v", m)
	}
	// The five in order: 0, 1/3, 0.361, 0.64, 1.
	if !near(m.MedianIoU, 6.01*6.01/100, 1e-4) || !near(m.Q25IoU, 1./3, 1e-4) {
		t.Errorf("median %g, lower quartile %g; want 0.3612 and 0.3333", m.MedianIoU, m.Q25IoU)
	}
	if len(m.Runs) != m.Comparable {
		t.Fatalf("%d runs, %d comparable", len(m.Runs), m.Comparable)
	}
	for _, run := range m.Runs {
		want := finalWidth("naive", n.level[3*run.Class+run.Object])
		if got := math.Sqrt(area(run.Here)); !near(got, want, 1e-6*want) {
			t.Errorf("run %+v is %g wide, want %g", run, got, want)
		}
	}
}

// TestReplayOfEveryMethod takes levels on which each method in turn grows to
// 10°, and the others stay smaller or leave the map.
func TestReplayOfEveryMethod(t *testing.T) {
	methods := []string{"naive", "oir-b", "oir-w"}
	starts := [][]float64{{10, 20}, {200, 15}, {310, 50}}
	var level []float64
	for _, m := range methods {
		level = append(level, levelFor(m, 10))
	}
	n := newNetwork(1, 3, 3, starts, level)
	shifts := []float64{0, 1, 4}
	for object := range 3 {
		for method := range 3 {
			for start := range 3 {
				n.near(object, method, start, 9, shifts[start])
			}
		}
	}
	got, err := replay(t, n)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 {
		t.Fatalf("%d methods, want 3", len(got))
	}
	for i, m := range got {
		if m.Method != methods[i] {
			t.Errorf("method %d is %s, want %s", i, m.Method, methods[i])
		}
		var ious []float64
		for object := range 3 {
			for start := range 3 {
				half := finalWidth(methods[i], level[object]) / 2
				if y := starts[start][1]; y-half < -10 || y+half > 89 {
					continue
				}
				ious = append(ious, overlap(math.Min(9, 2*half), math.Max(9, 2*half), shifts[start]))
			}
		}
		slices.Sort(ious)
		if m.Comparable != len(ious) || m.Grown != len(ious) || len(ious) < 3 {
			t.Fatalf("%s: %d comparable, %d grown; want %d of both", m.Method, m.Comparable, m.Grown, len(ious))
		}
		if want := median(ious); !near(m.MedianIoU, want, 1e-4) {
			t.Errorf("%s: median %g, want %g", m.Method, m.MedianIoU, want)
		}
	}
}

func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// TestRunsThatCannotBeCompared has nothing else.
func TestRunsThatCannotBeCompared(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	starts := [][]float64{{130, 30}, {50, 20}, {200, 88}, {nan, 10}, {310, 95}, {90, 50}}
	c := levelFor("naive", 10)
	n := newNetwork(1, 2, 1, starts, []float64{c, c})
	n.set(0, 0, 0, 600, 120, 20, inf, 40)
	n.set(0, 0, 1, 600, 40, nan, 60, 40)
	n.near(0, 0, 2, 1, 0)                      // its replay leaves the map: 88 + 10/2 > 89
	n.set(0, 0, 3, 600, 0, 0, 10, 10)          // its start is unknown,
	n.set(0, 0, 4, 600, 0, 0, 10, 10)          // or off the domain
	n.set(0, 0, 5, 599, 0, 0, 10, 10)          // one step short
	n.near(1, 0, 0, 10, 0)                     // meets a missing point
	n.near(1, 0, 1, 10, 0)                     // meets an infinite one
	n.z[rows*columns+14*columns+43] = nan32()  // elevation 32, azimuth 129
	n.z[rows*columns+11*columns+17] = -inf32() // elevation 23, azimuth 51
	got, err := replay(t, n)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"method":"naive","comparable":0,"grown":0,"median_iou":null,"q25_iou":null,"stayed":0,"stayed_here":0}]`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}

	// The same file without the holes, so that it is they that count.
	for i := range n.z {
		n.z[i] = float32(c)
	}
	if got, err = replay(t, n); err != nil || got[0].Comparable != 2 || !near(got[0].Q25IoU, 1, 1e-4) {
		t.Errorf("without holes: %+v, %v", got, err)
	}
}

func nan32() float32 { return float32(math.NaN()) }
func inf32() float32 { return float32(math.Inf(1)) }

func TestReplayStopsWhenAskedTo(t *testing.T) {
	n := newNetwork(4, 4, 1, [][]float64{{130, 30}}, make([]float64, 16))
	for object := range 16 {
		n.near(object, 0, 0, 1, 0)
	}
	maps, err := semmap.LoadPublished(save(t, n.mapsFile()))
	if err != nil {
		t.Fatal(err)
	}
	regions, err := study.LoadRegions(save(t, n.regionsFile()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	steps := &stopAfter{n: 2, stop: cancel}
	if _, err := study.Replay(ctx, maps, regions, study.Options{Progress: steps, Workers: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if steps.done != 2 || !steps.over {
		t.Errorf("progress saw %d objects, over %t; want 2, true", steps.done, steps.over)
	}
}

// stopAfter is a progress.Progress that cancels after n steps.
type stopAfter struct {
	n, done int
	over    bool
	stop    func()
}

func (s *stopAfter) Start(int, string) {}
func (s *stopAfter) Done()             { s.over = true }
func (s *stopAfter) Add(n int) {
	if s.done += n; s.done == s.n {
		s.stop()
	}
}

// TestReplayOfThePublishedNetworks compares with an independent plain
// implementation (NumPy, all runs at once) of the definitions, whose medians are
// given here with a tolerance of 0.03. The white box is followed less closely,
// because the authors' gradient is known only roughly.
func TestReplayOfThePublishedNetworks(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "published")
	for network, want := range map[string][]study.MethodReplay{
		"ResNet50": {
			{Method: "naive", Comparable: 324, Grown: 112, MedianIoU: 0.88, Q25IoU: 0.744, Stayed: 206, StayedHere: 200},
			{Method: "oir-b", Comparable: 222, Grown: 44, MedianIoU: 0.84, Q25IoU: 0.614, Stayed: 166, StayedHere: 159},
			{Method: "oir-w", Comparable: 204, Grown: 38, MedianIoU: 0.58, Q25IoU: 0.313, Stayed: 160, StayedHere: 151},
		},
		"AlexNet": {
			{Method: "naive", Comparable: 375, Grown: 31, MedianIoU: 0.84, Q25IoU: 0.677, Stayed: 339, StayedHere: 335},
			{Method: "oir-b", Comparable: 157, Grown: 3, MedianIoU: 0.077, Q25IoU: 0.040, Stayed: 152, StayedHere: 150},
			{Method: "oir-w", Comparable: 155, Grown: 3, MedianIoU: 0.359, Q25IoU: 0.207, Stayed: 149, StayedHere: 147},
		},
	} {
		t.Run(network, func(t *testing.T) {
			maps, err := semmap.LoadPublished(filepath.Join(dir, "maps_"+network+".npz"))
			if err != nil {
				t.Fatal(err)
			}
			regions, err := study.LoadRegions(filepath.Join(dir, "regions_"+network+".npz"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := study.Replay(context.Background(), maps, regions, study.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(want) {
				t.Fatalf("%d methods, want %d", len(got), len(want))
			}
			for i, w := range want {
				g := got[i]
				if counts(g) != counts(w) {
					t.Errorf("got %s, want %s", counts(g), counts(w))
				}
				if !near(g.MedianIoU, w.MedianIoU, 0.03) || !near(g.Q25IoU, w.Q25IoU, 0.03) {
					t.Errorf("%s: median %.3f, lower quartile %.3f; want %.3f and %.3f", g.Method, g.MedianIoU, g.Q25IoU, w.MedianIoU, w.Q25IoU)
				}
			}
		})
	}
}

func counts(m study.MethodReplay) string {
	return fmt.Sprintf("%s: %d comparable, %d grown, %d of %d stayed", m.Method, m.Comparable, m.Grown, m.StayedHere, m.Stayed)
}

func TestReplayNeedsFilesThatFitTogether(t *testing.T) {
	one := newNetwork(1, 1, 1, [][]float64{{130, 30}}, []float64{0.1})
	maps, err := semmap.LoadPublished(save(t, one.mapsFile()))
	if err != nil {
		t.Fatal(err)
	}
	two := newNetwork(1, 2, 1, [][]float64{{130, 30}}, []float64{0.1, 0.1})
	other, noIterations, noPoints := two.regionsFile(), one.regionsFile(), one.regionsFile()
	delete(noIterations, "iterations")
	delete(noPoints, "initial_point")
	missing := func(array string) func(error) bool {
		return func(err error) bool {
			var m *study.MissingArrayError
			return errors.As(err, &m) && strings.HasPrefix(m.Array, array)
		}
	}
	for name, c := range map[string]struct {
		file npz.File
		is   func(error) bool
	}{
		"other network": {other, func(err error) bool { return errors.Is(err, study.ErrMismatch) }},
		"no iterations": {noIterations, missing("iterations ")},
		"no starts":     {noPoints, missing("initial_point ")},
	} {
		t.Run(name, func(t *testing.T) {
			regions, err := study.LoadRegions(save(t, c.file))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := study.Replay(context.Background(), maps, regions, study.Options{}); !c.is(err) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

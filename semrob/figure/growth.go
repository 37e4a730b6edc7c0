package figure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/region"
)

// ErrNoTrace reports regions that were grown without a trace: set
// region.Settings.TraceEvery.
var ErrNoTrace = errors.New("the regions were grown without a trace: set region.Settings.TraceEvery, such as to 10")

// checkTrace reports the first run without a trace.
func checkTrace(r *region.Result) error {
	for _, run := range r.Runs {
		if len(run.Trace) == 0 {
			return fmt.Errorf("drawing the growth of %s regions: %w", r.Method, ErrNoTrace)
		}
	}
	return nil
}

// TraceOf returns the trace of the runs of results. Results without a trace are
// ErrNoTrace.
func TraceOf(results ...*region.Result) (*Trace, error) {
	t := &Trace{}
	for _, r := range results {
		if t.Axes == nil {
			t.Axes = slices.Clone(r.Space)
		}
		if len(r.Space) != len(t.Axes) {
			return nil, fmt.Errorf("drawing a trace: one result has %d axes, another %d: draw them separately", len(t.Axes), len(r.Space))
		}
		if err := checkTrace(r); err != nil {
			return nil, err
		}
		for _, run := range r.Runs {
			t.Runs = append(t.Runs, traceRun(t.Axes, r, run))
		}
	}
	if len(t.Runs) == 0 {
		return nil, fmt.Errorf("drawing a trace: the results have no runs")
	}
	return t, nil
}

func traceRun(axes []Axis, r *region.Result, run region.Run) Run {
	start := make([]string, len(axes))
	for k, a := range axes {
		start[k] = axisValue(a, run.Start[k])
	}
	out := Run{Name: methodName(r.Method) + " from (" + strings.Join(start, ", ") + ")"}
	for i, b := range run.Trace {
		out.Iterations = append(out.Iterations, float64(i*max(1, r.Settings.TraceEvery)))
		out.A, out.B = append(out.A, b.A), append(out.B, b.B)
	}
	if len(run.Loss) == len(run.Trace) {
		out.Loss = run.Loss
	}
	return out
}

// AddGrowth adds up to n (0 means 8) earlier boxes to the regions of a result, drawn
// as thin lines. The regions must be the last of m.Regions, as after OfMap. A
// result without a trace is ErrNoTrace.
func (m *Map) AddGrowth(r *region.Result, n int) error {
	if len(m.Regions) < len(r.Runs) {
		return fmt.Errorf("drawing growth: the map has %d regions, the result %d", len(m.Regions), len(r.Runs))
	}
	if n <= 0 {
		n = 8
	}
	if err := checkTrace(r); err != nil {
		return err
	}
	own := m.Regions[len(m.Regions)-len(r.Runs):]
	for i, run := range r.Runs {
		own[i].Growth = earlierBoxes(run, n)
	}
	return nil
}

// earlierBoxes returns up to n earlier boxes of a run at even steps of size, not of
// time: regions grow slowly at first and then fast.
func earlierBoxes(run region.Run, n int) []Box {
	size := func(b region.Bounds) float64 { return math.Pow(b.Volume(), 1/float64(max(1, len(b.A)))) }
	whole := 0.0
	for _, b := range run.Trace {
		if b.Finite() {
			whole = max(whole, size(b))
		}
	}
	var boxes []Box
	for _, b := range run.Trace {
		if step := float64(len(boxes)+1) / float64(n+1); len(boxes) < n && b.Finite() && whole > 0 && size(b) >= step*whole {
			boxes = append(boxes, Box(b))
		}
	}
	return boxes
}

// Growing returns an animation of the result's regions growing on a Map or, for one
// axis, a Profile, with up to n frames (0 means 40). A result without a trace is
// ErrNoTrace.
func Growing(over Figure, r *region.Result, n int) (*Animation, error) {
	if n <= 0 {
		n = 40
	}
	if err := checkTrace(r); err != nil {
		return nil, err
	}
	longest := 0
	for _, run := range r.Runs {
		longest = max(longest, len(run.Trace))
	}
	n = min(n, longest)
	title, _, _ := over.Head()
	a := &Animation{Title: *title}
	for k := range n {
		at := longest - 1
		if n > 1 {
			at = k * (longest - 1) / (n - 1)
		}
		now := *r
		now.Runs = slices.Clone(r.Runs)
		for i, run := range r.Runs {
			if at < len(run.Trace)-1 {
				now.Runs[i].Bounds = run.Trace[at]
			}
		}
		frame, err := withRegions(over, &now)
		if err != nil {
			return nil, err
		}
		a.Frames = append(a.Frames, frame)
	}
	return a, nil
}

// withRegions returns a copy of a Map or a Profile with the regions of a result in
// addition to its own.
func withRegions(over Figure, r *region.Result) (Figure, error) {
	switch over := over.(type) {
	case *Map:
		frame := *over
		frame.Regions = slices.Concat(over.Regions, RegionsOf(r))
		return &frame, nil
	case *Profile:
		intervals, err := intervalsOf(r)
		frame := *over
		frame.Intervals = slices.Concat(over.Intervals, intervals)
		return &frame, err
	}
	return nil, fmt.Errorf("drawing growth on %T: use a Map or a Profile", over)
}

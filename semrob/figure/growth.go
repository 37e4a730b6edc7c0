package figure

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/region"
)

// TraceOf returns the trace of the runs of results, which must have been found
// with region.Settings.TraceEvery set.
func TraceOf(results ...*region.Result) (*Trace, error) {
	t := &Trace{}
	for _, r := range results {
		if t.Axes == nil {
			for _, axis := range r.Space {
				t.Axes = append(t.Axes, axisOf(axis))
			}
		}
		if len(r.Space) != len(t.Axes) {
			return nil, fmt.Errorf("drawing a trace: one result has %d axes, another %d: draw them apart", len(t.Axes), len(r.Space))
		}
		for _, run := range r.Runs {
			if len(run.Trace) == 0 {
				return nil, fmt.Errorf("drawing a trace: the regions of %s were found without one: set region.Settings.TraceEvery, such as to 1", r.Method)
			}
			t.Runs = append(t.Runs, traceRun(t.Axes, r, run))
		}
	}
	if len(t.Runs) == 0 {
		return nil, fmt.Errorf("drawing a trace: there are no runs")
	}
	return t, nil
}

func traceRun(axes []Axis, r *region.Result, run region.Run) Run {
	start := ""
	for k, a := range axes {
		if k > 0 {
			start += ", "
		}
		start += a.format(run.Start[k])
	}
	out := Run{Name: methodName(r.Method) + " from (" + start + ")"}
	for i, b := range run.Trace {
		out.Iterations = append(out.Iterations, float64(i*max(1, r.Settings.TraceEvery)))
		out.A, out.B = append(out.A, b.A), append(out.B, b.B)
	}
	if len(run.Loss) == len(run.Trace) {
		out.Loss = run.Loss
	}
	return out
}

// AddGrowth gives the regions of a map that came of a result the boxes they had
// on the way, up to n of them (0: 8), which are drawn as thin lines. The result
// must have been found with region.Settings.TraceEvery set, and m.Regions must
// end with its regions, as OfMap leaves them.
func (m *Map) AddGrowth(r *region.Result, n int) error {
	if len(m.Regions) < len(r.Runs) {
		return fmt.Errorf("drawing growth: the map has %d regions, the result %d", len(m.Regions), len(r.Runs))
	}
	if n <= 0 {
		n = 8
	}
	own := m.Regions[len(m.Regions)-len(r.Runs):]
	for i, run := range r.Runs {
		if len(run.Trace) == 0 {
			return fmt.Errorf("drawing growth: the regions of %s were found without a trace: set region.Settings.TraceEvery, such as to 10", r.Method)
		}
		own[i].Growth = onTheWay(run, n)
	}
	return nil
}

// onTheWay returns up to n earlier boxes of a run, at even steps of their size:
// regions grow slowly for long and then fast.
func onTheWay(run region.Run, n int) []Box {
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

// Growing returns the animation of the result's regions growing over a map, in
// up to n frames (0: 40). The result must have been found with
// region.Settings.TraceEvery set.
func Growing(over *Map, r *region.Result, n int) (*Animation, error) {
	if n <= 0 {
		n = 40
	}
	longest := 0
	for _, run := range r.Runs {
		if len(run.Trace) == 0 {
			return nil, fmt.Errorf("drawing growth: the regions of %s were found without a trace: set region.Settings.TraceEvery, such as to 10", r.Method)
		}
		longest = max(longest, len(run.Trace))
	}
	n = min(n, longest)
	a := &Animation{Title: over.Title}
	for k := range n {
		at := longest - 1
		if n > 1 {
			at = k * (longest - 1) / (n - 1)
		}
		frame, now := *over, *r
		now.Runs = append([]region.Run(nil), r.Runs...)
		for i, run := range r.Runs {
			if at < len(run.Trace)-1 {
				now.Runs[i].Bounds = run.Trace[at]
			}
		}
		frame.Regions = append(append([]Region(nil), over.Regions...), RegionsOf(&now)...)
		a.Frames = append(a.Frames, &frame)
	}
	return a, nil
}

package kernelext

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Map shows a semantic map while it is computed: pass it as
// semrob.MapOptions.OnUpdate. Points not evaluated yet are hatched.
//
//	live := kernelext.NewLive()
//	defer live.Close()
//	m, err := lab.Map(ctx, teapot, semrob.MapOptions{OnUpdate: live.Map})
func (l *Live) Map(m *semmap.Map) {
	f, err := figure.Of(m)
	if err != nil {
		return // a map of three or more axes has no picture
	}
	// A picture that cannot be shown must not stop the work. Close reports the error.
	_ = l.Update(f)
}

// Regions returns a recorder that shows regions over a map while they grow: set it as
// region.Settings.Recorder. The recorder changes the picture.
func (l *Live) Regions(over *figure.Map, method string, starts [][]float64) region.Recorder {
	return region.RecorderFunc(func(it region.Iteration) error {
		bounds := make([]region.Bounds, len(it.Bounds))
		for i, b := range it.Bounds {
			bounds[i] = b.Clone()
		}
		return l.UpdateFunc(func() figure.Figure {
			over.Regions = figure.RegionsOf(resultAt(method, starts, bounds))
			return over
		})
	})
}

// Guarantee returns a recorder that shows the search for guaranteed regions over a map:
// set it as guarantee.Settings.Recorder. A box that is still searched is dashed, as one
// that is not proved. The recorder changes the picture.
func (l *Live) Guarantee(over *figure.Map, starts [][]float64) guarantee.Recorder {
	return guarantee.RecorderFunc(func(r guarantee.Round) error {
		if len(r.Bounds) != len(starts) {
			return fmt.Errorf("a live picture of %d starts received %d regions: show one subject at a time", len(starts), len(r.Bounds))
		}
		regions := make([]figure.Region, len(starts))
		for i, b := range r.Bounds {
			regions[i] = figure.Region{Method: guarantee.Method, Start: starts[i], Box: figure.Box(b.Clone()), Proof: figure.UnprovedPromise}
			if guarantee.Status(r.Phase[i]).Proved() {
				regions[i].Proof = figure.ProvedPromise
			}
		}
		return l.UpdateFunc(func() figure.Figure {
			over.Regions = regions
			return over
		})
	})
}

// resultAt returns a result with the fields that a picture needs.
func resultAt(method string, starts [][]float64, bounds []region.Bounds) *region.Result {
	r := &region.Result{Method: method}
	for i, b := range bounds {
		r.Runs = append(r.Runs, region.Run{Start: starts[i], Bounds: b})
	}
	return r
}

package kernelext

import (
	"github.com/semrob/gonb-semrob/semrob/figure"
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

// resultAt returns a result with the fields that a picture needs.
func resultAt(method string, starts [][]float64, bounds []region.Bounds) *region.Result {
	r := &region.Result{Method: method}
	for i, b := range bounds {
		r.Runs = append(r.Runs, region.Run{Start: starts[i], Bounds: b})
	}
	return r
}

package kernelext_test

import (
	"context"

	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// In a notebook this shows a map with a region on it, and a table; elsewhere, such as
// here, their text.
func Example() {
	ctx := context.Background() // kernelext.Context() in a notebook
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{320, 10}, B: []float64{400, 50}}
	azimuth := kernelext.Must(semmap.Sample(objective.Azimuth, semmap.Range{From: 0, To: 360, Step: 10}))
	elevation := kernelext.Must(semmap.Sample(objective.Elevation, semmap.Range{From: -10, To: 90, Step: 10}))
	m := kernelext.Must(semmap.Of(ctx, f, azimuth, elevation))
	found := kernelext.Must(region.Find(ctx, region.Problem{
		Objective: f, Starts: [][]float64{{0, 30}},
	}, region.Naive{}, region.Settings{Sampling: region.FacePoints}))
	kernelext.Fail(kernelext.ShowMap(m, found))
	kernelext.Fail(kernelext.ShowTable(&figure.Table{
		Headers: []string{"method", "SRVR (%)"},
		Rows:    [][]any{{found.Method, 100 * found.SRVR()}},
	}))
	// Output:
	// Semantic map of the f: 10 × 36 values over azimuth 0…360° and elevation −10…90°; mean 0.089, lowest 0.000, highest 0.992 at (0°, 30°).
	// Region of naive from (0°, 30°): azimuth 305.5…414.3°, elevation 6.3…53.6°.
	// method  SRVR (%)
	// ──────  ────────
	// naive       14.3
}

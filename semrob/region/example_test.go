package region_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// A region grows from a point until f falls at its faces. The true bounds are
// azimuth 320…400°, through 0°, and elevation 10…50°. With λ = 0.5 a face stops
// at the points with f = 0.5.
func ExampleFind() {
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{320, 10}, B: []float64{400, 50}, Softness: 0.01}
	result, err := region.Find(context.Background(), region.Problem{
		Objective: f,
		Starts:    [][]float64{{0, 30}},
	}, region.Naive{Lambda: 0.5}, region.Settings{Sampling: region.FacePoints})
	if err != nil {
		fmt.Println(err)
		return
	}
	bounds := result.Runs[0].Bounds
	fmt.Printf("azimuth %.0f…%.0f°, elevation %.0f…%.0f°\n", bounds.A[0], bounds.B[0], bounds.A[1], bounds.B[1])
	fmt.Printf("SRVR %.2f\n", result.SRVR())
	// Output:
	// azimuth 320…400°, elevation 10…50°
	// SRVR 0.09
}

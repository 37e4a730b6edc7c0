package worst_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// The network fails in a small area around azimuth 40° and elevation 20°.
func ExampleFind() {
	f := &analytic.Gaussian{Domain: objective.Viewpoints(), Centre: []float64{40, 20}, Sigma: []float64{15, 8}, Base: 1, Height: -0.9}
	result, err := worst.Find(context.Background(), worst.Problem{Objective: f}, worst.Combined{}, worst.Settings{Evaluations: 600})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f at azimuth %.0f°, elevation %.0f°: %s\n", result.Value, result.Point[0], result.Point[1], result.Status)
	// Output:
	// 0.10 at azimuth 40°, elevation 20°: evaluations spent
}

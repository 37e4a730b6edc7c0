package sensitivity_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
)

// A quarter of the variance of this product comes from what the two do together.
func ExampleAnalyse() {
	f := &objective.Func{
		Domain: objective.Space{{Name: "x", Min: -1, Max: 1}, {Name: "y", Min: 0, Max: 2}},
		F:      func(u []float64) float64 { return u[0] * u[1] },
	}
	found, err := sensitivity.Analyse(context.Background(), f, sensitivity.Settings{Points: 4096})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, factor := range found.Factors {
		fmt.Printf("%s: %.2f alone, %.2f together with others\n", factor.Name, found.F.Indices[i].First.Value, found.F.Indices[i].Total.Value)
	}
	// Output:
	// x: 0.75 alone, 1.00 together with others
	// y: 0.00 alone, 0.25 together with others
}

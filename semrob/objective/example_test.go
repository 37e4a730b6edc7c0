package objective_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// A formula becomes an objective; differences give it a gradient.
func ExampleFunc() {
	f := &objective.Func{
		Domain: objective.Viewpoints(),
		F:      func(u []float64) float64 { return u[0]/360 + u[1]/100 },
	}
	_, ok := objective.White(f)
	fmt.Println("gradient:", ok)

	white := &objective.Differences{Objective: f}
	values, gradients := make([]float64, 1), [][]float64{make([]float64, 2)}
	if err := white.Gradient(context.Background(), [][]float64{{90, 30}}, values, gradients); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("f = %.2f, per degree %.4f\n", values[0], gradients[0])
	// Output:
	// gradient: false
	// f = 0.55, per degree [0.0028 0.0100]
}

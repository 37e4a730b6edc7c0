package analytic_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// A soft box stands for a network that recognises an object from some sides.
func ExampleSoftBox() {
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{300, 0}, B: []float64{420, 50}}
	values := make([]float64, 3)
	if err := f.Evaluate(context.Background(), [][]float64{{0, 25}, {60, 25}, {180, 25}}, values); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("inside %.2f, on a face %.2f, outside %.2f\n", values[0], values[1], values[2])
	a, b := f.TrueBounds()
	fmt.Println("the bounds are", a, "and", b)
	// Output:
	// inside 1.00, on a face 0.50, outside 0.00
	// the bounds are [300 0] and [420 50]
}

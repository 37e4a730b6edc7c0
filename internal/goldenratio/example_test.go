package goldenratio_test

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/internal/goldenratio"
)

// Five points of a line.
func ExampleSteps() {
	step := goldenratio.Steps(1)[0]
	for i := range 5 {
		_, x := math.Modf(float64(i) * step)
		fmt.Printf("%.2f ", x)
	}
	// Output:
	// 0.00 0.62 0.24 0.85 0.47
}

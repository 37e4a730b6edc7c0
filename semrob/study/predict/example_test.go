package predict_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/predict"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// ExampleExamples shows the features of a run: the periodic azimuth as sine and
// cosine, the elevation, and class, network and method one-hot encoded.
func ExampleExamples() {
	table := &results.Table{Space: objective.Viewpoints(), Rows: []results.Row{
		{Network: "lite0", Object: "cup_1", Group: "cup", Method: "oir-b", StartPoint: []float64{90, 30}, Fraction: 0.25},
		{Network: "lite0", Object: "vase_1", Group: "vase", Method: "oir-b", StartPoint: []float64{180, 10}, Fraction: 0.04},
		{Network: "lite0", Object: "vase_2", Group: "vase", Method: "oir-b", StartPoint: []float64{0, 10}, Fraction: results.Absent},
	}}
	data, err := predict.Examples(table, predict.Options{})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%q\n", data.Features)
	for i, x := range data.X {
		fmt.Printf("%.0f: %s covers %g %%\n", x, data.Object[i], data.Y[i])
	}
	fmt.Println(data.LeftOut, "unfinished")
	// Output:
	// ["sin azimuth" "cos azimuth" "elevation" "cup" "vase" "lite0" "oir-b"]
	// [1 0 30 1 0 1 1]: cup_1 covers 25 %
	// [0 -1 10 0 1 1 1]: vase_1 covers 4 %
	// 1 unfinished
}

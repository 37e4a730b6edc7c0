package figure_test

import (
	"context"
	"fmt"
	"os"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// Example draws a semantic map with a robust region and finds the point of the
// semantic parameter space under a pixel of the figure.
func Example() {
	ctx := context.Background()
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{90, 10}, B: []float64{210, 50}}
	m, err := semmap.New(
		semmap.Samples{Axis: objective.Azimuth, Values: steps(0, 360, 10)},
		semmap.Samples{Axis: objective.Elevation, Values: steps(-10, 100, 10)},
	)
	if err != nil {
		panic(err)
	}
	for i := range m.Z {
		if err := f.Evaluate(ctx, [][]float64{m.Point(i)}, m.Z[i:i+1]); err != nil {
			panic(err)
		}
	}
	regions, err := region.Find(ctx, region.Problem{Objective: f, Starts: [][]float64{{150, 30}}}, region.Naive{}, region.Settings{})
	if err != nil {
		panic(err)
	}
	picture, err := figure.OfMap(m, regions)
	if err != nil {
		panic(err)
	}
	picture.Title, picture.Label = "A soft box", "probability of the class"
	fmt.Println(picture.Describe())

	place, err := picture.Placement()
	if err != nil {
		panic(err)
	}
	middle := (place.Left + place.Right) / 2
	azimuth := place.X.Min + (middle-place.Left)/(place.Right-place.Left)*place.X.Width()
	fmt.Printf("The middle of the plot is azimuth %.0f°.\n", azimuth)
	// Output:
	// Semantic map “A soft box” of the probability of the class: 11 × 36 values over azimuth 0…360° and elevation −10…90°; mean 0.121, lowest 0.000, highest 0.999 at (150°, 30°).
	// Region of naive from (150°, 30°): azimuth 125.6…174.4°, elevation 5.6…54.4°.
	// The middle of the plot is azimuth 180°.
}

func steps(from, to, step float64) (values []float64) {
	for v := from; v < to; v += step {
		values = append(values, v)
	}
	return values
}

// A table is written in any of five formats, here in Markdown.
func ExampleTable() {
	t := &figure.Table{
		Headers: []string{"network", "SRVR %", "top-1"},
		Rows: [][]any{
			{"AlexNet", figure.Quantity{Value: 1.23, Lower: 0.81, Upper: 1.79, Decimals: 2}, 0.5718},
			{"ResNet50", figure.Quantity{Value: 5.27, Lower: 4.01, Upper: 6.6, Decimals: 2}, 0.7613},
		},
	}
	if err := t.WriteMarkdown(os.Stdout); err != nil {
		panic(err)
	}
	// Output:
	// | network  |            SRVR % |  top-1 |
	// | -------- | ----------------: | -----: |
	// | AlexNet  | 1.23 [0.81, 1.79] | 0.5718 |
	// | ResNet50 | 5.27 [4.01, 6.60] | 0.7613 |
}

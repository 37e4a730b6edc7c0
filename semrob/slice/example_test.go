package slice_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// Where does a formula fall below one half?
func ExampleFind() {
	f := &objective.Func{Domain: objective.Viewpoints(), F: func(u []float64) float64 {
		if u[1] > 62 && (u[0] > 330 || u[0] < 60) {
			return 0.1
		}
		return 0.9
	}}
	found, err := slice.Find(context.Background(), f, slice.Settings{Criterion: verify.Criterion{Threshold: 0.5}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range found.Slices {
		fmt.Println(s)
	}
	// Output:
	// azimuth from 330° across 0° to 60° and elevation > 62°: right in 0 % [0, 2] of the views; 7 % of all views, with 100 % [94, 100] of the failures
}

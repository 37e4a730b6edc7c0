package study_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/study"
)

// ExampleSRVRFile prints the mean share of the domain covered by the regions of a file.
func ExampleSRVRFile() {
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{90, 10}, B: []float64{210, 50}}
	regions, err := region.Find(context.Background(), region.Problem{Objective: f, Starts: [][]float64{{150, 30}, {120, 20}}},
		region.Naive{}, region.Settings{})
	if err != nil {
		panic(err)
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "regions.npz")
	if err := regions.Save(path); err != nil {
		panic(err)
	}
	methods, err := study.SRVRFile(path)
	if err != nil {
		panic(err)
	}
	for _, m := range methods {
		fmt.Printf("%s: %d regions, SRVR %.1f %%\n", m.Method, m.Regions, m.Percent)
	}
	// Output:
	// naive: 2 regions, SRVR 6.2 %
}

// ExampleSpreadOf prints the mean of a class over six objects, one of them unfinished.
func ExampleSpreadOf() {
	s := study.SpreadOf([]float64{4.1, 5.2, math.NaN(), 3.8, 6.0, 4.9})
	fmt.Printf("SRVR %.2f %%, 95 %% interval %.2f…%.2f over %d objects\n", s.Mean, s.Lower, s.Upper, s.N)
	// Output:
	// SRVR 4.80 %, 95 % interval 3.71…5.89 over 5 objects
}

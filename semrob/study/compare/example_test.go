package compare_test

import (
	"errors"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Example compares two networks on eight objects. The regions of the first are larger
// on seven of them.
func Example() {
	table := &results.Table{Space: objective.Viewpoints()}
	add := func(network string, fractions ...float64) {
		for i, fraction := range fractions {
			table.Rows = append(table.Rows, results.Row{
				Network: network, Object: fmt.Sprintf("chair_%d", i), Group: "chair", Method: "oir-b", Fraction: fraction,
				MapMean: results.Absent, MapAccuracy: results.Absent,
			})
		}
	}
	add("large", 0.31, 0.27, 0.44, 0.12, 0.38, 0.25, 0.30, 0.19)
	add("small", 0.22, 0.20, 0.29, 0.14, 0.30, 0.21, 0.18, 0.11)
	c, err := compare.New(table, compare.Options{})
	if err != nil {
		panic(err)
	}
	for _, s := range c.Summaries(compare.ByNetwork) {
		fmt.Printf("%s: SRVR %.1f %%, 95 %% interval %.1f…%.1f, rank %g\n", s.Network, s.SRVR.Mean, s.SRVR.Lower, s.SRVR.Upper, s.Rank)
	}
	for _, v := range c.Versus() {
		fmt.Printf("%s minus %s: %+.1f points, %d wins of %d, p = %.3f\n", v.Network, v.Other, v.Difference.Mean, v.Wins, v.Wins+v.Losses, v.P)
	}
	// Output:
	// large: SRVR 28.2 %, 95 % interval 19.4…36.5, rank 1
	// small: SRVR 20.6 %, 95 % interval 15.1…26.7, rank 2
	// large minus small: +7.6 points, 7 wins of 8, p = 0.016
}

// Tables over different axes cannot be joined: their SRVR are not comparable.
func ExampleJoin() {
	viewpoints := &results.Table{Space: objective.Viewpoints()}
	azimuth := &results.Table{Space: objective.Space{objective.Azimuth}}
	_, err := compare.Join(viewpoints, azimuth)
	fmt.Println(errors.Is(err, compare.ErrAxes), err)
	// Output:
	// true joining tables of results: regions with different axes cannot be compared: azimuth × elevation and azimuth
}

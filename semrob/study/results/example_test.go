package results_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Example writes a table of results and reads it again.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	table := &results.Table{Study: "lite", Space: objective.Viewpoints(), Rows: []results.Row{
		{
			Network: "efficientnet-lite0", Object: "cup_1", Method: "oir-b", StartPoint: []float64{130, 30},
			A: []float64{100, 20}, B: []float64{190, 60}, Status: "stationary", Fraction: 0.1,
		},
		{Network: "efficientnet-lite0", Object: "cup_2", Method: "oir-b", Status: results.SetAside, Error: "no faces", Fraction: results.Absent},
	}}
	path := filepath.Join(dir, "results.parquet")
	if err := table.Save(path); err != nil {
		panic(err)
	}
	read, err := results.Open(path)
	if err != nil {
		panic(err)
	}
	fmt.Println(read.Study, "over", read.Space)
	for _, r := range read.Rows {
		fmt.Printf("%s: %s, fraction %g, region %v…%v\n", r.Object, r.Status, r.Fraction, r.A, r.B)
	}
	// Output:
	// lite over azimuth 0…360° × elevation -10…90°
	// cup_1: stationary, fraction 0.1, region [100 20]…[190 60]
	// cup_2: set aside, fraction NaN, region [NaN NaN]…[NaN NaN]
}

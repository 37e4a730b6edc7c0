package semrob_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob"
)

// Spaces are values: the options of Regions, Worst and Verify take them.
func ExampleParseSpace() {
	for _, texts := range [][]string{{}, {"azimuth", "distance=2:4"}, {"azimut"}} {
		space, err := semrob.ParseSpace(texts...)
		if err != nil {
			fmt.Println("an unknown parameter is an error")
			continue
		}
		fmt.Println(space)
	}
	// Output:
	// azimuth 0…360° × elevation -10…90°
	// azimuth 0…360° × distance 2…4
	// an unknown parameter is an error
}

// A grid is the samples of a map. A range beyond the default domain widens its axis.
func ExampleParseGrid() {
	axes, err := semrob.ParseGrid("azimuth=0:360:90", "elevation=-60:90:50")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range axes {
		fmt.Println(a.Axis, a.Values)
	}
	// Output:
	// azimuth 0…360° [0 90 180 270]
	// elevation -60…90° [-60 -10 40]
}

package pth_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/weights/pth"
)

func Example() {
	set, err := pth.Read("testdata/zip.pth")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range set.Names() {
		fmt.Println(name, set[name].Shape)
	}
	// Output:
	// a.brain [2]
	// a.half [2]
	// a.scalar []
	// a.tied [2 3]
	// a.turned [3 2]
	// a.weight [2 3]
}

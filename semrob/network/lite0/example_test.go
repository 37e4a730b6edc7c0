package lite0_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/lite0"
)

func ExampleWeights() {
	set, err := lite0.Weights()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(set), "parameters; the classifier's weights are", set["_fc.weight"].Shape)
	// Output: 247 parameters; the classifier's weights are [1000 1280]
}

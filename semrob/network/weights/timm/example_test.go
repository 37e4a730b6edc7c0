package timm_test

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/timm"
)

func Example() {
	name := timm.Architecture("vit_base_patch16_224")
	set := weights.Set{"blocks.0.norm1.weight": {Shape: []int{768}, Data: make([]float32, 768)}}
	fmt.Println(name, timm.Rename(name, set, nil).Names())
	// Output: vit-b-16 [encoder.layers.encoder_layer_0.ln_1.weight]
}

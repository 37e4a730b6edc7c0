package weights_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

func Example() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	set := weights.Set{
		"fc.weight": {Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
		"fc.bias":   {Shape: []int{2}, Data: []float32{0.5, -0.5}},
	}
	file, err := weights.Encode(set, false, map[string]string{"architecture": "tiny"})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "tiny.safetensors")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		fmt.Println(err)
		return
	}
	again, metadata, err := weights.ReadSafetensors(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(metadata["architecture"], again.Names(), again["fc.bias"].Data, again.Hash() == set.Hash())
	fmt.Println(again.Check([]weights.Parameter{{Name: "fc.weight", Shape: []int{2, 4}}}))
	// Output:
	// tiny [fc.bias fc.weight] [0.5 -0.5] true
	// the weights do not fit the network: 1 of another shape (fc.weight [2 3] instead of [2 4]); 1 not of this network (fc.bias)
}

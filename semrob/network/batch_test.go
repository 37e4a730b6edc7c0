package network

import (
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
)

// Networks whose weights are used but a few times for an image run more images
// at a time; a network of unknown work runs four.
func TestBatchOnCPU(t *testing.T) {
	for name, want := range map[string]int{"alexnet": 16, "efficientnet-lite0": 4, "resnet18": 4} {
		t.Run(name, func(t *testing.T) {
			a, err := architecture.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			n, err := New(a, golden.Weights(a.Parameters()), make([]string, a.Classes))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := n.batchOnCPU(); err != nil || got != want {
				t.Errorf("%s runs %d images at a time, not %d: %v", name, got, want, err)
			}
		})
	}
	if got, err := (&Network{}).batchOnCPU(); err != nil || got != 4 {
		t.Errorf("a network of unknown work runs %d images at a time: %v", got, err)
	}
}

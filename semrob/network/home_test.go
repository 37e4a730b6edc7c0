package network

import (
	"errors"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/hubtest"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/timm"
)

// TestHomes checks that each repository's name is timm's for the architecture.
func TestHomes(t *testing.T) {
	for name := range homes {
		t.Run(name, func(t *testing.T) {
			if _, err := architecture.Lookup(name); err != nil {
				t.Error(err)
			}
			r, err := hub.Parse(home(name))
			if err != nil {
				t.Error(err)
				return
			}
			model, weights, ok := strings.Cut(strings.TrimPrefix(r.ID, "timm/"), ".")
			if timm.Architecture(model) != name || !ok || !strings.HasSuffix(weights, "in1k") {
				t.Errorf("%s has its home at %s", name, r.ID)
			}
		})
	}
}

// TestFetchHome fetches a network by its plain name, once.
func TestFetchHome(t *testing.T) {
	a, err := architecture.Lookup("resnet18")
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Encode(golden.Weights(a.Parameters()), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	h := hubtest.New(t, map[string][]byte{
		"model.safetensors": file,
		"config.json":       []byte(`{"architecture": "resnet18", "pretrained_cfg": {"input_size": [3, 160, 160]}}`),
	})
	h.ID = "timm/resnet18.tv_in1k"
	if _, err := Open("resnet18"); !errors.Is(err, ErrNoWeights) || !strings.Contains(err.Error(), "semrob network fetch resnet18") || OnDisk("resnet18") {
		t.Errorf("before it is fetched: error %v", err)
	}
	n, err := Fetch(t.Context(), "ResNet18", OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
	again, err := Open("resnet18")
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "resnet18" || n.InputSize != 160 || again.Name != n.Name || again.Fingerprint() != n.Fingerprint() || !OnDisk("ResNet18") {
		t.Errorf("%s at %d px, then %s; on disk: %v", n.Name, n.InputSize, again.Name, OnDisk("ResNet18"))
	}
	if _, err := Open("alexnet"); !errors.Is(err, ErrNoWeights) || !strings.Contains(err.Error(), "alexnet=weights.safetensors") {
		t.Errorf("without a home: error %v", err)
	}
}

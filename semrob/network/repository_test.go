package network_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/hubtest"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// TestOpenRepository opens a network as timm publishes them.
func TestOpenRepository(t *testing.T) {
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
		"config.json": []byte(`{"architecture": "resnet18", "num_classes": 1000,
			"pretrained_cfg": {"input_size": [3, 160, 160], "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.1], "crop_pct": 0.95}}`),
	})
	n, err := network.Open("hf:owner/name")
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "name" || n.InputSize != 160 || n.Mean != [3]float64{0.5, 0.4, 0.3} || n.Std[2] != 0.1 || math.Abs(n.Crop-0.95) > 1e-9 {
		t.Errorf("%s: %d px, mean %v, std %v, crop %g", n.Name, n.InputSize, n.Mean, n.Std, n.Crop)
	}
	plain, err := network.New(a, golden.Weights(a.Parameters()), network.ImageNet())
	if err != nil {
		t.Fatal(err)
	}
	if n.Fingerprint() == plain.Fingerprint() {
		t.Error("another normalisation has the same fingerprint")
	}
	h.Close()
	if again, err := network.Open("hf:owner/name@main"); err != nil || again.Fingerprint() != n.Fingerprint() {
		t.Errorf("from the cache: error %v", err)
	}
	hubtest.New(t, map[string][]byte{"model.safetensors": file, "config.json": []byte(`{"architecture": "resnetblur50"}`)})
	var unknown *enum.UnknownError
	if _, err := network.Open("hf:owner/name"); !errors.As(err, &unknown) || !strings.Contains(err.Error(), "its architecture resnetblur50") {
		t.Errorf("an unknown architecture: error %v", err)
	}
	if n, err := network.Open("resnet18=hf:owner/name"); err != nil || n.InputSize != 224 {
		t.Errorf("with its architecture: error %v", err)
	}
}

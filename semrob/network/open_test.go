package network_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/lite0"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// writeWeights writes a set as a safetensors file and returns its path.
func writeWeights(t *testing.T, set weights.Set) string {
	t.Helper()
	file, err := weights.Encode(set, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenFile(t *testing.T) {
	set, err := lite0.Weights()
	if err != nil {
		t.Fatal(err)
	}
	path := writeWeights(t, set)
	want := open(t).Fingerprint()
	for _, name := range []string{path, "EfficientNet_Lite0=" + path} { // found from its parameters, and named
		n, err := network.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if n.Name != "efficientnet-lite0" || n.Fingerprint() != want {
			t.Errorf("%s: %s with the fingerprint %s, want %s", name, n.Name, n.Fingerprint(), want)
		}
	}
	delete(set, "_fc.bias")
	set["head.bias"] = weights.Tensor{Shape: []int{2}, Data: make([]float32, 2)}
	set["_bn0.weight"] = weights.Tensor{Shape: []int{31}, Data: make([]float32, 31)}
	path = writeWeights(t, set)
	for _, name := range []string{path, "efficientnet-lite0=" + path} {
		_, err := network.Open(name)
		for _, part := range []string{path, "efficientnet-lite0", "1 missing (_fc.bias)", "_bn0.weight [31] instead of [32]", "1 not of this network (head.bias)"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error %v does not say %q", name, err, part)
			}
		}
	}
}

func TestOpenOptions(t *testing.T) {
	labels := filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(labels, []byte(strings.Repeat("thing\n", 999)+"last\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := network.OpenWith(t.Context(), "efficientnet-lite0", network.OpenOptions{Labels: labels, InputSize: 192})
	if err != nil {
		t.Fatal(err)
	}
	if n.Label(999) != "last" || n.InputSize != 192 {
		t.Errorf("label %q, %d px", n.Label(999), n.InputSize)
	}
	two := filepath.Join(t.TempDir(), "labels.json")
	if err := os.WriteFile(two, []byte(`["a", "b"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := network.OpenWith(t.Context(), "efficientnet-lite0", network.OpenOptions{Labels: two}); err == nil || !strings.Contains(err.Error(), "1000 classes") {
		t.Errorf("two labels for 1000 classes: error %v", err)
	}
}

// TestOpenNotFetched checks that the error says how to fetch.
func TestOpenNotFetched(t *testing.T) {
	t.Setenv(fetch.Variable, t.TempDir())
	if _, err := network.Open("efficientnet_lite1"); err == nil || !strings.Contains(err.Error(), "semrob network fetch efficientnet-lite1") {
		t.Errorf("error %v", err)
	}
	if network.OnDisk("efficientnet-lite1") || !network.OnDisk("efficientnet_lite0") {
		t.Error("what is on disk is told wrong")
	}
}

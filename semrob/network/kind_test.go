package network_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network"
)

// A name with an empty architecture does not hide a network that has to be allowed.
func TestNoArchitectureHidesCode(t *testing.T) {
	file := filepath.Join(t.TempDir(), "network.py")
	if err := os.WriteFile(file, []byte("def predict(images):\n    return images.mean((1, 2))\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"=python:" + file, "==python:" + file, "=http://localhost:1/v2/models/m"} {
		_, err := network.OpenWith(t.Context(), name, network.OpenOptions{})
		if err == nil || !strings.Contains(err.Error(), "no architecture before the =") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

package lite0

import (
	"os"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// TestAttribution checks that the file and the notice name the same source and
// licence.
func TestAttribution(t *testing.T) {
	_, metadata, err := weights.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	notice, err := os.ReadFile("NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	if sum := metadata["source_sha256"]; len(sum) != 64 || !strings.Contains(string(notice), sum) {
		t.Errorf("the notice does not name the source's SHA-256 %q", sum)
	}
	if !strings.Contains(metadata["license"], "Apache-2.0") {
		t.Errorf("licence in the file: %q", metadata["license"])
	}
}

func TestWeightsFit(t *testing.T) {
	set, err := Weights()
	if err != nil {
		t.Fatal(err)
	}
	a, err := architecture.Lookup("efficientnet-lite0")
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Check(a.Parameters()); err != nil {
		t.Error(err)
	}
}

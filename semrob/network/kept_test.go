package network_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
)

// keptVariable makes TestNetworkFromAnotherProcess's process classify.
const keptVariable = "SEMROB_TEST_KEPT"

// A second process loads the first one's network, without oneDNN, and answers the same
// to the last bit.
func TestNetworkFromAnotherProcess(t *testing.T) {
	if os.Getenv(keptVariable) != "" {
		classifyOnce(t)
		return
	}
	if testing.Short() {
		t.Skip("compiles without oneDNN, which takes seconds")
	}
	if b, err := backend.Open(t.Context(), backend.Options{}); err != nil || b.IsGPU() {
		t.Skip("the test sets a CPU's flags")
	} else if _, _, err := b.Programs(); err != nil {
		t.Skipf("programs are not kept: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "programs")
	process := func() (sum, counts string) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), keptVariable+"=1", "SEMROB_PROGRAMS="+dir, "XLA_FLAGS=--xla_cpu_experimental_onednn_custom_call=false")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		for _, line := range strings.Split(string(out), "\n") {
			if text, ok := strings.CutPrefix(line, "sum "); ok {
				sum, counts, _ = strings.Cut(text, " ")
			}
		}
		return sum, counts
	}
	first, compiled := process()
	second, loaded := process()
	if first == "" || first != second {
		t.Errorf("sums of the answers %q and %q", first, second)
	}
	if want := "{Loaded:0 Compiled:1 Kept:1 OneDNN:0}"; compiled != want {
		t.Errorf("the first process: %s, want %s", compiled, want)
	}
	if want := "{Loaded:1 Compiled:0 Kept:0 OneDNN:0}"; loaded != want {
		t.Errorf("the second process: %s, want %s", loaded, want)
	}
}

// classifyOnce prints a hash of a network's answers and where its program came from.
func classifyOnce(t *testing.T) {
	b, err := backend.Open(t.Context(), backend.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := open(t)
	c, err := n.Compile(b.Compute, network.Options{BatchSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Finalize()
	images := golden.Images(n.InputSize)
	answers, err := c.Probabilities(context.Background(), images, len(images)/(n.InputSize*n.InputSize*3))
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	if err := binary.Write(hash, binary.LittleEndian, answers); err != nil {
		t.Fatal(err)
	}
	_, counts, err := b.Programs()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nsum %x %+v\n", hash.Sum(nil), counts)
}

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
)

// TestNetworkCheckAgainst compares an ONNX model with ONNX Runtime's scores, within
// the tolerance and beyond it.
func TestNetworkCheckAgainst(t *testing.T) {
	folder := filepath.Join(testdata.Dir(t), "failing", "networks")
	model, scores := filepath.Join(folder, "R.nhwc.uint8.onnx"), filepath.Join(folder, "R.nhwc.uint8.npz")
	stdout, _ := succeed(t, "network", "check", model, "--against", scores)
	if !strings.HasSuffix(stdout, "verdict: PASS\n") || !strings.Contains(stdout, "2 images, 1000 classes") {
		t.Errorf("output %s", stdout)
	}
	status, stdout, stderr := command(t, "network", "check", model, "--against", scores, "--tolerance", "1e-12")
	if status == 0 || !strings.HasSuffix(stdout, "verdict: FAIL\n") || !strings.Contains(stderr, "relative error") {
		t.Errorf("status %d, output %s%s", status, stdout, stderr)
	}
	for want, args := range map[string][]string{
		"must be positive":      {"network", "check", model, "--against", scores, "--tolerance", "0"},
		"logits, probabilities": {"network", "check", model, "--against", scores, "--output", "nothing"},
		"the network takes":     {"network", "check", "efficientnet-lite0", "--against", scores},
	} {
		if status, _, stderr := command(t, args...); status == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
	}
}

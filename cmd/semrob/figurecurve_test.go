package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
)

func TestFigureCurve(t *testing.T) {
	data, dir := filepath.Join(testdata.Dir(t), "published"), t.TempDir()
	for _, name := range []string{"curve.svg", "curve.md"} {
		out := filepath.Join(dir, name)
		text, _ := succeed(t, "figure", "curve", "--data", data, "--network", "AlexNet", "--network", "ResNet50", "--thresholds", "0.1:0.55:0.2", "--out", out)
		if !strings.Contains(text, "AlexNet below ResNet50 for τ 0.1…0.5.") {
			t.Errorf("output %s", text)
		}
		written, err := os.ReadFile(out)
		if err != nil || name == "curve.md" && !strings.Contains(string(written), " 4.90 [") {
			t.Errorf("error %v, %s", err, written)
		}
	}
}

package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestNumbersBeyondMemory gives numbers that no machine has room or time for: each ends
// at once in one sentence that says what is too large and how much is supported.
func TestNumbersBeyondMemory(t *testing.T) {
	dir := t.TempDir()
	small := filepath.Join(dir, "small.npz")
	if status, _, stderr := command(t, "map", "--mesh", "cup", "--class", "cup", "--axis", "azimuth=0:360:180", "--axis", "elevation=0:90:60", "--out", small); status != 0 {
		t.Fatal(stderr)
	}
	out, figure := filepath.Join(dir, "out.npz"), filepath.Join(dir, "out.json")
	on := []string{"--mesh", "cup", "--class", "cup"}
	writeFile(t, filepath.Join(dir, "plan.yaml"), "networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}]\nmethods: [naive]\nmap: [\"azimuth=0:360:0.00036\", \"elevation=-10:90:0.0001\"]\n")
	writeFile(t, filepath.Join(dir, "long.yaml"), "networks: [{analytic: soft-box}]\nobjects: [{mesh: cup, class: a}]\nmethods: [{name: naive, iterations: 1000000, sampling: faces, points-per-face: 1048576}]\n")
	for name, args := range map[string][]string{
		"samples":           {"verify", "--map", small, "--samples", "1000000000000000000"},
		"points":            {"verify", "--map", small, "--points", "1000000000000000000"},
		"views of a point":  {"verify", "--map", small, "--certify", "10,10", "--samples", "1000000000000000000"},
		"two axes":          append([]string{"map", "--axis", "azimuth=0:360:0.001", "--axis", "elevation=0:90:0.001", "--out", out}, on...),
		"axes that wrap":    append([]string{"map", "--axis", "azimuth=0:360:0.0054931640625", "--axis", "distance=1:2:0.0000152587890625", "--axis", "light-x=0:1:0.0000152587890625", "--axis", "light-y=0:1:0.0000152587890625", "--out", out}, on...),
		"an adaptive map":   append([]string{"map", "--adaptive", "--axis", "azimuth=0:360:0.1", "--axis", "elevation=0:90:0.05", "--out", out}, on...),
		"evaluations":       append([]string{"worst", "--evaluations", "1000000000000", "--out", figure}, on...),
		"a population":      append([]string{"worst", "--method", "cma-es", "--population", "1000000000000", "--out", figure}, on...),
		"iterations":        {"regions", "--map", small, "--iterations", "1000000000000", "--out", out},
		"a budget":          {"regions", "--map", small, "--method", "guaranteed", "--budget", "1000000000000000", "--out", out},
		"an unlikely claim": {"regions", "--map", small, "--method", "guaranteed", "--epsilon", "0.000000000001", "--out", out},
		"a plan's map":      {"study", "plan", filepath.Join(dir, "plan.yaml")},
		"a plan's method":   {"study", "plan", filepath.Join(dir, "long.yaml")},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := command(t, args...)
			if status != 1 || strings.Contains(stderr, "goroutine") || !strings.Contains(stderr, "too large") || !strings.Contains(stderr, "are supported") {
				t.Errorf("status %d: %s", status, stderr)
			}
		})
	}
}

package plan

import (
	"errors"
	"path/filepath"
	"testing"
)

// TestNetworksAreTheSame finds a network that is listed twice in two spellings,
// and does not take one with a mistake for another.
func TestNetworksAreTheSame(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plan.yaml")
	write(t, file, `networks:
  - efficientnet-lite0
  - {name: efficientnet-lite0, precision: float32, preprocess: standard}
  - {name: efficientnet-lite0, precision: float64}
  - {name: efficientnet-lite0, precision: bfloat16, input-size: 160}
  - {name: efficientnet-lite0, input-size: 160, precision: bfloat16}
objects: [{mesh: teapot, class: teapot}]
seeds: [9007199254740993]
`)
	_, err := Load(t.Context(), file)
	var all *Error
	if !errors.As(err, &all) {
		t.Fatal(err)
	}
	var lines []int
	for _, p := range all.Problems {
		lines = append(lines, p.Line)
	}
	if want := []int{3, 4, 6, 8}; len(lines) != 4 || lines[0] != want[0] || lines[1] != want[1] || lines[2] != want[2] || lines[3] != want[3] {
		t.Errorf("mistakes on the lines %v, want %v: %v", lines, want, err)
	}
}

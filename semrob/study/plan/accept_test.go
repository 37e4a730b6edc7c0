package plan

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestStrictAndSet: one network with the class and with its set are two rows of the
// tables, on the same objects; sets of a file beside the plan are pinned by index.
func TestStrictAndSet(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("sets.txt", "seat: folding chair; park bench\n")
	path := write("plan.yaml", `
networks:
  - efficientnet-lite0
  - {name: efficientnet-lite0, accept: set}
  - {name: efficientnet-lite0, accept: set, class-sets: sets.txt}
objects:
  - {mesh: teapot, class: folding chair}
  - {mesh: cup, class: "@bottle"}
  - {mesh: vase, class: "vase,pot"}
methods: [naive]
`)
	if _, err := Load(t.Context(), path); err == nil || !strings.Contains(err.Error(), "leave out accept") ||
		!strings.Contains(err.Error(), `unknown set of classes "bottle"`) {
		t.Fatalf("sets widened again: error %v", err)
	}
	path = write("plan.yaml", `
networks:
  - efficientnet-lite0
  - {name: efficientnet-lite0, accept: set}
  - {name: efficientnet-lite0, accept: set, class-sets: sets.txt}
objects: [{mesh: teapot, class: folding chair}]
methods: [naive]
`)
	p, err := Load(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := p.Prepare(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]int{
		"efficientnet-lite0": nil, "efficientnet-lite0 accept=set": {423, 559, 765, 857},
		"efficientnet-lite0 class-sets=sets.txt accept=set": {559, 703},
	}
	seen := 0
	for item := range prepared.Items() {
		classes, ok := want[item.Network]
		if seen++; !ok || !slices.Equal(item.Of.Classes, classes) || item.Of.ClassSets != "" {
			t.Errorf("%s accepts %v of %q, want %v", item.Network, item.Of.Classes, item.Of.ClassSets, classes)
		}
		again, err := ParseItem(item.Data())
		if err != nil || !slices.Equal(again.Of.Classes, classes) {
			t.Errorf("%s: an item read back accepts %v, error %v", item.Network, again.Of.Classes, err)
		}
	}
	if seen != len(want) {
		t.Errorf("%d items, want %d", seen, len(want))
	}
}

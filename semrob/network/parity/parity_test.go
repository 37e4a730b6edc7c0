package parity_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/parity"
)

// quick are the files that are compared always; all are with SEMROB_LONG=1,
// which takes minutes.
var quick = map[string]bool{"alexnet": true, "resnet18": true}

// TestGolden compares every architecture that there is a golden file of.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testdata.Dir(t), "golden", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files (error %v)", err)
	}
	backend := xlatest.Open(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			if !quick[name] && os.Getenv("SEMROB_LONG") == "" {
				t.Skip("set SEMROB_LONG=1 to compare this one too")
			}
			start := time.Now()
			r, err := parity.Check(t.Context(), backend, file)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("relative errors: logits %.2g, gradient %.2g, norm %.2g (%v)", r.Logits, r.Gradient, r.Norm, time.Since(start).Round(time.Millisecond))
			if k := r.Kinks; k != nil {
				t.Logf("float32 %.2g, float64 %.2g; %d of %d moved, the furthest by %.2g; %.2g after; %s", r.Plain, k.Exact, k.Moves, k.Near, k.Furthest, k.Moved, k.Refused())
			}
			if err := r.Err(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWrongFile changes a golden file so that nothing can be compared.
func TestWrongFile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testdata.Dir(t), "golden", "resnet18.json"))
	if err != nil {
		t.Fatal(err)
	}
	backend := xlatest.Open(t)
	for what, change := range map[string]struct {
		to   func(file map[string]any)
		part string
	}{
		"a parameter's name": {func(f map[string]any) {
			f["params"].([]any)[0].(map[string]any)["name"] = "conv0.weight"
		}, "conv0.weight"},
		"no architecture": {func(f map[string]any) { delete(f, "arch") }, `"arch" is missing`},
		"a parameter twice": {func(f map[string]any) {
			f["params"] = append(f["params"].([]any), f["params"].([]any)[0])
		}, "conv1.weight twice"},
		"a negative shape": {func(f map[string]any) {
			f["params"].([]any)[0].(map[string]any)["shape"] = []any{64, -3, 7, 7}
		}, "[64 -3 7 7]"},
		"shapes beyond memory": {func(f map[string]any) {
			f["params"].([]any)[0].(map[string]any)["shape"] = []any{1 << 31, 1 << 31, 1 << 31}
		}, "at most"},
		"images beyond memory": {func(f map[string]any) { f["input_size"] = 1 << 30 }, `"input_size" is 1073741824`},
		"no gradient":          {func(f map[string]any) { f["grad_value"] = []any{} }, `0 "grad_value" for 64`},
	} {
		t.Run(what, func(t *testing.T) {
			var f map[string]any
			if err := json.Unmarshal(text, &f); err != nil {
				t.Fatal(err)
			}
			change.to(f)
			changed, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "changed.json")
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = parity.Check(t.Context(), backend, path)
			if err == nil || !strings.Contains(err.Error(), change.part) {
				t.Errorf("error %v does not say %q", err, change.part)
			}
		})
	}
}

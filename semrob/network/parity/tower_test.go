package parity_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/parity"
)

// towersOfEveryRun are the golden files that are compared always, a family each; all are
// with SEMROB_LONG=1.
var towersOfEveryRun = []string{"clip", "siglip", "dinov2", "dinov2-registers-24"}

// TestTowers compares CLIP, SigLIP and DINOv2 with transformers, and refuses each with
// something small changed.
func TestTowers(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) < 9 {
		t.Fatalf("%d golden files (error %v)", len(files), err)
	}
	backend := xlatest.Open(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if os.Getenv("SEMROB_LONG") == "" && !slices.Contains(towersOfEveryRun, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			r, err := parity.Check(t.Context(), backend, file)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("relative errors: logits %.2g, gradient %.2g, norm %.2g", r.Logits, r.Gradient, r.Norm)
			if err := r.Err(); err != nil {
				t.Error(err)
			}
		})
	}
	changes := []struct{ file, from, to string }{
		{"clip", `"quick_gelu"`, `"gelu"`},
		{"clip", `"tokens": [[94, 1, 95]`, `"tokens": [[94, 2, 95]`},
		{"clip-before", `"eos_token_id": 2`, `"eos_token_id": 1`},
		{"siglip", `"pad": 0`, `"pad": 1`},
		{"siglip", `"layer_norm_eps": 1e-06`, `"layer_norm_eps": 1e-01`},
		{"dinov2", `"num_attention_heads": 3`, `"num_attention_heads": 4`},
		{"dinov2-24", `"model_type": "dinov2"`, `"model_type": "dinov2_with_registers"`},
	}
	if os.Getenv("SEMROB_LONG") == "" {
		changes = changes[:2]
	}
	for _, c := range changes {
		text, err := os.ReadFile(filepath.Join("testdata", c.file+".json"))
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.ReplaceAll(text, []byte(c.from), []byte(c.to))
		if bytes.Equal(changed, text) {
			t.Errorf("%s has no %s", c.file, c.from)
		}
		file := filepath.Join(t.TempDir(), "changed.json")
		if err := os.WriteFile(file, changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if r, err := parity.Check(t.Context(), backend, file); err == nil && r.Err() == nil {
			t.Errorf("%s with %s instead of %s is accepted: %+v", c.file, c.to, c.from, r)
		}
	}
}

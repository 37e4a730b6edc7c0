package network_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/hubtest"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/tower"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// zeroshot is what transformers answers (benchmarks/networks/towers.py).
type zeroshot struct {
	Config        json.RawMessage
	Labels        []string
	Probabilities [][]float64
}

func readZeroshot(t *testing.T) map[string]zeroshot {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("tower", "words", "testdata", "zeroshot.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]zeroshot
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 2 {
		t.Fatalf("%d networks, %v", len(all), err)
	}
	return all
}

// repository makes a hub with a model's generated weights and the file of its words,
// and writes its labels.
func repository(t *testing.T, config []byte, words string, labels []string) (labelFile string) {
	t.Helper()
	m, err := tower.Read(config)
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Encode(reference.Weights(m.Parameters()), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"model.safetensors": file, "config.json": config}
	if words != "" {
		from := words
		if words == "tokenizer.json" {
			from = "clip.json"
		}
		if files[words], err = os.ReadFile(filepath.Join("tower", "words", "testdata", from)); err != nil {
			t.Fatal(err)
		}
	}
	hubtest.New(t, files)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	labelFile = filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(labelFile, []byte(strings.Join(labels, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return labelFile
}

var wordsOf = map[string]string{"clip": "tokenizer.json", "siglip": "spiece.model"}

// TestZeroShot compares probabilities, from labels and colours on, with those of
// transformers, and checks that the embeddings of prompts are kept.
func TestZeroShot(t *testing.T) {
	backend := xlatest.Open(t)
	for name, want := range readZeroshot(t) {
		t.Run(name, func(t *testing.T) {
			labels := repository(t, want.Config, wordsOf[name], want.Labels)
			options := network.OpenOptions{Labels: labels}
			probabilities := func(options network.OpenOptions) []float32 {
				t.Helper()
				n, err := network.OpenWith(t.Context(), "hf:owner/name", options)
				if err != nil {
					t.Fatal(err)
				}
				c, err := n.Compile(backend, network.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Finalize()
				p, err := c.Probabilities(t.Context(), reference.Input(24), reference.Images)
				if err != nil {
					t.Fatal(err)
				}
				return p
			}
			got := probabilities(options)
			for i, row := range want.Probabilities {
				for k, p := range row {
					if g := float64(got[i*len(row)+k]); math.Abs(g-p) > 1e-5 {
						t.Errorf("image %d, %s: %g, want %g", i, want.Labels[k], g, p)
					}
				}
			}
			kept, err := filepath.Glob(filepath.Join(os.Getenv("XDG_CACHE_HOME"), "semrob-prompts", "*"))
			if err != nil || len(kept) != 1 {
				t.Fatalf("%d embeddings are kept, %v", len(kept), err)
			}
			content, err := os.ReadFile(kept[0])
			if err != nil {
				t.Fatal(err)
			}
			content[len(content)-1] ^= 1 // damaged: computed again
			if err := os.WriteFile(kept[0], content, 0o644); err != nil {
				t.Fatal(err)
			}
			for i, p := range probabilities(options) {
				if p != got[i] {
					t.Fatalf("after damage, value %d is %g instead of %g", i, p, got[i])
				}
			}
			if name == "siglip" { // as logits: a softmax over the prompts
				options.Output = network.Logits
				sum := 0.0
				for _, p := range probabilities(options)[:len(want.Labels)] {
					sum += float64(p)
				}
				if math.Abs(sum-1) > 1e-5 {
					t.Errorf("the softmax has the sum %g", sum)
				}
			}
		})
	}
}

// TestZeroShotFingerprint checks what decides it.
func TestZeroShotFingerprint(t *testing.T) {
	want := readZeroshot(t)["clip"]
	labels := repository(t, want.Config, "tokenizer.json", want.Labels)
	seen := map[string]string{}
	for what, options := range map[string]network.OpenOptions{
		"default": {Labels: labels}, "another prompt": {Labels: labels, Prompt: "a drawing of a {}"}, "probabilities": {Labels: labels, Output: network.Probabilities},
	} {
		n, err := network.OpenWith(t.Context(), "hf:owner/name", options)
		if err != nil {
			t.Fatal(err)
		}
		if before, twice := seen[n.Fingerprint()]; twice {
			t.Errorf("%s has the fingerprint of %s", what, before)
		}
		seen[n.Fingerprint()] = what
	}
}

// TestWrongZeroShot checks the sentence for each mistake.
func TestWrongZeroShot(t *testing.T) {
	want := readZeroshot(t)["clip"]
	for _, c := range []struct {
		name, words, from, to, prompt, part string
		labels                              bool
	}{
		{"no labels", "tokenizer.json", "", "", "", "it has no classes of its own: name them with --labels FILE", false},
		{"no place", "tokenizer.json", "", "", "a photo", `the prompt "a photo" has no {} for the label`, true},
		{"long", "tokenizer.json", "", "", strings.Repeat("very ", 30) + "{}", "tokens, and at most 20 are possible: shorten it", true},
		{"no words", "", "", "", "", "it has no tokenizer.json", true},
		{"activation", "tokenizer.json", "quick_gelu", "swish", "", `the activation "swish" is not supported`, true},
		{"heads", "tokenizer.json", `"num_attention_heads": 3`, `"num_attention_heads": 7`, "", "not a multiple of num_attention_heads 7", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			labels := repository(t, want.Config, c.words, want.Labels)
			if c.from != "" {
				m, err := tower.Read(want.Config)
				if err != nil {
					t.Fatal(err)
				}
				file, err := weights.Encode(reference.Weights(m.Parameters()), false, nil)
				if err != nil {
					t.Fatal(err)
				}
				hubtest.New(t, map[string][]byte{"model.safetensors": file, "config.json": bytes.ReplaceAll(want.Config, []byte(c.from), []byte(c.to))})
			}
			if !c.labels {
				labels = ""
			}
			_, err := network.OpenWith(t.Context(), "hf:owner/name", network.OpenOptions{Labels: labels, Prompt: c.prompt})
			if err == nil || !strings.Contains(err.Error(), c.part) || !strings.HasPrefix(err.Error(), "opening hf:owner/name: ") {
				t.Errorf("the error is %v, want %q", err, c.part)
			}
		})
	}
}

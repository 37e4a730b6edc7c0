package words_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/tower/words"
)

// TestTokens compares the tokens of texts with those of transformers, for small
// vocabularies that benchmarks/networks/towers.py trained.
func TestTokens(t *testing.T) {
	clip, err := words.OpenCLIP(filepath.Join("testdata", "clip.json"))
	if err != nil {
		t.Fatal(err)
	}
	siglip, err := words.OpenSigLIP(filepath.Join("testdata", "spiece.model"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "texts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Text         string
		CLIP, SigLIP []int
	}
	if err := json.Unmarshal(text, &all); err != nil || len(all) < 10 {
		t.Fatalf("%d texts, %v", len(all), err)
	}
	for _, c := range all {
		for _, of := range []struct {
			name string
			by   words.Tokenizer
			want []int
		}{{"CLIP", clip, c.CLIP}, {"SigLIP", siglip, c.SigLIP}} {
			if of.want == nil {
				continue
			}
			if got, err := of.by.Tokens(c.Text); err != nil || !slices.Equal(got, of.want) {
				t.Errorf("%s of %q: %v, want %v (error %v)", of.name, c.Text, got, of.want, err)
			}
		}
	}
}

// TestWrongTokenizers checks files that are no tokenizers.
func TestWrongTokenizers(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("testdata", "spiece.model"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"empty": "", "text": "hello", "json": "{}", "cut off": string(whole[:len(whole)/3]), "half a piece": string(whole[:7]),
	} {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, open := range []func(string) (words.Tokenizer, error){words.OpenCLIP, words.OpenSigLIP} {
			if _, err := open(file); err == nil && name != "cut off" || err != nil && !strings.Contains(err.Error(), file) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestNoWords refuses texts without words.
func TestNoWords(t *testing.T) {
	siglip, err := words.OpenSigLIP(filepath.Join("testdata", "spiece.model"))
	if err != nil {
		t.Fatal(err)
	}
	clip, err := words.OpenCLIP(filepath.Join("testdata", "clip.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []words.Tokenizer{siglip, clip} {
		if tokens, err := of.Tokens(" \t"); err == nil {
			t.Errorf("no error but %v", tokens)
		}
	}
}

func FuzzSigLIP(f *testing.F) {
	siglip, err := words.OpenSigLIP(filepath.Join("testdata", "spiece.model"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a photo of a teapot")
	f.Fuzz(func(t *testing.T, text string) {
		if tokens, err := siglip.Tokens(text); err == nil && (len(tokens) < 2 || len(tokens) > 3*len(text)+2) {
			t.Errorf("%q has %d tokens", text, len(tokens))
		}
	})
}

package network_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/lite0"
)

func TestOpen(t *testing.T) {
	a, b := open(t), open(t)
	if a.Name != "efficientnet-lite0" || a.InputSize != 224 || len(a.Labels) != 1000 {
		t.Errorf("%s, %d px, %d labels", a.Name, a.InputSize, len(a.Labels))
	}
	if a.Fingerprint() != b.Fingerprint() || len(a.Fingerprint()) != 64 {
		t.Errorf("fingerprints %s and %s of the same network", a.Fingerprint(), b.Fingerprint())
	}
	var unknown *network.UnknownNetworkError
	if _, err := network.Open("resnet5"); !errors.As(err, &unknown) || unknown.Name != "resnet5" || !slices.Contains(unknown.Known, "efficientnet-lite0") || !strings.Contains(err.Error(), "efficientnet-lite0, ") {
		t.Errorf("unknown network: error %v", err)
	}
}

func TestFingerprintSeesWeights(t *testing.T) {
	set, err := lite0.Weights()
	if err != nil {
		t.Fatal(err)
	}
	a, err := architecture.Lookup("efficientnet-lite0")
	if err != nil {
		t.Fatal(err)
	}
	set["_fc.bias"].Data[999] += 0.25
	n, err := network.New(a, set, network.ImageNet())
	if err != nil {
		t.Fatal(err)
	}
	if n.Fingerprint() == open(t).Fingerprint() {
		t.Error("the fingerprint does not see a changed weight")
	}
	a.Std[0] *= 2
	other, err := network.New(a, set, network.ImageNet())
	if err != nil {
		t.Fatal(err)
	}
	if other.Fingerprint() == n.Fingerprint() {
		t.Error("the fingerprint does not see a changed normalisation")
	}
	if _, err := network.New(a, set, []string{"one"}); err == nil {
		t.Error("one label for 1000 classes: no error")
	}
}

// TestLabels checks the classes of the paper's objects.
func TestLabels(t *testing.T) {
	labels := network.ImageNet()
	if len(labels) != 1000 {
		t.Fatalf("%d labels", len(labels))
	}
	for i, want := range map[int]string{
		0: "tench", 404: "airliner", 413: "assault rifle", 435: "bathtub", 559: "folding chair", 579: "grand piano",
		703: "park bench", 849: "teapot", 861: "toilet seat", 883: "vase", 898: "water bottle", 968: "cup", 999: "toilet tissue",
	} {
		if labels[i] != want {
			t.Errorf("class %d is %q, want %q", i, labels[i], want)
		}
	}
}

func TestClass(t *testing.T) {
	n := open(t)
	for name, want := range map[string]int{
		"849": 849, "teapot": 849, " Teapot ": 849, "TEAPOT": 849,
		"cup": 968, "grand": 579, // a whole label before parts of others; a part of one
		"Cardigan": 264, "cardigan": 474, // two labels that differ in case only
		"0": 0, "999": 999,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := n.Class(name); err != nil || got != want {
				t.Errorf("class %q is %d (error %v), want %d", name, got, err, want)
			}
		})
	}
	for name, c := range map[string]struct {
		says    string
		offered int // a candidate; −1 for none
	}{
		"":       {"no class given", -1},
		"1000":   {"outside 0…999", -1},
		"-1":     {"outside 0…999", -1},
		"teepot": {`"teapot" (849)`, 849},
		"pinao":  {`"grand piano" (579)`, 579},
	} {
		t.Run("unknown "+name, func(t *testing.T) {
			var unknown *network.UnknownClassError
			_, err := n.Class(name)
			if !errors.As(err, &unknown) || unknown.Class != name || unknown.Network != n.Name || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want one with %q", err, c.says)
			}
			offers(t, unknown.Candidates, c.offered)
		})
	}
	for name, c := range map[string]struct {
		says    string
		offered int
	}{
		"CARDIGAN": {`"Cardigan" (264) or "cardigan" (474)`, 474},
		"bottle":   {"ambiguous", 898},
		"e":        {"others", 849},
	} {
		t.Run("ambiguous "+name, func(t *testing.T) {
			var ambiguous *network.AmbiguousClassError
			_, err := n.Class(name)
			if !errors.As(err, &ambiguous) || ambiguous.Class != name || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("error %v, want one with %q", err, c.says)
			}
			offers(t, ambiguous.Candidates, c.offered)
		})
	}
	twins := *n
	twins.Labels = []string{"crane", "crane", "Crane"}
	if _, err := twins.Class("crane"); err == nil || !strings.Contains(err.Error(), `"crane" (0) or "crane" (1), by the number`) {
		t.Errorf("a label of two classes: error %v", err)
	}
	if got := n.Label(849); got != "teapot" {
		t.Errorf("label of 849 is %q", got)
	}
	if got := n.Label(1000); got != "class 1000" {
		t.Errorf("label of 1000 is %q", got)
	}
}

// offers checks that a class is among the candidates of an error, or that there
// are none.
func offers(t *testing.T, candidates []network.ClassCandidate, class int) {
	t.Helper()
	if class < 0 && len(candidates) == 0 {
		return
	}
	if !slices.ContainsFunc(candidates, func(c network.ClassCandidate) bool { return c.Class == class && c.Label != "" }) {
		t.Errorf("candidates %v, want class %d among them", candidates, class)
	}
}

func TestTopK(t *testing.T) {
	n := open(t)
	p := make([]float32, 1000)
	p[849], p[968], p[3] = 0.5, 0.25, 0.25
	top := n.TopK(p, 3)
	if len(top) != 3 || top[0] != (network.Prediction{Class: 849, Label: "teapot", Probability: 0.5}) || top[1].Class != 3 || top[2].Class != 968 {
		t.Errorf("top 3 are %v", top)
	}
	if top := n.TopK(p[:2], 5); len(top) != 2 {
		t.Errorf("top 5 of two are %v", top)
	}
}

func TestParsePreprocess(t *testing.T) {
	for name, want := range map[string]network.Preprocess{
		"": network.Standard, "standard": network.Standard, "Raw": network.Raw, "ImageNet": "imagenet",
		" mean = 0.5,0.5,0.50; std = 1,1,2 ": "mean=0.5,0.5,0.5;std=1,1,2",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := network.ParsePreprocess(name); err != nil || got != want {
				t.Errorf("%q is %q, error %v", name, got, err)
			}
		})
	}
	for name, part := range map[string]string{
		"mean=0,0;std=1,1,1":     "has 2 values",
		"mean=0,0,x;std=1,1,1":   `"x" is not a number`,
		"mean=0,0,0;std=1,0,1":   "std positive",
		"mean=0,0,nan;std=1,1,1": "invalid",
		"mean=0,0,0;std=1,inf,1": "invalid",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := network.ParsePreprocess(name); err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q: error %v, want one with %q", name, err, part)
			}
		})
	}
	for _, name := range []string{"imagenets", "mean=0,0,0", "std=1,1,1;mean=0,0,0"} {
		t.Run("unknown "+name, func(t *testing.T) {
			var unknown *enum.UnknownError
			if _, err := network.ParsePreprocess(name); !errors.As(err, &unknown) || unknown.Name != name || !strings.Contains(err.Error(), "choose standard, raw, imagenet, ") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestReadLabels(t *testing.T) {
	for name, text := range map[string]string{
		"lines.txt":   "\ufeff# two\ncat\r\n\n dog \n",
		"array.json":  `["cat", "dog"]`,
		"object.json": `{"1": "dog", "0": "cat"}`,
		"config.json": `{"architectures": ["x"], "id2label": {"0": "cat", "1": "dog"}}`,
		"keras.json":  `{"1": ["n02", "dog"], "0": ["n01", "cat"]}`,
		"folder.json": `{"dog": 1, "cat": 0}`,
		"inside.json": `{"class_to_idx": {"dog": 1, "cat": 0}}`,
		"train.json":  `{"label2id": {"dog": 1, "cat": 0}, "other": [1]}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if labels, err := network.ReadLabels(path); err != nil || !slices.Equal(labels, []string{"cat", "dog"}) {
				t.Errorf("%q, error %v", labels, err)
			}
		})
	}
	for text, part := range map[string]string{
		"": "no labels", "\xff\xfe": "not UTF-8 text", `{"0": "cat", "2": "dog"}`: `"2" is not one of the indices 0…1`,
		`["cat"`: "unexpected end", `{"0": ""}`: "class 0 has no name",
		`{"cat": 0, "dog": 0}`: `"0" is not one of the indices 0…1, or is there twice`, `{"cat": {}}`: "an entry is neither a name",
		`{"cat": 0.5}`: "a key is not one of the indices",
	} {
		t.Run(part, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "labels")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if labels, err := network.ReadLabels(path); err == nil || !strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), path) {
				t.Errorf("%q: labels %q, error %v", text, labels, err)
			}
		})
	}
	if _, err := network.ReadLabels("missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: error %v", err)
	}
}

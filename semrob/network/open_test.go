package network_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/lite0"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// writeWeights writes a set as a safetensors file and returns its path.
func writeWeights(t *testing.T, set weights.Set) string {
	t.Helper()
	file, err := weights.Encode(set, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "weights.safetensors")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOpenFile(t *testing.T) {
	set, err := lite0.Weights()
	if err != nil {
		t.Fatal(err)
	}
	path := writeWeights(t, set)
	want := open(t).Fingerprint()
	for _, name := range []string{path, "EfficientNet_Lite0=" + path} { // found from its parameters, and named
		n, err := network.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if n.Name != "efficientnet-lite0" || n.Fingerprint() != want {
			t.Errorf("%s: %s with the fingerprint %s, want %s", name, n.Name, n.Fingerprint(), want)
		}
	}
	delete(set, "_fc.bias")
	set["head.bias"] = weights.Tensor{Shape: []int{2}, Data: make([]float32, 2)}
	set["_bn0.weight"] = weights.Tensor{Shape: []int{31}, Data: make([]float32, 31)}
	path = writeWeights(t, set)
	for _, name := range []string{path, "efficientnet-lite0=" + path} {
		_, err := network.Open(name)
		for _, part := range []string{path, "efficientnet-lite0", "1 missing (_fc.bias)", "_bn0.weight [31] instead of [32]", "1 not of this network (head.bias)"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error %v does not say %q", name, err, part)
			}
		}
	}
}

// TestOpenNotFinite checks that weights which would make every probability NaN
// are refused on opening.
func TestOpenNotFinite(t *testing.T) {
	set, err := lite0.Weights()
	if err != nil {
		t.Fatal(err)
	}
	set["_fc.bias"].Data[7] = float32(math.NaN())
	path := writeWeights(t, set)
	_, err = network.Open(path)
	for _, part := range []string{path, "_fc.bias", "NaN"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error %v does not say %q", err, part)
		}
	}
}

func TestOpenOptions(t *testing.T) {
	labels := filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(labels, []byte(strings.Repeat("thing\n", 999)+"last\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := network.OpenWith(t.Context(), "efficientnet-lite0", network.OpenOptions{Labels: labels, InputSize: 192})
	if err != nil {
		t.Fatal(err)
	}
	if n.Label(999) != "last" || n.InputSize != 192 {
		t.Errorf("label %q, %d px", n.Label(999), n.InputSize)
	}
	for _, size := range []int{-1, 1 << 20} {
		if _, err := network.OpenWith(t.Context(), "efficientnet-lite0", network.OpenOptions{InputSize: size}); err == nil || !strings.Contains(err.Error(), "input size") {
			t.Errorf("input size %d: error %v", size, err)
		}
	}
	two := filepath.Join(t.TempDir(), "labels.json")
	if err := os.WriteFile(two, []byte(`["a", "b"]`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := network.OpenWith(t.Context(), "efficientnet-lite0", network.OpenOptions{Labels: two}); err == nil || !strings.Contains(err.Error(), "1000 classes") {
		t.Errorf("two labels for 1000 classes: error %v", err)
	}
}

// TestOpenOptionsText checks the options' JSON, which is a part of descriptions
// and keys, and that unknown names are refused.
func TestOpenOptionsText(t *testing.T) {
	for text, options := range map[string]network.OpenOptions{
		`{}`: {},
		`{"architecture":"resnet18","labels":"l.txt","input_size":64,"layout":"nhwc","output":"probabilities"}`: {
			Architecture: "resnet18", Labels: "l.txt", InputSize: 64, Layout: "nhwc", Output: "probabilities"},
	} {
		data, err := json.Marshal(options)
		if err != nil || string(data) != text {
			t.Errorf("%s, error %v; want %s", data, err, text)
		}
		var again network.OpenOptions
		if err := json.Unmarshal(data, &again); err != nil || again != options {
			t.Errorf("%s is read as %+v, error %v", data, again, err)
		}
	}
	for _, text := range []string{`{"layout":"hwc"}`} {
		var unknown *enum.UnknownError
		if err := json.Unmarshal([]byte(text), &network.OpenOptions{}); !errors.As(err, &unknown) {
			t.Errorf("%s: error %v", text, err)
		}
	}
}

// TestOpenNotFetched checks that the error says how to fetch.
func TestOpenNotFetched(t *testing.T) {
	t.Setenv(fetch.Variable, t.TempDir())
	if _, err := network.Open("efficientnet_lite1"); !errors.Is(err, network.ErrNoWeights) || !strings.Contains(err.Error(), "semrob network fetch efficientnet-lite1") {
		t.Errorf("error %v", err)
	}
	if network.OnDisk("efficientnet-lite1") || !network.OnDisk("efficientnet_lite0") {
		t.Error("OnDisk is wrong")
	}
}

// TestOpenOtherClasses opens weights whose last layer knows the first ten
// classes only: their probabilities are the softmax of the first ten logits.
func TestOpenOtherClasses(t *testing.T) {
	set, err := lite0.Weights()
	if err != nil {
		t.Fatal(err)
	}
	const classes = 10
	weight, bias := set["_fc.weight"], set["_fc.bias"]
	set["_fc.weight"] = weights.Tensor{Shape: []int{classes, weight.Shape[1]}, Data: weight.Data[:classes*weight.Shape[1]]}
	set["_fc.bias"] = weights.Tensor{Shape: []int{classes}, Data: bias.Data[:classes]}
	path := writeWeights(t, set)
	images := golden.Images(224)
	var of [2][]float32 // the ten's logits, and all
	for i, name := range []string{path, "efficientnet-lite0"} {
		n, err := network.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 && (len(n.Labels) != classes || n.Label(9) != "class 9") {
			t.Errorf("labels %q", n.Labels)
		}
		c, err := n.Compile(xlatest.Open(t), network.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Finalize()
		if of[i], err = c.Logits(t.Context(), images, len(images)/(224*224*3)); err != nil {
			t.Fatal(err)
		}
	}
	for i, z := range of[0] {
		want := of[1][i/classes*1000+i%classes]
		if math.Abs(float64(z-want)) > 1e-5*(1+math.Abs(float64(want))) {
			t.Errorf("logit %d of image %d is %g, want %g", i%classes, i/classes, z, want)
		}
	}
	ten := filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(ten, []byte("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := network.OpenWith(t.Context(), path, network.OpenOptions{Labels: ten})
	if err != nil {
		t.Fatal(err)
	}
	if n.Label(9) != "j" {
		t.Errorf("label %q", n.Label(9))
	}
}

// TestAbsentWeights checks that each error says what is missing, where, and how
// to get it.
func TestAbsentWeights(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("SEMROB_WEIGHTS", dir)
	file := filepath.Join(dir, "none")
	for name, says := range map[string][]string{
		"resnet50=" + file + ".pth":   {"resnet50", file + ".pth", "as in resnet50=", "`semrob network fetch resnet50`"},
		"ResNet50=" + file + ".bin":   {file + ".bin", "`semrob network fetch resnet50`"},
		file + ".safetensors":         {file + ".safetensors", "name an existing file", "`semrob network list`"},
		file + ".onnx":                {file + ".onnx", "name an existing file"},
		"efficientnet-lite1":          {dir, ".pth does not exist", "`semrob network fetch efficientnet-lite1`", "as in efficientnet-lite1="},
		"efficientnet-lite0=none.pth": {"none.pth", "name an existing file"},
	} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			_, err := network.Open(name)
			if !errors.Is(err, network.ErrNoWeights) {
				t.Fatalf("error %v", err)
			}
			for _, part := range says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if strings.Contains(name, "none") != errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has several lines, or does not wrap fs.ErrNotExist", err)
			}
		})
	}
}

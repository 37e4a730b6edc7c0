package network

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/lite0"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// zipped is a zip archive with empty members.
func zipped(t *testing.T, members ...string) string {
	t.Helper()
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for _, name := range members {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return file.String()
}

// TestForeignFiles checks that formats that are not read are named, whatever the
// file's ending, with what to do.
func TestForeignFiles(t *testing.T) {
	for want, text := range map[string]string{
		"GGUF":            "GGUF\x03\x00\x00\x00",
		"git lfs pull":    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
		"HTML page":       "\n<!DOCTYPE html><html>",
		"HDF5":            "\x89HDF\r\n\x1a\n",
		"TensorFlow Lite": "\x1c\x00\x00\x00TFL3",
		"Keras model":     zipped(t, "metadata.json", "config.json", "model.weights.h5"),
		"TorchScript":     zipped(t, "m/data.pkl", "m/constants.pkl"),
	} {
		for _, ending := range []string{".pth", ".safetensors", ".onnx", ".ckpt", ".h5", ""} {
			t.Run(want+ending, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "weights"+ending)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := Open(path)
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
					t.Errorf("error %v, want one with %q", err, want)
				}
			})
		}
	}
	for name, want := range map[string]string{t.TempDir(): "a folder: name", "https://example.org/resnet18.pth": "is an address: download"} {
		if _, err := Open(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestContentDecides opens weights under any name.
func TestContentDecides(t *testing.T) {
	set, err := lite0.Weights()
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Encode(set, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"model_best.pth.tar", "last.ckpt", "weights"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if n, err := Open(path); err != nil || n.Name != "efficientnet-lite0" {
				t.Errorf("network %v, error %v", n, err)
			}
		})
	}
}

// shapesOf is a set with an architecture's shapes, under changed names.
func shapesOf(t *testing.T, name string, rename func(string) string) weights.Set {
	t.Helper()
	a, err := architecture.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	set := weights.Set{}
	for _, p := range a.Parameters() {
		if name := rename(p.Name); name != "" {
			set[name] = weights.Tensor{Shape: p.Shape}
		}
	}
	return set
}

// TestPrefixes recognises architectures under the prefixes of training scripts.
func TestPrefixes(t *testing.T) {
	for _, prefix := range []string{"module.", "_orig_mod.", "model.", "net.", "backbone.", "encoder.", "module._orig_mod.", "model.net.module."} {
		t.Run(prefix, func(t *testing.T) {
			set := shapesOf(t, "resnet18", func(name string) string { return prefix + name })
			a, _, err := architectureOf(set.WithoutPrefixes(), "")
			if err != nil || a.Name != "resnet18" {
				t.Errorf("architecture %v, error %v", a, err)
			}
		})
	}
}

// TestHeads checks that weights with another last layer are refused with the reason.
func TestHeads(t *testing.T) {
	fc := func(to map[string]string) func(string) string {
		return func(name string) string {
			if other, ok := to[name]; ok {
				return other
			}
			return name
		}
	}
	for want, to := range map[string]map[string]string{
		"it is called fc.1.bias, fc.1.weight instead of fc": {"fc.weight": "fc.1.weight", "fc.bias": "fc.1.bias"},
		"a head without a bias":                             {"fc.bias": ""},
		"it has 2 layers (fc.0.weight, fc.2.bias)":          {"fc.weight": "fc.0.weight", "fc.bias": "fc.2.bias"},
	} {
		t.Run(want, func(t *testing.T) {
			_, _, err := architectureOf(shapesOf(t, "resnet18", fc(to)), "")
			if err == nil || !strings.Contains(err.Error(), "resnet18 but for its last layer") || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		})
	}
}

// TestTensorFlowVariants asks which of timm's networks a file is.
func TestTensorFlowVariants(t *testing.T) {
	a, err := architecture.Lookup("efficientnet-b0")
	if err != nil {
		t.Fatal(err)
	}
	if err := ambiguous(a, "tf_efficientnet_b0.safetensors", true); err == nil || !strings.Contains(err.Error(), "TensorFlow variants") {
		t.Errorf("a file with the name of a variant: error %v", err)
	}
	if err := ambiguous(a, "model.safetensors", false); err == nil || !strings.Contains(err.Error(), "as in efficientnet-b0=FILE") {
		t.Errorf("a file without a name: error %v", err)
	}
	if err := ambiguous(a, "model.safetensors", true); err != nil {
		t.Error(err)
	}
}

// TestOtherPools asks whether a file is the network without smoothing, whose tensors
// the one with it has too.
func TestOtherPools(t *testing.T) {
	for name := range antialiased {
		a, err := architecture.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		set := shapesOf(t, name, func(name string) string { return name })
		if _, err := fromSet("model.safetensors", set, OpenOptions{}); err == nil || !strings.Contains(err.Error(), "as in "+name+"=FILE") {
			t.Errorf("%s without a name: error %v", name, err)
		}
		if err := ambiguous(a, "model.safetensors", true); err != nil {
			t.Error(err)
		}
	}
}

// TestUnsureNormalisation asks for the normalisation of timm's vision transformers.
func TestUnsureNormalisation(t *testing.T) {
	n := &Network{Name: "vit", unsure: "give --preprocess"}
	if _, err := n.Compile(nil, Options{}); err == nil || !strings.Contains(err.Error(), "give --preprocess") {
		t.Errorf("error %v", err)
	}
}

// TestGradientError finds the error of a network without a useful gradient.
func TestGradientError(t *testing.T) {
	c := &Classifier{network: &Network{Name: "n", constant: "its operator QuantizeLinear rounds"}}
	var wrong *GradientError
	if err := c.checkGradient(t.Context(), nil, []float32{1, 0}); !errors.As(err, &wrong) || wrong.Reason == "" {
		t.Errorf("error %v", err)
	}
}

// Package golden reads the reference outputs that the networks' tests compare
// with, and generates the weights that those outputs were computed with.
package golden

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sbinet/npyio/npz"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// File is the output of an architecture with generated weights on a generated
// input of two images.
type File struct {
	InputSize int `json:"input_size"`
	Params    []weights.Parameter
	// Logits are [2][classes].
	Logits [][]float64
	// GradIndex are positions in the NCHW input, GradValue the gradient of the
	// sum over the batch of logit 7 there, GradL2 the norm of all of it.
	GradIndex []int     `json:"grad_index"`
	GradValue []float64 `json:"grad_value"`
	GradL2    float64   `json:"grad_l2"`
}

// Read returns the reference output of an architecture, such as
// "efficientnet_lite0". The test is skipped where the reference data is absent.
func Read(t testing.TB, name string) File {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testdata.Dir(t), "golden", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var f File
	if err := json.Unmarshal(text, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

// Views are pictures of meshes with the logits of a trained network on them.
type Views struct {
	// Images are [64, S, S] grey levels 0…255.
	Images []uint8
	// Logits are [64, classes].
	Logits []float32
}

// ReadViews returns the views of a network, such as "efficientnet_lite0". The
// test is skipped where the reference data is absent.
func ReadViews(t testing.TB, name string) (v Views) {
	t.Helper()
	file, err := npz.Open(filepath.Join(testdata.Dir(t), "golden", name+"_views.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for key, to := range map[string]any{"image.npy": &v.Images, "logits.npy": &v.Logits} {
		if err := file.Read(key, to); err != nil {
			t.Fatal(fmt.Errorf("%s of %s: %w", key, name, err))
		}
	}
	return v
}

// Weights returns generated values for the parameters.
func Weights(params []weights.Parameter) weights.Set {
	set := weights.Set{}
	for _, p := range params {
		set[p.Name] = weights.Tensor{Shape: p.Shape, Data: parameter(p)}
	}
	return set
}

// Images returns the generated input [2, S, S, 3], colours 0…1, NHWC.
func Images(size int) []float32 {
	nchw := uniform("image", 2*3*size*size)
	images := make([]float32, len(nchw))
	for i, u := range nchw {
		images[NHWC(i, size)] = float32((u + 1) / 2)
	}
	return images
}

// NHWC turns a position in a [batch, 3, S, S] tensor into that in
// [batch, S, S, 3].
func NHWC(i, size int) int {
	pixels := size * size
	image, channel, pixel := i/(3*pixels), i/pixels%3, i%pixels
	return (image*pixels+pixel)*3 + channel
}

// parameter returns a parameter's generated values.
func parameter(p weights.Parameter) []float32 {
	at := func(u float64) float64 { return 1 + 0.1*u }
	switch {
	case strings.HasSuffix(p.Name, "running_var"):
	case strings.HasSuffix(p.Name, "running_mean"), strings.HasSuffix(p.Name, "bias"):
		at = func(u float64) float64 { return 0.1 * u }
	case len(p.Shape) >= 2:
		bound := math.Sqrt(6 / float64(weights.Size(p.Shape[1:])))
		at = func(u float64) float64 { return bound * u }
	}
	values := make([]float32, weights.Size(p.Shape))
	for i, u := range uniform(p.Name, len(values)) {
		values[i] = float32(at(u))
	}
	return values
}

// uniform returns n numbers in [−1, 1): splitmix64 seeded with FNV-1a of name.
func uniform(name string, n int) []float64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	seed := h.Sum64()
	values := make([]float64, n)
	for i := range values {
		z := seed + uint64(i+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		values[i] = float64(z>>11)/(1<<52) - 1
	}
	return values
}

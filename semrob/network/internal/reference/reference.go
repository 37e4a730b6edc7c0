// Package reference reads golden files, the output of an architecture's PyTorch
// implementation with generated weights and images, and generates these weights
// and images.
package reference

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// File is the output of an architecture with generated weights on a generated
// input of two images.
type File struct {
	// Architecture is its name in PyTorch, such as "resnet50".
	Architecture string `json:"arch"`
	InputSize    int    `json:"input_size"`
	Params       []weights.Parameter
	// Logits are [2][classes].
	Logits [][]float64
	// GradIndex are positions in the NCHW input, GradValue the gradient there of
	// logit 7 summed over the batch, GradL2 the norm of the whole gradient.
	GradIndex []int     `json:"grad_index"`
	GradValue []float64 `json:"grad_value"`
	GradL2    float64   `json:"grad_l2"`
	// Config is the config.json of a model with towers (package tower), Tokens are its
	// prompts, [prompt][token], and Pad the token that fills them.
	Config json.RawMessage `json:"hub_config"`
	Tokens [][]int         `json:"tokens"`
	Pad    int             `json:"pad"`
}

// Images is the number of images of golden files, and Logit the logit whose
// gradient they have.
const (
	Images = 2
	Logit  = 7
)

// Read reads and checks a golden file.
func Read(path string) (File, error) {
	var f File
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return File{}, fmt.Errorf("reading the golden file %s: %w", path, err)
	}
	return f, nil
}

// Limits of golden files, far beyond real networks.
const (
	maxInputSize = 1 << 12
	maxValues    = 1 << 32 // of all parameters
)

// check reports the first missing or inconsistent part.
func (f File) check() error {
	values := Images * 3 * f.InputSize * f.InputSize
	switch {
	case f.Architecture == "":
		return errors.New(`it names no architecture: "arch" is missing`)
	case f.InputSize <= 0 || f.InputSize > maxInputSize:
		return fmt.Errorf(`"input_size" is %d: it must be 1…%d`, f.InputSize, maxInputSize)
	case len(f.Params) == 0:
		return errors.New(`it lists no parameters: "params" is missing`)
	case len(f.Logits) != Images || len(f.Logits[0]) <= Logit || len(f.Logits[1]) != len(f.Logits[0]):
		return fmt.Errorf(`"logits" are not those of %d images with more than %d classes`, Images, Logit)
	case len(f.GradIndex) == 0 || len(f.GradIndex) != len(f.GradValue):
		return fmt.Errorf(`%d "grad_value" for %d "grad_index": the numbers must be equal and positive`, len(f.GradValue), len(f.GradIndex))
	case !(f.GradL2 > 0):
		return fmt.Errorf(`"grad_l2" is %g: it must be positive`, f.GradL2)
	}
	for _, at := range f.GradIndex {
		if at < 0 || at >= values {
			return fmt.Errorf(`"grad_index" %d is outside the %d values of the images`, at, values)
		}
	}
	return f.checkParams()
}

// checkParams reports duplicate parameters and impossible shapes.
func (f File) checkParams() error {
	known, left := map[string]bool{}, maxValues
	for _, p := range f.Params {
		if known[p.Name] {
			return fmt.Errorf(`"params" has %s twice`, p.Name)
		}
		known[p.Name] = true
		size := 1
		for _, n := range p.Shape {
			if n < 1 || n > left/size {
				return fmt.Errorf(`"params" has %s in the shape %v: axes must be positive, and all parameters together have at most %d values`, p.Name, p.Shape, maxValues)
			}
			size *= n
		}
		left -= size
	}
	return nil
}

// Weights returns generated values for the parameters.
func Weights(params []weights.Parameter) weights.Set {
	set := weights.Set{}
	for _, p := range params {
		set[p.Name] = weights.Tensor{Shape: p.Shape, Data: parameter(p)}
	}
	return set
}

// Input returns the generated images [2, S, S, 3], colours 0…1, NHWC.
func Input(size int) []float32 {
	images := make([]float32, Images*3*size*size)
	u := uniform("image")
	for i := range images {
		images[NHWC(i, size)] = float32((u(i) + 1) / 2)
	}
	return images
}

// NHWC converts a position in a [batch, 3, S, S] tensor to one in
// [batch, S, S, 3].
func NHWC(i, size int) int {
	pixels := size * size
	image, channel, pixel := i/(3*pixels), i/pixels%3, i%pixels
	return (image*pixels+pixel)*3 + channel
}

// parameter returns a parameter's generated values.
func parameter(p weights.Parameter) []float32 {
	offset, scale := 1.0, 0.1
	switch {
	case strings.HasSuffix(p.Name, "running_var"):
	case strings.HasSuffix(p.Name, "running_mean"), strings.HasSuffix(p.Name, "bias"):
		offset = 0
	case len(p.Shape) >= 2:
		offset, scale = 0, math.Sqrt(6/float64(weights.Size(p.Shape[1:])))
	}
	values := make([]float32, weights.Size(p.Shape))
	u := uniform(p.Name)
	for i := range values {
		values[i] = float32(offset + scale*u(i))
	}
	return values
}

// uniform returns the sequence of numbers in [−1, 1) of a name: splitmix64
// seeded with its FNV-1a hash.
func uniform(name string) func(i int) float64 {
	h := fnv.New64a()
	h.Write([]byte(name)) // a hash.Hash never returns an error
	seed := h.Sum64()
	return func(i int) float64 {
		z := seed + uint64(i+1)*0x9E3779B97F4A7C15
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		return float64(z>>11)/(1<<52) - 1
	}
}

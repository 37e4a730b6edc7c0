package network

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/network/onnx"
)

// Comparison is how far a network is from given scores.
type Comparison struct {
	// Images and Classes are the numbers of images and classes.
	Images, Classes int
	// Output is the largest error of a score, relative to the largest score's size.
	Output float64
	// Probability is the largest error of a probability, that of the softmax of the
	// scores or the sigmoid of a single one, unless the scores are probabilities.
	Probability float64
	// Gradient is the same of the gradient; NaN if none was given.
	Gradient float64
}

// Compare compares a network with the arrays of a file of NumPy's: "input", images
// in the network's own layout, type and range (for weights files [image, 3, S, S],
// normalised), and "output", its scores. "gradient", if present, is that of the sum
// over the images of output[:, gradient_class] with respect to input.
func (n *Network) Compare(ctx context.Context, backend compute.Backend, path string) (*Comparison, error) {
	file, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	r, err := n.compare(ctx, backend, file)
	if err != nil {
		return nil, fmt.Errorf("comparing the network %s with %s: %w", n.Name, path, err)
	}
	return r, nil
}

func (n *Network) compare(ctx context.Context, backend compute.Backend, file npz.File) (r *Comparison, err error) {
	if n.host != nil {
		return nil, errors.New("it is computed outside of this program: compare files of weights and ONNX models")
	}
	form := onnx.Form{NCHW: true}
	if n.own != nil {
		form = *n.own
	}
	input, dims, err := file.Float64s("input")
	if err != nil {
		return nil, err
	}
	want, _, err := file.Float64s("output")
	if err != nil {
		return nil, err
	}
	s := n.InputSize
	own := []int{s, s, 3}
	if form.NCHW {
		own = []int{3, s, s}
	}
	if len(dims) != 4 || dims[0] < 1 || [3]int(dims[1:]) != [3]int(own) {
		return nil, fmt.Errorf("its input has the shape %v: the network takes [images, %d, %d, %d]", dims, own[0], own[1], own[2])
	}
	images := dims[0]
	if classes := len(n.Labels); len(want) != images*classes {
		return nil, fmt.Errorf("its output has %d values: the network returns %d for each of %d images", len(want), classes, images)
	}
	var gradientWant []float64
	class := 0
	if _, ok := file["gradient"]; ok {
		if gradientWant, _, err = file.Float64s("gradient"); err != nil {
			return nil, err
		}
		which, _, err := file.Float64s("gradient_class")
		if err != nil {
			return nil, err
		}
		if len(which) != 1 || which[0] < 0 || int(which[0]) >= len(n.Labels) || len(gradientWant) != len(input) {
			return nil, errors.New("its gradient has another size than its input, or gradient_class is no class")
		}
		class = int(which[0])
	}
	if n.whole != nil {
		together := *n
		together.graph = n.whole
		n = &together
	}
	placed, err := n.Place(backend)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, placed.Finalize()) }()
	var results [][]float64
	caught := exceptions.TryCatch[error](func() {
		results, err = n.scores(backend, placed, form, input, dims, class, gradientWant != nil)
	})
	if err = errors.Join(err, caught, ctx.Err()); err != nil {
		return nil, err
	}
	r = &Comparison{Images: images, Classes: len(n.Labels), Output: worst(results[0], want), Gradient: math.NaN()}
	are := n.output == Probabilities || form.End == "Softmax" || form.End == "Sigmoid"
	r.Probability = furthest(results[0], want, r.Classes, are)
	if gradientWant != nil {
		r.Gradient = worst(results[1], gradientWant)
	}
	return r, nil
}

// scores returns the network's own scores of images in its own form, and, if wanted,
// the gradient of a class.
func (n *Network) scores(backend compute.Backend, placed *Placed, form onnx.Form, input []float64, dims []int, class int, gradient bool) ([][]float64, error) {
	g := graph.NewGraph(backend, "compare")
	defer g.Finalize()
	x := graph.Parameter(g, imagesParameter, shapes.Make(dtypes.Float32, dims...))
	images := x
	if form.NCHW {
		images = graph.TransposeAllAxes(x, 0, 2, 3, 1)
	}
	var y *graph.Node
	switch form.End {
	case "Softmax", "Sigmoid":
		y = placed.Probabilities(images, Raw)
	case "LogSoftmax":
		y = graph.Log(placed.Probabilities(images, Raw))
	default:
		y = placed.result(images, Raw)
	}
	outputs := []*graph.Node{y}
	if gradient {
		sum := graph.ReduceAllSum(graph.Slice(y, graph.AxisRange(), graph.AxisElem(class)))
		outputs = append(outputs, graph.Gradient(sum, x)[0])
	}
	if err := g.Compile(outputs...); err != nil {
		return nil, err
	}
	inputs, donate := make([]compute.Buffer, g.NumParameters()), make([]bool, g.NumParameters())
	if err := placed.Feed(g, inputs, donate); err != nil {
		return nil, err
	}
	buffer, err := backend.BufferFromFlatData(device, npz.Float32s(input), x.Shape())
	if err != nil {
		return nil, err
	}
	inputs[x.GetParameterHandle()] = buffer
	results, err := g.Executable().Execute(inputs, donate, device)
	if err = errors.Join(err, buffer.Finalize()); err != nil {
		return nil, err
	}
	var all [][]float64
	for _, b := range results {
		t, err := tensors.FromBuffer(b)
		if err != nil {
			return nil, err
		}
		var values []float64
		for _, v := range tensors.MustCopyFlatData[float32](t) {
			values = append(values, float64(v))
		}
		if err := t.FinalizeAll(); err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, nil
}

// furthest returns the largest difference between the probabilities of two sets of
// scores; are is whether the scores are probabilities.
func furthest(got, want []float64, classes int, are bool) float64 {
	off := 0.0
	for first := 0; first < len(want); first += classes {
		a, b := got[first:first+classes], want[first:first+classes]
		if !are {
			a, b = softmax(a), softmax(b)
		}
		for k := range b {
			d := math.Abs(a[k] - b[k])
			if math.IsNaN(d) {
				return math.Inf(1)
			}
			off = max(off, d)
		}
	}
	return off
}

// softmax is that of an image's scores, the sigmoid of a single one.
func softmax(scores []float64) []float64 {
	p := make([]float64, len(scores))
	if len(scores) == 1 {
		p[0] = 1 / (1 + math.Exp(-scores[0]))
		return p
	}
	largest, sum := slices.Max(scores), 0.0
	for k, s := range scores {
		p[k] = math.Exp(s - largest)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return p
}

// worst returns the largest error relative to the size of the largest wanted value.
func worst(got, want []float64) float64 {
	off, largest := 0.0, 0.0
	for i, w := range want {
		d := math.Abs(got[i] - w)
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		off, largest = max(off, d), max(largest, math.Abs(w))
	}
	if off == 0 {
		return 0
	}
	return off / largest
}

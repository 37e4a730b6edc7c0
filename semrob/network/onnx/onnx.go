// Package onnx turns ONNX models into image classifiers, as computation graphs of
// GoMLX.
//
// The layout and size of the images are found from the model's input, the logits
// from its outputs: a final softmax is removed. Models exported for one image at a
// time are changed to take any number.
//
// An operator is computed as the standard says, attributes and all, or the model is
// refused with its name. Models of type float16, bfloat16 and double are computed in
// float32, or in the precision of the network.
package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/internal/enum"
)

// Constant is a weight of a model.
type Constant struct {
	Name  string
	Shape shapes.Shape
	Data  any // flat, a slice of the shape's type
}

// Form is the form of a model's own images.
type Form struct {
	// NCHW is whether they are [image, channel, height, width].
	NCHW bool
	// Bytes is whether they have type uint8, colours 0…255.
	Bytes bool
	// End is the operator that turns Model's scores into the file's: "Softmax",
	// "LogSoftmax", "Sigmoid", or "" if they are the same.
	End string
}

// Model is an image classifier. It is safe for concurrent use.
type Model struct {
	// InputSize is the height and width of the images.
	InputSize int
	Form
	// Classes is the number of outputs per image.
	Classes int
	// Output is what the model returns, Logits or Probabilities.
	Output Output
	// Quantised is the name of an operator that rounds values that depend on the
	// images, so that the scores have no useful gradient; "" if there is none.
	Quantised string
	// Constants are the weights.
	Constants []Constant
	// Fingerprint is a hash of the file, of its external weights files, and of the
	// options.
	Fingerprint string

	file  *file
	nodes []*node
	// small are the initializers that are not weights.
	small  map[string]*tensors.Tensor
	output string
	// fixed is the number of images that the file is for, 0 for any; piece is that
	// which the graph must have, 0 for any.
	fixed, piece int
}

// version increases whenever the graph of a model changes in its numbers.
const version = 3

// folding is the backend that computes constants and finds shapes.
var folding = sync.OnceValues(func() (compute.Backend, error) { return gobackend.New("") })

// Open reads a model from a file, and its weights from the same file or from
// others in the same folder. Its error lists all unsupported operators.
func Open(path string, options Options) (m *Model, err error) {
	opened, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening an ONNX model: %w", err)
	}
	defer opened.Close()
	about, err := opened.Stat()
	if err == nil && !about.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return nil, fmt.Errorf("opening the ONNX model %s: %w", path, err)
	}
	from := source{folder: filepath.Dir(path), file: opened}
	if caught := exceptions.TryCatch[error](func() { m, err = openFrom(from, about.Size(), options) }); caught != nil {
		err = errors.New(firstLine(caught))
	}
	if err != nil {
		return nil, fmt.Errorf("opening the ONNX model %s: %w", path, err)
	}
	return m, nil
}

// openFrom reads a model of a number of bytes. Its file is needed until it returns.
func openFrom(from source, size int64, options Options) (*Model, error) {
	options, err := options.normal()
	if err != nil {
		return nil, err
	}
	data, err := shrunk(from.file, size)
	if err != nil {
		return nil, err
	}
	f, err := read(data)
	if err != nil {
		return nil, err
	}
	elsewhere, err := f.digest(from.folder)
	if err != nil {
		return nil, err
	}
	m := &Model{file: f, Form: Form{Bytes: f.kind == typeUint8}, fixed: max(int(f.dims[0]), 0)}
	if err := m.arrange(f.dims, options); err != nil {
		return nil, err
	}
	if err := m.choose(from, options); err != nil {
		return nil, err
	}
	if err := m.load(from); err != nil {
		return nil, err
	}
	f.graph, f.initializers = nil, nil
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(from.file, 0, size)); err != nil {
		return nil, err
	}
	fmt.Fprintf(sum, "\n%d %+v", version, options)
	sum.Write(elsewhere)
	m.Fingerprint = hex.EncodeToString(sum.Sum(nil))
	return m, nil
}

// maxSide limits the height and width of images.
const maxSide = 1 << 13

// arrange finds layout and size from the input's dimensions.
func (m *Model) arrange(dims []int64, options Options) error {
	switch layout := options.Layout; {
	case layout == NCHW, layout == "" && dims[1] == 3 && dims[3] != 3:
		m.NCHW = true
	case layout == NHWC, layout == "" && dims[3] == 3 && dims[1] != 3:
	default:
		return fmt.Errorf("the shape of its input, %v (−1 is any), does not show the position of the colour channels: give the layout, %s (--layout)", dims, Layouts)
	}
	channels, sides := dims[3], dims[1:3]
	if m.NCHW {
		channels, sides = dims[1], dims[2:]
	}
	if channels > 0 && channels != 3 {
		return fmt.Errorf("its input is %v: images have 3 channels, not %d", dims, channels)
	}
	for _, side := range sides {
		if side < 0 {
			side = int64(options.InputSize)
		}
		switch {
		case side <= 0:
			return fmt.Errorf("it takes images of any size: give an input size, such as 224 (--input-size)")
		case options.InputSize > 0 && side != int64(options.InputSize):
			return fmt.Errorf("its images have %d pixels a side, not the input size %d", side, options.InputSize)
		case side > maxSide:
			return fmt.Errorf("its images have %d pixels a side: the limit is %d", side, maxSide)
		case m.InputSize > 0 && m.InputSize != int(side):
			return fmt.Errorf("its images have %d×%d pixels: they must be square", sides[0], sides[1])
		}
		m.InputSize = int(side)
	}
	return nil
}

// choose finds the output that has the scores, and builds the graph for it.
func (m *Model) choose(from source, options Options) error {
	f := m.file
	named := options.Output != "" && options.Output != Logits && options.Output != Probabilities
	outputs := f.outputs
	if named {
		if !slices.Contains(f.outputs, string(options.Output)) {
			return &enum.UnknownError{What: "output", Name: string(options.Output), Known: append([]string{string(Logits), string(Probabilities)}, f.outputs...)}
		}
		outputs = []string{string(options.Output)}
	}
	var fitting []*Model
	var list []string
	var first error
	for _, output := range outputs {
		candidate := *m
		shape, err := candidate.fit(output, from, options, named || len(outputs) == 1)
		if err == nil {
			fitting = append(fitting, &candidate)
		} else if first == nil {
			first = err
		}
		if shape != nil {
			list = append(list, fmt.Sprintf("%q %v", output, shape))
		} else {
			list = append(list, fmt.Sprintf("%q", output))
		}
	}
	switch len(fitting) {
	case 0:
		if len(outputs) > 1 {
			return fmt.Errorf("none of its outputs, %s, has scores [images, classes]: %w", strings.Join(list, ", "), first)
		}
		return first
	case 1:
		*m = *fitting[0]
		return nil
	}
	return fmt.Errorf("it has several outputs that may be the scores of the classes: name one (--output NAME) of %s", strings.Join(list, ", "))
}

// fit prepares the model for an output, and returns its shape. certain is whether
// the output is the one that was asked for or the only one.
func (m *Model) fit(output string, from source, options Options, certain bool) (shape []int, err error) {
	f := m.file
	m.output, m.Output = output, Logits
	if options.Output == Probabilities {
		m.Output = Probabilities
	}
	if options.Output == "" || options.Output != Logits && options.Output != Probabilities {
		for _, end := range []string{"Softmax", "LogSoftmax"} {
			if scores, ok := f.atEnd(output, end); ok {
				m.output, m.End = scores, end
			}
		}
	}
	if n := f.producers[output]; n != nil && n.op == "TopK" && !certain {
		return nil, errors.New("it is the result of TopK")
	}
	m.nodes = f.needed(m.output)
	counts := map[string]int{}
	f.unsupported(m.nodes, counts, 0)
	if len(counts) > 0 {
		hint := "export it without them, or with another opset"
		for name := range counts {
			if strings.HasPrefix(name, microsoft) {
				hint = "ONNX Runtime's optimiser wrote some of them: export it without optimisation level extended or all"
			}
		}
		return nil, fmt.Errorf("it uses unsupported operators: %s; %s", listed(counts), hint)
	}
	if m.small == nil {
		m.small = map[string]*tensors.Tensor{}
		e := evaluation{}
		for name, t := range f.initializers {
			if !isWeight(t) && t.integer(tensorType) != 8 {
				m.small[name] = e.tensor(t, from)
			}
		}
	}
	shape, err = m.fitBatch()
	if err != nil {
		return shape, err
	}
	if slices.ContainsFunc(m.nodes, func(n *node) bool { return slices.Contains(ranging, n.op) }) {
		if m.fixed > 1 {
			return shape, fmt.Errorf("it rounds by the range of the values of %d images, so that the scores of an image depend on the others: export it for one image", m.fixed)
		}
		m.piece = 1
	}
	if scores, ok := f.atEnd(output, "Sigmoid"); ok && (options.Output == "" || options.Output != Logits && options.Output != Probabilities) {
		if m.Classes > 1 {
			return shape, errors.New("it ends in a sigmoid for each class: give its output (--output), logits or probabilities")
		}
		m.output, m.nodes, m.End = scores, f.needed(scores), "Sigmoid"
	}
	for _, n := range m.nodes {
		if slices.Contains(rounding, n.op) {
			m.Quantised = n.op
		}
	}
	return shape, nil
}

// rounding are the operators that make a model's scores constant almost everywhere.
var rounding = []string{"QuantizeLinear", "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "QGemm", "DynamicQuantizeMatMul"}

// ranging are the operators that round by the range of all values, of other images
// too. Their models compute each image alone.
var ranging = []string{"DynamicQuantizeLinear", "DynamicQuantizeMatMul"}

// fitBatch makes a model that takes any number of images, or, if that fails, one
// that takes the file's fixed number.
func (m *Model) fitBatch() ([]int, error) {
	several := 2 * max(m.fixed, 1)
	shape, err := m.shapeOf(several)
	if err == nil && shape.Rank() > 1 && shape.Dimensions[0] == several {
		dims := shape.Dimensions
		if m.Classes = size(dims[1:]); slices.Max(dims[1:]) != m.Classes || m.Classes == 0 || !shape.DType.IsFloat() {
			return dims, fmt.Errorf("for %d images it returns %v%s: a classifier returns [images, classes]", several, dims, otherType(shape.DType))
		}
		return dims, nil
	}
	if m.fixed <= 0 {
		if err != nil {
			return nil, err
		}
		return shape.Dimensions, fmt.Errorf("for %d images it returns %v: a classifier returns [images, classes]", several, shape.Dimensions)
	}
	m.piece = m.fixed
	if shape, err = m.shapeOf(m.fixed); err != nil {
		return nil, err
	}
	dims := shape.Dimensions
	longest := 0
	if len(dims) > 0 {
		longest = slices.Max(dims)
	}
	m.Classes = size(dims) / m.fixed
	if m.Classes*m.fixed != size(dims) || m.Classes == 0 || !shape.DType.IsFloat() || longest != m.Classes && longest != m.fixed && len(dims) != 1 {
		return dims, fmt.Errorf("for %d images it returns %v%s: a classifier returns [images, classes]", m.fixed, dims, otherType(shape.DType))
	}
	return dims, nil
}

// otherType names a type other than that of scores, for a message.
func otherType(dtype dtypes.DType) string {
	if dtype.IsFloat() {
		return ""
	}
	return " of type " + strings.ToLower(dtype.String())
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// load reads the weights that the nodes use.
func (m *Model) load(from source) error {
	used := map[string]bool{m.output: true}
	branches := false
	for _, n := range m.nodes {
		branches = branches || n.op == "If" // whose branches may use any
		for _, in := range n.inputs {
			used[in] = true
		}
	}
	for _, name := range m.file.weights() {
		if !used[name] && !branches {
			continue
		}
		flat, dims, err := decode(m.file.initializers[name], from)
		if err != nil {
			return fmt.Errorf("reading its weights: %w", err)
		}
		values, _ := floats32(flat)
		m.Constants = append(m.Constants, Constant{Name: name, Shape: shapes.Make(dtypes.Float32, dims...), Data: values})
	}
	return nil
}

// weights returns the names of the initializers that are weights, in order.
func (f *file) weights() []string {
	var names []string
	for name, t := range f.initializers {
		if isWeight(t) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// shapeOf returns the shape of the output for a number of images, without computing
// anything.
func (m *Model) shapeOf(images int) (shape shapes.Shape, err error) {
	backend, err := folding()
	if err != nil {
		return shape, fmt.Errorf("opening the backend that finds shapes: %w", err)
	}
	err = exceptions.TryCatch[error](func() {
		g := graph.NewGraph(backend, "shape")
		defer g.Finalize()
		nodes := map[string]*graph.Node{}
		for _, name := range m.file.weights() {
			dims, _, err := sizeOf(m.file.initializers[name])
			if err != nil {
				panic(err)
			}
			nodes[name] = graph.Parameter(g, name, shapes.Make(dtypes.Float32, dims...))
		}
		pictures := graph.Parameter(g, "semrob:images", shapes.Make(dtypes.Float32, images, m.InputSize, m.InputSize, 3))
		shape = m.call(nodes, pictures).Shape().Clone()
	})
	if err != nil {
		err = errors.New(firstLine(err))
	}
	return shape, err
}

// Batch is the number of images that the graph computes at a time; 0 is any. Graph
// repeats the model for more.
func (m *Model) Batch() int { return m.piece }

// Graph adds the model to the graph of normalised images [batch, S, S, 3], NHWC,
// and returns [batch, classes], both of one floating-point type. constants are the
// nodes of Constants by name. Like GoMLX's graph functions it panics on shapes that
// do not fit.
func (m *Model) Graph(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
	batch, dtype := images.Shape().Dimensions[0], images.DType()
	if m.piece == 0 {
		return graph.ConvertDType(graph.Reshape(m.call(constants, images), batch, m.Classes), dtype)
	}
	var parts []*graph.Node
	for first := 0; first < batch; first += m.piece {
		part := graph.Slice(images, graph.AxisRange(first, min(first+m.piece, batch)))
		missing := m.piece - part.Shape().Dimensions[0]
		if missing > 0 { // pad with the first image
			one := graph.Slice(images, graph.AxisRange(0, 1))
			part = graph.Concatenate(append([]*graph.Node{part}, slices.Repeat([]*graph.Node{one}, missing)...), 0)
		}
		result := graph.Reshape(m.call(constants, part), m.piece, m.Classes)
		parts = append(parts, graph.Slice(result, graph.AxisRange(0, m.piece-missing)))
	}
	return graph.ConvertDType(graph.Concatenate(parts, 0), dtype)
}

// Whole is Graph for the number of images as it is, as the file's own runtime
// computes it: models that round by the range of their values then return other
// scores for several images than for one.
func (m *Model) Whole(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
	if m.fixed > 0 {
		return m.Graph(constants, images)
	}
	return graph.ConvertDType(graph.Reshape(m.call(constants, images), images.Shape().Dimensions[0], m.Classes), images.DType())
}

// call adds the model once.
func (m *Model) call(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
	backend, err := folding()
	if err != nil {
		panic(err)
	}
	batch := images.Shape().Dimensions[0]
	if m.NCHW {
		images = graph.TransposeAllAxes(images, 0, 3, 1, 2)
	}
	e := &evaluation{
		g: images.Graph(), folder: backend, working: images.DType(), opset: m.file.opset, functions: m.file.functions,
		values: map[string]*value{m.file.input: {node: images, images: true}}, batch: batch,
	}
	if m.fixed > 0 && batch != m.fixed {
		e.fixed = m.fixed
	}
	for name, t := range m.small {
		e.values[name] = &value{constant: t}
	}
	for name, node := range constants {
		e.values[name] = &value{node: node}
	}
	e.run(m.nodes)
	result := e.values[m.output]
	if result == nil {
		refuse("its output %q is missing", m.output)
	}
	if result.constant != nil {
		return graph.Const(e.g, result.constant)
	}
	return result.node
}

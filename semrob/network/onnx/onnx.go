// Package onnx turns ONNX models into image classifiers, through onnx-gomlx.
//
// The layout and size of the images are found from the model's input, the logits
// from its output: a final softmax is removed. Models exported for one image at a
// time are changed to take any number.
package onnx

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
	"github.com/gomlx/onnx-gomlx/onnx"
	"github.com/gomlx/onnx-gomlx/onnx/parser"
)

// Constant is a weight of a model.
type Constant struct {
	Name  string
	Shape shapes.Shape
	Data  any // flat, a slice of the shape's type
}

// Model is an image classifier. It is safe for concurrent use.
type Model struct {
	// InputSize is the height and width of the images.
	InputSize int
	// Classes is the number of outputs per image.
	Classes int
	// Output is what the model returns, Logits or Probabilities.
	Output Output
	// Constants are the weights.
	Constants []Constant
	// Fingerprint is a hash of the file, of its external weights files, and of the
	// options.
	Fingerprint string

	mu     sync.Mutex // building graphs changes the parsed model
	parsed onnx.Model
	input  string
	nchw   bool
	// piece is the fixed batch size of the model; 0 is any.
	piece int
}

// Open reads a model from a file, and its weights from the same file or from
// others in the same folder. Its error lists all unsupported operators.
func Open(path string, options Options) (m *Model, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("opening an ONNX model: %w", err)
	}
	if caught := exceptions.TryCatch[error](func() { m, err = open(data, filepath.Dir(path), options) }); caught != nil {
		err = caught
	}
	if err != nil {
		return nil, fmt.Errorf("opening the ONNX model %s: %w", path, err)
	}
	return m, nil
}

func open(data []byte, folder string, options Options) (*Model, error) {
	options, err := options.normal()
	if err != nil {
		return nil, err
	}
	f, err := read(data)
	if err != nil {
		return nil, err
	}
	elsewhere, err := f.digest(folder)
	if err != nil {
		return nil, err
	}
	m := &Model{input: f.input}
	dims, err := m.arrange(f.dims, options)
	if err != nil {
		return nil, err
	}
	output, err := m.choose(f, options)
	if err != nil {
		return nil, err
	}
	backend, err := gobackend.New("")
	if err != nil {
		return nil, fmt.Errorf("opening the backend that finds shapes: %w", err)
	}
	defer backend.Finalize()
	l := &lowering{
		opset: f.opset, initializers: maps.Clone(f.initializers), producers: f.producers, faults: map[string]int{}, same: map[string]string{},
		shape: func(l *lowering, name string) ([]int, error) {
			return m.shapeOf(backend, f, l, dims, name, folder, max(int(f.dims[0]), 1))
		},
	}
	l.lower(f.nodes)
	if len(l.faults) > 0 {
		return nil, fmt.Errorf("it uses unsupported operators: %s; export it without them, or with another opset", listed(l.faults))
	}
	if err := m.fitBatch(backend, f, l, dims, output, folder); err != nil {
		return nil, err
	}
	// Models with all weights in one file keep their earlier fingerprint.
	sum := sha256.Sum256(append(fmt.Appendf(data, "\n%+v", options), elsewhere...))
	m.Fingerprint = hex.EncodeToString(sum[:])
	return m, nil
}

// maxSide limits the height and width of images.
const maxSide = 1 << 13

// arrange finds layout and size from the input's dimensions, and returns the
// dimensions with the size filled in.
func (m *Model) arrange(dims []int64, options Options) ([]int64, error) {
	switch layout := options.Layout; {
	case layout == NCHW, layout == "" && dims[1] == 3 && dims[3] != 3:
		m.nchw = true
	case layout == NHWC, layout == "" && dims[3] == 3 && dims[1] != 3:
	default:
		return nil, fmt.Errorf("the shape of its input, %v (−1 is any), does not show the position of the colour channels: give the layout, %s", dims, Layouts)
	}
	channels, sides := &dims[3], [2]*int64{&dims[1], &dims[2]}
	if m.nchw {
		channels, sides = &dims[1], [2]*int64{&dims[2], &dims[3]}
	}
	if *channels > 0 && *channels != 3 {
		return nil, fmt.Errorf("its input is %v: images have 3 channels, not %d", dims, *channels)
	}
	*channels = 3
	for _, side := range sides {
		switch {
		case *side < 0 && options.InputSize <= 0:
			return nil, fmt.Errorf("it takes images of any size: give an input size, such as 224")
		case *side < 0:
			*side = int64(options.InputSize)
		case options.InputSize > 0 && *side != int64(options.InputSize):
			return nil, fmt.Errorf("its images have %d pixels a side, not the input size %d", *side, options.InputSize)
		}
	}
	if *sides[0] != *sides[1] {
		return nil, fmt.Errorf("its images have %d×%d pixels: they must be square", *sides[0], *sides[1])
	}
	if *sides[0] > maxSide {
		return nil, fmt.Errorf("its images have %d pixels a side: the limit is %d", *sides[0], maxSide)
	}
	m.InputSize = int(*sides[0])
	return dims, nil
}

// choose returns the name of the value to take as the model's output.
func (m *Model) choose(f *file, options Options) (string, error) {
	if m.Output = cmp.Or(options.Output, Logits); options.Output == "" {
		if scores, ok := f.softmaxAtEnd(); ok {
			return scores, nil
		}
		if n := f.producers[f.output]; n != nil && n.op == "Sigmoid" {
			return "", errors.New("it ends in a sigmoid for each class: give its output, logits or probabilities")
		}
	}
	return f.output, nil
}

// fitBatch makes a model that takes any number of images, or, if that fails, one
// that takes the file's fixed number.
func (m *Model) fitBatch(backend compute.Backend, f *file, l *lowering, dims []int64, output, folder string) error {
	fixed := int(f.dims[0])
	nodes, extra := cloned(l.nodes), slices.Clone(l.extra)
	if fixed > 0 {
		l.anyBatch(int64(fixed))
	}
	several := 2 * max(fixed, 1)
	shape, err := m.shapeOf(backend, f, l, dims, output, folder, several)
	if err == nil && len(shape) > 1 && shape[0] == several {
		if m.Classes = size(shape[1:]); slices.Max(shape[1:]) != m.Classes {
			return fmt.Errorf("for %d images it returns %v: a classifier returns [images, classes]", several, shape)
		}
		return m.load(f, l, dims, output, folder)
	}
	if fixed <= 0 {
		if err != nil {
			return err
		}
		return fmt.Errorf("for %d images it returns %v: a classifier returns [images, classes]", several, shape)
	}
	l.nodes, l.extra, m.piece = nodes, extra, fixed
	if shape, err = m.shapeOf(backend, f, l, dims, output, folder, fixed); err != nil {
		return err
	}
	if m.Classes = size(shape) / fixed; m.Classes*fixed != size(shape) || m.Classes == 0 {
		return fmt.Errorf("for %d images it returns %v: a classifier returns [images, classes]", fixed, shape)
	}
	return m.load(f, l, dims, output, folder)
}

func cloned(nodes []*node) []*node {
	copies := make([]*node, len(nodes))
	for i, n := range nodes {
		copied := *n
		copied.inputs = slices.Clone(n.inputs)
		copies[i] = &copied
	}
	return copies
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// load parses the lowered model and reads its weights.
func (m *Model) load(f *file, l *lowering, dims []int64, output, folder string) error {
	var err error
	if m.parsed, err = parser.Parse(f.encode(l, dims, output)); err != nil {
		return err
	}
	m.parsed = m.parsed.WithBaseDir(folder)
	stored, err := parser.Parse(f.encodeWeights(f.weights(l)))
	if err != nil {
		return err
	}
	scope := model.NewStore().RootScope()
	if err := stored.WithBaseDir(folder).VariablesToScope(scope); err != nil {
		return fmt.Errorf("reading its weights: %w", err)
	}
	defer stored.Close()
	for _, t := range f.weights(l) {
		name := t.text(tensorName)
		v := scope.At(onnx.ModelScope).GetVariable(strings.ReplaceAll(name, model.ScopeSeparator, "|"))
		if v == nil {
			return fmt.Errorf("reading its weights: %s is missing", name)
		}
		stored, err := v.Value()
		if err != nil {
			return fmt.Errorf("reading its weights: %s: %w", name, err)
		}
		c := Constant{Name: name, Shape: v.Shape()}
		if err := stored.ConstFlatData(func(flat any) { c.Data = copied(flat) }); err != nil {
			return fmt.Errorf("reading its weights: %s: %w", name, err)
		}
		stored.MustFinalizeAll()
		m.Constants = append(m.Constants, c)
	}
	return nil
}

// shapeOf returns the shape of a value of the model for a number of images,
// without computing anything.
func (m *Model) shapeOf(backend compute.Backend, f *file, l *lowering, dims []int64, output, folder string, images int) (shape []int, err error) {
	parsed, err := parser.Parse(f.encode(l, dims, output))
	if err != nil {
		return nil, err
	}
	trial := &Model{input: m.input, nchw: m.nchw, parsed: parsed.WithBaseDir(folder)}
	err = exceptions.TryCatch[error](func() {
		g := graph.NewGraph(backend, "shape")
		defer g.Finalize()
		nodes := map[string]*graph.Node{}
		names, all := parsed.Inputs()
		for i, name := range names {
			if name != m.input {
				nodes[name] = graph.Parameter(g, name, shapes.Make(all[i].DType, all[i].Dimensions...))
				trial.Constants = append(trial.Constants, Constant{Name: name})
			}
		}
		pictures := graph.Parameter(g, "semrob:images", shapes.Make(dtypes.Float32, images, m.InputSize, m.InputSize, 3))
		shape = trial.call(nodes, pictures).Shape().Dimensions
	})
	return shape, err
}

// Graph adds the model to the graph of normalised images [batch, S, S, 3]
// float32, NHWC, and returns [batch, classes]. constants are the nodes of
// Constants by name. Like GoMLX's graph functions it panics on shapes that do not
// fit.
func (m *Model) Graph(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
	m.mu.Lock()
	defer m.mu.Unlock()
	batch := images.Shape().Dimensions[0]
	if m.piece == 0 {
		return graph.ConvertDType(graph.Reshape(m.call(constants, images), batch, m.Classes), dtypes.Float32)
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
	return graph.ConvertDType(graph.Concatenate(parts, 0), dtypes.Float32)
}

// call adds the model once.
func (m *Model) call(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
	if m.nchw {
		images = graph.TransposeAllAxes(images, 0, 3, 1, 2)
	}
	inputs := map[string]*graph.Node{m.input: images}
	for _, c := range m.Constants {
		if node := constants[c.Name]; node != nil {
			inputs[c.Name] = node
		}
	}
	return m.parsed.CallGraph(nil, images.Graph(), inputs)[0]
}

// copied returns a copy of a flat slice of any type.
func copied(flat any) any {
	v := reflect.ValueOf(flat)
	return reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v).Interface()
}

package onnx

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// file is a model as read.
type file struct {
	model, graph message
	opset        int64
	nodes        []*node
	producers    map[string]*node
	initializers map[string]message
	input        string
	// dims are the input's; −1 is any size.
	dims   []int64
	output string
}

// oldest is the first supported version of the operators.
const oldest = 7

func read(data []byte) (*file, error) {
	f := &file{producers: map[string]*node{}, initializers: map[string]message{}}
	var err error
	if f.model, err = parse(data); err != nil {
		return nil, err
	}
	if f.graph, err = f.model.inner(modelGraph); err != nil {
		return nil, err
	}
	if len(f.model.all(modelFunctions)) > 0 || len(f.graph.all(graphSparse)) > 0 {
		return nil, errors.New("it has user-defined functions or sparse tensors, which are not supported: export it without them")
	}
	for _, data := range f.model.all(modelOpset) {
		m, err := parse(data)
		if err != nil {
			return nil, err
		}
		if domain := m.text(1); domain == "" || domain == "ai.onnx" {
			f.opset = m.integer(2)
		}
	}
	if f.opset == 0 {
		return nil, fmt.Errorf("%w: the version of its operators is missing", errDamaged)
	}
	if f.opset < oldest {
		return nil, fmt.Errorf("its operators have version %d, the oldest supported is %d: export it again with opset 17", f.opset, oldest)
	}
	for _, data := range f.graph.all(graphInitializer) {
		t, err := parse(data)
		if err != nil {
			return nil, err
		}
		f.initializers[t.text(tensorName)] = t
	}
	if f.nodes, err = parseNodes(f.graph); err != nil {
		return nil, err
	}
	for _, n := range f.nodes {
		for _, out := range n.outputs {
			f.producers[out] = n
		}
	}
	if err := f.findInput(); err != nil {
		return nil, err
	}
	known := map[string]bool{f.input: true}
	for name := range f.initializers {
		known[name] = true
	}
	if err := checkGraph(f.nodes, known, 0); err != nil {
		return nil, err
	}
	outputs := f.graph.all(graphOutput)
	if len(outputs) == 0 {
		return nil, fmt.Errorf("%w: it has no output", errDamaged)
	}
	first, err := parse(outputs[0])
	f.output = first.text(valueName)
	return f, err
}

// findInput finds the one input that is not a weight.
func (f *file) findInput() error {
	var names []string
	for _, data := range f.graph.all(graphInput) {
		v, err := parse(data)
		if err != nil {
			return err
		}
		name := v.text(valueName)
		if _, weight := f.initializers[name]; weight {
			continue
		}
		names = append(names, name)
		if f.dims, err = dimensions(v); err != nil {
			return fmt.Errorf("its input %q: %w", name, err)
		}
		f.input = name
	}
	if len(names) != 1 {
		return fmt.Errorf("it has %d inputs (%s), but an image classifier has one", len(names), strings.Join(names, ", "))
	}
	if len(f.dims) != 4 {
		return fmt.Errorf("its input %q has %d axes, but images have 4", f.input, len(f.dims))
	}
	return nil
}

// floats are the types of images: float, float16, double.
var floats = []int64{typeFloat, 10, 11}

// dimensions returns the dimensions of a value, −1 for any.
func dimensions(value message) ([]int64, error) {
	outer, err := value.inner(valueType)
	if err != nil {
		return nil, err
	}
	tensor, err := outer.inner(1)
	if err != nil {
		return nil, err
	}
	if kind := tensor.integer(1); !slices.Contains(floats, kind) {
		return nil, fmt.Errorf("it has type %d, but images are floating-point numbers (1, 10 or 11)", kind)
	}
	shape, err := tensor.inner(2)
	if err != nil {
		return nil, err
	}
	var dims []int64
	for _, data := range shape.all(1) {
		d, err := parse(data)
		if err != nil {
			return nil, err
		}
		n := d.integer(1)
		if n <= 0 {
			n = -1
		}
		dims = append(dims, n)
	}
	return dims, nil
}

// softmaxAtEnd returns the input of the model's final softmax, if there is one.
// Operators that only reshape its result may follow.
func (f *file) softmaxAtEnd() (scores string, found bool) {
	for name := f.output; ; {
		n := f.producers[name]
		if n == nil || len(n.inputs) == 0 {
			return "", false
		}
		switch n.op {
		case "Softmax", "LogSoftmax":
			return n.inputs[0], true
		case "Identity", "Flatten", "Reshape", "Squeeze", "Dropout", "Cast":
			name = n.inputs[0]
		default:
			return "", false
		}
	}
}

// anyBatch makes reshapes to a fixed number of images, from, keep the actual
// number.
func (l *lowering) anyBatch(from int64) {
	for _, n := range l.nodes {
		if n.op != "Reshape" || len(n.inputs) < 2 {
			continue
		}
		if shape, ok := l.constant(n.inputs[1]); ok && len(shape) > 1 && shape[0] == from {
			n.inputs[1] = l.integers(append([]int64{0}, shape[1:]...)...)
		}
	}
}

// mostEmbedded is the largest size of a constant in the graph; larger
// floating-point ones become weights on the device.
const mostEmbedded = 16

// weights returns the used initializers that do not stay in the graph.
func (f *file) weights(l *lowering) []message {
	var weights []message
	for _, t := range f.used(l) {
		dims, err := t.integers(tensorDims)
		n := 1
		for _, d := range dims {
			n *= int(d)
		}
		if err == nil && n > mostEmbedded && slices.Contains(floats, t.integer(tensorType)) {
			weights = append(weights, t)
		}
	}
	return weights
}

// used returns the model's initializers that the nodes use, sorted by name.
func (f *file) used(l *lowering) []message {
	inputs, nested := map[string]bool{}, false
	for _, n := range l.nodes {
		nested = nested || n.op == "If" // whose branches may use any
		for _, in := range n.inputs {
			inputs[in] = true
		}
	}
	var used []message
	for _, name := range slices.Sorted(maps.Keys(f.initializers)) {
		if inputs[name] || nested {
			used = append(used, f.initializers[name])
		}
	}
	return used
}

// encode returns the model with the lowered nodes, for any number of images, and
// with one output. Weights become inputs, other initializers constants.
func (f *file) encode(l *lowering, dims []int64, output string) []byte {
	output = l.resolved(output)
	open := slices.Clone(dims)
	open[0] = -1
	inputs := [][]byte{value(f.input, typeFloat, open)}
	graph := message{}.with(2, f.graph.all(2)...)
	isWeight := map[string]bool{}
	for _, t := range f.weights(l) {
		name := t.text(tensorName)
		isWeight[name] = true
		dims, _ := t.integers(tensorDims) // weights has checked them
		inputs = append(inputs, value(name, t.integer(tensorType), dims))
	}
	constant := func(t message) {
		a := message{}.with(attributeName, []byte("value")).with(attributeTensor, t.bytes()).withInteger(attributeType, 4)
		n := node{op: "Constant", outputs: []string{t.text(tensorName)}, attributes: []message{a}}
		graph = graph.with(graphNode, n.bytes())
	}
	for _, t := range f.used(l) {
		if !isWeight[t.text(tensorName)] {
			constant(t)
		}
	}
	for _, t := range l.extra {
		constant(t)
	}
	for _, n := range l.nodes {
		graph = graph.with(graphNode, n.bytes())
	}
	graph = graph.with(graphInput, inputs...).with(graphOutput, value(output, typeFloat, nil))
	return f.model.without(modelGraph).with(modelGraph, graph.bytes()).bytes()
}

// encodeWeights returns a model with only weights.
func (f *file) encodeWeights(weights []message) []byte {
	var graph message
	for _, t := range weights {
		graph = graph.with(graphInitializer, t.bytes())
	}
	return f.model.without(modelGraph).with(modelGraph, graph.bytes()).bytes()
}

// value describes an input or an output; a negative dimension is any.
func value(name string, kind int64, dims []int64) []byte {
	var shape message
	for _, d := range dims {
		dim := message{}.withInteger(1, d)
		if d < 0 {
			dim = message{}.with(2, []byte("images"))
		}
		shape = shape.with(1, dim.bytes())
	}
	tensor := message{}.withInteger(1, kind).with(2, shape.bytes())
	return message{}.with(valueName, []byte(name)).with(valueType, message{}.with(1, tensor.bytes()).bytes()).bytes()
}

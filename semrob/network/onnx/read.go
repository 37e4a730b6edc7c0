package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// file is a model as read.
type file struct {
	graph        message
	opset        int64
	nodes        []*node
	producers    map[string]*node
	initializers map[string]message
	functions    map[string]*function
	input        string
	// kind is the input's element type, dims its dimensions; −1 is any size.
	kind    int64
	dims    []int64
	outputs []string
}

// oldest is the first supported version of the operators.
const oldest = 7

func read(data []byte) (*file, error) {
	f, err := readGraph(data)
	if err != nil {
		return nil, err
	}
	if err := f.findInput(); err != nil {
		return nil, err
	}
	known := map[string]bool{f.input: true}
	for name := range f.initializers {
		known[name] = true
	}
	if f.nodes, err = arranged(f.nodes); err != nil {
		return nil, err
	}
	return f, checkGraph(f.nodes, known, 0)
}

// readGraph reads everything but the inputs.
func readGraph(data []byte) (*file, error) {
	f := &file{producers: map[string]*node{}, initializers: map[string]message{}, functions: map[string]*function{}}
	model, err := parse(data)
	if err != nil {
		return nil, err
	}
	if f.graph, err = model.inner(modelGraph); err != nil {
		return nil, err
	}
	if len(f.graph.all(graphSparse)) > 0 {
		return nil, errors.New("it has sparse tensors, which are not supported: export it without them")
	}
	if f.opset, err = opsetOf(model, modelOpset); err != nil {
		return nil, err
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
	for _, data := range f.graph.all(graphNode) {
		if err := f.addNode(data); err != nil {
			return nil, err
		}
	}
	for _, data := range model.all(modelFunctions) {
		if err := f.addFunction(bytes.Clone(data)); err != nil {
			return nil, err
		}
	}
	for _, data := range f.graph.all(graphOutput) {
		v, err := parse(data)
		if err != nil {
			return nil, err
		}
		f.outputs = append(f.outputs, v.text(valueName))
	}
	if len(f.outputs) == 0 {
		return nil, fmt.Errorf("%w: it has no output", errDamaged)
	}
	return f, nil
}

// opsetOf returns the version of the standard's operators, 0 if there is none.
func opsetOf(m message, number protowire.Number) (opset int64, err error) {
	for _, data := range m.all(number) {
		m, err := parse(data)
		if err != nil {
			return 0, err
		}
		if domain := m.text(1); domain == "" || domain == "ai.onnx" {
			opset = m.integer(2)
		}
	}
	return opset, nil
}

// addNode adds a node. The tensor of a Constant becomes an initializer; other nodes
// are copied, so that they do not keep the whole file in memory.
func (f *file) addNode(data []byte) error {
	n, err := parseNode(data)
	if err != nil {
		return err
	}
	if value := n.attribute("value"); n.op == "Constant" && len(n.attributes) == 1 && value != nil {
		t, err := value.inner(attributeTensor)
		if err != nil {
			return err
		}
		f.initializers[n.outputs[0]] = t.without(tensorName).with(tensorName, []byte(n.outputs[0]))
		return checkEmbedded(t.bytes())
	}
	if n, err = parseNode(bytes.Clone(data)); err != nil {
		return err
	}
	f.nodes = append(f.nodes, n)
	for _, out := range n.outputs {
		f.producers[out] = n
	}
	return nil
}

// addFunction adds a function of the model.
func (f *file) addFunction(data []byte) error {
	m, err := parse(data)
	if err != nil {
		return err
	}
	inner := &function{}
	for _, name := range m.all(functionInput) {
		inner.inputs = append(inner.inputs, string(name))
	}
	for _, name := range m.all(functionOutput) {
		inner.outputs = append(inner.outputs, string(name))
	}
	if inner.nodes, err = parseNodesAt(m, functionNode); err != nil {
		return err
	}
	for _, data := range m.all(functionDefaults) {
		a, err := parse(data)
		if err != nil {
			return err
		}
		inner.defaults = append(inner.defaults, a)
	}
	if inner.opset, err = opsetOf(m, functionOpset); err != nil {
		return err
	}
	n := node{op: m.text(functionName), domain: m.text(functionDomain), overload: m.text(functionOverload)}
	f.functions[n.key()] = inner
	return nil
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
		if f.kind, f.dims, err = dimensions(v); err != nil {
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

// floats are the types of weights: float, float16, double, bfloat16.
var floats = []int64{typeFloat, 10, 11, 16}

// typeUint8 is the type of images with colours 0…255.
const typeUint8 = 2

// dimensions returns the element type and the dimensions of a value, −1 for any. An
// axis named after its channels has three.
func dimensions(value message) (kind int64, dims []int64, err error) {
	outer, err := value.inner(valueType)
	if err != nil {
		return 0, nil, err
	}
	tensor, err := outer.inner(1)
	if err != nil {
		return 0, nil, err
	}
	kind = tensor.integer(1)
	if kind != typeUint8 && !slices.Contains(floats, kind) {
		return 0, nil, fmt.Errorf("it has type %s, but images are float, float16, bfloat16, double or uint8", kindName(kind))
	}
	shape, err := tensor.inner(2)
	if err != nil {
		return 0, nil, err
	}
	for _, data := range shape.all(1) {
		d, err := parse(data)
		if err != nil {
			return 0, nil, err
		}
		n := d.integer(1)
		if n <= 0 {
			n = -1
			if strings.Contains(strings.ToLower(d.text(2)), "channel") { // as Hugging Face's optimum names it
				n = 3
			}
		}
		dims = append(dims, n)
	}
	return kind, dims, nil
}

// atEnd returns the input of the operator of one of these kinds that ends the
// computation of an output, if there is one. Operators that only reshape its result
// may follow.
func (f *file) atEnd(output string, ops ...string) (scores string, found bool) {
	for name := output; ; {
		n := f.producers[name]
		if n == nil || len(n.inputs) == 0 {
			return "", false
		}
		switch {
		case slices.Contains(ops, n.op):
			return n.inputs[0], true
		case slices.Contains([]string{"Identity", "Flatten", "Reshape", "Squeeze", "Dropout", "Cast"}, n.op):
			name = n.inputs[0]
		default:
			return "", false
		}
	}
}

// needed returns the nodes that an output depends on, in the order of the file.
func (f *file) needed(output string) []*node {
	wanted := map[string]bool{output: true}
	var nodes []*node
	for _, n := range slices.Backward(f.nodes) {
		if !slices.ContainsFunc(n.outputs, func(out string) bool { return wanted[out] }) {
			continue
		}
		nodes = append(nodes, n)
		for _, in := range n.inputs {
			wanted[in] = true
		}
		for _, a := range n.attributes { // a branch may use any value
			if len(a.all(attributeGraph)) > 0 {
				for _, other := range f.nodes {
					for _, out := range other.outputs {
						wanted[out] = true
					}
				}
				for name := range f.initializers {
					wanted[name] = true
				}
			}
		}
	}
	slices.Reverse(nodes)
	return nodes
}

// unsupported counts the operators of nodes that are neither supported nor functions
// of the model.
func (f *file) unsupported(nodes []*node, counts map[string]int, depth int) {
	for _, n := range nodes {
		inner := f.functions[n.key()]
		switch {
		case inner != nil && depth < deepest:
			f.unsupported(inner.nodes, counts, depth+1)
		case operators[n.key()] == nil:
			counts[n.title()]++
		}
	}
}

// listed names operators with their counts.
func listed(counts map[string]int) string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[what]; n > 1 {
			what = fmt.Sprintf("%s (%d times)", what, n)
		}
		parts = append(parts, what)
	}
	return strings.Join(parts, ", ")
}

// mostEmbedded is the largest size of a constant in the graph; larger
// floating-point ones become weights on the device.
const mostEmbedded = 16

// isWeight reports whether an initializer is a weight.
func isWeight(t message) bool {
	_, size, err := sizeOf(t)
	return err == nil && size > mostEmbedded && slices.Contains(floats, t.integer(tensorType))
}

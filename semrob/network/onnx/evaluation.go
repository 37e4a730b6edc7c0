package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"
	"google.golang.org/protobuf/encoding/protowire"
)

// value is a value of a model while its graph is built: a node, or a constant.
type value struct {
	node     *graph.Node
	constant *tensors.Tensor
	// images reports whether the value depends on the images.
	images bool
}

func (v *value) shape() shapes.Shape {
	if v.constant != nil {
		return v.constant.Shape()
	}
	return v.node.Shape()
}

// evaluation builds the graph of a model.
type evaluation struct {
	g *graph.Graph
	// folder computes constants.
	folder compute.Backend
	// exact keeps every floating-point type; otherwise all become working.
	exact   bool
	working dtypes.DType
	// fixed and batch are the number of images that the file is for, and the actual
	// one, if they differ.
	fixed, batch int
	opset        int64
	functions    map[string]*function
	values       map[string]*value
	depth        int
}

// refusal is the panic of an operator that cannot be computed as the standard says.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func refuse(format string, arguments ...any) {
	panic(&refusal{fmt.Sprintf(format, arguments...)})
}

// op is a node of the model in the making.
type op struct {
	*node
	e  *evaluation
	g  *graph.Graph // the model's, or that of a constant
	in []*value
	// folding is whether the result becomes a constant.
	folding bool
	out     []*value
	read    map[string]bool // attributes
	touched int             // inputs
}

// run adds nodes in the order of the file.
func (e *evaluation) run(nodes []*node) {
	for _, n := range nodes {
		e.one(n)
	}
}

// one adds a node, or computes it if all its inputs are constants.
func (e *evaluation) one(n *node) {
	in := make([]*value, len(n.inputs))
	constant, images := true, false
	for i, name := range n.inputs {
		if name == "" {
			continue
		}
		if in[i] = e.values[name]; in[i] == nil {
			refuse("%s uses %q, an output that is not supported", n.op, name)
		}
		constant = constant && in[i].constant != nil
		images = images || in[i].images
	}
	var out []*value
	err := exceptions.TryCatch[error](func() {
		if inner := e.functions[n.key()]; inner != nil {
			out = e.call(inner, n, in)
			return
		}
		if constant && n.op != "If" {
			out = e.folded(n, in)
		}
		if out == nil {
			out = e.added(&op{node: n, e: e, g: e.g, in: in})
		}
		for _, v := range slices.Concat(in, out) {
			// XLA's plugin may end the process.
			if v != nil && v.constant == nil && v.node.Shape().Size() == 0 {
				refuse("%s of %q has no values: its shape is %v", n.op, n.outputs[0], v.node.Shape().Dimensions)
			}
		}
	})
	if err != nil {
		var r *refusal
		if errors.As(err, &r) {
			panic(err)
		}
		panic(&refusal{fmt.Sprintf("%s of %q: %v", n.op, n.outputs[0], firstLine(err))})
	}
	for i, name := range n.outputs {
		if name != "" && i < len(out) && out[i] != nil {
			out[i].images = out[i].images || images && out[i].constant == nil
			e.values[name] = out[i]
		}
	}
}

// firstLine returns an error's text without the stack that some errors of GoMLX have.
func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

// added runs an operator and checks that it used everything that the node says.
// Outputs that it lacks are refused where they are used.
func (e *evaluation) added(o *op) []*value {
	do := operators[o.key()]
	if do == nil {
		refuse("it uses the operator %s, which is not supported", o.node.title())
	}
	o.read, o.out = map[string]bool{}, make([]*value, len(o.outputs))
	do(o)
	for _, a := range o.attributes {
		if name := a.text(attributeName); !o.read[name] {
			refuse("%s of %q: its attribute %q is not supported", o.op, o.outputs[0], name)
		}
	}
	for i := o.touched; i < len(o.in); i++ {
		if o.in[i] != nil {
			refuse("%s of %q: its input %d is not supported", o.op, o.outputs[0], i)
		}
	}
	return o.out
}

// mostFolded is the largest size of a constant that is computed here; XLA computes
// larger floating-point ones.
const mostFolded = 1 << 16

// folded computes a node of constants; nil if that is better done by the device.
func (e *evaluation) folded(n *node, in []*value) (out []*value) {
	o := &op{node: n, e: e, in: in, folding: true}
	err := exceptions.TryCatch[error](func() {
		g := graph.NewGraph(e.folder, "constant")
		defer g.Finalize()
		o.g = g
		e.added(o)
		var nodes []*graph.Node
		for _, v := range o.out {
			if v == nil || v.constant != nil {
				continue
			}
			if shape := v.node.Shape(); shape.Size() == 0 { // nothing to compute
				v.constant, v.node = tensors.FromShape(shape), nil
				continue
			}
			if v.node.Shape().Size() > mostFolded && v.node.DType().IsFloat() {
				refuse("large")
			}
			nodes = append(nodes, v.node)
		}
		if len(nodes) == 0 {
			out = o.out
			return
		}
		if err := g.Compile(nodes...); err != nil {
			panic(err)
		}
		results := g.Run()
		for _, v := range o.out {
			if v != nil && v.constant == nil {
				local := tensors.FromShape(results[0].Shape())
				if err := local.CopyFrom(results[0]); err != nil {
					panic(err)
				}
				v.constant, v.node, results = local, nil, results[1:]
			}
		}
		out = o.out
	})
	if err != nil {
		return nil // the graph reports what is wrong
	}
	return out
}

// constantNode adds a constant to a graph.
func (o *op) constantNode(t *tensors.Tensor) *graph.Node {
	x := graph.Const(o.g, t)
	if !o.folding && !o.e.exact && x.DType() == dtypes.Float32 && o.e.working != dtypes.Float32 {
		x = graph.ConvertDType(x, o.e.working)
	}
	return x
}

// dtype is the type in the graph of an element type of the file.
func (o *op) dtype(kind int64) dtypes.DType {
	dtype, err := dtypeOf(kind)
	if err != nil {
		refuse("%s: %v", o.op, err)
	}
	if dtype.IsFloat() && !o.e.exact {
		if o.folding {
			return dtypes.Float32
		}
		return o.e.working
	}
	return dtype
}

// has reports whether there is an input i.
func (o *op) has(i int) bool {
	o.touched = max(o.touched, i+1)
	return i < len(o.in) && o.in[i] != nil
}

// x returns an input.
func (o *op) x(i int) *graph.Node {
	if !o.has(i) {
		refuse("%s of %q has no input %d", o.op, o.outputs[0], i)
	}
	if v := o.in[i]; v.constant == nil {
		return v.node
	}
	return o.constantNode(o.in[i].constant)
}

// xs returns all inputs.
func (o *op) xs() []*graph.Node {
	var all []*graph.Node
	for i := range o.in {
		all = append(all, o.x(i))
	}
	if len(all) == 0 {
		refuse("%s of %q has no input", o.op, o.outputs[0])
	}
	return all
}

// optional returns an input, nil if there is none.
func (o *op) optional(i int) *graph.Node {
	if !o.has(i) {
		return nil
	}
	return o.x(i)
}

// known returns the values of an input that must be a constant.
func (o *op) known(i int) (integers []int64, reals []float64) {
	if !o.has(i) {
		refuse("%s of %q has no input %d", o.op, o.outputs[0], i)
	}
	if o.in[i].constant == nil {
		refuse("%s of %q: its input %d depends on the images: it must be a constant", o.op, o.outputs[0], i)
	}
	return numbers(o.in[i].constant)
}

// integersOf returns an attribute of old models that later became an input; given
// reports whether there is either.
func (o *op) integersOf(name string, input int) (values []int64, given bool) {
	if a := o.attribute(name); a != nil {
		return o.ints(name), true
	}
	if !o.has(input) {
		return nil, false
	}
	values, _ = o.known(input)
	return values, true
}

// set sets an output.
func (o *op) set(i int, x *graph.Node) {
	if i < len(o.out) {
		o.out[i] = &value{node: x}
	}
}

// setConstant sets an output to a constant.
func (o *op) setConstant(i int, t *tensors.Tensor) {
	if i < len(o.out) {
		o.out[i] = &value{constant: t}
	}
}

// pass sets the first output to the first input.
func (o *op) pass() {
	o.has(0)
	if v := o.in[0]; v.constant != nil {
		o.setConstant(0, v.constant)
	} else {
		o.set(0, v.node)
	}
}

// ignore marks attributes without an effect on the result.
func (o *op) ignore(names ...string) {
	for _, name := range names {
		o.read[name] = true
	}
}

// Attributes, marked as read.

func (o *op) attribute(name string) message {
	o.read[name] = true
	return o.node.attribute(name)
}

func (o *op) integer(name string, otherwise int64) int64 {
	o.read[name] = true
	return o.node.integer(name, otherwise)
}

func (o *op) flag(name string) bool { return o.integer(name, 0) != 0 }

func (o *op) float(name string, otherwise float32) float32 {
	o.read[name] = true
	return o.node.float(name, otherwise)
}

func (o *op) ints(name string) []int64 {
	o.read[name] = true
	return o.node.ints(name)
}

func (o *op) text(name, otherwise string) string {
	if a := o.attribute(name); a != nil {
		return a.text(attributeText)
	}
	return otherwise
}

// axis returns an attribute as an axis of a rank.
func (o *op) axis(name string, otherwise int64, rank int) int {
	return o.normalAxis(o.integer(name, otherwise), rank)
}

func (o *op) normalAxis(axis int64, rank int) int {
	if axis < 0 {
		axis += int64(rank)
	}
	if axis < 0 || int(axis) >= rank {
		refuse("%s of %q: there is no axis %d", o.op, o.outputs[0], axis)
	}
	return int(axis)
}

func (o *op) normalAxes(axes []int64, rank int) []int {
	var all []int
	for _, axis := range axes {
		all = append(all, o.normalAxis(axis, rank))
	}
	slices.Sort(all)
	if len(slices.Compact(slices.Clone(all))) != len(all) {
		refuse("%s of %q: axes %v", o.op, o.outputs[0], axes)
	}
	return all
}

// function is a function of the model.
type function struct {
	inputs, outputs []string
	nodes           []*node
	defaults        []message
	opset           int64
}

// call adds the nodes of a function.
func (e *evaluation) call(f *function, n *node, in []*value) []*value {
	if e.depth >= deepest {
		refuse("functions are nested more than %d deep", deepest)
	}
	inner := *e
	inner.depth++
	inner.values = map[string]*value{}
	if f.opset != 0 {
		inner.opset = f.opset
	}
	for i, name := range f.inputs {
		if i < len(in) && in[i] != nil {
			inner.values[name] = in[i]
		}
	}
	for _, body := range f.nodes {
		copied := *body
		copied.attributes = nil
		copied.inputs = slices.Clone(body.inputs)
		for i, name := range copied.inputs {
			if slices.Contains(f.inputs, name) && inner.values[name] == nil {
				copied.inputs[i] = "" // an omitted input of the function
			}
		}
		for _, a := range body.attributes {
			reference := a.text(attributeReference)
			if reference == "" {
				copied.attributes = append(copied.attributes, a)
				continue
			}
			given := n.attribute(reference)
			if given == nil {
				given = (&node{attributes: f.defaults}).attribute(reference)
			}
			if given != nil {
				renamed := given.without(attributeName).with(attributeName, []byte(a.text(attributeName)))
				copied.attributes = append(copied.attributes, renamed)
			}
		}
		inner.one(&copied)
	}
	out := make([]*value, len(f.outputs))
	for i, name := range f.outputs {
		if v := inner.values[name]; v != nil {
			copied := *v
			out[i] = &copied
		}
	}
	return out
}

// branch adds the nodes of a graph in an attribute, and returns its outputs.
func (e *evaluation) branch(graph message) []*value {
	if e.depth >= deepest {
		refuse("graphs are nested more than %d deep", deepest)
	}
	inner := *e
	inner.depth++
	inner.values = make(map[string]*value, len(e.values))
	for name, v := range e.values {
		inner.values[name] = v
	}
	for _, data := range graph.all(graphInitializer) {
		t, err := parse(data)
		if err != nil {
			panic(err)
		}
		inner.values[t.text(tensorName)] = &value{constant: inner.tensor(t, source{})}
	}
	nodes, err := parseNodes(graph)
	if err != nil {
		panic(err)
	}
	inner.run(nodes)
	var out []*value
	for _, data := range graph.all(graphOutput) {
		v, err := parse(data)
		if err != nil {
			panic(err)
		}
		result := inner.values[v.text(valueName)]
		if result == nil {
			refuse("a branch lacks its output %q", v.text(valueName))
		}
		copied := *result
		out = append(out, &copied)
	}
	return out
}

// tensor returns a tensor as a constant.
func (e *evaluation) tensor(t message, from source) *tensors.Tensor {
	flat, dims, err := decode(t, from)
	if err != nil {
		refuse("%v", err)
	}
	if !e.exact {
		if values, ok := floats32(flat); ok {
			flat = values
		}
	}
	return tensorFrom(flat, dims)
}

// floats returns an attribute's values.
func (o *op) floats(name string) []float32 {
	var values []float32
	for _, f := range o.attribute(name) {
		if f.number != attributeFloats {
			continue
		}
		if f.kind == protowire.Fixed32Type {
			values = append(values, math.Float32frombits(uint32(f.word)))
			continue
		}
		for data := f.value; len(data) >= 4; data = data[4:] {
			values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(data)))
		}
	}
	return values
}

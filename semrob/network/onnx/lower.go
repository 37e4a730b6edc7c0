package onnx

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// supported are the operators of onnx-gomlx 0.5.2.
var supported = set(`Abs Add And ArgMax ArgMin AveragePool BatchNormalization BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast Ceil Clip
	Concat Constant ConstantOfShape Conv Cos CumSum DequantizeLinear Div DynamicQuantizeLinear Einsum Equal Erf Exp Expand FastGelu
	Flatten Floor Gather GatherElements GatherND Gelu Gemm GlobalAveragePool Greater GreaterOrEqual GroupQueryAttention HardSwish
	Identity If IsNaN LSTM LayerNormalization Less LessOrEqual Log MatMul MatMulInteger Max MaxPool Min Mod Mul MultiHeadAttention Neg
	NonZero Not Or Pad Pow QLinearMatMul QuantizeLinear Range Reciprocal ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum
	Relu Reshape Resize RotaryEmbedding ScatterND Shape Sigmoid Sign SimplifiedLayerNormalization Sin Size Slice Softmax Split Sqrt
	Squeeze Sub Tanh Tile TopK Transpose Trilu Unsqueeze Where Xor`)

func set(words string) map[string]bool {
	s := map[string]bool{}
	for _, w := range strings.Fields(words) {
		s[w] = true
	}
	return s
}

// lowering rewrites a graph's nodes so that onnx-gomlx computes what the standard
// says: it expresses unsupported operators in terms of supported ones, and
// attributes and defaults that onnx-gomlx ignores. Results are differentiable if
// the operators are.
type lowering struct {
	opset        int64
	initializers map[string]message
	producers    map[string]*node
	nodes        []*node
	extra        []message // constants
	faults       map[string]int
	names        int
	// same maps aliases to values. GoMLX's Identity has no gradient, so it is not
	// used.
	same map[string]string
	// shape returns the shape of a value computed by the nodes so far.
	shape func(l *lowering, name string) ([]int, error)
}

// lower rewrites all nodes and counts unsupported ones in faults.
func (l *lowering) lower(nodes []*node) {
	for _, n := range nodes {
		l.one(n)
	}
}

// fault counts an unsupported node.
func (l *lowering) fault(what string) { l.faults[what]++ }

// resolved returns the name of a value that may be an alias.
func (l *lowering) resolved(name string) string {
	for {
		other, ok := l.same[name]
		if !ok {
			return name
		}
		name = other
	}
}

// stand makes a node's output an alias of x.
func (l *lowering) stand(of *node, x string) { l.same[of.outputs[0]] = x }

// name returns a new name.
func (l *lowering) name() string {
	l.names++
	return fmt.Sprintf("semrob:%d", l.names)
}

// emit adds a node and returns the name of its output.
func (l *lowering) emit(op string, inputs ...string) string {
	out := l.name()
	l.nodes = append(l.nodes, &node{op: op, inputs: inputs, outputs: []string{out}})
	return out
}

// last adds a node that replaces another: it has the same output.
func (l *lowering) last(of *node, op string, inputs ...string) {
	l.nodes = append(l.nodes, &node{op: op, inputs: inputs, outputs: of.outputs[:1]})
}

func (l *lowering) scalar(v float32) string {
	name := l.name()
	l.extra = append(l.extra, scalarTensor(name, v))
	return name
}

// integers adds a constant and returns its name.
func (l *lowering) integers(values ...int64) string {
	name := l.name()
	l.initializers[name] = integerTensor(name, values)
	l.extra = append(l.extra, l.initializers[name])
	return name
}

// one rewrites a node.
func (l *lowering) one(n *node) {
	if n.domain != "" && n.domain != "ai.onnx" && !(n.domain == "com.microsoft" && supported[n.op]) {
		l.fault(n.domain + "." + n.op)
		return
	}
	for i, in := range n.inputs {
		n.inputs[i] = l.resolved(in)
	}
	switch n.op {
	case "Dropout", "Identity":
		l.stand(n, n.inputs[0])
	case "Sum", "Mean":
		l.sum(n)
	case "LeakyRelu":
		l.leaky(n, l.scalar(n.float("alpha", 0.01)))
	case "PRelu":
		if len(n.inputs) < 2 {
			l.fault("PRelu without slope")
			return
		}
		l.leaky(n, n.inputs[1])
	case "HardSigmoid":
		scaled := l.emit("Add", l.emit("Mul", n.inputs[0], l.scalar(n.float("alpha", 0.2))), l.scalar(n.float("beta", 0.5)))
		l.last(n, "Clip", scaled, l.scalar(0), l.scalar(1))
	case "GlobalMaxPool":
		l.nodes = append(l.nodes, &node{op: "ReduceMax", inputs: []string{n.inputs[0], l.integers(2, 3)}, outputs: n.outputs[:1]})
	case "LogSoftmax":
		softmax := &node{op: "Softmax", inputs: n.inputs, outputs: []string{l.name()}, attributes: n.attributes}
		l.one(softmax)
		l.last(n, "Log", softmax.outputs[0])
	case "LRN":
		l.lrn(n)
	case "Clip":
		l.clip(n)
	case "Softmax":
		l.softmax(n)
	case "Constant":
		l.constantNode(n)
	case "Conv", "MaxPool", "AveragePool":
		l.window(n)
	case "Pad":
		l.pad(n)
	case "Slice":
		l.slice(n)
	case "BatchNormalization":
		n.drop("momentum", "spatial")
		n.outputs = n.outputs[:1]
		l.nodes = append(l.nodes, n)
	case "Gelu":
		if a := n.attribute("approximate"); a != nil && a.text(attributeText) == "tanh" {
			n = &node{op: "FastGelu", inputs: n.inputs, outputs: n.outputs}
		}
		l.nodes = append(l.nodes, n)
	default:
		if !supported[n.op] {
			l.fault(n.op)
			return
		}
		l.nodes = append(l.nodes, n)
	}
}

// sum adds the inputs one by one.
func (l *lowering) sum(n *node) {
	total := n.inputs[0]
	for _, in := range n.inputs[1:] {
		total = l.emit("Add", total, in)
	}
	if n.op == "Mean" {
		total = l.emit("Mul", total, l.scalar(1/float32(len(n.inputs))))
	}
	l.stand(n, total)
}

// leaky is max(x, 0) + slope·min(x, 0).
func (l *lowering) leaky(n *node, slope string) {
	zero := l.scalar(0)
	l.last(n, "Add", l.emit("Max", n.inputs[0], zero), l.emit("Mul", slope, l.emit("Min", n.inputs[0], zero)))
}

// lrn is local response normalisation: x/(bias + alpha/size·Σx²)^beta, with the
// sum over size channels around each.
func (l *lowering) lrn(n *node) {
	size := n.integer("size", 1)
	before := (size - 1) / 2
	after := size - 1 - before
	padded := l.zeros(l.emit("Mul", n.inputs[0], n.inputs[0]), 1, before, after)
	total := ""
	for i := range size {
		end := int64(math.MaxInt64)
		if i < size-1 {
			end = i - (size - 1)
		}
		part := l.emit("Slice", padded, l.integers(i), l.integers(end), l.integers(1))
		if total == "" {
			total = part
		} else {
			total = l.emit("Add", total, part)
		}
	}
	scaled := l.emit("Mul", total, l.scalar(n.float("alpha", 1e-4)/float32(size)))
	norm := l.emit("Pow", l.emit("Add", scaled, l.scalar(n.float("bias", 1))), l.scalar(n.float("beta", 0.75)))
	l.last(n, "Div", n.inputs[0], norm)
}

// zeros pads an axis with zeros, differentiably, unlike GoMLX's Pad. The axis
// must be at least as long as the padding.
func (l *lowering) zeros(x string, axis, before, after int64) string {
	part := func(n int64) string {
		return l.emit("Mul", l.emit("Slice", x, l.integers(0), l.integers(n), l.integers(axis)), l.scalar(0))
	}
	var parts []string
	if before > 0 {
		parts = append(parts, part(before))
	}
	parts = append(parts, x)
	if after > 0 {
		parts = append(parts, part(after))
	}
	if len(parts) == 1 {
		return x
	}
	joined := &node{op: "Concat", inputs: parts, outputs: []string{l.name()}}
	joined.setInteger("axis", axis)
	l.nodes = append(l.nodes, joined)
	return joined.outputs[0]
}

// clip turns the attributes of old models into inputs.
func (l *lowering) clip(n *node) {
	if len(n.inputs) == 1 && len(n.attributes) > 0 {
		n.inputs = append(n.inputs, l.scalar(n.float("min", -math.MaxFloat32)), l.scalar(n.float("max", math.MaxFloat32)))
		n.drop("min", "max")
	}
	l.nodes = append(l.nodes, n)
}

// softmax keeps the meaning of old models: before version 13 the axes from the
// given one on, by default 1, were flattened into one.
func (l *lowering) softmax(n *node) {
	if l.opset >= 13 {
		l.nodes = append(l.nodes, n)
		return
	}
	axis := n.integer("axis", 1)
	if axis == -1 {
		l.nodes = append(l.nodes, n)
		return
	}
	flat := &node{op: "Flatten", inputs: n.inputs, outputs: []string{l.name()}}
	flat.setInteger("axis", axis)
	softmax := &node{op: "Softmax", inputs: flat.outputs, outputs: []string{l.name()}}
	softmax.setInteger("axis", -1)
	l.nodes = append(l.nodes, flat, softmax)
	l.last(n, "Reshape", softmax.outputs[0], l.emit("Shape", n.inputs[0]))
}

// constantNode turns constants in attributes into tensors.
func (l *lowering) constantNode(n *node) {
	for _, a := range n.attributes {
		switch a.text(attributeName) {
		case "value_int":
			t := integerTensor(n.outputs[0], []int64{a.integer(attributeInt)}).without(tensorDims)
			l.extra, l.initializers[n.outputs[0]] = append(l.extra, t), t
			return
		case "value_ints":
			t := integerTensor(n.outputs[0], n.ints("value_ints"))
			l.extra, l.initializers[n.outputs[0]] = append(l.extra, t), t
			return
		case "value_float":
			l.extra = append(l.extra, scalarTensor(n.outputs[0], n.float("value_float", 0)))
			return
		}
	}
	l.nodes = append(l.nodes, n)
}

// slice turns the attributes of old models into inputs.
func (l *lowering) slice(n *node) {
	if len(n.inputs) == 1 {
		starts, ends, axes := n.ints("starts"), n.ints("ends"), n.ints("axes")
		if axes == nil {
			for i := range starts {
				axes = append(axes, int64(i))
			}
		}
		n.inputs = append(n.inputs, l.integers(starts...), l.integers(ends...), l.integers(axes...))
		n.attributes = nil
	}
	l.nodes = append(l.nodes, n)
}

// constant returns the integers of an initializer or a Constant node.
func (l *lowering) constant(name string) ([]int64, bool) {
	t, ok := l.initializers[name]
	if !ok {
		n := l.producers[name]
		if n == nil || n.op != "Constant" {
			return nil, false
		}
		var err error
		if t, err = n.attribute("value").inner(attributeTensor); err != nil {
			return nil, false
		}
	}
	if t.integer(tensorType) != typeInt64 {
		return nil, false
	}
	values, err := t.integers(tensorInt64)
	if raw := t.text(tensorRaw); len(raw) > 0 && err == nil {
		for data := []byte(raw); len(data) >= 8; data = data[8:] {
			v, _ := protowire.ConsumeFixed64(data)
			values = append(values, int64(v))
		}
	}
	return values, err == nil
}

// pad makes zero padding differentiable.
func (l *lowering) pad(n *node) {
	pads, known := n.ints("pads"), true
	if pads == nil && len(n.inputs) > 1 {
		pads, known = l.constant(n.inputs[1])
	}
	mode := "constant"
	if a := n.attribute("mode"); a != nil {
		mode = a.text(attributeText)
	}
	zero := n.float("value", 0) == 0 && (len(n.inputs) < 3 || n.inputs[2] == "" || l.isZero(n.inputs[2]))
	if !known || mode != "constant" || !zero || len(n.inputs) > 3 || slices.Min(append(pads, 0)) < 0 {
		if len(n.inputs) == 1 { // an old model
			n.inputs = append(n.inputs, l.integers(pads...), l.scalar(n.float("value", 0)))
			n.drop("pads", "value")
		}
		l.nodes = append(l.nodes, n)
		return
	}
	x, rank := n.inputs[0], len(pads)/2
	for axis := range rank {
		x = l.zeros(x, int64(axis), pads[axis], pads[axis+rank])
	}
	l.stand(n, x)
}

// isZero reports whether a value is a constant 0 in float32.
func (l *lowering) isZero(name string) bool {
	t, ok := l.initializers[name]
	if n := l.producers[name]; !ok && n != nil && n.op == "Constant" {
		t, _ = n.attribute("value").inner(attributeTensor)
	}
	raw := t.text(tensorRaw)
	return t != nil && t.integer(tensorType) == typeFloat && len(raw) == 4 && strings.Trim(raw, "\x00") == ""
}

// listed names the faults with their counts.
func listed(faults map[string]int) string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(faults)) {
		if n := faults[what]; n > 1 {
			what = fmt.Sprintf("%s (%d times)", what, n)
		}
		parts = append(parts, what)
	}
	return strings.Join(parts, ", ")
}

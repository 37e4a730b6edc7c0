package onnx

import (
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// drop removes attributes.
func (n *node) drop(names ...string) {
	n.attributes = slices.DeleteFunc(slices.Clone(n.attributes), func(a message) bool {
		return slices.Contains(names, a.text(attributeName))
	})
}

// setInts sets an attribute.
func (n *node) setInts(name string, values []int64) {
	n.drop(name)
	a := message{}.with(attributeName, []byte(name))
	for _, v := range values {
		a = a.withInteger(attributeInts, v)
	}
	n.attributes = append(n.attributes, a.withInteger(attributeType, 7))
}

// setInteger sets an attribute.
func (n *node) setInteger(name string, value int64) {
	n.drop(name)
	n.attributes = append(n.attributes, message{}.with(attributeName, []byte(name)).withInteger(attributeInt, value).withInteger(attributeType, 2))
}

// integerTensor encodes a one-dimensional initializer.
func integerTensor(name string, values []int64) message {
	var raw []byte
	for _, v := range values {
		raw = protowire.AppendFixed64(raw, uint64(v))
	}
	return message{}.withInteger(tensorDims, int64(len(values))).withInteger(tensorType, typeInt64).
		with(tensorName, []byte(name)).with(tensorRaw, raw)
}

func (n *node) bytes() []byte {
	var m message
	for _, in := range n.inputs {
		m = m.with(nodeInput, []byte(in))
	}
	for _, out := range n.outputs {
		m = m.with(nodeOutput, []byte(out))
	}
	m = m.with(nodeName, []byte(n.name)).with(nodeOp, []byte(n.op)).with(nodeDomain, []byte(n.domain)).with(nodeOverload, []byte(n.overload))
	for _, a := range n.attributes {
		m = m.with(nodeAttribute, a.bytes())
	}
	return m.bytes()
}

// described describes an input or an output; a negative dimension is any, −2 one
// that is named after its channels.
func described(name string, kind int64, dims []int64) []byte {
	var shape message
	for _, d := range dims {
		dim := message{}.withInteger(1, d)
		if d < 0 {
			dim = message{}.with(2, []byte("images"))
		}
		if d == -2 {
			dim = message{}.with(2, []byte("num_channels"))
		}
		shape = shape.with(1, dim.bytes())
	}
	tensor := message{}.withInteger(1, kind).with(2, shape.bytes())
	return message{}.with(valueName, []byte(name)).with(valueType, message{}.with(1, tensor.bytes()).bytes()).bytes()
}

package onnx

import (
	"errors"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// field is a field of a protocol buffer message, as encoded.
type field struct {
	number protowire.Number
	kind   protowire.Type
	// value is the content of a length-delimited field.
	value []byte
	// word is the content of any other.
	word uint64
}

// message is a sequence of fields. Unknown ones are written back unchanged.
type message []field

var errDamaged = errors.New("not an ONNX model, or truncated")

// parse splits a message into its fields.
func parse(data []byte) (message, error) {
	var m message
	for len(data) > 0 {
		f := field{}
		var n int
		f.number, f.kind, n = protowire.ConsumeTag(data)
		if n < 0 {
			return nil, errDamaged
		}
		data = data[n:]
		switch f.kind {
		case protowire.BytesType:
			f.value, n = protowire.ConsumeBytes(data)
		case protowire.VarintType:
			f.word, n = protowire.ConsumeVarint(data)
		case protowire.Fixed32Type:
			var word uint32
			word, n = protowire.ConsumeFixed32(data)
			f.word = uint64(word)
		case protowire.Fixed64Type:
			f.word, n = protowire.ConsumeFixed64(data)
		default:
			return nil, errDamaged
		}
		if n < 0 {
			return nil, errDamaged
		}
		data = data[n:]
		m = append(m, f)
	}
	return m, nil
}

// bytes encodes the message.
func (m message) bytes() []byte {
	var b []byte
	for _, f := range m {
		b = protowire.AppendTag(b, f.number, f.kind)
		switch f.kind {
		case protowire.BytesType:
			b = protowire.AppendBytes(b, f.value)
		case protowire.VarintType:
			b = protowire.AppendVarint(b, f.word)
		case protowire.Fixed32Type:
			b = protowire.AppendFixed32(b, uint32(f.word))
		case protowire.Fixed64Type:
			b = protowire.AppendFixed64(b, f.word)
		}
	}
	return b
}

// all returns the contents of the fields with a number.
func (m message) all(number protowire.Number) [][]byte {
	var values [][]byte
	for _, f := range m {
		if f.number == number && f.kind == protowire.BytesType {
			values = append(values, f.value)
		}
	}
	return values
}

// text returns the last field with a number as text, "" if there is none.
func (m message) text(number protowire.Number) (s string) {
	for _, value := range m.all(number) {
		s = string(value)
	}
	return s
}

// integer returns the last field with a number, 0 if there is none.
func (m message) integer(number protowire.Number) (i int64) {
	for _, f := range m {
		if f.number == number && f.kind == protowire.VarintType {
			i = int64(f.word)
		}
	}
	return i
}

// inner returns the last field with a number as a message.
func (m message) inner(number protowire.Number) (message, error) {
	var last []byte
	for _, value := range m.all(number) {
		last = value
	}
	return parse(last)
}

// without removes the fields with a number.
func (m message) without(number protowire.Number) message {
	var rest message
	for _, f := range m {
		if f.number != number {
			rest = append(rest, f)
		}
	}
	return rest
}

// with appends fields with the given contents.
func (m message) with(number protowire.Number, contents ...[]byte) message {
	for _, c := range contents {
		m = append(m, field{number: number, kind: protowire.BytesType, value: c})
	}
	return m
}

func (m message) withInteger(number protowire.Number, i int64) message {
	return append(m, field{number: number, kind: protowire.VarintType, word: uint64(i)})
}

// integers returns a repeated integer, packed or not.
func (m message) integers(number protowire.Number) ([]int64, error) {
	var all []int64
	for _, f := range m {
		if f.number != number {
			continue
		}
		if f.kind == protowire.VarintType {
			all = append(all, int64(f.word))
			continue
		}
		for data := f.value; len(data) > 0; {
			v, n := protowire.ConsumeVarint(data)
			if n < 0 {
				return nil, errDamaged
			}
			all, data = append(all, int64(v)), data[n:]
		}
	}
	return all, nil
}

// Numbers of fields in onnx.proto.
const (
	modelOpset, modelGraph, modelFunctions = 8, 7, 25

	functionName, functionInput, functionOutput, functionNode, functionOpset, functionDomain, functionDefaults, functionOverload = 1, 4, 5, 7, 9, 10, 11, 13

	graphNode, graphInitializer, graphInput, graphOutput, graphSparse = 1, 5, 11, 12, 15

	nodeInput, nodeOutput, nodeName, nodeOp, nodeAttribute, nodeDomain, nodeOverload = 1, 2, 3, 4, 5, 7, 8

	attributeName, attributeFloat, attributeInt, attributeText, attributeTensor, attributeInts, attributeType = 1, 2, 3, 4, 5, 8, 20
	attributeGraph, attributeFloats, attributeTensors, attributeGraphs, attributeReference                    = 6, 7, 10, 11, 21

	tensorDims, tensorType, tensorInt64, tensorName, tensorRaw, tensorExternal, tensorLocation = 1, 2, 7, 8, 9, 13, 14
	// external is the tensorLocation of a tensor in another file.
	external = 1

	valueName, valueType = 1, 2

	typeFloat, typeInt64 = 1, 7
)

// node is an operation of the graph.
type node struct {
	op, domain, name string
	// overload tells functions of one name apart.
	overload        string
	inputs, outputs []string
	attributes      []message
}

func parseNode(data []byte) (*node, error) {
	m, err := parse(data)
	if err != nil {
		return nil, err
	}
	n := &node{op: m.text(nodeOp), domain: m.text(nodeDomain), name: m.text(nodeName), overload: m.text(nodeOverload)}
	for _, in := range m.all(nodeInput) {
		n.inputs = append(n.inputs, string(in))
	}
	for _, out := range m.all(nodeOutput) {
		n.outputs = append(n.outputs, string(out))
	}
	for _, data := range m.all(nodeAttribute) {
		a, err := parse(data)
		if err != nil {
			return nil, err
		}
		n.attributes = append(n.attributes, a)
	}
	if len(n.outputs) == 0 || n.op == "" {
		return nil, fmt.Errorf("%w: a node without outputs or operator", errDamaged)
	}
	return n, nil
}

// parseNodes returns the nodes of a graph.
func parseNodes(graph message) ([]*node, error) { return parseNodesAt(graph, graphNode) }

func parseNodesAt(m message, number protowire.Number) ([]*node, error) {
	var nodes []*node
	for _, data := range m.all(number) {
		n, err := parseNode(data)
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// attribute returns the attribute with a name, nil if there is none.
func (n *node) attribute(name string) message {
	for _, a := range n.attributes {
		if a.text(attributeName) == name {
			return a
		}
	}
	return nil
}

// integer returns an attribute's value, or otherwise if there is none.
func (n *node) integer(name string, otherwise int64) int64 {
	if a := n.attribute(name); a != nil {
		return a.integer(attributeInt)
	}
	return otherwise
}

func (n *node) float(name string, otherwise float32) float32 {
	for _, f := range n.attribute(name) {
		if f.number == attributeFloat {
			return math.Float32frombits(uint32(f.word))
		}
	}
	return otherwise
}

// ints returns an attribute's values, nil if there are none.
func (n *node) ints(name string) []int64 {
	values, err := n.attribute(name).integers(attributeInts)
	if err != nil {
		return nil
	}
	return values
}

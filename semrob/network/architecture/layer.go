package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// layer is a part of a network with parameters.
type layer interface {
	// parameters returns the layer's parameters in PyTorch's order.
	parameters() []weights.Parameter
	// prepared returns the layer's constants.
	prepared() []prepared
}

// prepared is a constant of the graph and how it is made.
type prepared struct {
	name  string
	shape []int
	// from returns the values, from a checked state dictionary that it must not
	// change.
	from func(set weights.Set) []float32
	// exact is from in float64; nil if from does no arithmetic.
	exact func(set weights.Set) []float64
	// instead and on are Constant's Instead and On.
	instead string
	on      []Kernels
}

// add appends a layer to an architecture and returns it. Layers must be added in
// the order of PyTorch's state dictionary.
func add[L layer](a *Architecture, l L) L {
	a.layers = append(a.layers, l)
	return l
}

// pass is one construction of a network's graph.
type pass struct {
	// nodes are the constants by name.
	nodes   map[string]*graph.Node
	kernels Kernels
	// multiplyAdds counts those of convolutions and matrix products.
	multiplyAdds int
	// nudge and kinks are Trace's.
	nudge func(*graph.Node) *graph.Node
	kinks []Kink
}

// node returns a constant's node.
func (p *pass) node(name string) *graph.Node {
	n, ok := p.nodes[name]
	if !ok {
		panic(fmt.Errorf("the constant %s is missing from the network's graph", name))
	}
	return n
}

// work counts an operation that needs multiplyAdds for each value of result.
func (p *pass) work(result *graph.Node, multiplyAdds int) {
	p.multiplyAdds += result.Shape().Size() * multiplyAdds
}

// module is a part of a network that maps one node to another: a layer, a block,
// or a function without parameters.
type module interface {
	apply(p *pass, x *graph.Node) *graph.Node
}

// sequence applies its modules in order.
type sequence []module

func (s sequence) apply(p *pass, x *graph.Node) *graph.Node {
	for _, m := range s {
		x = m.apply(p, x)
	}
	return x
}

// function is a module without parameters.
type function func(x *graph.Node) *graph.Node

func (f function) apply(_ *pass, x *graph.Node) *graph.Node { return f(x) }

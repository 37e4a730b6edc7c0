package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// layer is a part of a network that has parameters.
type layer interface {
	// parameters returns what the layer asks of the state dictionary, in
	// PyTorch's order.
	parameters() []weights.Parameter
	// prepared returns what the layer computes with.
	prepared() []prepared
}

// prepared is a tensor that the graph computes with, and how it is made.
type prepared struct {
	name  string
	shape []int
	// from makes the values of a state dictionary, which has been checked and
	// is not changed.
	from func(set weights.Set) []float32
	// exact makes them in float64, nil where from does no arithmetic.
	exact func(set weights.Set) []float64
	// instead and on are Constant's Instead and On.
	instead string
	on      []Kernels
}

// add appends a layer to an architecture's and returns it. Layers are added in
// the order of PyTorch's state dictionary.
func add[L layer](a *Architecture, l L) L {
	a.layers = append(a.layers, l)
	return l
}

// pass is one construction of a network's graph.
type pass struct {
	// nodes are the prepared tensors under their names.
	nodes map[string]*graph.Node
	// kernels are who computes it.
	kernels Kernels
	// multiplyAdds counts those of convolutions and matrix products.
	multiplyAdds int
	// nudge and kinks are Trace's.
	nudge func(*graph.Node) *graph.Node
	kinks []Kink
}

// node returns a prepared tensor's node.
func (p *pass) node(name string) *graph.Node {
	n, ok := p.nodes[name]
	if !ok {
		panic(fmt.Errorf("the constant %s was not given to the network's graph", name))
	}
	return n
}

// work counts an operation that takes multiplyAdds for each value of result.
func (p *pass) work(result *graph.Node, multiplyAdds int) {
	p.multiplyAdds += result.Shape().Size() * multiplyAdds
}

// module is a part of a network that takes one node to another: a layer, a
// block, or a function without parameters.
type module interface {
	apply(p *pass, x *graph.Node) *graph.Node
}

// sequence applies its modules one after the other.
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

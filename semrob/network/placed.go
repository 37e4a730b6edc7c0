package network

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/graphname"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
)

// device is the backend's first, which runs everything.
const device = compute.DeviceNum(0)

// Placed is a network whose weights are on a backend's device, for use in any
// computation graph, such as a differentiable renderer followed by the network.
// Weights are parameters of the graph, not constants: XLA then compiles ten times
// faster, and runs as fast.
//
//	placed, err := n.Place(backend)
//	exec, err := graph.NewExec(backend, func(images *graph.Node) *graph.Node {
//		return placed.Probabilities(images, network.Standard)
//	})
//	exec.SetSideParamsHook(placed.Feed)
type Placed struct {
	network   *Network
	precision Precision
	name      graphname.Name   // in graphs
	names     []string         // of the placed constants
	buffers   []compute.Buffer // nil after Finalize
	shapes    []shapes.Shape   // of the buffers
}

// Place copies the weights to the backend's device, once for all graphs, in
// Float32.
func (n *Network) Place(backend compute.Backend) (*Placed, error) { return n.PlaceIn(backend, Float32) }

// PlaceIn is Place in a given precision.
func (n *Network) PlaceIn(backend compute.Backend, precision Precision) (*Placed, error) {
	precision, err := ParsePrecision(string(precision))
	if err != nil {
		return nil, fmt.Errorf("placing the network %s: %w", n.Name, err)
	}
	if n.host != nil {
		return nil, fmt.Errorf("placing the network %s: it is not computed by a graph: compile it instead", n.Name)
	}
	p := &Placed{network: n, precision: precision, name: graphname.Take("network " + n.Name), buffers: make([]compute.Buffer, 0, len(n.constants))}
	constants := n.chosen(architecture.KernelsOf(backend), precision)
	if n.late != nil {
		c, err := n.late(backend)
		if err != nil {
			return nil, fmt.Errorf("placing the network %s: %w", n.Name, err)
		}
		constants = append(constants, c)
	}
	for _, c := range constants {
		c = precision.rounded(c)
		buffer, err := backend.BufferFromFlatData(device, c.Data, c.Shape)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("copying the weights of %s to the device: %s: %w", n.Name, c.Name, err), p.Finalize())
		}
		p.names, p.buffers, p.shapes = append(p.names, c.Name), append(p.buffers, buffer), append(p.shapes, c.Shape)
	}
	return p, nil
}

// chosen returns the constants that a graph needs on the given kernels, where
// some replace others.
func (n *Network) chosen(kernels architecture.Kernels, precision Precision) []Constant {
	standsIn := func(c Constant) bool {
		return c.instead != "" && precision == Float32 && slices.Contains(c.on, kernels)
	}
	replaced := map[string]bool{}
	for _, c := range n.constants {
		if standsIn(c) {
			replaced[c.instead] = true
		}
	}
	var all []Constant
	for _, c := range n.constants {
		if standsIn(c) || c.instead == "" && !replaced[c.Name] {
			all = append(all, c)
		}
	}
	return all
}

// Logits adds the network to the graph of its images, [batch, S, S, 3] float32,
// NHWC, colours 0…1, and returns the scores before the softmax, [batch, classes].
// It is differentiable with respect to the images and may be added more than
// once. For a network that returns probabilities, the logits are their
// logarithms.
//
// Like GoMLX's graph functions it panics on images of another shape.
func (p *Placed) Logits(images *graph.Node, how Preprocess) *graph.Node {
	result := p.result(images, how)
	if p.network.output == Probabilities {
		smallest := graph.Scalar(images.Graph(), dtypes.Float32, math.SmallestNonzeroFloat32*(1<<23))
		result = graph.Log(graph.Max(result, smallest))
	}
	return result
}

// Probabilities is the softmax of Logits, or the sigmoid of a single logit.
func (p *Placed) Probabilities(images *graph.Node, how Preprocess) *graph.Node {
	result := p.result(images, how)
	if p.network.output == Probabilities {
		return result
	}
	if len(p.network.Labels) == 1 {
		return graph.Sigmoid(result)
	}
	return graph.Softmax(result)
}

// result adds the preprocessing and the network's graph.
func (p *Placed) result(images *graph.Node, how Preprocess) *graph.Node {
	g := images.Graph()
	nodes := make(map[string]*graph.Node, len(p.names))
	for i, name := range p.names {
		node := g.GetParameterByName(p.parameter(i))
		if node == nil {
			node = graph.Parameter(g, p.parameter(i), p.shapes[i])
		}
		nodes[name] = node
	}
	result := p.network.graph(nodes, as(p.network.preprocess(images, how), p.precision.dtype()))
	result = as(result, dtypes.Float32)
	result.AssertDims(images.Shape().Dimensions[0], len(p.network.Labels))
	return result
}

// Feed passes the weights to a graph with Logits or Probabilities: give it to
// Exec.SetSideParamsHook.
func (p *Placed) Feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	if p.buffers == nil {
		return fmt.Errorf("the weights of %s were released: place the network again", p.network.Name)
	}
	for i, buffer := range p.buffers {
		node := g.GetParameterByName(p.parameter(i))
		if node == nil {
			return fmt.Errorf("the network %s is not part of the graph %s", p.network.Name, g.Name())
		}
		handle := node.GetParameterHandle()
		inputs[handle], donate[handle] = buffer, false
	}
	return nil
}

// parameter names constant i in a graph, differently for each network.
func (p *Placed) parameter(i int) string { return p.name.Of(p.names[i]) }

// Finalize releases the weights on the device. Graphs that use them can no
// longer run.
func (p *Placed) Finalize() error {
	var failures []error
	for _, buffer := range p.buffers {
		failures = append(failures, buffer.Finalize())
	}
	if p.buffers != nil {
		p.name.Release()
	}
	p.buffers = nil
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("releasing the weights of %s: %w", p.network.Name, err)
	}
	return nil
}

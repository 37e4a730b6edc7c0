package shading

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// Inputs are what decides pictures, as nodes of a graph.
type Inputs struct {
	// Parameters are the semantic parameters, [batch, Width] float32, in the
	// order and the units of render.Parameters (degrees for angles); see Values.
	Parameters *graph.Node
	// Copies says what each sample shows, [batch, T, T] int32, as
	// render.VisibilityBuffer.Copies.
	Copies *graph.Node
}

// Pictures adds the pictures of a batch of scenes to the graph of its inputs:
// [batch, size, size, 3] float32, NHWC, 0…1, row 0 at the top, equal to those
// of the renderer to rounding. It is differentiable with respect to
// Inputs.Parameters. It may be added more than once.
//
// Like GoMLX's own graph functions it panics where the inputs do not fit.
func (p *Placed) Pictures(in Inputs) *graph.Node {
	samples := p.size * p.supersample
	batch := in.Copies.Shape().Dimensions[0]
	in.Copies.AssertDims(batch, samples, samples)
	in.Parameters.AssertDims(batch, Width())
	scene := newParameters(in.Parameters)

	slots := graph.AddScalar(graph.Reshape(in.Copies, batch, samples*samples), 1)
	var channels []*graph.Node
	for _, colour := range p.colours(scene, slots) {
		channels = append(channels, p.average(colour))
	}
	return graph.Stack(channels, -1)
}

// colours returns red, green and blue of every sample, [batch, samples] each,
// of which the slots are 1 + the index of the copy.
func (p *Placed) colours(scene parameters, slots *graph.Node) [3]*graph.Node {
	var normal [3]*graph.Node
	for k := range normal {
		normal[k] = graph.Gather(p.node(slots.Graph(), k), graph.InsertAxes(slots, -1), false)
	}
	light := newLight(scene).on(normal)
	covered := graph.GreaterThan(slots, graph.ScalarZero(slots.Graph(), slots.DType()))
	var colours [3]*graph.Node
	for k, channel := range []string{"r", "g", "b"} {
		object := graph.MinScalar(graph.Mul(scene.get("object-"+channel), light), 1)
		background := graph.BroadcastToShape(scene.get("background-"+channel), object.Shape())
		colours[k] = graph.Where(covered, object, background)
	}
	return colours
}

// average returns the pixels [batch, size, size] of samples [batch, T·T]: the
// mean of supersample × supersample each.
func (p *Placed) average(samples *graph.Node) *graph.Node {
	batch, s := samples.Shape().Dimensions[0], p.supersample
	if len(samples.Shape().Dimensions) != 2 {
		panic(fmt.Errorf("samples of the shape %s", samples.Shape()))
	}
	return graph.ReduceMean(graph.Reshape(samples, batch, p.size, s, p.size, s), 2, 4)
}

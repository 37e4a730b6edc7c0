package shading

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
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
	// EdgePixels, [batch, n] int32, and Edges, [batch, 8, n] float32, are where
	// edges run, as Edges.Pack gives them. Where they are nil the pictures are
	// the same and have derivatives in light and colours only.
	EdgePixels, Edges *graph.Node
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
	if in.Edges != nil {
		moved := p.edges(scene, in.EdgePixels, in.Edges)
		for k := range channels {
			channels[k] = graph.Add(channels[k], moved[k])
		}
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
	for k, channel := range channelNames {
		object := reflected(scene, channel, light)
		background := graph.BroadcastToShape(scene.get("background-"+channel), object.Shape())
		colours[k] = graph.Where(covered, object, background)
	}
	return colours
}

// channelNames end the names of the parameters of colours.
var channelNames = [3]string{"r", "g", "b"}

// reflected returns a channel of the object's colour in a light: at most 1.
func reflected(scene parameters, channel string, light *graph.Node) *graph.Node {
	return graph.MinScalar(graph.Mul(scene.get("object-"+channel), light), 1)
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

// edges returns what the movement of edges adds to the pixels,
// [batch, size, size] for red, green and blue: zeros, of which the derivatives
// are not zero.
func (p *Placed) edges(scene parameters, pixels, edges *graph.Node) [3]*graph.Node {
	batch, n := pixels.Shape().Dimensions[0], pixels.Shape().Dimensions[1]
	edges.AssertDims(batch, edgeColumns, n)
	var columns [edgeColumns]*graph.Node
	for i := range columns {
		columns[i] = graph.Reshape(graph.SliceAxis(edges, 1, graph.AxisRange(i, i+1)), batch, n)
	}
	c := newCamera(scene, p.size*p.supersample)
	right, down := c.project([3]*graph.Node{columns[0], columns[1], columns[2]})
	movement := graph.Add(graph.Mul(columns[3], withoutValue(right)), graph.Mul(columns[4], withoutValue(down)))

	first := graph.MulScalar(graph.Iota(pixels.Graph(), pixels.Shape(), 0), p.size*p.size)
	at := graph.Reshape(graph.Add(pixels, first), batch*n, 1)
	var moved [3]*graph.Node
	for k := range moved {
		change := graph.Reshape(graph.Mul(columns[5+k], movement), batch*n)
		sum := graph.Scatter(at, change, shapes.Make(change.DType(), batch*p.size*p.size), false, false)
		moved[k] = graph.Reshape(sum, batch, p.size, p.size)
	}
	return moved
}

// withoutValue returns 0 with the derivative of x.
func withoutValue(x *graph.Node) *graph.Node { return graph.Sub(x, graph.StopGradient(x)) }

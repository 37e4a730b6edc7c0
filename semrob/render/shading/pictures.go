package shading

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// Inputs are the nodes of a graph that pictures are computed from.
type Inputs struct {
	// Parameters are the semantic parameters, [batch, Width] float32, in the
	// order and the units of render.Parameters (degrees for angles); see Values.
	Parameters *graph.Node
	// Copies are those of a render.VisibilityBuffer, [batch, T, T] int32.
	Copies *graph.Node
	// Lights are the further lights of the scenes, [batch, n, 6] float32: for each
	// the unit vector towards it and its radiance in red, green and blue; see
	// Lights. It is nil if there are none.
	Lights *graph.Node
	// Backdrops are the images behind the object, [batch, size, size, 3] float32,
	// 0…1, from render.Backdrop.Fill, or 0 for a scene without one. They are
	// added to the background's colour. It is nil if no scene has one.
	Backdrops *graph.Node
	// EdgePixels, [batch, n] int32, and Edges, [batch, 8, n] float32, are the
	// edges, from Edges.Pack. If they are nil, the pictures are the same, but
	// derivatives ignore the movement of edges.
	EdgePixels, Edges *graph.Node
}

// Pictures adds the pictures of a batch of scenes to the graph of its inputs:
// [batch, size, size, 3] float32, NHWC, 0…1, row 0 at the top, equal to those
// of the renderer to rounding. It is differentiable with respect to
// Inputs.Parameters. It may be called more than once for a graph.
//
// Like GoMLX's own graph functions it panics if a shape is wrong.
func (p *Placed) Pictures(in Inputs) *graph.Node {
	samples := p.size * p.supersample
	batch := in.Copies.Shape().Dimensions[0]
	in.Copies.AssertDims(batch, samples, samples)
	in.Parameters.AssertDims(batch, Width())
	scene := graphscene.NewParameters(in.Parameters)

	slots := graph.AddScalar(graph.Reshape(in.Copies, batch, samples*samples), 1)
	at := graph.Iota(slots.Graph(), slots.Shape(), 1)
	uncovered := graph.Equal(slots, graph.ZerosLike(slots))
	var channels []*graph.Node
	for k, colour := range p.colours(scene, newLight(scene, in.Lights), slots, at) {
		background := graph.BroadcastToShape(scene.Get("background-"+channelNames[k]), colour.Shape())
		channels = append(channels, p.average(graph.Where(uncovered, background, colour)))
	}
	if in.Backdrops != nil {
		in.Backdrops.AssertDims(batch, p.size, p.size, 3)
		share := p.average(graph.ConvertDType(uncovered, in.Backdrops.DType()))
		for k, backdrop := range columnsOf(in.Backdrops) {
			channels[k] = graph.Add(channels[k], graph.Mul(share, backdrop))
		}
	}
	if in.Edges != nil {
		moved := p.edges(scene, in.EdgePixels, in.Edges)
		for k := range channels {
			channels[k] = graph.Add(channels[k], moved[k])
		}
	}
	return graph.Stack(channels, -1)
}

// colours returns red, green and blue of the object at samples, [batch, n] each.
// slots are 1 + the index of the copy, and at are places in the picture, row·T +
// column. For slot 0 the colours are meaningless, but finite.
func (p *Placed) colours(scene parameters, light light, slots, at *graph.Node) vector {
	g, c := slots.Graph(), &p.columns
	reversed := graph.GreaterThan(slots, graph.Scalar(g, slots.DType(), p.faces))
	row := slots
	if !c.backs {
		row = graph.Where(reversed, graph.AddScalar(slots, -p.faces), slots)
	}
	face := columnsOf(graph.Gather(p.tables.Node(g, facesTable), graph.InsertAxes(row, -1)))
	side := graph.OneMinus(graph.MulScalar(graph.ConvertDType(reversed, face[0].DType()), 2))

	var on inside
	if c.interpolated() {
		samples := p.size * p.supersample
		on = newCamera(scene, samples, p.convention).place(face[c.corners:], at, samples)
	}
	var normal vector
	if c.normals >= 0 {
		normal = on.normal(face[c.normals:])
	} else {
		normal = vector(face[c.normal:])
	}
	for k := range normal {
		normal[k] = graph.Mul(normal[k], side)
	}
	colours := light.on(normal)
	if c.unlit >= 0 {
		for k := range colours {
			colours[k] = mixed(colours[k], graph.OnesLike(colours[k]), face[c.unlit])
		}
	}
	var textured, emitted vector
	if c.texCoords >= 0 {
		t := texture{p.tables.Node(g, texturesTable), p.tables.Node(g, levelsTable), p.tables.Node(g, texelsTable), p.mostLevels}
		if c.texture >= 0 {
			textured = on.texel(&t, face[c.texture], face[c.texCoords:])
		}
		if c.emitted >= 0 {
			emitted = on.texel(&t, face[c.emitted], face[c.texCoords:])
		}
	}
	for k, channel := range channelNames {
		object := scene.Get("object-" + channel)
		material := object
		if c.colour >= 0 {
			material = graph.Mul(material, face[c.colour+k])
		}
		if c.colours >= 0 {
			material = graph.Mul(material, on.of(face[c.colours+k], face[c.colours+3+k], face[c.colours+6+k]))
		}
		colours[k] = graph.Mul(colours[k], material)
		if textured[k] != nil {
			colours[k] = graph.Mul(colours[k], textured[k])
		}
		if c.emission >= 0 {
			emission := graph.Mul(object, face[c.emission+k])
			if emitted[k] != nil {
				emission = graph.Mul(emission, emitted[k])
			}
			colours[k] = graph.Add(colours[k], emission)
		}
	}
	for k := range colours {
		colours[k] = graph.MinScalar(colours[k], 1)
	}
	return colours
}

// channelNames end the names of the parameters of colours.
var channelNames = [3]string{"r", "g", "b"}

// average returns the pixels [batch, size, size] of samples [batch, T·T]: the
// mean of supersample × supersample each.
func (p *Placed) average(samples *graph.Node) *graph.Node {
	batch, s := samples.Shape().Dimensions[0], p.supersample
	if len(samples.Shape().Dimensions) != 2 {
		panic(fmt.Errorf("samples of the shape %s", samples.Shape()))
	}
	return graph.ReduceMean(graph.Reshape(samples, batch, p.size, s, p.size, s), 2, 4)
}

// edges returns the effect of moving edges on the pixels, [batch, size, size] for
// red, green and blue: zeros with derivatives that are not zero.
func (p *Placed) edges(scene parameters, pixels, edges *graph.Node) vector {
	batch, n := pixels.Shape().Dimensions[0], pixels.Shape().Dimensions[1]
	edges.AssertDims(batch, edgeColumns, n)
	var columns [edgeColumns]*graph.Node
	for i := range columns {
		columns[i] = graph.Reshape(graph.SliceAxis(edges, 1, graph.AxisRange(i, i+1)), batch, n)
	}
	c := newCamera(scene, p.size*p.supersample, p.convention)
	right, down := c.project(vector{columns[0], columns[1], columns[2]})
	movement := graph.Add(graph.Mul(columns[3], withoutValue(right)), graph.Mul(columns[4], withoutValue(down)))

	first := graph.MulScalar(graph.Iota(pixels.Graph(), pixels.Shape(), 0), p.size*p.size)
	at := graph.Reshape(graph.Add(pixels, first), batch*n, 1)
	var moved vector
	for k := range moved {
		change := graph.Reshape(graph.Mul(columns[5+k], movement), batch*n)
		sum := graph.Scatter(at, change, shapes.Make(change.DType(), batch*p.size*p.size), false, false)
		moved[k] = graph.Reshape(sum, batch, p.size, p.size)
	}
	return moved
}

// withoutValue returns 0 with the derivative of x.
func withoutValue(x *graph.Node) *graph.Node { return graph.Sub(x, graph.StopGradient(x)) }

package device

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// Number types. Places are in float64, as on the host, where corners on a grid make
// edge functions exact.
const (
	placeType = dtypes.Float64
	indexType = dtypes.Int32
	keyType   = dtypes.Int64
)

type vector = graphscene.Vector

// camera maps points of the mesh, [n, m, 1] float64, to sample coordinates. Its
// nodes are [1, 1, batch] float64.
type camera struct {
	graphscene.Camera
	// centre is the sample coordinate of the middle of the picture.
	centre float64
}

// newCamera places cameras by semantic parameters, [batch, parameters] in the
// order of render.Parameters, in front of pictures of samples × samples.
func newCamera(parameters *graph.Node, samples int, convention render.Convention) *camera {
	p := graphscene.NewParameters(graph.ConvertDType(parameters, placeType))
	get := func(name string) *graph.Node { return graph.Reshape(p.Get(name), 1, 1, -1) }
	return &camera{graphscene.NewCamera(get, sinCos, samples, convention), float64(samples-1) / 2}
}

// sinCos returns sine and cosine of an angle in degrees, exact at multiples of
// 90: those of the remainder to the nearest multiple, turned by quarters.
func sinCos(degrees *graph.Node) (sin, cos *graph.Node) {
	quarters := graph.Round(divided(degrees, 90))
	rest := times(graph.Sub(degrees, times(quarters, 90)), math.Pi/180)
	s, c := graph.Sin(rest), graph.Cos(rest)
	quarter := graph.Sub(quarters, times(graph.Floor(divided(quarters, 4)), 4)) // 0…3
	turned := func(none, one, two, three *graph.Node) *graph.Node {
		return graph.Where(graph.LessThan(quarter, graph.ConstAs(quarter, 0.5)), none,
			graph.Where(graph.LessThan(quarter, graph.ConstAs(quarter, 1.5)), one,
				graph.Where(graph.LessThan(quarter, graph.ConstAs(quarter, 2.5)), two, three)))
	}
	return turned(s, c, graph.Neg(s), graph.Neg(c)), turned(c, graph.Neg(s), graph.Neg(c), s)
}

// dot returns a·b + c, summed in the host's order.
func dot(a, b vector, c *graph.Node) *graph.Node { return graph.Add(a.Dot(b), c) }

// toCamera returns points of the mesh in the camera's axes: right, up, depth.
func (c *camera) toCamera(p vector) vector {
	return vector{dot(c.Right, p, c.Shift[0]), dot(c.Up, p, c.Shift[1]), dot(c.Forward, p, c.Shift[2])}
}

// project returns the projections of points of the mesh, float32: sample
// coordinates x and y, and w = 1/z; w is 0 for points nearer than render.Near.
func (c *camera) project(p vector) vector {
	depth := dot(c.Forward, p, c.Shift[2])
	visible := graph.GreaterOrEqual(depth, graph.ConstAs(depth, render.Near))
	w := graph.Div(onesLike(depth), graph.Where(visible, depth, onesLike(depth)))
	down := graph.Neg(c.Scale)
	x := plus(graph.Mul(dot(c.Right.Scaled(c.Scale), p, graph.Mul(c.Scale, c.Shift[0])), w), c.centre)
	y := plus(graph.Mul(dot(c.Up.Scaled(down), p, graph.Mul(down, c.Shift[1])), w), c.centre)
	zero := zerosLike(w)
	return vector{snap(graph.Where(visible, x, zero)), snap(graph.Where(visible, y, zero)), graph.ConvertDType(graph.Where(visible, w, zero), dtypes.Float32)}
}

// subsample is the number of grid points per sample, as on the host.
const subsample = 1 << 14

// snap rounds sample coordinates to the grid of subsample, to float32.
func snap(x *graph.Node) *graph.Node {
	return graph.ConvertDType(divided(graph.Round(times(x, subsample)), subsample), dtypes.Float32)
}

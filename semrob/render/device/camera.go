package device

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// Number types. Places are computed in float64 as the host does: its corners
// lie on a grid that makes edge functions exact there.
const (
	placeType = dtypes.Float64
	indexType = dtypes.Int32
	keyType   = dtypes.Int64
)

// vector is three nodes that belong together.
type vector [3]*graph.Node

// dot returns a·b + c, summed from the first component on, as the host does.
func (a vector) dot(b vector, c *graph.Node) *graph.Node {
	return graph.Add(graph.Add(graph.Add(graph.Mul(a[0], b[0]), graph.Mul(a[1], b[1])), graph.Mul(a[2], b[2])), c)
}

// scaled returns the vector times a factor.
func (a vector) scaled(by *graph.Node) vector {
	return vector{graph.Mul(by, a[0]), graph.Mul(by, a[1]), graph.Mul(by, a[2])}
}

// camera maps points of the mesh, [n, m, 1] float64, to sample coordinates. Its nodes are
// [1, 1, batch] float64.
type camera struct {
	// right, up and forward are the camera's axes in the mesh's axes, shift the
	// mesh's origin in the camera's axes.
	right, up, forward, shift vector
	// scale is the number of samples per unit of x/z.
	scale *graph.Node
	// centre is the sample coordinate of the middle of the picture.
	centre float64
}

// newCamera places cameras by semantic parameters, [batch, parameters] in the
// order of render.Parameters, before pictures of samples × samples.
func newCamera(parameters *graph.Node, samples int) *camera {
	get := columns(parameters)
	sinA, cosA := sinCos(get("azimuth"))
	sinE, cosE := sinCos(get("elevation"))
	sinR, cosR := sinCos(get("roll"))
	zero := zerosLike(sinA)
	right := vector{cosA, zero, sinA}
	forward := vector{graph.Neg(graph.Mul(cosE, sinA)), graph.Neg(sinE), graph.Mul(cosE, cosA)}
	up := cross(forward, right)
	c := &camera{forward: forward, centre: float64(samples-1) / 2}
	for k := range 3 {
		c.right[k] = graph.Sub(graph.Mul(cosR, right[k]), graph.Mul(sinR, up[k]))
		c.up[k] = graph.Add(graph.Mul(sinR, right[k]), graph.Mul(cosR, up[k]))
	}
	c.shift = vector{graph.Neg(get("offset-x")), graph.Neg(get("offset-y")), get("distance")}
	sin, cos := sinCos(times(get("fov"), 0.5))
	c.scale = graph.Div(times(cos, float64(samples)/2), sin)
	return c
}

// columns returns a function that returns a semantic parameter, [1, 1, batch]
// float64, by name.
func columns(parameters *graph.Node) func(name string) *graph.Node {
	table := render.Parameters()
	if parameters.Rank() != 2 || parameters.Shape().Dimensions[1] != len(table) {
		panic(fmt.Errorf("the semantic parameters have the shape %s: it must be [batch, %d], one column for each of render.Parameters", parameters.Shape(), len(table)))
	}
	all := graph.ConvertDType(parameters, placeType)
	return func(name string) *graph.Node {
		for i, p := range table {
			if p.Name == name {
				return graph.Reshape(graph.SliceAxis(all, 1, graph.AxisElem(i)), 1, 1, -1)
			}
		}
		panic(fmt.Errorf("there is no semantic parameter %q", name))
	}
}

// sinCos returns sine and cosine of an angle in degrees, exact at multiples of
// 90: of what is left of the angle beyond the nearest of those, turned back.
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

func cross(a, b vector) vector {
	of := func(i, j int) *graph.Node { return graph.Sub(graph.Mul(a[i], b[j]), graph.Mul(a[j], b[i])) }
	return vector{of(1, 2), of(2, 0), of(0, 1)}
}

// toCamera returns points of the mesh in the camera's axes: right, up, depth.
func (c *camera) toCamera(p vector) vector {
	return vector{c.right.dot(p, c.shift[0]), c.up.dot(p, c.shift[1]), c.forward.dot(p, c.shift[2])}
}

// project returns the places on the picture of points of the mesh, float32:
// sample coordinates x and y, and w = 1/z, which is 0 where z is less than
// render.Near and there is no place.
func (c *camera) project(p vector) vector {
	depth := c.forward.dot(p, c.shift[2])
	visible := graph.GreaterOrEqual(depth, graph.ConstAs(depth, render.Near))
	w := graph.Div(onesLike(depth), graph.Where(visible, depth, onesLike(depth)))
	down := graph.Neg(c.scale)
	x := plus(graph.Mul(c.right.scaled(c.scale).dot(p, graph.Mul(c.scale, c.shift[0])), w), c.centre)
	y := plus(graph.Mul(c.up.scaled(down).dot(p, graph.Mul(down, c.shift[1])), w), c.centre)
	zero := zerosLike(w)
	return vector{snap(graph.Where(visible, x, zero)), snap(graph.Where(visible, y, zero)), graph.ConvertDType(graph.Where(visible, w, zero), dtypes.Float32)}
}

// subsample is the number of places along a sample where a corner can lie, that
// of the host.
const subsample = 1 << 14

// snap rounds sample coordinates to the grid of subsample, to float32.
func snap(x *graph.Node) *graph.Node {
	return graph.ConvertDType(divided(graph.Round(times(x, subsample)), subsample), dtypes.Float32)
}

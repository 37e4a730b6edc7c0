// Package graphscene has the parts of computation graphs of scenes that do not
// depend on precision and shape: semantic parameters by name, vectors and the
// camera.
package graphscene

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// Width is the number of semantic parameters.
var Width = len(render.Parameters())

// columns are the indices of render.Parameters by name.
var columns = func() map[string]int {
	all := map[string]int{}
	for i, p := range render.Parameters() {
		all[p.Name] = i
	}
	return all
}()

// Column returns the index of a semantic parameter in render.Parameters. It
// panics if there is no such parameter.
func Column(name string) int {
	i, ok := columns[name]
	if !ok {
		panic(fmt.Errorf("no semantic parameter is called %q", name))
	}
	return i
}

// Parameters are the semantic parameters of a batch of scenes, [batch, Width]
// in the order and units of render.Parameters.
type Parameters struct{ node *graph.Node }

// NewParameters checks the shape, and panics if it is wrong.
func NewParameters(node *graph.Node) Parameters {
	if node.Rank() != 2 || node.Shape().Dimensions[1] != Width {
		panic(fmt.Errorf("the semantic parameters have shape %s: it must be [batch, %d], one column for each of render.Parameters", node.Shape(), Width))
	}
	return Parameters{node}
}

// Batch returns the number of scenes.
func (p Parameters) Batch() int { return p.node.Shape().Dimensions[0] }

// Get returns a parameter, [batch, 1].
func (p Parameters) Get(name string) *graph.Node {
	i := Column(name)
	return graph.SliceAxis(p.node, 1, graph.AxisRange(i, i+1))
}

// Vector is three nodes of one shape, or of shapes that broadcast.
type Vector [3]*graph.Node

// Dot returns a · b, summed from the first component on.
func (a Vector) Dot(b Vector) *graph.Node {
	return graph.Add(graph.Add(graph.Mul(a[0], b[0]), graph.Mul(a[1], b[1])), graph.Mul(a[2], b[2]))
}

// Cross returns a × b.
func (a Vector) Cross(b Vector) Vector {
	of := func(i, j int) *graph.Node { return graph.Sub(graph.Mul(a[i], b[j]), graph.Mul(a[j], b[i])) }
	return Vector{of(1, 2), of(2, 0), of(0, 1)}
}

// Scaled returns the vector times a factor.
func (a Vector) Scaled(by *graph.Node) Vector {
	return Vector{graph.Mul(by, a[0]), graph.Mul(by, a[1]), graph.Mul(by, a[2])}
}

// Camera maps points of the mesh to sample coordinates, as render.Camera does
// for one scene. Its nodes have the shape and precision of the parameters.
type Camera struct {
	// Right, Up and Forward are the camera's axes in the mesh's axes, Shift the
	// mesh's origin in the camera's axes.
	Right, Up, Forward, Shift Vector
	// Scale is the number of samples per unit of x/z.
	Scale *graph.Node
}

// NewCamera places cameras in front of pictures of samples × samples, by a
// convention. get
// returns a semantic parameter, sinCos the sine and cosine of an angle in
// degrees: these decide shape and precision.
func NewCamera(get func(name string) *graph.Node, sinCos func(degrees *graph.Node) (sin, cos *graph.Node), samples int, convention render.Convention) Camera {
	sinA, cosA := sinCos(get("azimuth"))
	sinE, cosE := sinCos(get("elevation"))
	sinR, cosR := sinCos(get("roll"))
	// Not Zeros, which GoMLX keeps for the whole graph: it could not be used in
	// a loop then. ConstAs makes a new constant each time.
	zero := graph.BroadcastToShape(graph.ConstAs(sinA, 0.0), sinA.Shape())
	right := Vector{cosA, zero, sinA}
	f := Vector{graph.Neg(graph.Mul(cosE, sinA)), graph.Neg(sinE), graph.Mul(cosE, cosA)}
	// f × right without the products with 0.
	up := Vector{
		graph.Mul(f[1], right[2]),
		graph.Sub(graph.Mul(f[2], right[0]), graph.Mul(f[0], right[2])),
		graph.Neg(graph.Mul(f[1], right[0])),
	}
	if convention == render.Physical {
		right[0], right[2] = graph.Neg(right[0]), graph.Neg(right[2])
	}
	c := Camera{Forward: f, Shift: Vector{graph.Neg(get("offset-x")), graph.Neg(get("offset-y")), get("distance")}}
	for k := range 3 {
		c.Right[k] = graph.Sub(graph.Mul(cosR, right[k]), graph.Mul(sinR, up[k]))
		c.Up[k] = graph.Add(graph.Mul(sinR, right[k]), graph.Mul(cosR, up[k]))
	}
	fov := get("fov")
	sin, cos := sinCos(graph.Mul(fov, graph.ConstAs(fov, 0.5)))
	c.Scale = graph.Mul(graph.Div(cos, sin), graph.ConstAs(fov, float64(samples)/2))
	return c
}

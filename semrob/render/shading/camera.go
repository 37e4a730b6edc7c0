package shading

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// camera is the cameras of a batch. Nodes are [batch, 1].
type camera struct{ graphscene.Camera }

func newCamera(p parameters, samples int, convention render.Convention) camera {
	return camera{graphscene.NewCamera(p.Get, sinCos, samples, convention)}
}

// sinCos returns sine and cosine of an angle in degrees, differentiably.
func sinCos(degrees *graph.Node) (sin, cos *graph.Node) {
	angle := graph.MulScalar(degrees, math.Pi/180)
	return graph.Sin(angle), graph.Cos(angle)
}

// project returns the projections of points of the mesh, [batch, n], in samples to
// the right and down from the middle of the picture.
func (c camera) project(points vector) (x, y *graph.Node) {
	perDepth := graph.Div(c.Scale, along(c.Forward, points, c.Shift[2]))
	x = graph.Mul(along(c.Right, points, c.Shift[0]), perDepth)
	y = graph.Neg(graph.Mul(along(c.Up, points, c.Shift[1]), perDepth))
	return x, y
}

// values returns the values that projections depend on, [batch, cameraValues], in
// the order of moments.camera.
func (c camera) values() *graph.Node {
	var all []*graph.Node
	for k, axis := range [3]vector{c.Right, c.Up, c.Forward} {
		all = append(all, axis[0], axis[1], axis[2], c.Shift[k])
	}
	return graph.Concatenate(append(all, c.Scale), 1)
}

// along returns axis·points + shift.
func along(axis, points vector, shift *graph.Node) *graph.Node {
	sum := shift
	for k := range axis {
		sum = graph.Add(sum, graph.Mul(axis[k], points[k]))
	}
	return sum
}

// eye is the camera of one scene on the host. A point relative to it has a place:
// to the right and down, in samples times depth, and the depth. Its projection is
// the first two divided by the third, in samples from the middle.
type eye struct {
	render.Camera
	position [3]float64 // in the mesh's axes
}

func newEye(s *render.Scene, samples int, convention render.Convention) eye {
	// Not render.SinCos, which would change the last bits of derivatives.
	sincos := func(degrees float64) (sin, cos float64) { return math.Sincos(degrees * math.Pi / 180) }
	e := eye{Camera: render.NewCamera(s, samples, convention, sincos)}
	for k := range e.position {
		e.position[k] = -e.Shift[0]*e.Right[k] - e.Shift[1]*e.Up[k] - e.Shift[2]*e.Forward[k]
	}
	return e
}

// turned returns the place of a direction in the mesh's axes.
func (e *eye) turned(a [3]float64) [3]float64 {
	return [3]float64{e.Scale * vec3.Dot(a, e.Right), -e.Scale * vec3.Dot(a, e.Up), vec3.Dot(a, e.Forward)}
}

// point returns the point, in the mesh's axes, at a projection, in samples from the
// middle, and a depth.
func (e *eye) point(x, y, depth float64) (point [3]float64) {
	x, y = x/e.Scale, y/e.Scale
	for k := range point {
		point[k] = e.position[k] + depth*(e.Forward[k]+x*e.Right[k]-y*e.Up[k])
	}
	return point
}

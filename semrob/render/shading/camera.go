package shading

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// camera maps points of the mesh to sample coordinates, in a graph. All nodes
// are [batch, 1].
type camera struct {
	right, up, forward [3]*graph.Node // its axes in the mesh's axes
	shift              [3]*graph.Node // the mesh's origin in its axes
	scale              *graph.Node    // samples per unit of x/z
}

// newCamera places the camera as package render does, DESIGN.md section 3.
func newCamera(p parameters, samples int) camera {
	sinA, cosA := p.sinCos("azimuth")
	sinE, cosE := p.sinCos("elevation")
	sinR, cosR := p.sinCos("roll")
	zero := graph.ZerosLike(sinA)
	c := camera{
		forward: [3]*graph.Node{graph.Neg(graph.Mul(cosE, sinA)), graph.Neg(sinE), graph.Mul(cosE, cosA)},
		shift:   [3]*graph.Node{graph.Neg(p.get("offset-x")), graph.Neg(p.get("offset-y")), p.get("distance")},
	}
	right := [3]*graph.Node{cosA, zero, sinA}
	// forward × right, of which the y component of right is 0
	f := c.forward
	up := [3]*graph.Node{
		graph.Mul(f[1], right[2]),
		graph.Sub(graph.Mul(f[2], right[0]), graph.Mul(f[0], right[2])),
		graph.Neg(graph.Mul(f[1], right[0])),
	}
	for k := range 3 {
		c.right[k] = graph.Sub(graph.Mul(cosR, right[k]), graph.Mul(sinR, up[k]))
		c.up[k] = graph.Add(graph.Mul(sinR, right[k]), graph.Mul(cosR, up[k]))
	}
	sinF, cosF := halfAngle(p)
	c.scale = graph.MulScalar(graph.Div(cosF, sinF), float64(samples)/2)
	return c
}

// halfAngle returns sine and cosine of half the field of view.
func halfAngle(p parameters) (sin, cos *graph.Node) {
	half := graph.MulScalar(p.get("fov"), math.Pi/360)
	return graph.Sin(half), graph.Cos(half)
}

// project returns where points of the mesh [batch, n] are seen, in samples
// [batch, n] from the middle of the picture: to the right and down.
func (c camera) project(points [3]*graph.Node) (x, y *graph.Node) {
	perDepth := graph.Div(c.scale, along(c.forward, points, c.shift[2]))
	x = graph.Mul(along(c.right, points, c.shift[0]), perDepth)
	y = graph.Neg(graph.Mul(along(c.up, points, c.shift[1]), perDepth))
	return x, y
}

// values returns what decides where points are seen, [batch, cameraValues], as
// moments.camera counts it.
func (c camera) values() *graph.Node {
	var all []*graph.Node
	for k, axis := range [3][3]*graph.Node{c.right, c.up, c.forward} {
		all = append(all, axis[0], axis[1], axis[2], c.shift[k])
	}
	return graph.Concatenate(append(all, c.scale), 1)
}

// along returns axis·points + shift.
func along(axis, points [3]*graph.Node, shift *graph.Node) *graph.Node {
	sum := shift
	for k := range axis {
		sum = graph.Add(sum, graph.Mul(axis[k], points[k]))
	}
	return sum
}

// eye is the camera of one scene on the host, in float64. Points before it have
// places in its picture: to the right and down, in samples times depth, and the
// depth. A point is seen at the first two over the third, in samples from the
// middle.
type eye struct {
	position           [3]float64 // in the mesh's axes
	right, up, forward [3]float64
	scale              float64 // samples per unit of x/z
	centre             float64 // the sample coordinate of the middle
}

func newEye(s *render.Scene, samples int) eye {
	sinA, cosA := math.Sincos(s.Azimuth * math.Pi / 180)
	sinE, cosE := math.Sincos(s.Elevation * math.Pi / 180)
	sinR, cosR := math.Sincos(s.Roll * math.Pi / 180)
	right := [3]float64{cosA, 0, sinA}
	e := eye{
		forward: [3]float64{-cosE * sinA, -sinE, cosE * cosA},
		scale:   float64(samples) / 2 / math.Tan(s.FOV/2*math.Pi/180),
		centre:  float64(samples-1) / 2,
	}
	up := cross(e.forward, right)
	for k := range 3 {
		e.right[k] = cosR*right[k] - sinR*up[k]
		e.up[k] = sinR*right[k] + cosR*up[k]
		e.position[k] = s.OffsetX*e.right[k] + s.OffsetY*e.up[k] - s.Distance*e.forward[k]
	}
	return e
}

// turned returns a direction of the mesh's axes in the picture's.
func (e *eye) turned(a [3]float64) [3]float64 {
	return [3]float64{e.scale * dot(a, e.right), -e.scale * dot(a, e.up), dot(a, e.forward)}
}

// point returns the point, in the mesh's axes, that is seen at a place of the
// picture, in samples from the middle, at a depth.
func (e *eye) point(x, y, depth float64) (point [3]float64) {
	x, y = x/e.scale, y/e.scale
	for k := range point {
		point[k] = e.position[k] + depth*(e.forward[k]+x*e.right[k]-y*e.up[k])
	}
	return point
}

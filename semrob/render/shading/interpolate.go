package shading

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// inside is the position of samples on the faces that they show: the barycentrics
// of render.Surface in a graph. All nodes are [batch, n].
type inside struct {
	second, third *graph.Node // the weights of these corners
	// right and down are the changes from sample to sample of the weights of the
	// second and the third corner and of the sum, before clamping and division.
	right, down vector
	total       *graph.Node // the sum
}

// spread broadcasts the camera to samples of a shape. In the derivatives, the uses
// of a value by one sample are then added before the sum over samples, so that
// there is one sum for each value and not for each use.
func (c camera) spread(shape shapes.Shape) (right, up, forward, eye vector, scale *graph.Node) {
	eye = c.eye()
	for k := range 3 {
		right[k] = graph.BroadcastToShape(c.Right[k], shape)
		up[k] = graph.BroadcastToShape(c.Up[k], shape)
		forward[k] = graph.BroadcastToShape(c.Forward[k], shape)
		eye[k] = graph.BroadcastToShape(eye[k], shape)
	}
	return right, up, forward, eye, graph.BroadcastToShape(c.Scale, shape)
}

// place returns the position of samples on faces. corners are the faces' columns of
// that name, and at the places of the samples in the picture, row·T + column.
//
// Let s be the vector from the first corner to the camera, and a and b those to
// the other two. Then the weights e₁, e₂ of these and the sum E of all three are
// d·(s × b), d·(a × s) and d·(a × b), which is accurate for small faces, too.
func (c camera) place(corners []*graph.Node, at *graph.Node, samples int) inside {
	right, up, forward, s, scale := c.spread(corners[0].Shape())
	a, b := vector(corners[3:]), vector(corners[6:])
	for k := range s {
		s[k] = graph.Sub(s[k], corners[k])
	}
	normals := [3]vector{s.Cross(b), a.Cross(s), a.Cross(b)}

	row := graph.Div(at, graph.Scalar(at.Graph(), at.DType(), samples))
	column := graph.Sub(at, graph.MulScalar(row, samples))
	centred := func(i *graph.Node) *graph.Node {
		return graph.AddScalar(graph.ConvertDType(i, scale.DType()), -float64(samples-1)/2)
	}
	x, y := graph.Div(centred(column), scale), graph.Neg(graph.Div(centred(row), scale))
	var ray vector
	for k := range ray {
		ray[k] = graph.Add(forward[k], graph.Add(graph.Mul(x, right[k]), graph.Mul(y, up[k])))
	}
	var p inside
	var e vector
	for k, normal := range normals {
		e[k] = ray.Dot(normal)
		p.right[k] = graph.Div(right.Dot(normal), scale)
		p.down[k] = graph.Neg(graph.Div(up.Dot(normal), scale))
	}
	p.total = e[2]
	sign := graph.StopGradient(graph.Sign(p.total))
	weight := func(e *graph.Node) *graph.Node { return graph.MaxScalar(graph.Mul(e, sign), 0) }
	first := weight(graph.Sub(p.total, graph.Add(e[0], e[1])))
	second, third := weight(e[0]), weight(e[1])
	sum := graph.Add(first, graph.Add(second, third))
	none := graph.Equal(sum, graph.ZerosLike(sum))
	sum = graph.Where(none, graph.OnesLike(sum), sum)
	middle := graph.MulScalar(graph.OnesLike(sum), 1.0/3)
	p.second = graph.Where(none, middle, graph.Div(second, sum))
	p.third = graph.Where(none, middle, graph.Div(third, sum))
	return p
}

// of interpolates an attribute, which is first at the first corner and greater by
// second and third at the others.
func (p *inside) of(first, second, third *graph.Node) *graph.Node {
	return graph.Add(first, graph.Add(graph.Mul(p.second, second), graph.Mul(p.third, third)))
}

// normal returns the unit normals at the samples, from the columns normals.
func (p *inside) normal(normals []*graph.Node) (n vector) {
	for k := range n {
		n[k] = p.of(normals[k], normals[3+k], normals[6+k])
	}
	length := graph.Sqrt(graph.MaxScalar(n.Dot(n), 1e-10)) // taken as at least 1e-5
	for k := range n {
		n[k] = graph.Div(n[k], length)
	}
	return n
}

// texel returns the colours of the texture at the samples, from the columns texture
// and texCoords.
func (p *inside) texel(t *texture, index *graph.Node, texCoords []*graph.Node) vector {
	u := p.of(texCoords[0], texCoords[2], texCoords[4])
	v := p.of(texCoords[1], texCoords[3], texCoords[5])
	return t.sample(graph.ConvertDType(index, dtypes.Int32), u, v, gradients{
		uI: p.change(u, texCoords[0], texCoords[2], texCoords[4], &p.right),
		vI: p.change(v, texCoords[1], texCoords[3], texCoords[5], &p.right),
		uJ: p.change(u, texCoords[0], texCoords[2], texCoords[4], &p.down),
		vJ: p.change(v, texCoords[1], texCoords[3], texCoords[5], &p.down),
	})
}

// change returns the change of an attribute of value x from sample to sample along
// steps, which are right or down. It is not differentiable.
func (p *inside) change(x, first, second, third *graph.Node, steps *vector) *graph.Node {
	slope := graph.Add(graph.Mul(steps[2], graph.Sub(first, x)), graph.Add(graph.Mul(steps[0], second), graph.Mul(steps[1], third)))
	return graph.StopGradient(graph.Div(slope, p.total))
}

// eye returns the camera's position in the mesh's axes.
func (c camera) eye() vector {
	var eye vector
	for k := range eye {
		eye[k] = graph.Neg(c.Shift.Dot(vector{c.Right[k], c.Up[k], c.Forward[k]}))
	}
	return eye
}

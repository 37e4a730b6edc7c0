package shading

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// light is the light of each scene of a batch.
type light struct {
	direction            vector      // [batch, 1] each, of length 1
	directional, ambient *graph.Node // [batch, 1]
	further              []further
}

// further is one more light of each scene.
type further struct {
	direction vector // [batch, 1] each, of length 1
	radiance  vector // [batch, 1] each: red, green, blue
}

// newLight returns the light of the parameters and of Inputs.Lights, which may be
// nil.
func newLight(p parameters, lights *graph.Node) light {
	l := light{direction: vector{p.Get("light-x"), p.Get("light-y"), p.Get("light-z")}, directional: p.Get("directional"), ambient: p.Get("ambient")}
	// Scaling first keeps the square of a huge or tiny vector within range. The
	// direction does not depend on the scale, so the scale needs no derivative.
	largest := graph.Max(graph.Max(graph.Abs(l.direction[0]), graph.Abs(l.direction[1])), graph.Abs(l.direction[2]))
	largest = graph.StopGradient(largest)
	var squares *graph.Node
	for k := range l.direction {
		l.direction[k] = graph.Div(l.direction[k], largest)
		squares = plus(squares, graph.Square(l.direction[k]))
	}
	length := graph.Sqrt(squares)
	for k := range l.direction {
		l.direction[k] = graph.Div(l.direction[k], length)
	}
	if lights == nil {
		return l
	}
	batch, n := p.Batch(), lights.Shape().Dimensions[1]
	lights.AssertDims(batch, n, lightColumns)
	for i := range n {
		var f further
		for k := range 3 {
			f.direction[k] = graph.Reshape(graph.Slice(lights, graph.AxisRange(), graph.AxisElem(i), graph.AxisElem(k)), batch, 1)
			f.radiance[k] = graph.Reshape(graph.Slice(lights, graph.AxisRange(), graph.AxisElem(i), graph.AxisElem(3+k)), batch, 1)
		}
		l.further = append(l.further, f)
	}
	return l
}

// on returns the red, green and blue light, [batch, n] each, on surfaces of unit
// normals [batch, n]: ambient + directional · max(0, n·l), and radiance ·
// max(0, n·direction) of the further lights.
func (l light) on(normal vector) vector {
	lit := func(direction vector) *graph.Node { return graph.MaxScalar(normal.Dot(direction), 0) }
	base := graph.Add(l.ambient, graph.Mul(l.directional, lit(l.direction)))
	all := vector{base, base, base}
	for _, f := range l.further {
		falling := lit(f.direction)
		for k := range all {
			all[k] = graph.Add(all[k], graph.Mul(f.radiance[k], falling))
		}
	}
	return all
}

// LightValues is the number of values of a further light in Inputs.Lights.
const LightValues = 6

const lightColumns = LightValues

// Lights appends the further lights of a scene, and dark ones up to n ≥
// len(scene.Lights), to values, a part of Inputs.Lights.
func Lights(values []float32, scene *render.Scene, n int) []float32 {
	for _, l := range scene.Lights {
		colour := l.Colour
		if colour == [3]float64{} {
			colour = [3]float64{1, 1, 1}
		}
		for _, d := range vec3.Unit(l.Direction) {
			values = append(values, float32(d))
		}
		for _, c := range colour {
			values = append(values, float32(l.Intensity*c))
		}
	}
	return append(values, make([]float32, lightColumns*(n-len(scene.Lights)))...)
}

// plus returns a + b; a may be nil.
func plus(a, b *graph.Node) *graph.Node {
	if a == nil {
		return b
	}
	return graph.Add(a, b)
}

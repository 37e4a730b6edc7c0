package shading

import (
	"github.com/gomlx/gomlx/core/graph"
)

// light is the light of each scene of a batch.
type light struct {
	direction            [3]*graph.Node // [batch, 1] each, of length 1
	directional, ambient *graph.Node    // [batch, 1]
}

func newLight(p parameters) light {
	l := light{direction: p.get3("light-x", "light-y", "light-z"), directional: p.get("directional"), ambient: p.get("ambient")}
	// Scaling first keeps the square of a huge or tiny vector finite. The
	// direction does not depend on the scale, so its derivative is not needed.
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
	return l
}

// on returns the light [batch, n] that surfaces of unit normals [batch, n]
// reflect: ambient + directional · max(0, n·l).
func (l light) on(normal [3]*graph.Node) *graph.Node {
	var cosine *graph.Node
	for k := range normal {
		cosine = plus(cosine, graph.Mul(normal[k], l.direction[k]))
	}
	return graph.Add(l.ambient, graph.Mul(l.directional, graph.MaxScalar(cosine, 0)))
}

// plus is a + b, where a may be nil for nothing.
func plus(a, b *graph.Node) *graph.Node {
	if a == nil {
		return b
	}
	return graph.Add(a, b)
}

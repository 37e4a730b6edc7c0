package architecture

import "github.com/gomlx/gomlx/core/graph"

// withGradient returns value, which is a function of x, computed without its
// gradient. Its gradient with respect to x is what back makes of the value's.
//
// GoMLX lets only an identity have a gradient of one's own, of the identity's
// shape. So the value's is caught where it arrives, and handed over where x's is
// asked for; what connects the two is never chosen, and costs XLA nothing.
func withGradient(x, value *graph.Node, back func(v *graph.Node) *graph.Node) *graph.Node {
	var above *graph.Node
	path := graph.IdentityWithCustomGradient(x, func(_, _ *graph.Node) *graph.Node { return back(above) })
	if !x.Shape().Equal(value.Shape()) {
		first := make([]graph.SliceAxisSpec, x.Rank())
		for axis := range first {
			first[axis] = graph.AxisElem(0)
		}
		path = graph.Reshape(graph.Slice(path, first...)) // a scalar, which stands for any shape
	}
	y := graph.Where(graph.Const(x.Graph(), true), graph.StopGradient(value), path)
	return graph.IdentityWithCustomGradient(y, func(_, v *graph.Node) *graph.Node {
		above = v
		return v
	})
}

// clipped returns value, which is x within some bounds. Its gradient is that of x
// where inside holds of value, and 0 elsewhere: it asks for nothing but value, so
// that x need not be kept, and whoever computes x can clip it at once.
func clipped(x, value *graph.Node, inside func(value *graph.Node) *graph.Node) *graph.Node {
	return withGradient(x, value, func(v *graph.Node) *graph.Node {
		return graph.Where(inside(value), v, graph.ZerosLike(v))
	})
}

package architecture

import "github.com/gomlx/gomlx/core/graph"

// withGradient returns value, a function of x computed without a gradient, with a
// custom gradient: back maps value's gradient to x's.
//
// GoMLX allows custom gradients only for identities, which keep the shape. So one
// identity captures value's gradient, and another, on x, passes it to back; the
// path that connects the two is never selected, and XLA removes it.
func withGradient(x, value *graph.Node, back func(v *graph.Node) *graph.Node) *graph.Node {
	var above *graph.Node
	path := graph.IdentityWithCustomGradient(x, func(_, _ *graph.Node) *graph.Node { return back(above) })
	if !x.Shape().Equal(value.Shape()) {
		first := make([]graph.SliceAxisSpec, x.Rank())
		for axis := range first {
			first[axis] = graph.AxisElem(0)
		}
		path = graph.Reshape(graph.Slice(path, first...)) // a scalar, which Where broadcasts
	}
	y := graph.Where(graph.Const(x.Graph(), true), graph.StopGradient(value), path)
	return graph.IdentityWithCustomGradient(y, func(_, v *graph.Node) *graph.Node {
		above = v
		return v
	})
}

// clipped returns value, which is x clipped to bounds. Its gradient is 1 where
// inside is true of value, and 0 elsewhere. It depends on value alone, so that x
// need not be kept and clipping can be fused with the computation of x.
func clipped(x, value *graph.Node, inside func(value *graph.Node) *graph.Node) *graph.Node {
	return withGradient(x, value, func(v *graph.Node) *graph.Node {
		return graph.Where(inside(value), v, graph.ZerosLike(v))
	})
}

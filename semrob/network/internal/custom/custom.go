// Package custom gives parts of a computation graph their own gradients.
package custom

import "github.com/gomlx/gomlx/core/graph"

// Gradient returns value, a function of x computed without a gradient, with a
// custom gradient: back maps value's gradient to x's.
//
// GoMLX allows custom gradients only for identities, which keep the shape. So one
// identity captures value's gradient, and another, on x, passes it to back; the
// path that connects the two is never selected, and XLA removes it.
func Gradient(x, value *graph.Node, back func(v *graph.Node) *graph.Node) *graph.Node {
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

package architecture

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
)

// clipped returns value, which is x clipped to bounds. Its gradient is 1 where
// inside is true of value, and 0 elsewhere. It depends on value alone, so that x
// need not be kept and clipping can be fused with the computation of x.
func clipped(x, value *graph.Node, inside func(value *graph.Node) *graph.Node) *graph.Node {
	return custom.Gradient(x, value, func(v *graph.Node) *graph.Node {
		return graph.Where(inside(value), v, graph.ZerosLike(v))
	})
}

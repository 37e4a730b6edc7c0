package architecture

import "github.com/gomlx/gomlx/core/graph"

// relu is max(x, 0), with PyTorch's gradient 0 at 0.
func relu(x *graph.Node) *graph.Node {
	return graph.Where(graph.GreaterThan(x, graph.ScalarZero(x.Graph(), x.DType())), x, graph.ZerosLike(x))
}

// relu6 is min(max(x, 0), 6), with PyTorch's gradient 0 at 0 and 6.
func relu6(x *graph.Node) *graph.Node {
	six := graph.Scalar(x.Graph(), x.DType(), 6)
	return graph.Where(graph.LessThan(x, six), relu(x), graph.BroadcastToShape(six, x.Shape()))
}

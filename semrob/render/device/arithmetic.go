package device

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// The functions below replace GoMLX's functions with constants (MulScalar, IsZero,
// ZerosLike …). Those keep one constant of each value for a whole graph, but a
// constant made inside a loop cannot be used outside it, nor the reverse. These
// make a new constant each time; XLA merges them.

// number is a type of Go constants.
type number interface{ ~int | ~int64 | ~float64 }

func plus[N number](x *graph.Node, n N) *graph.Node    { return graph.Add(x, graph.ConstAs(x, n)) }
func times[N number](x *graph.Node, n N) *graph.Node   { return graph.Mul(x, graph.ConstAs(x, n)) }
func divided[N number](x *graph.Node, n N) *graph.Node { return graph.Div(x, graph.ConstAs(x, n)) }
func modulo(x *graph.Node, n int) *graph.Node          { return graph.Rem(x, graph.ConstAs(x, n)) }
func atMost(x *graph.Node, n int) *graph.Node          { return graph.Min(x, graph.ConstAs(x, n)) }
func atLeast(x *graph.Node, n int) *graph.Node         { return graph.Max(x, graph.ConstAs(x, n)) }
func shiftedLeft(x *graph.Node, n int) *graph.Node {
	return graph.BitwiseShiftLeft(x, graph.ConstAs(x, n))
}
func shiftedRight(x *graph.Node, n int) *graph.Node {
	return graph.BitwiseShiftRightLogical(x, graph.ConstAs(x, n))
}

func isZero(x *graph.Node) *graph.Node      { return graph.Equal(x, graph.ConstAs(x, 0)) }
func isPositive(x *graph.Node) *graph.Node  { return graph.GreaterThan(x, graph.ConstAs(x, 0)) }
func isNegative(x *graph.Node) *graph.Node  { return graph.LessThan(x, graph.ConstAs(x, 0)) }
func notNegative(x *graph.Node) *graph.Node { return graph.GreaterOrEqual(x, graph.ConstAs(x, 0)) }

func zerosLike(x *graph.Node) *graph.Node { return filledLike(x, 0) }
func onesLike(x *graph.Node) *graph.Node  { return filledLike(x, 1) }

func filledLike[N number](x *graph.Node, n N) *graph.Node { return filled(x.Graph(), x.Shape(), n) }

func filled[N number](g *graph.Graph, shape shapes.Shape, n N) *graph.Node {
	return graph.BroadcastToDims(graph.ConstAsDType(g, shape.DType, n), shape.Dimensions...)
}

// all returns the conjunction of conditions.
func all(conditions ...*graph.Node) *graph.Node {
	result := conditions[0]
	for _, c := range conditions[1:] {
		result = graph.And(result, c)
	}
	return result
}

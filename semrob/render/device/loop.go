package device

import (
	"fmt"
	"math/bits"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// loop repeats body while the scalar condition is true, and returns the last state.
// Body and condition can use only the state, not nodes of the surrounding graph.
// Body returns the new state, without values at the end that do not change.
//
// GoMLX can neither nest loops nor sort inside one.
func loop(state []*graph.Node, condition func(state []*graph.Node) *graph.Node, body func(state []*graph.Node) []*graph.Node) []*graph.Node {
	g := state[0].Graph()
	parameters := func(g *graph.Graph) []*graph.Node {
		inside := make([]*graph.Node, len(state))
		for i, s := range state {
			inside[i] = graph.Parameter(g, fmt.Sprintf("state %d", i), s.Shape())
		}
		return inside
	}
	return graph.While(
		graph.NewClosure(g, func(g *graph.Graph) []*graph.Node { return []*graph.Node{condition(parameters(g))} }),
		graph.NewClosure(g, func(g *graph.Graph) []*graph.Node {
			before := parameters(g)
			after := body(before)
			return append(after, before[len(after):]...)
		}),
		state...)
}

// firstAbove returns, for each of wanted, [n] of the type of sums, the index,
// int32, of the first of sums, [m] in ascending order, that is greater, or m−1 if
// none is.
func firstAbove(sums, wanted *graph.Node) *graph.Node {
	m := sums.Shape().Dimensions[0]
	low := filled(sums.Graph(), shapes.Make(indexType, wanted.Shape().Dimensions...), 0)
	high := plus(low, m-1)
	for range bits.Len(uint(m - 1)) {
		middle := divided(graph.Add(low, high), 2)
		above := graph.GreaterThan(pick(sums, middle), wanted)
		low, high = graph.Where(above, low, graph.Min(plus(middle, 1), high)), graph.Where(above, middle, high)
	}
	return high
}

// pick returns the rows of table, [m, …], at index, int32 of any shape, whose axes
// come first in the result.
func pick(table, index *graph.Node) *graph.Node {
	return graph.Gather(table, graph.InsertAxes(index, -1))
}

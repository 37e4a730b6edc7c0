package device

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// slotsPerFace is the number of triangles that can be left of a face clipped at
// Near.
const slotsPerFace = 2

// triangles returns the parts of faces beyond Near as triangles,
// [faces·batch·slotsPerFace, 9] float32: x, y and w of the first corner, then of
// the others. Slot (face·batch + view)·slotsPerFace + k is triangle k of a face in
// a view; an empty slot has a w of 0. Positions are [vertices, 3] float32, faces
// [faces, 3] int32.
func (c *camera) triangles(positions, faces *graph.Node) *graph.Node {
	place := c.project(components(graph.InsertAxes(positions, 1)))
	places := graph.Squeeze(pick(graph.Stack(place[:], -1), faces), 2) // [faces, 3, batch, 3]
	there := isPositive(graph.Squeeze(graph.SliceAxis(places, -1, graph.AxisElem(2)), -1))
	cuts, cut := c.cuts(there, c.toCamera(components(pick(positions, faces))))

	// Sutherland and Hodgman, unrolled: corners and cuts alternate around the
	// face, and at most four of them exist.
	inTurn := func(corners, cuts *graph.Node) *graph.Node {
		dims := append([]int(nil), corners.Shape().Dimensions...)
		dims[1] *= 2
		return graph.Reshape(graph.Stack([]*graph.Node{corners, cuts}, 2), dims...)
	}
	candidates, real := inTurn(places, cuts), inTurn(there, cut)
	number := graph.CumSum(graph.ConvertDType(real, indexType), 1)
	var left [4]*graph.Node // [faces, batch, 3]
	for k := range left {
		chosen := graph.And(real, graph.Equal(number, filledLike(number, k+1)))
		chosen = graph.BroadcastToDims(graph.InsertAxes(chosen, -1), candidates.Shape().Dimensions...)
		// A corner that does not exist gets w 0.
		left[k] = graph.ReduceSum(graph.Where(chosen, candidates, zerosLike(candidates)), 1)
	}
	return graph.Reshape(graph.Concatenate([]*graph.Node{left[0], left[1], left[2], left[0], left[2], left[3]}, -1), -1, 9)
}

// components splits the last axis of [..., 3] into three nodes [..., 1] float64.
func components(x *graph.Node) vector {
	var v vector
	for k := range v {
		v[k] = graph.ConvertDType(graph.SliceAxis(x, -1, graph.AxisElem(k)), placeType)
	}
	return v
}

// cuts returns the points at which sides of faces cross Near, [faces, 3, batch, 3],
// and whether they do, [faces, 3, batch]: side k runs from corner k to the next. A
// side is walked from its visible end, so that both its faces cut it at the same
// point. there is whether corners are visible, corners are in the camera's axes.
func (c *camera) cuts(there *graph.Node, corners vector) (places, crosses *graph.Node) {
	var beyond, before vector
	for k, here := range corners {
		next := nextCorner(here)
		beyond[k], before[k] = graph.Where(there, here, next), graph.Where(there, next, here)
	}
	crosses = graph.LogicalXor(there, nextCorner(there))
	length := graph.Sub(beyond[2], before[2])
	t := graph.Div(plus(beyond[2], -render.Near), graph.Where(crosses, length, onesLike(length)))
	on := func(k int, scale *graph.Node) *graph.Node {
		x := graph.Mul(scale, graph.Add(beyond[k], graph.Mul(t, graph.Sub(before[k], beyond[k]))))
		return snap(plus(times(x, 1/render.Near), c.centre))
	}
	x, y := on(0, c.Scale), on(1, graph.Neg(c.Scale))
	return graph.Stack([]*graph.Node{x, y, filledLike(x, 1/render.Near)}, -1), crosses
}

// nextCorner shifts x along axis 1, so that each corner has the value of the next.
func nextCorner(x *graph.Node) *graph.Node {
	return graph.Concatenate([]*graph.Node{graph.SliceAxis(x, 1, graph.AxisRangeToEnd(1)), graph.SliceAxis(x, 1, graph.AxisRangeFromStart(1))}, 1)
}

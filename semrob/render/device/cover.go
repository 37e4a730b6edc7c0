package device

import (
	"math"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// cover returns the nearest key at every sample, [tiles, tileSide²], of
// triangles [slots, 9].
func (p plan) cover(triangles *graph.Node) *graph.Node {
	g := triangles.Graph()
	sorted := p.sortedPairs(triangles)
	starts, count := p.groupStarts(sorted)
	// A group is tested against every tile of its bin.
	level := p.levelOf(binOf(pick(sorted, starts)))
	tiles := graph.BitwiseShiftLeft(onesLike(level), times(level, 2))
	real := graph.LessThan(graph.Iota(g, shapes.Make(indexType, p.groups), 0), graph.BroadcastToDims(count, p.groups))
	sums := graph.CumSum(graph.ConvertDType(graph.Where(real, tiles, zerosLike(tiles)), keyType), 0)
	total := graph.Reshape(graph.SliceAxis(sums, 0, graph.AxisElem(-1)))

	empty := int64(math.Float32bits(1.0/render.Far))<<keyBits | keyBelow
	// One tile more than the pictures have receives results of no tile.
	frame := graph.BroadcastToDims(graph.Const(g, empty), p.tiles()+1, tileSide*tileSide)
	state := loop([]*graph.Node{graph.ConstAsDType(g, keyType, 0), frame, total, sums, starts, sorted, triangles},
		func(s []*graph.Node) *graph.Node { return graph.LessThan(s[0], s[2]) },
		func(s []*graph.Node) []*graph.Node {
			done, frame, total, sums, starts, sorted, triangles := s[0], s[1], s[2], s[3], s[4], s[5], s[6]
			item := graph.Add(graph.Iota(g, shapes.Make(keyType, p.step), 0), graph.BroadcastToDims(done, p.step))
			group := firstAbove(sums, item)
			// The bin's tiles are counted from the last one on.
			local := graph.ConvertDType(plus(graph.Sub(pick(sums, group), item), -1), indexType)
			valid := graph.LessThan(item, graph.BroadcastToDims(total, p.step))
			tile, nearest := p.coverTiles(pick(starts, group), local, valid, sorted, triangles)
			return []*graph.Node{plus(done, p.step), graph.ScatterMax(frame, graph.InsertAxes(tile, -1), nearest, false, false)}
		})
	return graph.SliceAxis(state[1], 0, graph.AxisRangeFromStart(p.tiles()))
}

// levelOf returns the level of bins.
func (p plan) levelOf(bin *graph.Node) *graph.Node {
	result := zerosLike(bin)
	for _, l := range p.levels[1:] {
		result = graph.Add(result, graph.ConvertDType(graph.GreaterOrEqual(bin, filledLike(bin, l.first)), indexType))
	}
	return result
}

// tile is the view, column and row of tiles, int32.
type tile struct{ view, x, y *graph.Node }

// tileIn returns the local-th tiles of bins, which may be outside the picture.
func (p plan) tileIn(bin, local *graph.Node) tile {
	l := p.levelOf(bin)
	across := p.byLevel(l, func(l level) int { return l.across })
	bin = graph.Sub(bin, p.byLevel(l, func(l level) int { return l.first }))
	view := graph.Div(bin, graph.Mul(across, across))
	bin = graph.Rem(bin, graph.Mul(across, across))
	left, above := graph.Rem(bin, across), graph.Div(bin, across)
	mask := plus(graph.BitwiseShiftLeft(onesLike(l), l), -1)
	return tile{
		view: view,
		x:    graph.Add(graph.BitwiseShiftLeft(left, l), graph.BitwiseAnd(local, mask)),
		y:    graph.Add(graph.BitwiseShiftLeft(above, l), graph.BitwiseShiftRightLogical(local, l)),
	}
}

// coverTiles tests the groups of sorted pairs from start, [step], against the
// local-th tiles of their bins. It returns the tiles' numbers, [step], and the
// nearest keys of the triangles there, [step, tileSide²].
func (p plan) coverTiles(start, local, valid, sorted, triangles *graph.Node) (number, nearest *graph.Node) {
	g := start.Graph()
	dims := []int{p.step, group}
	spread := func(x *graph.Node) *graph.Node { return graph.BroadcastToDims(graph.InsertAxes(x, -1), dims...) }
	place := graph.Add(spread(start), graph.Iota(g, shapes.Make(indexType, dims...), 1))
	pair := pick(sorted, atMost(place, p.pairs-1))
	bin := binOf(pick(sorted, start))
	belongs := graph.And(graph.Equal(binOf(pair), spread(bin)), graph.Equal(divided(place, group), spread(divided(start, group))))

	at := p.tileIn(bin, local)
	limit := filledLike(at.x, p.across)
	valid = all(valid, graph.LessThan(at.x, limit), graph.LessThan(at.y, limit))
	belongs = graph.And(belongs, spread(valid))
	number = graph.Add(times(graph.Add(times(at.view, p.across), at.y), p.across), at.x)
	number = graph.Where(valid, number, filledLike(number, p.tiles()))

	slot := graph.Where(belongs, slotOf(pair), zerosLike(place))
	t := triangleAt(pick(triangles, slot))
	u, v, w, depth := t.planes(spread(times(at.x, tileSide)), spread(times(at.y, tileSide)))
	face := divided(slot, p.views*slotsPerFace)
	own, reversed := zerosLike(face), filledLike(face, p.faces)
	if !p.mirrored {
		own, reversed = reversed, own
	}
	copies := graph.Add(face, graph.Where(isNegative(t.edges().area), own, reversed))

	samples := append(dims, tileSide*tileSide)
	everywhere := func(x *graph.Node) *graph.Node { return graph.BroadcastToDims(graph.InsertAxes(x, -1), samples...) }
	d := depth.over(tileSide)
	inside := all(notNegative(u.over(tileSide)), notNegative(v.over(tileSide)), notNegative(w.over(tileSide)), notNegative(d), everywhere(belongs))
	key := keys(d, everywhere(copies))
	return number, graph.ReduceMax(graph.Where(inside, key, zerosLike(key)), 1)
}

// picture arranges the samples of tiles, [tiles, tileSide²], as pictures,
// [views, samples, samples].
func (p plan) picture(tiles *graph.Node) *graph.Node {
	x := graph.Reshape(tiles, p.views, p.across, p.across, tileSide, tileSide)
	x = graph.TransposeAllAxes(x, 0, 1, 3, 2, 4)
	x = graph.Reshape(x, p.views, p.across*tileSide, p.across*tileSide)
	return graph.Slice(x, graph.AxisRange(), graph.AxisRangeFromStart(p.samples), graph.AxisRangeFromStart(p.samples))
}

package device

import (
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

const (
	// tileSide is the number of samples along a side of a tile. One of 40,000
	// triangles in a picture of 448² covers a few samples: smaller tiles test
	// fewer samples in vain, larger ones leave fewer pairs to sort.
	tileSide = 8
	tileBits = 3
	// group is the number of triangles compared before the nearest is written to
	// the tile.
	group = 16
	// binsPerSlot is the number of bins that a triangle can be in.
	binsPerSlot = 4
	// mostTiles bounds the tiles, with a group of triangles each, in a step of
	// the loop, and so the memory of a step: 2²² samples.
	mostTiles = 4096
)

// plan is the sizes of all arrays for a batch of views.
//
// A view is covered by bins of several levels: squares of one tile at level 0,
// 2×2 tiles at level 1 and so on, up to one bin for the whole view. A triangle
// is in bins of the first level at which its box touches at most 2×2 of them, so
// it is in at most four.
type plan struct {
	views, samples int
	faces          int // of the mesh
	mirrored       bool
	across         int // tiles along a side of a view
	levels         []level
	slots          int // for triangles left of the faces of all views
	pairs          int // for pairs of a bin and a triangle
	groups         int // for groups of pairs of the same bin
	step           int // tiles in a step of the loop
}

// level is a size of bins.
type level struct {
	across int // bins along a side of a view
	first  int // number of the first bin
}

func newPlan(views, samples, faces int) plan {
	p := plan{views: views, samples: samples, faces: faces, across: (samples + tileSide - 1) / tileSide}
	bins := 0
	for across := p.across; ; across = (across + 1) / 2 {
		p.levels = append(p.levels, level{across, bins})
		bins += views * across * across
		if across == 1 {
			break
		}
	}
	p.slots = views * faces * slotsPerFace
	p.pairs = p.slots * binsPerSlot
	// A group starts where a bin does or at a multiple of group.
	p.groups = p.pairs/group + min(p.pairs, bins) + 1
	p.step = max(1, min(mostTiles, p.pairs/group))
	return p
}

// tiles returns the number of tiles of all views.
func (p plan) tiles() int { return p.views * p.across * p.across }

// bins are bins of one level of a view, x ≤ column ≤ x1 and y ≤ row ≤ y1, int32.
type bins struct{ level, x, y, x1, y1 *graph.Node }

// binsOf returns the bins that boxes touch, at most 2×2.
func (p plan) binsOf(b box) bins {
	last := func(x *graph.Node) *graph.Node { return plus(x, -1) }
	r := bins{level: zerosLike(b.x0)}
	for l := range p.levels[1:] {
		span := func(from, to *graph.Node) *graph.Node {
			return graph.Sub(shiftedRight(last(to), tileBits+l), shiftedRight(from, tileBits+l))
		}
		wide := graph.GreaterThan(graph.Max(span(b.x0, b.x1), span(b.y0, b.y1)), onesLike(b.x0))
		r.level = graph.Add(r.level, graph.ConvertDType(wide, indexType))
	}
	size := plus(r.level, tileBits)
	at := func(x *graph.Node) *graph.Node { return graph.BitwiseShiftRightLogical(x, size) }
	r.x, r.y, r.x1, r.y1 = at(b.x0), at(b.y0), at(last(b.x1)), at(last(b.y1))
	return r
}

// byLevel returns value of each level in of.
func (p plan) byLevel(of *graph.Node, value func(level) int) *graph.Node {
	result := filledLike(of, value(p.levels[0]))
	for i, l := range p.levels[1:] {
		result = graph.Where(graph.Equal(of, filledLike(of, i+1)), filledLike(of, value(l)), result)
	}
	return result
}

// A pair of a bin and a triangle that may cover a sample of it is an int64, the
// bin's number above the slot; noPair sorts after all others.
const noPair = 1 << 62

// sortedPairs returns the pairs of triangles, [slots, 9], sorted by bins, [pairs].
func (p plan) sortedPairs(triangles *graph.Node) *graph.Node {
	g := triangles.Graph()
	// Everything below is [slots, binsPerSlot].
	dims := []int{p.slots, binsPerSlot}
	t := triangleAt(graph.BroadcastToDims(graph.InsertAxes(triangles, 1), p.slots, binsPerSlot, 9))
	box := t.box(p.samples)
	r := p.binsOf(box)
	slot, k := graph.Iota(g, shapes.Make(indexType, dims...), 0), graph.Iota(g, shapes.Make(indexType, dims...), 1)
	x, y := graph.Add(r.x, modulo(k, 2)), graph.Add(r.y, divided(k, 2))

	size := plus(r.level, tileBits)
	reach := graph.ConvertDType(plus(graph.BitwiseShiftLeft(onesLike(size), size), -1), placeType)
	u, v, w, _ := t.planes(graph.BitwiseShiftLeft(x, size), graph.BitwiseShiftLeft(y, size))
	touches := all(u.somewhere(reach), v.somewhere(reach), w.somewhere(reach),
		graph.LessThan(box.x0, box.x1), graph.LessOrEqual(x, r.x1), graph.LessOrEqual(y, r.y1))

	view := modulo(divided(slot, slotsPerFace), p.views)
	across := p.byLevel(r.level, func(l level) int { return l.across })
	first := p.byLevel(r.level, func(l level) int { return l.first })
	bin := graph.Add(first, graph.Add(graph.Mul(graph.Add(graph.Mul(view, across), y), across), x))
	pair := graph.BitwiseOr(shiftedLeft(graph.ConvertDType(bin, keyType), keyBits), graph.ConvertDType(slot, keyType))
	return graph.Sort(graph.Reshape(graph.Where(touches, pair, filledLike(pair, noPair)), p.pairs), 0, true)
}

func binOf(pair *graph.Node) *graph.Node {
	return graph.ConvertDType(shiftedRight(pair, keyBits), indexType)
}

func slotOf(pair *graph.Node) *graph.Node {
	return graph.ConvertDType(graph.BitwiseAnd(pair, graph.ConstAs(pair, keyBelow)), indexType)
}

// groupStarts divides sorted pairs into groups of one bin each, none of which
// extends across a multiple of group. It returns their starts in ascending order,
// [groups] int32, and their number.
func (p plan) groupStarts(sorted *graph.Node) (starts, count *graph.Node) {
	g := sorted.Graph()
	place := graph.Iota(g, shapes.Make(indexType, p.pairs), 0)
	bin := binOf(sorted)
	previous := graph.Concatenate([]*graph.Node{filled(g, shapes.Make(indexType, 1), -1), graph.SliceAxis(bin, 0, graph.AxisRangeFromStart(-1))}, 0)
	first := graph.Or(graph.NotEqual(bin, previous), isZero(modulo(place, group)))
	first = graph.And(first, graph.LessThan(sorted, filledLike(sorted, noPair)))
	sums := graph.CumSum(graph.ConvertDType(first, indexType), 0)
	// Pairs that are not a start go to places of their own at the end.
	to := graph.Where(first, plus(sums, -1), plus(place, p.groups))
	starts = graph.ScatterMax(filled(g, shapes.Make(indexType, p.groups+p.pairs), 0), graph.InsertAxes(to, -1), place, false, true)
	return graph.SliceAxis(starts, 0, graph.AxisRangeFromStart(p.groups)), graph.Reshape(graph.SliceAxis(sums, 0, graph.AxisElem(-1)))
}

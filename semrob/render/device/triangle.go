package device

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// triangle is a batch of any shape of projected triangles: the corners' sample
// coordinates, on the host's grid, and w = 1/z, all float32.
type triangle struct{ a, b, c vector }

// triangleAt unpacks [..., 9].
func triangleAt(packed *graph.Node) triangle {
	shape := packed.Shape().Dimensions
	at := func(k int) *graph.Node {
		return graph.Reshape(graph.SliceAxis(packed, -1, graph.AxisElem(k)), shape[:len(shape)-1]...)
	}
	return triangle{vector{at(0), at(1), at(2)}, vector{at(3), at(4), at(5)}, vector{at(6), at(7), at(8)}}
}

// box is the samples with x0 ≤ column < x1 and y0 ≤ row < y1, int32 each.
type box struct{ x0, y0, x1, y1 *graph.Node }

// box returns the samples that the triangles may cover in a picture of samples
// × samples; none, x0 = x1, for triangles that cover nothing.
func (t triangle) box(samples int) box {
	from := func(k int) *graph.Node {
		return column(graph.Ceil(graph.Min(graph.Min(t.a[k], t.b[k]), t.c[k])), samples)
	}
	to := func(k int) *graph.Node {
		return column(plus(graph.Floor(graph.Max(graph.Max(t.a[k], t.b[k]), t.c[k])), 1), samples)
	}
	b := box{from(0), from(1), to(0), to(1)}
	area := t.edges().area
	visible := graph.Mul(graph.Mul(t.a[2], t.b[2]), t.c[2])
	// The comparisons are false for NaN.
	drawn := all(isPositive(graph.Abs(area)), isPositive(visible), graph.LessThan(b.x0, b.x1), graph.LessThan(b.y0, b.y1))
	b.x1 = graph.Where(drawn, b.x1, b.x0)
	return b
}

// column clamps whole sample coordinates to the picture.
func column(x *graph.Node, samples int) *graph.Node {
	return graph.ConvertDType(atMost(atLeast(x, 0), samples), indexType)
}

// edges are the sides of triangles as functions of the sample, float64: u, v
// and w are positive inside, whatever the winding.
type edges struct {
	area *graph.Node // doubled; negative for counter-clockwise to the eye
	// b and c are these corners minus a.
	bx, by, bw, cx, cy, cw *graph.Node
}

func (t triangle) edges() edges {
	less := func(p vector, k int) *graph.Node {
		return graph.Sub(graph.ConvertDType(p[k], placeType), graph.ConvertDType(t.a[k], placeType))
	}
	e := edges{bx: less(t.b, 0), by: less(t.b, 1), bw: less(t.b, 2), cx: less(t.c, 0), cy: less(t.c, 1), cw: less(t.c, 2)}
	e.area = graph.Sub(graph.Mul(e.bx, e.cy), graph.Mul(e.cx, e.by))
	return e
}

// plane is a linear function on the picture: its value at some sample, and its
// change per column and per row.
type plane struct{ at, dx, dy *graph.Node }

// planes returns the edge functions and the inverse depth of the triangles,
// from the sample (x, y) on, with the host's own operations.
func (t triangle) planes(x, y *graph.Node) (u, v, w, depth plane) {
	e := t.edges()
	positive := graph.Where(isNegative(e.area), filledLike(e.area, -1), onesLike(e.area))
	px := graph.Sub(graph.ConvertDType(x, placeType), graph.ConvertDType(t.a[0], placeType))
	py := graph.Sub(graph.ConvertDType(y, placeType), graph.ConvertDType(t.a[1], placeType))
	from := func(px, py, dx, dy *graph.Node) plane {
		return plane{graph.Add(graph.Mul(px, dx), graph.Mul(py, dy)), dx, dy}
	}
	u = from(px, py, graph.Neg(graph.Mul(positive, e.by)), graph.Mul(positive, e.bx))
	v = from(px, py, graph.Mul(positive, e.cy), graph.Neg(graph.Mul(positive, e.cx)))
	w = from(graph.Sub(px, e.bx), graph.Sub(py, e.by), graph.Mul(positive, graph.Sub(e.by, e.cy)), graph.Mul(positive, graph.Sub(e.cx, e.bx)))
	// Empty slots have no area; their depth is not used.
	inverse := graph.Div(onesLike(e.area), graph.Where(isZero(e.area), onesLike(e.area), e.area))
	depth = from(px, py,
		graph.Mul(graph.Sub(graph.Mul(e.cy, e.bw), graph.Mul(e.by, e.cw)), inverse),
		graph.Mul(graph.Sub(graph.Mul(e.bx, e.cw), graph.Mul(e.cx, e.bw)), inverse))
	depth.at = graph.Add(graph.ConvertDType(t.a[2], placeType), depth.at)
	return u, v, w, depth
}

// somewhere returns whether the plane is not negative at some of the samples up to
// reach columns and rows further on.
func (p plane) somewhere(reach *graph.Node) *graph.Node {
	most := func(d *graph.Node) *graph.Node { return graph.Mul(graph.Max(d, zerosLike(d)), reach) }
	return notNegative(graph.Add(graph.Add(p.at, most(p.dx)), most(p.dy)))
}

// over returns the plane at side × side samples, which become a last axis.
func (p plane) over(side int) *graph.Node {
	g := p.at.Graph()
	dims := append(append([]int(nil), p.at.Shape().Dimensions...), side*side)
	spread := func(x *graph.Node) *graph.Node { return graph.BroadcastToDims(graph.InsertAxes(x, -1), dims...) }
	k := graph.IotaFull(g, shapes.Make(indexType, dims[len(dims)-1]))
	column := graph.ConvertDType(modulo(k, side), p.at.DType())
	row := graph.ConvertDType(divided(k, side), p.at.DType())
	return graph.Add(graph.Add(spread(p.at), graph.Mul(spread(p.dx), along(column, dims))), graph.Mul(spread(p.dy), along(row, dims)))
}

// along repeats a vector along the last of some axes.
func along(x *graph.Node, dims []int) *graph.Node {
	return graph.BroadcastToDims(graph.ExpandLeftToRank(x, len(dims)), dims...)
}

// The key of a sample is the host's: the bits of 1/z as a float32 above the
// complement of 1 + the copy's index. The nearest copy, or the lowest of equally
// near ones, has the largest key.
const (
	keyBits  = 32
	keyBelow = 1<<keyBits - 1
)

// keys returns the keys of copies, int32, at inverse depths, float64, of the
// same shape.
func keys(depth, copies *graph.Node) *graph.Node {
	bits := graph.ConvertDType(graph.Bitcast(graph.ConvertDType(depth, dtypes.Float32), dtypes.Int32), keyType)
	low := graph.Sub(graph.ConstAs(bits, keyBelow), plus(graph.ConvertDType(copies, keyType), 1))
	return graph.BitwiseOr(shiftedLeft(bits, keyBits), low)
}

// unkey returns the copies, int32, and inverse depths, float32, of keys.
func unkey(keys *graph.Node) (copies, inverseDepth *graph.Node) {
	low := graph.BitwiseAnd(keys, graph.ConstAs(keys, keyBelow))
	copies = graph.ConvertDType(plus(graph.Sub(graph.ConstAs(keys, keyBelow), low), -1), dtypes.Int32)
	high := graph.ConvertDType(shiftedRight(keys, keyBits), dtypes.Int32)
	return copies, graph.Bitcast(high, dtypes.Float32)
}

package shading

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// textures are the textures of a mesh in three tables. The first texture has one
// white texel, for faces without a texture.
type textures struct {
	// each is [textures, 4] int32: the first of its levels, their number, and how
	// it is wrapped along u and v.
	each []int32
	// levels is [levels, 3] int32: the first of its texels, width, height.
	levels []int32
	// texels is [texels, 3] uint8.
	texels []uint8
	// most is the largest number of levels of a texture.
	most int
}

func newTextures(all []*render.MipMap) *textures {
	t := &textures{}
	white := &render.MipMap{Levels: []render.MipLevel{{Width: 1, Height: 1, Pixels: []uint8{255, 255, 255}}}}
	for _, m := range append([]*render.MipMap{white}, all...) {
		t.each = append(t.each, int32(len(t.levels)/3), int32(len(m.Levels)), int32(m.WrapU), int32(m.WrapV))
		t.most = max(t.most, len(m.Levels))
		for _, l := range m.Levels {
			t.levels = append(t.levels, int32(len(t.texels)/3), int32(l.Width), int32(l.Height))
			t.texels = append(t.texels, l.Pixels...)
		}
	}
	return t
}

// texture looks up textures in a graph.
type texture struct {
	each, levels, texels *graph.Node
	most                 int
}

// gradients are the changes of u and v from sample to sample to the right (i) and
// down (j), [batch, n] each.
type gradients struct{ uI, vI, uJ, vJ *graph.Node }

// sample returns red, green and blue, 0…1, of the textures of these indices at
// (u, v), [batch, n] each, as render.MipMap's Level and Sample do. It is
// differentiable in u and v; the level of detail is a constant.
func (t *texture) sample(index, u, v *graph.Node, g gradients) vector {
	each := columnsOf(graph.Gather(t.each, graph.InsertAxes(index, -1)))
	first, count, wrapU, wrapV := each[0], each[1], each[2], each[3]
	largest := columnsOf(graph.Gather(t.levels, graph.InsertAxes(first, -1)))
	level := graph.Min(t.level(largest[1], largest[2], g), graph.AddScalar(count, -1))
	chosen := columnsOf(graph.Gather(t.levels, graph.InsertAxes(graph.Add(first, level), -1)))
	start, width, height := chosen[0], chosen[1], chosen[2]

	x0, x1, fx := between2(u, width, wrapU)
	y0, y1, fy := between2(v, height, wrapV)
	corner := func(x, y *graph.Node) []*graph.Node {
		at := graph.Add(start, graph.Add(graph.Mul(y, width), x))
		return columnsOf(graph.ConvertDType(graph.Gather(t.texels, graph.InsertAxes(at, -1)), u.DType()))
	}
	a, b, c, d := corner(x0, y0), corner(x1, y0), corner(x0, y1), corner(x1, y1)
	var colour vector
	for k := range colour {
		upper, lower := mixed(a[k], b[k], fx), mixed(c[k], d[k], fx)
		colour[k] = graph.DivScalar(mixed(upper, lower, fy), 255)
	}
	return colour
}

// level is render.MipMap.Level without the limit of the number of levels.
func (t *texture) level(width, height *graph.Node, g gradients) *graph.Node {
	w, h := graph.ConvertDType(width, g.uI.DType()), graph.ConvertDType(height, g.uI.DType())
	square := func(du, dv *graph.Node) *graph.Node {
		return graph.Add(graph.Square(graph.Mul(w, du)), graph.Square(graph.Mul(h, dv)))
	}
	greater := graph.StopGradient(graph.Max(square(g.uI, g.vI), square(g.uJ, g.vJ)))
	level := graph.ZerosLike(width)
	// ⌊(log₂ x + 1)/2⌋ is the number of odd powers of 2 up to x. Counting them
	// is exact, and gives 0 for NaN.
	for power := 2.0; t.most > 1 && power < float64(uint64(1)<<(2*t.most-2)); power *= 4 {
		more := graph.GreaterOrEqual(greater, graph.Scalar(greater.Graph(), greater.DType(), power))
		level = graph.Add(level, graph.ConvertDType(more, level.DType()))
	}
	return level
}

// between2 returns the two texels around a texture coordinate along an axis of n
// texels, and the share of the way from the first to the second.
func between2(u, n, wrap *graph.Node) (first, second, fraction *graph.Node) {
	clamped, mirrored := isWrap(wrap, mesh.Clamp), isWrap(wrap, mesh.Mirror)
	floor := func(x *graph.Node) *graph.Node { return graph.Floor(graph.StopGradient(x)) }
	inside := graph.Where(clamped, graph.ClipScalar(u, 0, 1), graph.Where(mirrored,
		graph.Sub(u, graph.MulScalar(floor(graph.MulScalar(u, 0.5)), 2)),
		graph.Sub(u, floor(u))))
	x := graph.AddScalar(graph.Mul(inside, graph.ConvertDType(n, u.DType())), -0.5)
	left := floor(x)
	period := graph.Where(mirrored, graph.MulScalar(n, 2), n)
	last := graph.AddScalar(n, -1)
	texel := func(i *graph.Node) *graph.Node {
		// At most one texel outside.
		around := graph.Where(graph.LessThan(i, graph.ZerosLike(i)), graph.Add(i, period),
			graph.Where(graph.GreaterOrEqual(i, period), graph.Sub(i, period), i))
		around = graph.Where(mirrored, graph.Min(around, graph.Sub(graph.AddScalar(period, -1), around)), around)
		return graph.Where(clamped, graph.Min(graph.MaxScalar(i, 0), last), around)
	}
	index := graph.ConvertDType(left, dtypes.Int32)
	return texel(index), texel(graph.AddScalar(index, 1)), graph.Sub(x, left)
}

func isWrap(wrap *graph.Node, is mesh.Wrap) *graph.Node {
	return graph.Equal(wrap, graph.Scalar(wrap.Graph(), wrap.DType(), int32(is)))
}

// mixed returns a + (b − a)·t.
func mixed(a, b, t *graph.Node) *graph.Node { return graph.Add(a, graph.Mul(graph.Sub(b, a), t)) }

// columnsOf returns the parts of the last axis of x, without that axis.
func columnsOf(x *graph.Node) []*graph.Node {
	last := x.Rank() - 1
	all := make([]*graph.Node, x.Shape().Dimensions[last])
	for i := range all {
		all[i] = graph.Squeeze(graph.SliceAxis(x, last, graph.AxisRange(i, i+1)), last)
	}
	return all
}

package onnx

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
)

// Operations with the gradients that GoMLX lacks.

// withSlope returns y, an elementwise function of x, with a derivative.
func withSlope(x, y *graph.Node, slope func() *graph.Node) *graph.Node {
	return custom.Gradient(x, y, func(v *graph.Node) *graph.Node { return graph.Mul(v, slope()) })
}

// reversed reverses axes.
func reversed(x *graph.Node, axes ...int) *graph.Node {
	if len(axes) == 0 {
		return x
	}
	return custom.Gradient(x, graph.Reverse(graph.StopGradient(x), axes...), func(v *graph.Node) *graph.Node { return graph.Reverse(v, axes...) })
}

// padded puts a number before and after axes; a negative amount crops.
func padded(x, with *graph.Node, before, after []int) *graph.Node {
	ranges, crop := make([]graph.SliceAxisSpec, x.Rank()), false
	pads, some := make([]compute.PadAxis, x.Rank()), false
	back := make([]graph.SliceAxisSpec, x.Rank())
	for axis, d := range x.Shape().Dimensions {
		from, to := max(0, -before[axis]), d-max(0, -after[axis])
		if to < from {
			refuse("the padding %v, %v of %v leaves nothing", before, after, x.Shape().Dimensions)
		}
		ranges[axis] = graph.AxisRange(from, to)
		crop = crop || from > 0 || to < d
		pads[axis] = compute.PadAxis{Start: max(0, before[axis]), End: max(0, after[axis])}
		some = some || pads[axis].Start > 0 || pads[axis].End > 0
		back[axis] = graph.AxisRange(pads[axis].Start, pads[axis].Start+to-from)
	}
	if crop {
		x = graph.Slice(x, ranges...)
	}
	if !some {
		return x
	}
	y := graph.Pad(graph.StopGradient(x), with, pads...)
	if !x.DType().IsFloat() {
		return y
	}
	return custom.Gradient(x, y, func(v *graph.Node) *graph.Node { return graph.Slice(v, back...) })
}

// sliced takes every step-th value from one to another along an axis.
func sliced(x *graph.Node, axis, from, to, step int) *graph.Node {
	if from == 0 && step == 1 && to == x.Shape().Dimensions[axis] {
		return x
	}
	return graph.SliceAxis(x, axis, graph.AxisRange(from, to).Stride(step))
}

func shapeOf(dtype dtypes.DType, dims []int) shapes.Shape { return shapes.Make(dtype, dims...) }

// taken returns the values of x at constant indices along an axis.
func taken(x *graph.Node, axis int, indices []int) *graph.Node {
	from := make([]int32, len(indices))
	for i, v := range indices {
		from[i] = int32(v)
	}
	return gathered(x, graph.Const(x.Graph(), from), axis)
}

// gathered is Gather: indices replace an axis of x.
func gathered(x, indices *graph.Node, axis int) *graph.Node {
	indices = graph.StopGradient(indices)
	size := x.Shape().Dimensions[axis]
	zero := graph.ZerosLike(indices)
	indices = graph.Where(graph.LessThan(indices, zero), graph.AddScalar(indices, size), indices)
	expanded := graph.InsertAxes(indices, -1)
	if axis == 0 {
		return graph.Gather(x, expanded)
	}
	order := []int{axis}
	for i := range x.Rank() {
		if i != axis {
			order = append(order, i)
		}
	}
	y := graph.Gather(graph.TransposeAllAxes(x, order...), expanded)
	n := indices.Rank()
	var back []int
	for i := range axis {
		back = append(back, n+i)
	}
	for i := range n {
		back = append(back, i)
	}
	for i := axis + n; i < y.Rank(); i++ {
		back = append(back, i)
	}
	return graph.TransposeAllAxes(y, back...)
}

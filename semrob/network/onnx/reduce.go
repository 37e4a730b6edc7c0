package onnx

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
)

// reduce is every operator Reduce….
func (o *op) reduce() {
	var axes []int64
	if o.attribute("axes") != nil || o.e.opset < 13 || o.e.opset < 18 && o.op != "ReduceSum" {
		axes = o.ints("axes")
	} else {
		axes, _ = o.integersOf("axes", 1)
	}
	keep := o.integer("keepdims", 1) != 0
	none := o.flag("noop_with_empty_axes")
	x := o.x(0)
	over := o.normalAxes(axes, x.Rank())
	if len(over) == 0 && !none {
		for i := range x.Rank() {
			over = append(over, i)
		}
	}
	dims := keptDims(x, over, keep)
	if x.Shape().Size() == 0 {
		refuse("%s of nothing", o.op)
	}
	o.set(0, graph.Reshape(reduced(o.op, x, over), dims...))
}

// keptDims are the dimensions of a reduction.
func keptDims(x *graph.Node, over []int, keep bool) []int {
	var dims []int
	for i, d := range x.Shape().Dimensions {
		if !slices.Contains(over, i) {
			dims = append(dims, d)
		} else if keep {
			dims = append(dims, 1)
		}
	}
	return dims
}

// reduced applies a reduction; without axes it applies to each value alone.
func reduced(kind string, x *graph.Node, over []int) *graph.Node {
	sum := func(x *graph.Node) *graph.Node {
		if len(over) == 0 {
			return x
		}
		return graph.ReduceSum(x, over...)
	}
	switch kind {
	case "ReduceSum":
		return sum(x)
	case "ReduceMean":
		if len(over) == 0 {
			return x
		}
		return inFloat32(x, func(x *graph.Node) *graph.Node { return graph.ReduceMean(x, over...) })
	case "ReduceMax", "ReduceMin":
		if len(over) == 0 {
			return x
		}
		return extreme(x, over, kind == "ReduceMin")
	case "ReduceL1":
		return sum(graph.Abs(x))
	case "ReduceL2":
		return graph.Sqrt(sum(graph.Square(x)))
	case "ReduceSumSquare":
		return sum(graph.Square(x))
	case "ReduceLogSum":
		return graph.Log(sum(x))
	case "ReduceLogSumExp":
		if len(over) == 0 {
			return x
		}
		largest := graph.StopGradient(graph.ReduceAndKeep(x, graph.ReduceMax, over...))
		largest = graph.Where(graph.IsFinite(largest), largest, graph.ZerosLike(largest))
		y := graph.Log(graph.ReduceAndKeep(graph.Exp(graph.Sub(x, largest)), graph.ReduceSum, over...))
		return graph.Add(y, largest)
	case "ReduceProd":
		return product(x, over)
	}
	refuse("%s is not supported", kind)
	return nil
}

// extreme is the largest or smallest value. Equal values share the gradient, as in
// PyTorch's amax; GoMLX would give all of it to each.
func extreme(x *graph.Node, over []int, least bool) *graph.Node {
	f := graph.ReduceMax
	if least {
		f = graph.ReduceMin
	}
	y := f(graph.StopGradient(x), over...)
	if !x.DType().IsFloat() {
		return y
	}
	dims := keptDims(x, over, true)
	return custom.Gradient(x, y, func(v *graph.Node) *graph.Node {
		hit := graph.ConvertDType(graph.Equal(x, spread(graph.Reshape(y, dims...), x.Shape().Dimensions)), x.DType())
		share := graph.Div(graph.Reshape(v, dims...), graph.ReduceAndKeep(hit, graph.ReduceSum, over...))
		return graph.Mul(hit, share)
	})
}

// mostFactors limits products that are computed factor by factor, for the gradient.
const mostFactors = 256

// product multiplies the values along axes one by one.
func product(x *graph.Node, over []int) *graph.Node {
	for _, axis := range over {
		n := x.Shape().Dimensions[axis]
		if n > mostFactors {
			refuse("ReduceProd over %d values", n)
		}
		total := sliced(x, axis, 0, 1, 1)
		for i := 1; i < n; i++ {
			total = graph.Mul(total, sliced(x, axis, i, i+1, 1))
		}
		x = total
	}
	return x
}

// cumSum adds up along an axis.
func (o *op) cumSum() {
	axes := o.knownInts(1)
	x := o.x(0)
	axis := o.normalAxis(axes[0], x.Rank())
	backwards := o.flag("reverse")
	if backwards {
		x = reversed(x, axis)
	}
	y := graph.CumSum(x, axis)
	if o.flag("exclusive") {
		y = graph.Sub(y, x)
	}
	if backwards {
		y = reversed(y, axis)
	}
	o.set(0, y)
}

package onnx

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Quantised operators compute in float32 with whole numbers, which is exact up to
// 2²⁴; larger sums are rounded. Their result has no gradient: it is constant almost
// everywhere.

// along gives the scale or zero point of a tensor the rank of x: one number, one
// per place of an axis, or one per block of an axis.
func along(x, v *graph.Node, axis, block int) *graph.Node {
	if v.Shape().Size() == 1 {
		return graph.Reshape(v)
	}
	dims := x.Shape().Dimensions
	if block > 0 {
		d := v.Shape().Dimensions
		if v.Rank() != x.Rank() || (dims[axis]+block-1)/block != d[axis] {
			refuse("a scale of %v for %v in blocks of %d", d, dims, block)
		}
		index := make([]int, dims[axis])
		for i := range index {
			index[i] = i / block
		}
		return taken(v, axis, index)
	}
	if v.Rank() != 1 || v.Shape().Dimensions[0] != dims[axis] {
		refuse("a scale of %v for axis %d of %v", v.Shape().Dimensions, axis, dims)
	}
	shape := slices.Repeat([]int{1}, x.Rank())
	shape[axis] = dims[axis]
	return graph.Reshape(v, shape...)
}

// plain is (x − zero)·scale; zero may be nil.
func plain(x, scale, zero *graph.Node, axis, block int) *graph.Node {
	scale = along(x, scale, axis, block)
	dtype := scale.DType()
	y := centred(x, zero, axis, block, dtype)
	return graph.Mul(y, scale)
}

// centred is x − zero as floating-point numbers.
func centred(x, zero *graph.Node, axis, block int, dtype dtypes.DType) *graph.Node {
	y := graph.ConvertDType(x, dtype)
	if zero != nil {
		y = graph.Sub(y, graph.ConvertDType(along(x, zero, axis, block), dtype))
	}
	return y
}

// ranges are the smallest and largest numbers of the quantised types.
var ranges = map[dtypes.DType][2]float64{
	dtypes.Uint8: {0, 255}, dtypes.Int8: {-128, 127}, dtypes.Uint16: {0, 65535}, dtypes.Int16: {-32768, 32767},
}

// quantised is round(x/scale) + zero in the type of zero.
func quantised(x, scale, zero *graph.Node, to dtypes.DType, axis, block int) *graph.Node {
	y := graph.StopGradient(x)
	scale = along(x, scale, axis, block)
	if dtype := y.DType(); dtype == dtypes.Float32 {
		y = quotient(y, scale)
	} else {
		y = graph.Div(y, graph.ConvertDType(scale, dtype))
	}
	return saturated(y, zero, to, axis, block)
}

// quotient is x/y in float32. XLA divides by a constant by multiplying with its inverse,
// which moves values off ties: the quotient in float64 rounds to that of float32.
func quotient(x, y *graph.Node) *graph.Node {
	wide := graph.Div(graph.ConvertDType(x, dtypes.Float64), graph.ConvertDType(y, dtypes.Float64))
	return graph.ConvertDType(wide, dtypes.Float32)
}

// requantised is round(sum·factor) + zero in the type of zero: the whole numbers of a
// product in the steps of its result, rounded once, as ONNX Runtime does.
func requantised(sum, factor, zero *graph.Node, to dtypes.DType, axis int) *graph.Node {
	return saturated(graph.Mul(graph.StopGradient(sum), factor), zero, to, axis, 0)
}

// saturated is round(y) + zero in a type, its nearest number if that is outside.
func saturated(y, zero *graph.Node, to dtypes.DType, axis, block int) *graph.Node {
	limit, ok := ranges[to]
	if !ok {
		refuse("quantising to type %s is not supported", to)
	}
	y = graph.Round(y)
	if zero != nil {
		y = graph.Add(y, graph.ConvertDType(along(y, zero, axis, block), y.DType()))
	}
	y = graph.Min(scalar(y, limit[1]), graph.Max(scalar(y, limit[0]), y))
	// By way of int32: XLA's conversion of negative numbers to small types is
	// undefined.
	return graph.ConvertDType(graph.ConvertDType(y, dtypes.Int32), to)
}

func (o *op) quantize() {
	x, scale, zero := o.x(0), o.x(1), o.optional(2)
	o.ignore("saturate")
	to := dtypes.Uint8
	if kind := o.integer("output_dtype", 0); kind != 0 {
		to = o.dtype(kind)
	} else if zero != nil {
		to = zero.DType()
	}
	if kind := o.integer("precision", 0); kind != 0 && kind != 1 {
		refuse("QuantizeLinear with a precision")
	}
	x = graph.ConvertDType(x, wider(x.DType()))
	o.set(0, quantised(x, scale, zero, to, o.quantAxis(x, scale), int(o.integer("block_size", 0))))
}

// wider is float32 for integers and half precision.
func wider(dtype dtypes.DType) dtypes.DType {
	if dtype == dtypes.Float64 {
		return dtype
	}
	return dtypes.Float32
}

// quantAxis is the axis of a scale.
func (o *op) quantAxis(x, scale *graph.Node) int {
	axis := o.integer("axis", 1)
	if scale.Shape().Size() == 1 {
		return 0
	}
	return o.normalAxis(axis, x.Rank())
}

func (o *op) dequantize() {
	x, scale := o.x(0), o.x(1)
	axis, block := o.quantAxis(x, scale), int(o.integer("block_size", 0))
	zero := o.optional(2)
	to := scale.DType()
	if kind := o.integer("output_dtype", 0); kind != 0 {
		to = o.dtype(kind)
	}
	y := plain(x, graph.ConvertDType(scale, wider(scale.DType())), zero, axis, block)
	o.set(0, graph.ConvertDType(y, to))
}

// dynamicRange returns uint8 values of x with the scale and zero point that cover
// its numbers and 0.
func dynamicRange(x *graph.Node) (y, scale, zero *graph.Node) {
	dtype := x.DType()
	x = graph.ConvertDType(graph.StopGradient(x), dtypes.Float32)
	none := scalar(x, 0)
	low, high := graph.Min(none, graph.ReduceAllMin(x)), graph.Max(none, graph.ReduceAllMax(x))
	scale = quotient(graph.Sub(high, low), scalar(x, 255))
	scale = graph.Where(graph.Equal(scale, none), graph.OnesLike(scale), scale)
	at := graph.Round(graph.Min(scalar(x, 255), graph.Max(none, graph.Neg(quotient(low, scale)))))
	zero = graph.ConvertDType(graph.ConvertDType(at, dtypes.Int32), dtypes.Uint8)
	return quantised(x, scale, zero, dtypes.Uint8, 0, 0), graph.ConvertDType(scale, dtype), zero
}

func (o *op) dynamicQuantize() {
	y, scale, zero := dynamicRange(o.x(0))
	o.set(0, y)
	o.set(1, scale)
	o.set(2, zero)
}

// wholeProduct multiplies whole numbers less their zero points.
func (o *op) wholeProduct(a, b, zeroA, zeroB *graph.Node) *graph.Node {
	a = lastAxes(a, zeroA, true)
	b = lastAxes(b, zeroB, false)
	return multiplied(a, b)
}

// lastAxes subtracts a zero point: one number, one per row or one per column.
func lastAxes(x, zero *graph.Node, rows bool) *graph.Node {
	y := graph.ConvertDType(x, dtypes.Float32)
	if zero == nil {
		return y
	}
	zero = graph.ConvertDType(zero, dtypes.Float32)
	switch {
	case zero.Shape().Size() == 1:
		return graph.Sub(y, graph.Reshape(zero))
	case zero.Rank() == 1 && rows:
		zero = graph.InsertAxes(zero, -1)
	}
	zero, y = sameRank(zero, y)
	return graph.Sub(y, zero)
}

func (o *op) matMulInteger() {
	y := o.wholeProduct(o.x(0), o.x(1), o.optional(2), o.optional(3))
	o.set(0, graph.ConvertDType(graph.Round(y), dtypes.Int32))
}

func (o *op) qLinearMatMul() {
	y := multiplied(lastAxes(o.x(0), o.x(2), true), lastAxes(o.x(3), o.x(5), false))
	factor := func(i int, rows bool) *graph.Node {
		scale := graph.ConvertDType(o.x(i), dtypes.Float32)
		if scale.Shape().Size() == 1 {
			return graph.Reshape(scale)
		}
		if rows && scale.Rank() == 1 {
			scale = graph.InsertAxes(scale, -1)
		}
		scale, _ = sameRank(scale, y)
		return scale
	}
	both := graph.Mul(factor(1, true), factor(4, false))
	o.set(0, requantised(y, graph.Div(both, factor(6, true)), o.x(7), o.x(7).DType(), y.Rank()-1))
}

func (o *op) convInteger() {
	x, kernel := centred(o.x(0), o.optional(2), 1, 0, dtypes.Float32), centred(o.x(1), o.optional(3), 0, 0, dtypes.Float32)
	o.set(0, graph.ConvertDType(graph.Round(o.convolved(x, kernel)), dtypes.Int32))
}

func (o *op) qLinearConv() {
	x, kernel := centred(o.x(0), o.x(2), 1, 0, dtypes.Float32), centred(o.x(3), o.x(5), 0, 0, dtypes.Float32)
	y := o.convolved(x, kernel)
	if bias := o.optional(8); bias != nil {
		y = biased(y, graph.ConvertDType(bias, dtypes.Float32))
	}
	factor := graph.Div(graph.Mul(graph.Reshape(o.x(1)), o.x(4)), graph.Reshape(o.x(6)))
	o.set(0, requantised(y, along(y, factor, 1, 0), o.x(7), o.x(7).DType(), 1))
}

// qGemm is Gemm of quantised values, of ONNX Runtime.
func (o *op) qGemm() {
	a, b := centred(o.x(0), o.x(2), 1, 0, dtypes.Float32), o.x(3)
	turned := o.flag("transB")
	axis := 1
	if turned {
		axis = 0
	}
	b = centred(b, o.x(5), axis, 0, dtypes.Float32)
	if o.flag("transA") {
		a = graph.Transpose(a, 0, 1)
	}
	if turned {
		b = graph.Transpose(b, 0, 1)
	}
	y := multiplied(a, b)
	if c := o.optional(6); c != nil { // in steps of the product
		c, y = sameRank(graph.ConvertDType(c, dtypes.Float32), y)
		y = graph.Add(y, c)
	}
	factor := graph.MulScalar(graph.Mul(graph.Reshape(o.x(1)), o.x(4)), o.float("alpha", 1))
	if !o.has(7) {
		o.set(0, graph.Mul(y, along(y, factor, 1, 0)))
		return
	}
	zero := o.optional(8)
	to := dtypes.Uint8
	if zero != nil {
		to = zero.DType()
	}
	factor = graph.Div(factor, graph.Reshape(o.x(7)))
	o.set(0, requantised(y, along(y, factor, 1, 0), zero, to, y.Rank()-1))
}

// qLinearBinary is an operator of two quantised values, of ONNX Runtime.
func (o *op) qLinearBinary() {
	a, b := plain(o.x(0), o.x(1), o.optional(2), 0, 0), plain(o.x(3), o.x(4), o.optional(5), 0, 0)
	a, b = sameRank(a, b)
	y := graph.Add(a, b)
	if o.op == "QLinearMul" {
		y = graph.Mul(a, b)
	}
	o.set(0, quantised(y, o.x(6), o.optional(7), o.x(0).DType(), 0, 0))
}

func (o *op) qLinearUnary() {
	x := plain(o.x(0), o.x(1), o.optional(2), 0, 0)
	y := graph.Sigmoid(x)
	if o.op == "QLinearLeakyRelu" {
		y = leaky(x, scalar(x, float64(o.float("alpha", 0.01))))
	}
	o.set(0, quantised(y, o.x(3), o.optional(4), o.x(0).DType(), 0, 0))
}

func (o *op) qLinearSoftmax() {
	x := plain(o.x(0), o.x(1), o.optional(2), 0, 0)
	if o.integer("opset", 13) < 13 && o.axis("axis", -1, x.Rank()) != x.Rank()-1 {
		refuse("QLinearSoftmax over several axes")
	}
	y := graph.Softmax(x, o.axis("axis", -1, x.Rank()))
	o.set(0, quantised(y, o.x(3), o.optional(4), o.x(0).DType(), 0, 0))
}

func (o *op) qLinearPool() {
	x := plain(o.x(0), o.x(1), o.optional(2), 0, 0)
	last := o.flag("channels_last")
	if last {
		order, back := []int{0, x.Rank() - 1}, []int{0}
		for i := 1; i < x.Rank()-1; i++ {
			order, back = append(order, i), append(back, i+1)
		}
		x = graph.TransposeAllAxes(x, order...)
		defer func() {
			y := o.out[0].node
			o.set(0, graph.TransposeAllAxes(y, append(back, 1)...))
		}()
	}
	var y *graph.Node
	if o.op == "QLinearGlobalAveragePool" {
		y = globalMean(x)
	} else {
		y = o.averaged(x, o.window(x, nil), o.flag("count_include_pad"))
	}
	o.set(0, quantised(y, o.x(3), o.optional(4), o.x(0).DType(), 0, 0))
}

func (o *op) qLinearConcat() {
	var parts []*graph.Node
	for i := 2; i+2 < len(o.in); i += 3 {
		parts = append(parts, plain(o.x(i), o.x(i+1), o.optional(i+2), 0, 0))
	}
	if len(parts) == 0 {
		refuse("QLinearConcat of nothing")
	}
	y := graph.Concatenate(parts, o.axis("axis", 1, parts[0].Rank()))
	o.set(0, quantised(y, o.x(0), o.optional(1), o.x(2).DType(), 0, 0))
}

// dynamicQuantizeMatMul quantises its first factor, of ONNX Runtime.
func (o *op) dynamicQuantizeMatMul() {
	a, scale, zero := dynamicRange(o.x(0))
	y := o.wholeProduct(a, o.x(1), zero, o.optional(3))
	o.set(0, o.withBias(graph.Mul(y, rowScale(y, graph.Mul(scale, o.x(2)))), 4))
}

func (o *op) matMulIntegerToFloat() {
	y := o.wholeProduct(o.x(0), o.x(1), o.optional(4), o.optional(5))
	y = graph.Mul(graph.Mul(y, rowScale(y, o.x(2))), rowScale(y, o.x(3)))
	o.set(0, o.withBias(y, 6))
}

// rowScale gives a scale per column, or one for all, the rank of y.
func rowScale(y, scale *graph.Node) *graph.Node {
	if scale.Shape().Size() == 1 {
		return graph.Reshape(scale)
	}
	return graph.ExpandLeftToRank(scale, y.Rank())
}

func (o *op) withBias(y *graph.Node, i int) *graph.Node {
	bias := o.optional(i)
	if bias == nil {
		return y
	}
	bias, y = sameRank(bias, y)
	return graph.Add(y, bias)
}

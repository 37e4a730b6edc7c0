package onnx

import (
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
)

// microsoft is the domain of ONNX Runtime's own operators.
const microsoft = "com.microsoft"

// operators are the supported operators. It is filled by init, as branches and
// functions use it themselves.
var operators map[string]func(*op)

func init() {
	operators = map[string]func(*op){
		"Abs": unary(graph.Abs), "Acos": unary(acos), "Acosh": unary(acosh), "Add": twoInputs(graph.Add), "And": twoInputs(graph.LogicalAnd),
		"ArgMax": (*op).argument, "ArgMin": (*op).argument, "Asin": unary(asin), "Asinh": unary(asinh), "Atan": unary(atan), "Atanh": unary(atanh), "Attention": (*op).attention,
		"AveragePool": (*op).averagePool, "BatchNormalization": (*op).batchNormalization, "BitShift": (*op).bitShift,
		"BitwiseAnd": twoInputs(graph.BitwiseAnd), "BitwiseNot": unary(graph.BitwiseNot), "BitwiseOr": twoInputs(graph.BitwiseOr), "BitwiseXor": twoInputs(graph.BitwiseXor),
		"Cast": (*op).cast, "CastLike": (*op).castLike, "Ceil": unary(rounded(graph.Ceil)), "Celu": (*op).celu, "Clip": (*op).clip,
		"Col2Im": (*op).columnsToImage, "Compress": (*op).compress, "Concat": (*op).concat, "Constant": (*op).constant, "ConstantOfShape": (*op).constantOfShape,
		"Conv": (*op).convolution, "ConvInteger": (*op).convInteger, "ConvTranspose": (*op).convTranspose, "Cos": unary(graph.Cos), "Cosh": unary(cosh), "CumSum": (*op).cumSum,
		"DepthToSpace": (*op).depthToSpace, "DequantizeLinear": (*op).dequantize, "Det": nil, "Div": twoInputs(graph.Div), "Dropout": (*op).dropout,
		"DynamicQuantizeLinear": (*op).dynamicQuantize, "Einsum": (*op).einsum, "Elu": (*op).elu, "Equal": (*op).equal, "Erf": unary(graph.Erf), "Exp": unary(graph.Exp),
		"Expand": (*op).expand, "EyeLike": (*op).eyeLike, "Flatten": (*op).flatten, "Floor": unary(rounded(graph.Floor)),
		"Gather": (*op).gather, "GatherElements": (*op).gatherElements, "GatherND": (*op).gatherND, "Gelu": (*op).gelu, "Gemm": (*op).gemm,
		"GlobalAveragePool": (*op).globalAverage, "GlobalLpPool": (*op).globalLp, "GlobalMaxPool": (*op).globalMax,
		"Greater": comparison(graph.GreaterThan), "GreaterOrEqual": comparison(graph.GreaterOrEqual), "GroupNormalization": (*op).groupNormalization,
		"HardSigmoid": (*op).hardSigmoid, "HardSwish": unary(activation.HardSwish), "Hardmax": (*op).hardmax, "Identity": (*op).pass, "If": (*op).branch,
		"InstanceNormalization": (*op).instanceNormalization, "IsInf": (*op).isInf, "IsNaN": unary(graph.IsNaN),
		"LRN": (*op).lrn, "LayerNormalization": (*op).layerNormalization, "LeakyRelu": (*op).leakyRelu, "Less": comparison(graph.LessThan),
		"LessOrEqual": comparison(graph.LessOrEqual), "Log": unary(graph.Log), "LogSoftmax": (*op).softmax, "LpNormalization": (*op).lpNormalization, "LpPool": (*op).lpPool,
		"MatMul": (*op).matMul, "MatMulInteger": (*op).matMulInteger, "Max": (*op).several, "MaxPool": (*op).maxPool, "Mean": (*op).several,
		"MeanVarianceNormalization": (*op).meanVariance, "Min": (*op).several, "Mish": unary(mish), "Mod": (*op).mod, "Mul": twoInputs(graph.Mul),
		"Neg": unary(graph.Neg), "NonZero": nil, "Not": unary(graph.LogicalNot), "OneHot": (*op).oneHot, "Or": twoInputs(graph.LogicalOr),
		"PRelu": (*op).prelu, "Pad": (*op).pad, "Pow": (*op).pow, "QLinearConv": (*op).qLinearConv, "QLinearMatMul": (*op).qLinearMatMul, "QuantizeLinear": (*op).quantize,
		"RMSNormalization": (*op).rmsNormalization, "Range": (*op).sequence, "Reciprocal": unary(graph.Reciprocal),
		"ReduceL1": (*op).reduce, "ReduceL2": (*op).reduce, "ReduceLogSum": (*op).reduce, "ReduceLogSumExp": (*op).reduce, "ReduceMax": (*op).reduce, "ReduceMean": (*op).reduce,
		"ReduceMin": (*op).reduce, "ReduceProd": (*op).reduce, "ReduceSum": (*op).reduce, "ReduceSumSquare": (*op).reduce,
		"Relu": unary(relu), "Reshape": (*op).reshape, "Resize": (*op).resize, "RotaryEmbedding": (*op).rotaryEmbedding, "Round": unary(rounded(graph.Round)),
		"Scatter": (*op).scatterElements, "ScatterElements": (*op).scatterElements, "ScatterND": (*op).scatterND, "Selu": (*op).selu, "Shape": (*op).shape,
		"Shrink": (*op).shrink, "Sigmoid": unary(graph.Sigmoid), "Sign": unary(graph.Sign), "Sin": unary(graph.Sin), "Sinh": unary(sinh), "Size": (*op).size, "Slice": (*op).slice,
		"Softmax": (*op).softmax, "Softplus": unary(softplus), "Softsign": unary(softsign), "SpaceToDepth": (*op).spaceToDepth, "Split": (*op).split, "Sqrt": unary(graph.Sqrt),
		"Squeeze": (*op).squeeze, "Sub": twoInputs(graph.Sub), "Sum": (*op).several, "Swish": (*op).swish, "Tan": unary(tan), "Tanh": unary(graph.Tanh),
		"ThresholdedRelu": (*op).thresholdedRelu, "Tile": (*op).tile, "TopK": (*op).topK, "Transpose": (*op).transpose, "Trilu": (*op).trilu,
		"Unsqueeze": (*op).unsqueeze, "Upsample": (*op).resize, "Where": (*op).where, "Xor": twoInputs(graph.LogicalXor),
		// ONNX Runtime's own, as its optimiser writes them.
		"com.microsoft.BiasGelu": (*op).biasGelu, "com.microsoft.FastGelu": (*op).biasGelu, "com.microsoft.FusedConv": (*op).fusedConv, "com.microsoft.FusedMatMul": (*op).fusedMatMul,
		"com.microsoft.Gelu": unary(activation.Gelu), "com.microsoft.QLinearAdd": (*op).qLinearBinary, "com.microsoft.QLinearMul": (*op).qLinearBinary,
		"com.microsoft.QLinearAveragePool": (*op).qLinearPool, "com.microsoft.QLinearConcat": (*op).qLinearConcat, "com.microsoft.QLinearGlobalAveragePool": (*op).qLinearPool, "com.microsoft.QLinearLeakyRelu": (*op).qLinearUnary,
		"com.microsoft.QLinearSigmoid": (*op).qLinearUnary, "com.microsoft.QLinearSoftmax": (*op).qLinearSoftmax, "com.microsoft.QGemm": (*op).qGemm, "com.microsoft.QuickGelu": (*op).quickGelu,
		"com.microsoft.DequantizeLinear": (*op).dequantize, "com.microsoft.QuantizeLinear": (*op).quantize, "com.microsoft.DynamicQuantizeMatMul": (*op).dynamicQuantizeMatMul, "com.microsoft.MatMulIntegerToFloat": (*op).matMulIntegerToFloat,
		"com.microsoft.SkipLayerNormalization": (*op).skipLayerNormalization, "SimplifiedLayerNormalization": (*op).rmsNormalization,
	}
	for name, do := range operators {
		if do == nil {
			delete(operators, name)
		}
	}
}

// title names the operator of a node.
func (n *node) title() string {
	if n.domain == "" || n.domain == "ai.onnx" {
		return n.op
	}
	return n.domain + "." + n.op
}

// key identifies the operator or function of a node.
func (n *node) key() string {
	if n.overload == "" {
		return n.title()
	}
	return n.title() + ":" + n.overload
}

func unary(f func(*graph.Node) *graph.Node) func(*op) {
	return func(o *op) {
		o.ignore("consumed_inputs")
		o.set(0, f(o.x(0)))
	}
}

func twoInputs(f func(a, b *graph.Node) *graph.Node) func(*op) {
	return func(o *op) {
		a, b := sameRank(o.x(0), o.x(1))
		o.set(0, f(a, b))
	}
}

// sameRank puts axes of length 1 before those of the value with fewer, as the
// standard's broadcasting does. Scalars remain.
func sameRank(a, b *graph.Node) (*graph.Node, *graph.Node) {
	if a.Rank() == 0 || b.Rank() == 0 || a.Rank() == b.Rank() {
		return a, b
	}
	rank := max(a.Rank(), b.Rank())
	return graph.ExpandLeftToRank(a, rank), graph.ExpandLeftToRank(b, rank)
}

// together broadcasts values to their common shape.
func together(xs ...*graph.Node) []*graph.Node {
	dims := []int{}
	for _, x := range xs {
		dims = broadcastDims(dims, x.Shape().Dimensions)
	}
	all := make([]*graph.Node, len(xs))
	for i, x := range xs {
		all[i] = spread(x, dims)
	}
	return all
}

// broadcastDims returns the common shape of two.
func broadcastDims(a, b []int) []int {
	if len(a) < len(b) {
		a, b = b, a
	}
	dims := slices.Clone(a)
	for i, d := range b {
		at := len(a) - len(b) + i
		switch {
		case dims[at] == 1:
			dims[at] = d
		case d != 1 && d != dims[at]:
			refuse("the shapes %v and %v do not fit each other", a, b)
		}
	}
	return dims
}

// spread broadcasts x to dimensions.
func spread(x *graph.Node, dims []int) *graph.Node {
	if slices.Equal(x.Shape().Dimensions, dims) {
		return x
	}
	if x.Rank() < len(dims) && x.Rank() > 0 {
		x = graph.ExpandLeftToRank(x, len(dims))
	}
	return graph.BroadcastToDims(x, dims...)
}

// comparison compares without a gradient.
func comparison(f func(a, b *graph.Node) *graph.Node) func(*op) { return twoInputs(f) }

func (o *op) equal() {
	a, b := sameRank(o.x(0), o.x(1))
	o.set(0, graph.Equal(a, b))
}

// rounded is a function that is constant almost everywhere.
func rounded(f func(*graph.Node) *graph.Node) func(*graph.Node) *graph.Node {
	return func(x *graph.Node) *graph.Node {
		if !x.DType().IsFloat() {
			return x
		}
		return graph.StopGradient(f(graph.StopGradient(x)))
	}
}

// scalar is a number in the type of x.
func scalar(x *graph.Node, v float64) *graph.Node { return graph.Scalar(x.Graph(), x.DType(), v) }

// relu has the derivative 0 at 0, as in PyTorch: of equal values, GoMLX's Max
// passes the gradient to the first.
func relu(x *graph.Node) *graph.Node { return graph.Max(graph.ZerosLike(x), x) }

func tan(x *graph.Node) *graph.Node { return graph.Div(graph.Sin(x), graph.Cos(x)) }
func sinh(x *graph.Node) *graph.Node {
	return graph.MulScalar(graph.Sub(graph.Exp(x), graph.Exp(graph.Neg(x))), 0.5)
}
func cosh(x *graph.Node) *graph.Node {
	return graph.MulScalar(graph.Add(graph.Exp(x), graph.Exp(graph.Neg(x))), 0.5)
}
func asinh(x *graph.Node) *graph.Node {
	a := graph.Abs(x)
	y := graph.Mul(graph.Sign(x), graph.Log(graph.Add(a, graph.Sqrt(graph.OnePlus(graph.Square(a))))))
	return withSlope(x, y, func() *graph.Node { return graph.Rsqrt(graph.OnePlus(graph.Square(x))) })
}
func acosh(x *graph.Node) *graph.Node {
	return graph.Log(graph.Add(x, graph.Sqrt(graph.MinusOne(graph.Square(x)))))
}
func atanh(x *graph.Node) *graph.Node {
	return graph.MulScalar(graph.Log(graph.Div(graph.OnePlus(x), graph.OneMinus(x))), 0.5)
}
func atan(x *graph.Node) *graph.Node {
	return withSlope(x, arcTangent(graph.StopGradient(x)), func() *graph.Node { return graph.Reciprocal(graph.OnePlus(graph.Square(x))) })
}

// arcTangent reduces x to |t| ≤ tan(π/8) by atan a = π/4 + atan((a−1)/(a+1)) and
// atan a = π/2 − atan(1/a), and sums the series of the rest. XLA's Atan2 returns memory
// that was never written for pictures of some sizes.
func arcTangent(x *graph.Node) *graph.Node {
	a := graph.Abs(x)
	zero, one := graph.ZerosLike(x), graph.OnesLike(x)
	large, middle := graph.GreaterThan(a, scalar(x, math.Tan(3*math.Pi/8))), graph.GreaterThan(a, scalar(x, math.Tan(math.Pi/8)))
	t := graph.Where(large, graph.Neg(graph.Reciprocal(graph.Max(a, one))), graph.Where(middle, graph.Div(graph.Sub(a, one), graph.OnePlus(a)), a))
	start := graph.Where(large, graph.BroadcastToDims(scalar(x, math.Pi/2), x.Shape().Dimensions...), graph.Where(middle, graph.BroadcastToDims(scalar(x, math.Pi/4), x.Shape().Dimensions...), zero))
	square, sum := graph.Square(t), zero
	for k := 19; k >= 0; k-- { // tan(π/8)⁴¹ is below 10⁻¹⁵
		term := 1 / float64(2*k+1)
		if k%2 == 1 {
			term = -term
		}
		sum = graph.Add(graph.Mul(sum, square), scalar(x, term))
	}
	return graph.Mul(graph.Sign(x), graph.Add(start, graph.Mul(t, sum)))
}

func asin(x *graph.Node) *graph.Node {
	root := func() *graph.Node { return graph.Sqrt(graph.OneMinus(graph.Square(x))) }
	return withSlope(x, arcTangent(graph.StopGradient(graph.Div(x, root()))), func() *graph.Node { return graph.Reciprocal(root()) })
}

func acos(x *graph.Node) *graph.Node {
	root := func() *graph.Node { return graph.Sqrt(graph.OneMinus(graph.Square(x))) }
	y := graph.AddScalar(graph.Neg(arcTangent(graph.StopGradient(graph.Div(x, root())))), math.Pi/2)
	return withSlope(x, y, func() *graph.Node { return graph.Neg(graph.Reciprocal(root())) })
}

func softplus(x *graph.Node) *graph.Node {
	y := graph.Add(relu(x), graph.Log1p(graph.Exp(graph.Neg(graph.Abs(x)))))
	return withSlope(x, y, func() *graph.Node { return graph.Sigmoid(x) }) // at 0, too
}
func softsign(x *graph.Node) *graph.Node { return graph.Div(x, graph.OnePlus(graph.Abs(x))) }
func mish(x *graph.Node) *graph.Node     { return graph.Mul(x, graph.Tanh(softplus(x))) }

// several are the operators of any number of values, added, compared … one by one.
func (o *op) several() {
	xs := o.xs()
	var f func(a, b *graph.Node) *graph.Node
	switch o.op {
	case "Max":
		f = graph.Max
	case "Min":
		f = graph.Min
	default:
		f = graph.Add
	}
	total := xs[0]
	for _, x := range xs[1:] {
		a, b := sameRank(total, x)
		total = f(a, b)
	}
	if o.op == "Mean" {
		total = graph.MulScalar(total, 1/float32(len(xs)))
	}
	o.set(0, total)
}

func (o *op) mod() {
	fmod := o.flag("fmod")
	a, b := sameRank(o.x(0), o.x(1))
	if fmod && a.DType().IsFloat() {
		o.set(0, remainder(a, b))
		return
	}
	r := graph.Rem(a, b)
	if !fmod && !a.DType().IsUnsigned() {
		if a.DType().IsFloat() {
			refuse("Mod of floating-point numbers without fmod")
		}
		both := together(r, b)
		r, b := both[0], both[1]
		zero := graph.ZerosLike(r)
		differ := graph.LogicalAnd(graph.NotEqual(r, zero), graph.LogicalXor(graph.LessThan(r, zero), graph.LessThan(b, zero)))
		o.set(0, graph.Where(differ, graph.Add(r, b), r))
		return
	}
	o.set(0, r)
}

// remainder is a − b·trunc(a/b), whose gradient GoMLX lacks.
func remainder(a, b *graph.Node) *graph.Node {
	fixedA, fixedB := graph.StopGradient(a), graph.StopGradient(b)
	value := graph.StopGradient(graph.Rem(fixedA, fixedB))
	times := graph.Div(graph.Sub(fixedA, value), fixedB)
	return graph.Add(value, graph.Sub(graph.Sub(a, fixedA), graph.Mul(times, graph.Sub(b, fixedB))))
}

func (o *op) bitShift() {
	left := o.text("direction", "") == "LEFT"
	a, b := sameRank(o.x(0), o.x(1))
	if left {
		o.set(0, graph.BitwiseShiftLeft(a, b))
	} else if a.DType().IsUnsigned() {
		o.set(0, graph.BitwiseShiftRightLogical(a, b))
	} else {
		o.set(0, graph.BitwiseShiftRightArithmetic(a, b))
	}
}

func (o *op) pow() {
	x := o.x(0)
	if o.has(1) && o.in[1].constant != nil && x.DType().IsFloat() && o.in[1].constant.Size() == 1 && o.in[1].constant.Rank() <= x.Rank() {
		_, exponent := o.known(1)
		switch exponent[0] {
		case 2:
			o.set(0, graph.Square(x))
			return
		case 1:
			o.set(0, x)
			return
		case 0.5:
			o.set(0, graph.Sqrt(x))
			return
		case -0.5:
			o.set(0, graph.Reciprocal(graph.Sqrt(x)))
			return
		case -1:
			o.set(0, graph.Reciprocal(x))
			return
		case -2:
			o.set(0, graph.Reciprocal(graph.Square(x)))
			return
		}
	}
	y := o.x(1)
	dtype := x.DType()
	if y.DType() != dtype || !dtype.IsFloat() {
		wide := dtypes.Float64
		x, y = graph.ConvertDType(x, wide), graph.ConvertDType(y, wide)
		if dtype.IsFloat() {
			x, y = graph.ConvertDType(x, dtype), graph.ConvertDType(y, dtype)
		}
	}
	x, y = sameRank(x, y)
	z := graph.Pow(x, y)
	if !dtype.IsFloat() {
		z = graph.Round(z)
	}
	o.set(0, graph.ConvertDType(z, dtype))
}

func (o *op) where() {
	all := together(o.x(0), o.x(1), o.x(2))
	o.set(0, graph.Where(all[0], all[1], all[2]))
}

func (o *op) clip() {
	x := o.x(0)
	low, high := o.optional(1), o.optional(2)
	if a := o.attribute("min"); a != nil {
		low = scalar(x, float64(o.float("min", 0)))
	}
	if a := o.attribute("max"); a != nil {
		high = scalar(x, float64(o.float("max", 0)))
	}
	// The order of the arguments decides that the derivative on the bounds is 1.
	if low != nil {
		x = graph.Max(x, graph.Reshape(low))
	}
	if high != nil {
		x = graph.Min(graph.Reshape(high), x)
	}
	o.set(0, x)
}

func (o *op) cast() {
	o.ignore("saturate", "round_mode")
	o.set(0, o.converted(o.x(0), o.dtype(o.integer("to", 0))))
}

func (o *op) castLike() {
	o.ignore("saturate", "round_mode")
	o.set(0, o.converted(o.x(0), o.x(1).DType()))
}

// converted converts x as ONNX Runtime does: numbers become true unless 0.
func (o *op) converted(x *graph.Node, to dtypes.DType) *graph.Node {
	if to == dtypes.Bool && x.DType() != dtypes.Bool {
		return graph.NotEqual(x, graph.ZerosLike(x))
	}
	if x.DType() == to {
		return x
	}
	return graph.ConvertDType(x, to)
}

func (o *op) dropout() {
	o.ignore("ratio", "seed", "is_test")
	o.has(1)
	if o.has(2) {
		if training, _ := o.known(2); training[0] != 0 {
			refuse("Dropout in training mode")
		}
	}
	o.pass()
	if len(o.outputs) > 1 {
		if o.e.opset < 12 {
			return // other types of the mask: refused if used
		}
		x := o.x(0)
		o.set(1, graph.Equal(graph.OnesLike(graph.ConvertDType(x, dtypes.Int32)), graph.OnesLike(graph.ConvertDType(x, dtypes.Int32))))
	}
}

// Activations.

func (o *op) gelu() {
	x := o.x(0)
	switch how := o.text("approximate", "none"); how {
	case "none":
		o.set(0, activation.Gelu(x))
	case "tanh":
		o.set(0, activation.GeluApproximate(x))
	default:
		refuse("Gelu with approximate %q", how)
	}
}

func (o *op) quickGelu() {
	x := o.x(0)
	o.set(0, graph.Mul(x, graph.Sigmoid(graph.Mul(x, scalar(x, float64(o.float("alpha", 1.702)))))))
}

func (o *op) swish() {
	x := o.x(0)
	o.set(0, graph.Mul(x, graph.Sigmoid(graph.Mul(x, scalar(x, float64(o.float("alpha", 1)))))))
}

func (o *op) leakyRelu() {
	o.set(0, leaky(o.x(0), scalar(o.x(0), float64(o.float("alpha", 0.01)))))
}

func (o *op) prelu() {
	x, slope := sameRank(o.x(0), o.x(1))
	o.set(0, leaky(x, slope))
}

// leaky is max(x, 0) + slope·min(x, 0).
func leaky(x, slope *graph.Node) *graph.Node {
	zero := scalar(x, 0)
	// At 0 the derivative is the slope, as in PyTorch.
	return graph.Add(graph.Max(zero, x), graph.Mul(slope, graph.Min(zero, x)))
}

// expm1 is exp(min(x, 0)/scale) − 1, which is 0 for positive x. GoMLX's Expm1 has no
// gradient.
func expm1(x *graph.Node, scale float64) *graph.Node {
	low := graph.MulScalar(graph.Min(scalar(x, 0), graph.StopGradient(x)), 1/scale)
	return withSlope(x, graph.Expm1(low), func() *graph.Node {
		return graph.Where(graph.LessOrEqual(x, graph.ZerosLike(x)), graph.MulScalar(graph.Exp(low), 1/scale), graph.ZerosLike(x))
	})
}

func (o *op) elu() {
	x := o.x(0)
	o.set(0, graph.Add(relu(x), graph.Mul(scalar(x, float64(o.float("alpha", 1))), expm1(x, 1))))
}

func (o *op) celu() {
	x, alpha := o.x(0), float64(o.float("alpha", 1))
	o.set(0, graph.Add(relu(x), graph.Mul(scalar(x, alpha), expm1(x, alpha))))
}

func (o *op) selu() {
	x := o.x(0)
	alpha, gamma := float64(o.float("alpha", 1.67326319217681884765625)), float64(o.float("gamma", 1.05070102214813232421875))
	y := graph.Add(relu(x), graph.Mul(scalar(x, alpha), expm1(x, 1)))
	o.set(0, graph.Mul(scalar(x, gamma), y))
}

func (o *op) hardSigmoid() {
	x := o.x(0)
	y := graph.Add(graph.Mul(x, scalar(x, float64(o.float("alpha", 0.2)))), scalar(x, float64(o.float("beta", 0.5))))
	o.set(0, graph.Min(scalar(x, 1), graph.Max(y, scalar(x, 0))))
}

func (o *op) thresholdedRelu() {
	x := o.x(0)
	o.set(0, graph.Where(graph.GreaterThan(x, scalar(x, float64(o.float("alpha", 1)))), x, graph.ZerosLike(x)))
}

func (o *op) shrink() {
	x := o.x(0)
	bias, lambda := scalar(x, float64(o.float("bias", 0))), scalar(x, float64(o.float("lambd", 0.5)))
	zero := graph.ZerosLike(x)
	o.set(0, graph.Where(graph.LessThan(x, graph.Neg(lambda)), graph.Add(x, bias), graph.Where(graph.GreaterThan(x, lambda), graph.Sub(x, bias), zero)))
}

func (o *op) isInf() {
	x := o.x(0)
	infinite := graph.LogicalAnd(graph.LogicalNot(graph.IsFinite(x)), graph.LogicalNot(graph.IsNaN(x)))
	zero := graph.ZerosLike(x)
	if o.integer("detect_negative", 1) == 0 {
		infinite = graph.LogicalAnd(infinite, graph.GreaterThan(x, zero))
	}
	if o.integer("detect_positive", 1) == 0 {
		infinite = graph.LogicalAnd(infinite, graph.LessThan(x, zero))
	}
	o.set(0, infinite)
}

// softmax is also LogSoftmax. Before version 13 the axes from the given one on, by
// default 1, were one.
func (o *op) softmax() {
	x := o.x(0)
	dims := x.Shape().Dimensions
	axis := int64(-1)
	if o.e.opset < 13 {
		axis = 1
	}
	at := o.axis("axis", axis, x.Rank())
	if o.e.opset < 13 && at != x.Rank()-1 {
		size, outer := 1, 1
		for i, d := range dims {
			if i < at {
				outer *= d
			} else {
				size *= d
			}
		}
		x, at = graph.Reshape(x, outer, size), 1
	}
	y := inFloat32(x, func(x *graph.Node) *graph.Node {
		if o.op == "LogSoftmax" {
			return logSoftmax(x, at)
		}
		return graph.Softmax(x, at)
	})
	o.set(0, graph.Reshape(y, dims...))
}

// logSoftmax subtracts the logarithm of the sum, which cannot be that of 0.
func logSoftmax(x *graph.Node, axis int) *graph.Node {
	shifted := graph.Sub(x, graph.StopGradient(graph.ReduceAndKeep(x, graph.ReduceMax, axis)))
	return graph.Sub(shifted, graph.Log(graph.ReduceAndKeep(graph.Exp(shifted), graph.ReduceSum, axis)))
}

func (o *op) hardmax() {
	x := o.x(0)
	dims := x.Shape().Dimensions
	axis := int64(-1)
	if o.e.opset < 13 {
		axis = 1
	}
	at := o.axis("axis", axis, x.Rank())
	if o.e.opset < 13 && at != x.Rank()-1 {
		refuse("Hardmax of version %d over several axes", o.e.opset)
	}
	best := graph.InsertAxes(graph.ArgMax(x, at), at)
	places := graph.Iota(o.g, shapeOf(dtypes.Int32, dims), at)
	o.set(0, graph.StopGradient(graph.ConvertDType(graph.Equal(places, spread(best, dims)), x.DType())))
}

// inFloat32 computes f in float32 if x is of half precision.
func inFloat32(x *graph.Node, f func(*graph.Node) *graph.Node) *graph.Node {
	if !x.DType().IsHalfPrecision() {
		return f(x)
	}
	return graph.ConvertDType(f(graph.ConvertDType(x, dtypes.Float32)), x.DType())
}

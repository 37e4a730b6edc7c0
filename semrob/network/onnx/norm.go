package onnx

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
)

func (o *op) batchNormalization() {
	x := o.x(0)
	momentum := float64(o.float("momentum", 0.9))
	epsilon := float64(o.float("epsilon", 1e-5))
	if o.integer("spatial", 1) == 0 {
		refuse("BatchNormalization that is not spatial")
	}
	o.ignore("is_test", "consumed_inputs")
	training := o.flag("training_mode")
	scale, bias, mean, variance := perChannel(x, o.x(1)), perChannel(x, o.x(2)), perChannel(x, o.x(3)), perChannel(x, o.x(4))
	if training {
		if o.in[0].images {
			refuse("BatchNormalization in training mode makes the scores of an image depend on the others: export the model in evaluation mode (model.eval())")
		}
		var over []int
		for i := range x.Rank() {
			if i != 1 {
				over = append(over, i)
			}
		}
		oldMean, oldVariance := mean, variance
		mean = graph.ReduceAndKeep(x, graph.ReduceMean, over...)
		variance = graph.ReduceAndKeep(graph.Square(graph.Sub(x, mean)), graph.ReduceMean, over...)
		running := func(old, now *graph.Node) *graph.Node {
			y := graph.Add(graph.MulScalar(old, momentum), graph.MulScalar(now, 1-momentum))
			return graph.Reshape(y, y.Shape().Size())
		}
		o.set(1, running(oldMean, mean))
		o.set(2, running(oldVariance, variance))
	}
	dtype := x.DType()
	if variance.DType() != dtype || scale.DType() != dtype { // mixed precision
		x, scale, bias = graph.ConvertDType(x, variance.DType()), graph.ConvertDType(scale, variance.DType()), graph.ConvertDType(bias, variance.DType())
	}
	normed := graph.Div(graph.Sub(x, mean), graph.Sqrt(graph.Add(variance, scalar(variance, epsilon))))
	o.set(0, graph.ConvertDType(graph.Add(graph.Mul(normed, scale), bias), dtype))
}

// standardised returns x with mean 0 and variance 1 over axes, its mean and the
// reciprocal of its standard deviation.
func standardised(x *graph.Node, epsilon float64, over ...int) (y, mean, inverse *graph.Node) {
	mean = graph.ReduceAndKeep(x, graph.ReduceMean, over...)
	centred := graph.Sub(x, mean)
	variance := graph.ReduceAndKeep(graph.Square(centred), graph.ReduceMean, over...)
	deviation := graph.Sqrt(graph.Add(variance, scalar(x, epsilon)))
	return graph.Div(centred, deviation), mean, graph.Reciprocal(deviation)
}

// from returns the axes of x from one on.
func from(x *graph.Node, axis int) []int {
	var axes []int
	for i := axis; i < x.Rank(); i++ {
		axes = append(axes, i)
	}
	return axes
}

// stashed computes f in the type in which a normalisation keeps its statistics:
// float32 for half precision.
func (o *op) stashed(x *graph.Node) *graph.Node {
	if kind := o.integer("stash_type", 1); kind != 1 {
		refuse("%s with statistics of type %s", o.op, kindName(kind))
	}
	if x.DType().IsHalfPrecision() {
		return graph.ConvertDType(x, dtypes.Float32)
	}
	return x
}

func (o *op) layerNormalization() {
	x := o.x(0)
	dtype := x.DType()
	axis := o.axis("axis", -1, x.Rank())
	wide := o.stashed(x)
	y, mean, inverse := standardised(wide, float64(o.float("epsilon", 1e-5)), from(x, axis)...)
	scale, y := sameRank(o.x(1), graph.ConvertDType(y, dtype))
	y = graph.Mul(y, scale)
	if bias := o.optional(2); bias != nil {
		bias, y = sameRank(bias, y)
		y = graph.Add(y, bias)
	}
	o.set(0, y)
	o.set(1, mean)
	o.set(2, inverse)
}

func (o *op) rmsNormalization() {
	x := o.x(0)
	dtype := x.DType()
	axis := o.axis("axis", -1, x.Rank())
	y := rootMeanSquare(o.stashed(x), float64(o.float("epsilon", 1e-5)), from(x, axis))
	scale, y := sameRank(o.x(1), graph.ConvertDType(y, dtype))
	o.set(0, graph.Mul(y, scale))
}

func rootMeanSquare(x *graph.Node, epsilon float64, over []int) *graph.Node {
	mean := graph.ReduceAndKeep(graph.Square(x), graph.ReduceMean, over...)
	return graph.Div(x, graph.Sqrt(graph.Add(mean, scalar(x, epsilon))))
}

func (o *op) instanceNormalization() {
	x := o.x(0)
	epsilon := float64(o.float("epsilon", 1e-5))
	y := inFloat32(x, func(x *graph.Node) *graph.Node {
		y, _, _ := standardised(x, epsilon, spatial(x)...)
		return y
	})
	o.set(0, graph.Add(graph.Mul(y, perChannel(x, o.x(1))), perChannel(x, o.x(2))))
}

// groupNormalization has a scale per group before version 21, and per channel
// since.
func (o *op) groupNormalization() {
	x := o.x(0)
	dims := x.Shape().Dimensions
	groups := int(o.integer("num_groups", 0))
	if x.Rank() < 3 || groups < 1 || dims[1]%groups != 0 {
		refuse("GroupNormalization of %v in %d groups", dims, groups)
	}
	dtype := x.DType()
	apart := graph.Reshape(o.stashed(x), append([]int{dims[0], groups, dims[1] / groups}, dims[2:]...)...)
	y, _, _ := standardised(apart, float64(o.float("epsilon", 1e-5)), from(apart, 2)...)
	y = graph.ConvertDType(graph.Reshape(y, dims...), dtype)
	vector := func(v *graph.Node) *graph.Node {
		if n := v.Shape().Size(); n == groups && n != dims[1] {
			v = graph.Reshape(graph.BroadcastToDims(graph.Reshape(v, groups, 1), groups, dims[1]/groups), dims[1])
		}
		return perChannel(x, v)
	}
	o.set(0, graph.Add(graph.Mul(y, vector(o.x(1))), vector(o.x(2))))
}

func (o *op) lpNormalization() {
	x := o.x(0)
	axis := o.axis("axis", -1, x.Rank())
	kind := "ReduceL2"
	switch p := o.integer("p", 2); p {
	case 1:
		kind = "ReduceL1"
	case 2:
	default:
		refuse("LpNormalization with p %d", p)
	}
	norm := graph.InsertAxes(reduced(kind, x, []int{axis}), axis)
	zero := graph.ZerosLike(norm)
	norm = graph.Where(graph.Equal(norm, zero), graph.OnesLike(norm), norm)
	o.set(0, graph.Div(x, norm))
}

func (o *op) meanVariance() {
	x := o.x(0)
	axes := o.ints("axes")
	if axes == nil {
		axes = []int64{0, 2, 3}
	}
	over := o.normalAxes(axes, x.Rank())
	if o.in[0].images && slices.Contains(over, 0) {
		refuse("MeanVarianceNormalization over the images makes the scores of an image depend on the others")
	}
	mean := graph.ReduceAndKeep(x, graph.ReduceMean, over...)
	centred := graph.Sub(x, mean)
	variance := graph.ReduceAndKeep(graph.Square(centred), graph.ReduceMean, over...)
	o.set(0, graph.Div(centred, graph.AddScalar(graph.Sqrt(variance), 1e-9)))
}

// skipLayerNormalization is LayerNormalization of a sum, of ONNX Runtime.
func (o *op) skipLayerNormalization() {
	x, skip := sameRank(o.x(0), o.x(1))
	sum := graph.Add(x, skip)
	if bias := o.optional(4); bias != nil {
		bias, sum = sameRank(bias, sum)
		sum = graph.Add(sum, bias)
	}
	y, mean, inverse := standardised(sum, float64(o.float("epsilon", 1e-12)), sum.Rank()-1)
	scale, y := sameRank(o.x(2), y)
	y = graph.Mul(y, scale)
	if beta := o.optional(3); beta != nil {
		beta, y = sameRank(beta, y)
		y = graph.Add(y, beta)
	}
	o.set(0, y)
	o.set(1, mean)
	o.set(2, inverse)
	o.set(3, sum)
}

// biasGelu is BiasGelu and FastGelu, of ONNX Runtime.
func (o *op) biasGelu() {
	x := o.x(0)
	if bias := o.optional(1); bias != nil {
		bias, x = sameRank(bias, x)
		x = graph.Add(x, bias)
	}
	if o.op == "FastGelu" {
		o.set(0, activation.GeluApproximate(x))
	} else {
		o.set(0, activation.Gelu(x))
	}
}

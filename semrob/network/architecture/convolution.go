package architecture

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// convolution is a two-dimensional convolution with the batch normalisation
// and the activation that follow it.
type convolution struct {
	// weight and norm are the prefixes of the parameters' names, such as
	// "_conv_stem" and "_bn0".
	weight, norm string
	in, out      int
	// kernel is the height and width, stride the step in both directions.
	kernel, stride int
	// depthwise says that each channel is convolved alone (in = out).
	depthwise bool
	// epsilon is added to the running variance.
	epsilon float64
	// activation follows the normalisation; nil for none.
	activation func(*graph.Node) *graph.Node
}

func (c *convolution) parameters() []weights.Parameter {
	perGroup := c.in
	if c.depthwise {
		perGroup = 1
	}
	return []weights.Parameter{
		{Name: c.weight + ".weight", Shape: []int{c.out, perGroup, c.kernel, c.kernel}},
		{Name: c.norm + ".weight", Shape: []int{c.out}},
		{Name: c.norm + ".bias", Shape: []int{c.out}},
		{Name: c.norm + ".running_mean", Shape: []int{c.out}},
		{Name: c.norm + ".running_var", Shape: []int{c.out}},
	}
}

// prepare folds the normalisation γ(y − μ)/√(σ² + ε) + β into the kernel, and
// moves the output channel from the first axis to the last: [kernel·kernel,
// out] where depthwise, else [kernel, kernel, in, out].
func (c *convolution) prepare(set weights.Set) []Constant {
	kernel := set[c.weight+".weight"].Data
	gamma, beta := set[c.norm+".weight"].Data, set[c.norm+".bias"].Data
	mean, variance := set[c.norm+".running_mean"].Data, set[c.norm+".running_var"].Data

	area := c.kernel * c.kernel
	perGroup := len(kernel) / (c.out * area)
	folded, bias := make([]float32, len(kernel)), make([]float32, c.out)
	for o := range c.out {
		factor := float64(gamma[o]) / math.Sqrt(float64(variance[o])+c.epsilon)
		bias[o] = float32(float64(beta[o]) - float64(mean[o])*factor)
		for i := range perGroup {
			for t := range area {
				folded[(t*perGroup+i)*c.out+o] = float32(float64(kernel[(o*perGroup+i)*area+t]) * factor)
			}
		}
	}
	shape := []int{c.kernel, c.kernel, c.in, c.out}
	if c.depthwise {
		shape = []int{area, c.out}
	}
	return []Constant{
		{Name: c.weight + ".kernel", Shape: shape, Data: folded},
		{Name: c.weight + ".bias", Shape: []int{c.out}, Data: bias},
	}
}

// apply convolves x [batch, height, width, in] with padding as TensorFlow's
// SAME: the result is [batch, ⌈height/stride⌉, ⌈width/stride⌉, out].
func (c *convolution) apply(values constants, x *graph.Node) *graph.Node {
	kernel := values.node(c.weight + ".kernel")
	bias := graph.Reshape(values.node(c.weight+".bias"), 1, 1, 1, c.out)
	var y *graph.Node
	switch {
	case c.depthwise:
		y = depthwise(x, kernel, bias, c.kernel, c.stride)
	case c.kernel == 1 && c.stride == 1:
		y = graph.Add(pointwise(x, kernel), bias)
	default:
		y = graph.Add(general(x, kernel, c.stride), bias)
	}
	if c.activation != nil {
		y = c.activation(y)
	}
	return y
}

// samePadding returns the zeros that TensorFlow's SAME puts before and after
// an axis, the odd one after, and the size of the result.
func samePadding(size, kernel, stride int) (before, after, result int) {
	result = (size + stride - 1) / stride
	total := max((result-1)*stride+kernel-size, 0)
	return total / 2, total - total/2, result
}

// pointwise is a 1×1 convolution as one matrix product over all pixels.
func pointwise(x, kernel *graph.Node) *graph.Node {
	dims, out := x.Shape().Dimensions, kernel.Shape().Dimensions[3]
	pixels := graph.Reshape(x, dims[0]*dims[1]*dims[2], dims[3])
	y := graph.Dot(pixels, graph.Reshape(kernel, dims[3], out)).Product()
	return graph.Reshape(y, dims[0], dims[1], dims[2], out)
}

// general is a convolution of all channels.
func general(x, kernel *graph.Node, stride int) *graph.Node {
	var padding [2][2]int
	for axis := range padding {
		before, after, _ := samePadding(x.Shape().Dimensions[1+axis], kernel.Shape().Dimensions[axis], stride)
		padding[axis] = [2]int{before, after}
	}
	return graph.Convolve(x, kernel).StridePerAxis(stride, stride).PaddingPerDim(padding[:]).Done()
}

// depthwise convolves every channel of x [batch, height, width, channel] with
// its own k×k kernel, given as [k·k, channel], and adds bias. It is a sum of
// k·k shifted products: the grouped convolution of XLA on a CPU is several
// times slower, and its gradient takes minutes to compile.
func depthwise(x, kernel, bias *graph.Node, k, stride int) *graph.Node {
	padded, height, width := padSame(x, k, stride)
	channels := x.Shape().Dimensions[3]
	sum := bias
	for row := range k {
		for column := range k {
			shifted := graph.Slice(padded, graph.AxisRange(),
				graph.AxisRange(row, row+(height-1)*stride+1).Stride(stride),
				graph.AxisRange(column, column+(width-1)*stride+1).Stride(stride),
				graph.AxisRange())
			tap := graph.Slice(kernel, graph.AxisElem(row*k+column), graph.AxisRange())
			sum = graph.Add(sum, graph.Mul(shifted, graph.Reshape(tap, 1, 1, 1, channels)))
		}
	}
	return sum
}

// padSame surrounds x with the zeros of a k×k convolution and returns the
// height and width of the convolution's result.
func padSame(x *graph.Node, k, stride int) (padded *graph.Node, height, width int) {
	dims := x.Shape().Dimensions
	top, bottom, height := samePadding(dims[1], k, stride)
	left, right, width := samePadding(dims[2], k, stride)
	return zeroPad(x, [4]int{0, top, left, 0}, [4]int{0, bottom, right, 0}), height, width
}

// zeroPad puts zeros before and after every axis of x, differentiably:
// graph.Pad has no gradient. XLA turns a tensor written into one of zeros into
// its own Pad; the pure-Go backend cannot do that, and Concatenate, which it
// can, takes XLA longer.
func zeroPad(x *graph.Node, before, after [4]int) *graph.Node {
	g := x.Graph()
	if before == after && before == [4]int{} {
		return x
	}
	if !g.Backend().Capabilities().Operations[compute.OpTypeDynamicUpdateSlice] {
		for axis := range before {
			parts := []*graph.Node{zerosBeside(x, axis, before[axis]), x, zerosBeside(x, axis, after[axis])}
			parts = slices.DeleteFunc(parts, func(n *graph.Node) bool { return n == nil })
			x = graph.Concatenate(parts, axis)
		}
		return x
	}
	shape, start := x.Shape().Clone(), make([]*graph.Node, len(before))
	for axis := range before {
		shape.Dimensions[axis] += before[axis] + after[axis]
		start[axis] = graph.Const(g, int32(before[axis]))
	}
	return graph.DynamicUpdateSlice(graph.Zeros(g, shape), x, start)
}

// zerosBeside returns zeros of the shape of x but for one axis, nil for none.
func zerosBeside(x *graph.Node, axis, size int) *graph.Node {
	if size == 0 {
		return nil
	}
	shape := x.Shape().Clone()
	shape.Dimensions[axis] = size
	return graph.Zeros(x.Graph(), shape)
}

// relu6 is min(max(x, 0), 6).
func relu6(x *graph.Node) *graph.Node { return graph.ClipScalar(x, 0, 6) }

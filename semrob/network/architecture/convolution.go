package architecture

import (
	"cmp"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// convolution is a two-dimensional convolution with the batch normalisation and
// activation that follow it.
type convolution struct {
	// weight and norm are the prefixes of the parameters' names, such as
	// "_conv_stem" and "_bn0"; norm is "" if no normalisation follows.
	weight, norm string
	in, out      int
	// kernel is the height and width; width is the width if it differs.
	kernel, width int
	// stride is the step in both directions; 0 means 1.
	stride int
	// padding returns the zeros around the image; nil means half.
	padding padding
	// depthwise convolves each channel separately (in = out).
	depthwise bool
	// groups of channels that are convolved separately; 0 means 1.
	groups int
	// bias is whether the convolution has one, normalised or not.
	bias bool
	// epsilon is added to the running variance; 0 means PyTorch's 1e-5.
	epsilon float64
	// activation follows the normalisation; nil for none.
	activation activation
}

// padding returns the number of zeros before and after an axis of a size, for a
// kernel and stride along it.
type padding func(size, kernel, stride int) (before, after int)

// half pads (kernel−1)/2 on both sides, which keeps the size for stride 1 and an
// odd kernel.
func half(_, kernel, _ int) (before, after int) { return (kernel - 1) / 2, (kernel - 1) / 2 }

// zeros pads n on both sides.
func zeros(n int) padding {
	return func(_, _, _ int) (before, after int) { return n, n }
}

// same pads like TensorFlow's SAME, with an odd zero after.
func same(size, kernel, stride int) (before, after int) {
	total := max((size-1)/stride*stride+kernel-size, 0)
	return total / 2, total - total/2
}

func (c *convolution) kernelWidth() int { return cmp.Or(c.width, c.kernel) }

func (c *convolution) step() int { return max(1, c.stride) }

// perGroup is the number of input channels per output channel.
func (c *convolution) perGroup() int {
	if c.depthwise {
		return 1
	}
	return c.in / max(1, c.groups)
}

// grouped reports whether there are several groups of several channels.
func (c *convolution) grouped() bool { return c.groups > 1 }

func (c *convolution) parameters() []weights.Parameter {
	all := []weights.Parameter{{Name: c.weight + ".weight", Shape: []int{c.out, c.perGroup(), c.kernel, c.kernelWidth()}}}
	if c.bias {
		all = append(all, weights.Parameter{Name: c.weight + ".bias", Shape: []int{c.out}})
	}
	if c.norm != "" {
		for _, part := range []string{".weight", ".bias", ".running_mean", ".running_var"} {
			all = append(all, weights.Parameter{Name: c.norm + part, Shape: []int{c.out}})
		}
	}
	return all
}

func (c *convolution) prepared() []prepared {
	shape := []int{c.kernel, c.kernelWidth(), c.perGroup(), c.out}
	if c.depthwise {
		shape = []int{c.kernel * c.kernelWidth(), c.out}
	}
	all := []prepared{{
		name: c.weight + ".kernel", shape: shape,
		from:  func(set weights.Set) []float32 { return folded[float32](c, set) },
		exact: func(set weights.Set) []float64 { return folded[float64](c, set) },
	}}
	var quick []Kernels
	for _, k := range []Kernels{Plain, OneDNN} {
		if c.quick(k) {
			quick = append(quick, k)
		}
	}
	if len(quick) > 0 {
		all = append(all, prepared{
			name: c.weight + ".winograd", shape: []int{below, below, c.in, c.out}, instead: c.weight + ".kernel", on: quick,
			from: func(set weights.Set) []float32 { return transformed(folded[float64](c, set)) },
		})
	}
	if c.bias || c.norm != "" {
		all = append(all, prepared{
			name: c.weight + ".bias", shape: []int{c.out},
			from:  func(set weights.Set) []float32 { return foldedBias[float32](c, set) },
			exact: func(set weights.Set) []float64 { return foldedBias[float64](c, set) },
		})
	}
	return all
}

// factor is γ/√(σ² + ε) of the normalisation γ(y − μ)/√(σ² + ε) + β.
func (c *convolution) factor(set weights.Set, o int) float64 {
	if c.norm == "" {
		return 1
	}
	epsilon := cmp.Or(c.epsilon, 1e-5)
	return float64(set[c.norm+".weight"].Data[o]) / math.Sqrt(float64(set[c.norm+".running_var"].Data[o])+epsilon)
}

// folded multiplies the normalisation into the kernel, and moves the output
// channel from the first axis to the last: [height·width, out] if depthwise,
// otherwise [height, width, in/groups, out].
func folded[F float32 | float64](c *convolution, set weights.Set) []F {
	kernel := set[c.weight+".weight"].Data
	result := make([]F, len(kernel))
	area, perGroup := c.kernel*c.kernelWidth(), c.perGroup()
	factors := make([]float64, c.out)
	for o := range factors {
		factors[o] = c.factor(set, o)
	}
	const block = 16 // outputs, so that writes stay in the cache
	for first := 0; first < c.out; first += block {
		last := min(first+block, c.out)
		for i := range perGroup {
			for t := range area {
				to := result[(t*perGroup+i)*c.out:][first:last]
				for o := range to {
					to[o] = F(float64(kernel[((first+o)*perGroup+i)*area+t]) * factors[first+o])
				}
			}
		}
	}
	return result
}

// foldedBias returns the bias with the normalisation folded in.
func foldedBias[F float32 | float64](c *convolution, set weights.Set) []F {
	result := make([]F, c.out)
	for o := range result {
		sum := 0.0
		if c.bias {
			sum = float64(set[c.weight+".bias"].Data[o])
		}
		if c.norm != "" {
			sum = (sum-float64(set[c.norm+".running_mean"].Data[o]))*c.factor(set, o) + float64(set[c.norm+".bias"].Data[o])
		}
		result[o] = F(sum)
	}
	return result
}

// frame is a window that slides over a picture.
type frame struct {
	kernel        [2]int
	stride        int
	before, after [2]int
	// result is the height and width of the result.
	result [2]int
}

// frame returns the convolution's frame on a picture [batch, height, width, in].
func (c *convolution) frame(x *graph.Node) frame {
	pad := c.padding
	if pad == nil {
		pad = half
	}
	f := frame{kernel: [2]int{c.kernel, c.kernelWidth()}, stride: c.step()}
	for axis, k := range f.kernel {
		size := x.Shape().Dimensions[1+axis]
		f.before[axis], f.after[axis] = pad(size, k, f.stride)
		f.result[axis] = (size+f.before[axis]+f.after[axis]-k)/f.stride + 1
	}
	return f
}

// apply convolves x [batch, height, width, in].
func (c *convolution) apply(p *pass, x *graph.Node) *graph.Node {
	f := c.frame(x)
	var bias *graph.Node
	if c.bias || c.norm != "" {
		bias = graph.Reshape(p.node(c.weight+".bias"), 1, 1, 1, c.out)
	}
	var y *graph.Node
	kernel := func() *graph.Node { return p.node(c.weight + ".kernel") }
	inFloat32 := x.DType() == dtypes.Float32
	switch {
	case c.grouped():
		y = plus(grouped(x, kernel(), f, c.groups, p.kernels), bias)
	case c.quick(p.kernels) && inFloat32:
		y = plus(winograd(x, p.node(c.weight+".winograd"), f), bias)
	case f.kernel == [2]int{1, 1} && f.before == [2]int{} && !c.depthwise:
		y = plus(pointwise(strided(x, f.stride), kernel()), bias)
	case f.tiles() && !c.depthwise:
		y = plus(tiled(x, kernel(), f), bias)
	case p.kernels == OneDNN && inFloat32:
		shape := []int{f.kernel[0], f.kernel[1], c.perGroup(), c.out}
		y = plus(direct(x, graph.Reshape(kernel(), shape...), f, c.in/c.perGroup()), bias)
	case c.depthwise:
		y = depthwise(x, kernel(), bias, f)
	default:
		y = plus(general(x, kernel(), f), bias)
	}
	p.work(y, c.kernel*c.kernelWidth()*c.perGroup())
	return p.activate(c.activation, y)
}

// plus is a + b, with nil for nothing.
func plus(a, b *graph.Node) *graph.Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return graph.Add(a, b)
}

// strided takes every stride-th pixel in both directions.
func strided(x *graph.Node, stride int) *graph.Node {
	if stride == 1 {
		return x
	}
	every := graph.AxisRange().Stride(stride)
	return graph.Slice(x, graph.AxisRange(), every, every, graph.AxisRange())
}

// pointwise is a 1×1 convolution as one matrix product over all pixels.
func pointwise(x, kernel *graph.Node) *graph.Node {
	dims, out := x.Shape().Dimensions, kernel.Shape().Dimensions[3]
	pixels := graph.Reshape(x, dims[0]*dims[1]*dims[2], dims[3])
	y := graph.Dot(pixels, graph.Reshape(kernel, dims[3], out)).Product()
	return graph.Reshape(y, dims[0], dims[1], dims[2], out)
}

// tiles reports whether the frame's windows lie side by side, from the first pixel
// on.
func (f frame) tiles() bool {
	return f.kernel == [2]int{f.stride, f.stride} && f.before == [2]int{} && f.after == [2]int{}
}

// tiled is a convolution whose windows lie side by side, as one matrix product
// over all windows.
func tiled(x, kernel *graph.Node, f frame) *graph.Node {
	batch, channels := x.Shape().Dimensions[0], x.Shape().Dimensions[3]
	rows, columns, k, out := f.result[0], f.result[1], f.stride, kernel.Shape().Dimensions[3]
	// Pixels beyond the last whole window are ignored.
	x = graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, rows*k), graph.AxisRange(0, columns*k), graph.AxisRange())
	windows := graph.TransposeAllAxes(graph.Reshape(x, batch, rows, k, columns, k, channels), 0, 1, 3, 2, 4, 5)
	windows = graph.Reshape(windows, batch*rows*columns, k*k*channels)
	y := graph.Dot(windows, graph.Reshape(kernel, k*k*channels, out)).Product()
	return graph.Reshape(y, batch, rows, columns, out)
}

// general is a convolution of all channels. The gradient of graph.Convolve is
// wrong for kernels with an even number of rows or columns: an additional one of
// zeros makes it odd.
//
// XLA has no fast float64 convolution on a CPU; a sum of matrix products, one for
// each position in the window, replaces it.
func general(x, kernel *graph.Node, f frame) *graph.Node {
	if x.DType() == dtypes.Float64 {
		return products(x, kernel, f)
	}
	even := [2]int{1 - f.kernel[0]%2, 1 - f.kernel[1]%2}
	kernel = zeroPad(kernel, [4]int{}, [4]int{even[0], even[1], 0, 0})
	padding := [][2]int{{f.before[0], f.after[0] + even[0]}, {f.before[1], f.after[1] + even[1]}}
	return graph.Convolve(x, kernel).StridePerAxis(f.stride, f.stride).PaddingPerDim(padding).Done()
}

// products is a convolution of all channels as a sum of matrix products.
func products(x, kernel *graph.Node, f frame) *graph.Node {
	padded := zeroPad(x, [4]int{0, f.before[0], f.before[1], 0}, [4]int{0, f.after[0], f.after[1], 0})
	var sum *graph.Node
	for row := range f.kernel[0] {
		for column := range f.kernel[1] {
			tap := graph.Slice(kernel, graph.AxisElem(row), graph.AxisElem(column), graph.AxisRange(), graph.AxisRange())
			sum = plus(sum, pointwise(shifted(padded, row, column, f), tap))
		}
	}
	return sum
}

// depthwise convolves every channel of x [batch, height, width, channel] with its
// kernel, given as [height·width, channel], and adds bias, nil for none. If it
// keeps the picture's size, its gradient is the depthwise convolution by the
// kernel rotated by 180°; automatic differentiation would write a padded picture
// for every value of the kernel.
func depthwise(x, kernel, bias *graph.Node, f frame) *graph.Node {
	if !f.keepsSize() {
		return taps(x, kernel, bias, f)
	}
	back := f
	back.before, back.after = f.after, f.before
	return custom.Gradient(x, taps(graph.StopGradient(x), kernel, bias, f), func(v *graph.Node) *graph.Node {
		return taps(v, graph.Reverse(kernel, 0), nil, back)
	})
}

// keepsSize reports whether the result has the picture's size.
func (f frame) keepsSize() bool {
	for axis, k := range f.kernel {
		if f.before[axis]+f.after[axis] != k-1 {
			return false
		}
	}
	return f.stride == 1
}

// taps is a depthwise convolution as a sum of shifted products: XLA's grouped
// convolution on a CPU is several times slower, and its gradient takes minutes to
// compile.
//
// It always sums in float32: rounding each term to half precision would cost more
// accuracy than the rest of the network.
func taps(x, kernel, bias *graph.Node, f frame) *graph.Node {
	return inFloat32(x, func(x *graph.Node) *graph.Node { return tapsOf(x, kernel, bias, f) })
}

// tapsOf is taps in the type of x.
func tapsOf(x, kernel, bias *graph.Node, f frame) *graph.Node {
	kernel = asType(kernel, x.DType())
	if bias != nil {
		bias = asType(bias, x.DType())
	}
	padded := zeroPad(x, [4]int{0, f.before[0], f.before[1], 0}, [4]int{0, f.after[0], f.after[1], 0})
	channels := x.Shape().Dimensions[3]
	sum := bias
	for row := range f.kernel[0] {
		for column := range f.kernel[1] {
			tap := graph.Slice(kernel, graph.AxisElem(row*f.kernel[1]+column), graph.AxisRange())
			sum = plus(sum, graph.Mul(shifted(padded, row, column, f), graph.Reshape(tap, 1, 1, 1, channels)))
		}
	}
	return sum
}

// shifted returns the values at a row and column of all windows of a frame on a
// padded picture.
func shifted(padded *graph.Node, row, column int, f frame) *graph.Node {
	return graph.Slice(padded, graph.AxisRange(),
		graph.AxisRange(row, row+(f.result[0]-1)*f.stride+1).Stride(f.stride),
		graph.AxisRange(column, column+(f.result[1]-1)*f.stride+1).Stride(f.stride),
		graph.AxisRange())
}

// zeroPad puts zeros before and after every axis of x, differentiably: graph.Pad
// has no gradient. XLA turns DynamicUpdateSlice into its own Pad; the pure-Go
// backend lacks it and uses Concatenate, which is slower on XLA.
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

// zerosBeside returns zeros of the shape of x except along one axis, nil for
// none.
func zerosBeside(x *graph.Node, axis, size int) *graph.Node {
	if size == 0 {
		return nil
	}
	shape := x.Shape().Clone()
	shape.Dimensions[axis] = size
	return graph.Zeros(x.Graph(), shape)
}

package onnx

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	timage "github.com/gomlx/gomlx/core/tensors/images"

	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
)

// window is the window of a convolution or a pooling, along the axes from 2 on.
type window struct {
	kernel, stride, dilation []int
	// before and after are the padding; beyond is what a last window reaches beyond
	// it.
	before, after, beyond []int
	// out are the sizes of the result.
	out []int
}

// reach is the extent of a window along an axis.
func (w window) reach(axis int) int { return (w.kernel[axis]-1)*w.dilation[axis] + 1 }

// window reads the attributes of a node whose kernel has the given sizes, nil for
// those in its attribute.
func (o *op) window(x *graph.Node, kernel []int) window {
	if given := toInts(o.ints("kernel_shape")); kernel == nil {
		kernel = given
	} else if given != nil && !slices.Equal(given, kernel) {
		refuse("%s with a kernel of %v, not %v as it says", o.op, kernel, given)
	}
	axes := x.Rank() - 2
	if axes < 1 || len(kernel) != axes || slices.Min(kernel) < 1 {
		refuse("%s of %v with a kernel of %v", o.op, x.Shape().Dimensions, kernel)
	}
	each := func(name string, count, otherwise int) []int {
		values := toInts(o.ints(name))
		if values == nil {
			return slices.Repeat([]int{otherwise}, count)
		}
		if len(values) != count || slices.Min(values) < otherwise {
			refuse("%s with %s %v", o.op, name, values)
		}
		return values
	}
	w := window{kernel: kernel, stride: each("strides", axes, 1), dilation: each("dilations", axes, 1), beyond: make([]int, axes)}
	pads := each("pads", 2*axes, 0)
	w.before, w.after = slices.Clone(pads[:axes]), slices.Clone(pads[axes:])
	auto := o.text("auto_pad", "NOTSET")
	ceil := o.flag("ceil_mode")
	for i := range axes {
		n := x.Shape().Dimensions[i+2]
		switch auto {
		case "", "NOTSET":
		case "VALID":
			w.before[i], w.after[i] = 0, 0
		case "SAME_UPPER", "SAME_LOWER":
			count := (n + w.stride[i] - 1) / w.stride[i]
			total := max(0, (count-1)*w.stride[i]+w.reach(i)-n)
			w.before[i], w.after[i] = total/2, total-total/2
			if auto == "SAME_LOWER" {
				w.before[i], w.after[i] = w.after[i], w.before[i]
			}
		default:
			refuse("%s with auto_pad %q", o.op, auto)
		}
		room := n + w.before[i] + w.after[i] - w.reach(i)
		if room < 0 && (!ceil || -room >= w.stride[i]) {
			refuse("%s: its window is larger than its picture", o.op)
		}
		count := room/w.stride[i] + 1
		w.beyond[i] = max(0, -room)
		if ceil && room%w.stride[i] > 0 && count*w.stride[i] < n+w.before[i] {
			w.beyond[i] = count*w.stride[i] + w.reach(i) - (n + w.before[i] + w.after[i])
			count++
		}
		w.out = append(w.out, count)
	}
	return w
}

// paddings returns the padding for GoMLX.
func (w window) paddings(beyond bool) [][2]int {
	all := make([][2]int, len(w.kernel))
	for i := range all {
		all[i] = [2]int{w.before[i], w.after[i]}
		if beyond {
			all[i][1] += w.beyond[i]
		}
	}
	return all
}

// axesOf is the order of axes of the standard's pictures and kernels.
func axesOf(spatial int) compute.ConvolveAxesConfig {
	var axes []int
	for i := range spatial {
		axes = append(axes, i+2)
	}
	return compute.ConvolveAxesConfig{
		InputChannels: 1, InputSpatial: axes, KernelInputChannels: 1, KernelSpatial: axes, OutputChannels: 1, OutputSpatial: axes,
	}
}

// convolution is Conv.
func (o *op) convolution() {
	x, kernel := o.x(0), o.x(1)
	o.set(0, biased(o.convolved(x, kernel), o.optional(2)))
}

// convolved convolves with the node's attributes.
func (o *op) convolved(x, kernel *graph.Node) *graph.Node {
	if kernel.Rank() != x.Rank() || x.Rank() < 3 {
		refuse("%s of %v with a kernel of %v", o.op, x.Shape().Dimensions, kernel.Shape().Dimensions)
	}
	o.fixedKernel()
	return convolve(x, kernel, o.window(x, kernel.Shape().Dimensions[2:]), int(o.integer("group", 1)))
}

// fixedKernel refuses kernels that depend on the images: the gradient is that of the
// picture.
func (o *op) fixedKernel() {
	kernel := 1
	if o.op == "QLinearConv" {
		kernel = 3
	}
	if o.in[kernel].images {
		refuse("%s of %q: a kernel that depends on the images is not supported", o.op, o.outputs[0])
	}
}

// biased adds a bias per channel.
func biased(x, bias *graph.Node) *graph.Node {
	if bias == nil {
		return x
	}
	return graph.Add(x, perChannel(x, bias))
}

// perChannel gives a vector the rank of a picture.
func perChannel(x, v *graph.Node) *graph.Node {
	if v.Rank() != 1 {
		return v
	}
	dims := slices.Repeat([]int{1}, x.Rank())
	dims[1] = v.Shape().Dimensions[0]
	return graph.Reshape(v, dims...)
}

// convolve convolves x [batch, channel, …] with a kernel [out, channel/groups, …].
// GoMLX's gradient is wrong for even kernels, and one convolution per group for
// grouped ones; its own is one convolution.
func convolve(x, kernel *graph.Node, w window, groups int) *graph.Node {
	channels, out := x.Shape().Dimensions[1], kernel.Shape().Dimensions[0]
	if groups < 1 || channels%groups != 0 || out%groups != 0 || kernel.Shape().Dimensions[1] != channels/groups {
		refuse("a convolution of %v in %d groups with a kernel of %v", x.Shape().Dimensions, groups, kernel.Shape().Dimensions)
	}
	axes := axesOf(len(w.kernel))
	value := graph.ConvGeneral(graph.StopGradient(x), kernel, axes, w.stride, w.paddings(false), nil, w.dilation, groups, 1)
	y := custom.Gradient(x, value, func(v *graph.Node) *graph.Node { return convolveBack(v, kernel, w, groups, x.Shape().Dimensions) })
	if dims := y.Shape().Dimensions; dims[0] == 1 && slices.Max(dims[2:]) == 1 {
		// XLA would give oneDNN the bias [1, C, 1, 1] that follows, which ends the
		// process.
		y = graph.OptimizationBarrier(y)
	}
	return y
}

// convolveBack returns the gradient of a convolution with respect to its input, of
// the given dimensions: a convolution, with the kernel turned, of the gradient with
// zeros between the steps.
func convolveBack(v, kernel *graph.Node, w window, groups int, dims []int) *graph.Node {
	k := kernel.Shape().Dimensions
	perGroup, out := k[1], k[0]/groups
	turned := graph.Reshape(kernel, append([]int{groups, out, perGroup}, k[2:]...)...)
	order := []int{0, 2, 1}
	for i := range w.kernel {
		order = append(order, i+3)
	}
	turned = graph.Reshape(graph.TransposeAllAxes(turned, order...), append([]int{groups * perGroup, out}, k[2:]...)...)
	paddings := make([][2]int, len(w.kernel))
	before, after := make([]int, len(dims)), make([]int, len(dims))
	for i, n := range dims[2:] {
		turned = turnedAxis(turned, i+2)
		first := w.reach(i) - 1 - w.before[i]
		last := n + w.before[i] - ((w.out[i]-1)*w.stride[i] + 1)
		paddings[i] = [2]int{max(first, 0), max(last, 0)}
		before[i+2], after[i+2] = min(first, 0), min(last, 0)
		if w.kernel[i] == 2 && w.stride[i] == 2 && paddings[i] == [2]int{} {
			// XLA would take the axis for one of groups, and end the process when it
			// swaps picture and kernel.
			paddings[i][0], before[i+2] = 1, before[i+2]-1
		}
	}
	var spread []int
	if slices.Max(w.stride) > 1 {
		spread = w.stride
	}
	y := graph.ConvGeneral(v, turned, axesOf(len(w.kernel)), nil, paddings, spread, w.dilation, groups, 1)
	return padded(y, scalar(y, 0), before, after)
}

// turnedAxis reverses an axis of a kernel. XLA would turn graph.Reverse into a
// property of the convolution, which oneDNN lacks.
func turnedAxis(kernel *graph.Node, axis int) *graph.Node {
	n := kernel.Shape().Dimensions[axis]
	if n == 1 {
		return kernel
	}
	if n > 16 {
		return graph.Reverse(kernel, axis)
	}
	var parts []*graph.Node
	for i := n - 1; i >= 0; i-- {
		parts = append(parts, sliced(kernel, axis, i, i+1, 1))
	}
	return graph.Concatenate(parts, axis)
}

// convTranspose is the gradient of a convolution, as an operator.
func (o *op) convTranspose() {
	x, kernel := o.x(0), o.x(1)
	o.fixedKernel()
	groups := int(o.integer("group", 1))
	if kernel.Rank() != x.Rank() || x.Rank() < 3 || x.Shape().Dimensions[1] != kernel.Shape().Dimensions[0] {
		refuse("ConvTranspose of %v with a kernel of %v", x.Shape().Dimensions, kernel.Shape().Dimensions)
	}
	axes := x.Rank() - 2
	k := kernel.Shape().Dimensions
	ones := func(name string, otherwise int) []int {
		if v := toInts(o.ints(name)); v != nil {
			return v
		}
		return slices.Repeat([]int{otherwise}, axes)
	}
	w := window{kernel: k[2:], stride: ones("strides", 1), dilation: ones("dilations", 1), out: slices.Clone(x.Shape().Dimensions[2:])}
	extra, shape, pads := ones("output_padding", 0), toInts(o.ints("output_shape")), toInts(o.ints("pads"))
	if len(shape) > axes {
		shape = shape[len(shape)-axes:]
	}
	o.ignore("kernel_shape")
	auto := o.text("auto_pad", "NOTSET")
	dims := []int{x.Shape().Dimensions[0], k[1] * groups}
	for i, n := range x.Shape().Dimensions[2:] {
		whole := (n-1)*w.stride[i] + w.reach(i) + extra[i]
		before, after := 0, 0
		switch {
		case shape != nil || auto == "SAME_UPPER" || auto == "SAME_LOWER":
			want := n * w.stride[i]
			if shape != nil {
				want = shape[i]
			}
			total := max(whole-want, 0)
			before, after = total-total/2, total/2
			if auto == "SAME_UPPER" {
				before, after = after, before
			}
			if whole < want {
				refuse("ConvTranspose of %d values to %d, more than its kernel of %d reaches in steps of %d", n, want, w.kernel[i], w.stride[i])
			}
		case pads != nil:
			before, after = pads[i], pads[i+axes]
		}
		w.before, w.after = append(w.before, before), append(w.after, after)
		dims = append(dims, whole-before-after)
	}
	y := transposed(x, kernel, w, groups, dims)
	o.set(0, biased(y, o.optional(2)))
}

// transposed is convolveBack with a gradient of its own: the convolution.
func transposed(x, kernel *graph.Node, w window, groups int, dims []int) *graph.Node {
	value := convolveBack(graph.StopGradient(x), kernel, w, groups, dims)
	return custom.Gradient(x, value, func(v *graph.Node) *graph.Node {
		forward := w
		return graph.ConvGeneral(v, kernel, axesOf(len(w.kernel)), forward.stride, forward.paddings(false), nil, forward.dilation, groups, 1)
	})
}

// cut cuts single windows that reach beyond a picture x down to it: Hugging Face's
// EfficientNet pools 7 pixels by a window of 2560.
func (w window) cut(x *graph.Node) window {
	w.kernel, w.before, w.after, w.beyond = slices.Clone(w.kernel), slices.Clone(w.before), slices.Clone(w.after), slices.Clone(w.beyond)
	for i, n := range x.Shape().Dimensions[2:] {
		if w.out[i] == 1 && w.dilation[i] == 1 && w.before[i] < w.kernel[i] && w.kernel[i]-w.before[i] >= n {
			w.kernel[i], w.before[i], w.after[i], w.beyond[i] = n, 0, 0, 0
		}
	}
	return w
}

// pool returns a builder of a pooling.
func (w window) pool(b *graph.PoolBuilder, beyond bool) *graph.Node {
	return b.ChannelsAxis(timage.ChannelsFirst).WindowPerAxis(w.kernel...).StridePerAxis(w.stride...).PaddingPerDim(w.paddings(beyond)).Done()
}

// dilated reports whether a pooling skips values.
func (w window) dilated() bool { return slices.Max(w.dilation) > 1 }

// sum adds up each window: a convolution with ones, whose gradient is one too.
func (w window) sum(x *graph.Node) *graph.Node {
	d := x.Shape().Dimensions
	w.after = slices.Clone(w.after)
	for i, beyond := range w.beyond {
		w.after[i] += beyond
	}
	return inFloat32(x, func(x *graph.Node) *graph.Node {
		pictures := graph.Reshape(x, append([]int{d[0] * d[1], 1}, d[2:]...)...)
		ones := graph.Ones(x.Graph(), shapeOf(x.DType(), append([]int{1, 1}, w.kernel...)))
		return graph.Reshape(convolve(pictures, ones, w, 1), append([]int{d[0], d[1]}, w.out...)...)
	})
}

// count is how many values of each window lie in a picture.
func (w window) count(x *graph.Node) *graph.Node {
	all := scalar(x, 1)
	for i, n := range x.Shape().Dimensions[2:] {
		inside := make([]float64, w.out[i])
		for at := range inside {
			for k := range w.kernel[i] {
				if place := at*w.stride[i] + k*w.dilation[i] - w.before[i]; place >= 0 && place < n {
					inside[at]++
				}
			}
		}
		dims := slices.Repeat([]int{1}, x.Rank())
		dims[i+2] = w.out[i]
		all = graph.Mul(all, graph.Reshape(graph.ConvertDType(graph.Const(x.Graph(), inside), x.DType()), dims...))
	}
	return all
}

// dilatedMax is the largest value of each window that skips values, of which GoMLX has
// no gradient. Places with the same remainder by the dilation become a picture of their
// own, in which no window skips any. XLA does not finish compiling the gradient of a
// maximum of slices for some sizes.
func (w window) dilatedMax(x *graph.Node) *graph.Node {
	axes := len(w.kernel)
	d := x.Shape().Dimensions
	none := []int{0, 0}
	after := make([]int, axes)
	apart, each := []int{d[0], d[1]}, make([]int, axes) // [batch, channel, place, remainder, …]
	order, back := []int{0}, []int{0, axes + 1}
	pictures := d[0]
	for i, n := range d[2:] {
		size := max(w.before[i]+n+w.after[i], (w.out[i]-1)*w.stride[i]+w.reach(i))
		each[i] = (size + w.dilation[i] - 1) / w.dilation[i]
		after[i] = each[i]*w.dilation[i] - w.before[i] - n
		apart = append(apart, each[i], w.dilation[i])
		order = append(order, 2*i+3)
		back = append(back, axes+2+i, i+1)
		pictures *= w.dilation[i]
	}
	order = append(order, 1)
	for i := range axes {
		order = append(order, 2*i+2)
	}
	x = padded(x, graph.Infinity(x.Graph(), x.DType(), -1), append(slices.Clone(none), w.before...), append(slices.Clone(none), after...))
	x = graph.TransposeAllAxes(graph.Reshape(x, apart...), order...)
	x = graph.Reshape(x, append([]int{pictures, d[1]}, each...)...)
	x = graph.MaxPool(x).ChannelsAxis(timage.ChannelsFirst).WindowPerAxis(w.kernel...).Strides(1).NoPadding().Done()

	whole, joined := append([]int{d[0]}, w.dilation...), []int{d[0], d[1]}
	whole = append(whole, d[1])
	for i, n := range x.Shape().Dimensions[2:] {
		whole, joined = append(whole, n), append(joined, n*w.dilation[i])
	}
	x = graph.Reshape(graph.TransposeAllAxes(graph.Reshape(x, whole...), back...), joined...)
	for i, stride := range w.stride {
		x = sliced(x, i+2, 0, (w.out[i]-1)*stride+1, stride)
	}
	return x
}

func (o *op) maxPool() {
	o.ignore("storage_order") // of the indices, which are refused
	x := o.x(0)
	w := o.window(x, nil)
	w = w.cut(x)
	if !w.dilated() {
		o.set(0, w.pool(graph.MaxPool(x), true))
		return
	}
	o.set(0, w.dilatedMax(x))
}

func (o *op) averagePool() {
	x := o.x(0)
	o.set(0, o.averaged(x, o.window(x, nil), o.flag("count_include_pad")))
}

func (o *op) averaged(x *graph.Node, w window, counted bool) *graph.Node {
	if counted {
		none := []int{0, 0}
		x = padded(x, scalar(x, 0), append(slices.Clone(none), w.before...), append(slices.Clone(none), w.after...))
		w.before, w.after = make([]int, len(w.kernel)), make([]int, len(w.kernel))
	}
	w = w.cut(x)
	if !w.dilated() {
		if slices.Equal(w.kernel, x.Shape().Dimensions[2:]) && slices.Max(w.out) == 1 {
			return globalMean(x)
		}
		if slices.Max(w.before) == 0 && slices.Max(w.after) == 0 && slices.Max(w.beyond) == 0 {
			return graph.MeanPool(x).ChannelsAxis(timage.ChannelsFirst).WindowPerAxis(w.kernel...).StridePerAxis(w.stride...).Done()
		}
		return w.pool(graph.MeanPool(x), true)
	}
	return graph.Div(w.sum(x), w.count(x))
}

func (o *op) lpPool() {
	x := o.x(0)
	w := o.window(x, nil)
	p := float64(o.integer("p", 2))
	powers := graph.Pow(graph.Abs(x), scalar(x, p))
	o.set(0, graph.Pow(w.sum(powers), scalar(x, 1/p)))
}

func (o *op) globalLp() {
	x := o.x(0)
	p := float64(o.integer("p", 2))
	sum := reduced("ReduceSum", graph.Pow(graph.Abs(x), scalar(x, p)), spatial(x))
	o.set(0, graph.Reshape(graph.Pow(sum, scalar(x, 1/p)), keptDims(x, spatial(x), true)...))
}

// spatial are the axes from 2 on.
func spatial(x *graph.Node) []int {
	var axes []int
	for i := 2; i < x.Rank(); i++ {
		axes = append(axes, i)
	}
	if len(axes) == 0 {
		refuse("a picture of the shape %v", x.Shape().Dimensions)
	}
	return axes
}

func (o *op) globalAverage() {
	o.set(0, globalMean(o.x(0)))
}

// globalMean is the mean of every channel. GoMLX's gradient of a pooling as large as
// the picture takes a number of steps that grows with the square of its pixels.
func globalMean(x *graph.Node) *graph.Node {
	axes := spatial(x)
	return inFloat32(x, func(x *graph.Node) *graph.Node {
		sizes, count := x.Shape().Dimensions[2:], 1
		for _, n := range sizes {
			count *= n
		}
		value := graph.MeanPool(graph.StopGradient(x)).ChannelsAxis(timage.ChannelsFirst).WindowPerAxis(sizes...).Done()
		dims := keptDims(x, axes, true)
		return custom.Gradient(x, value, func(v *graph.Node) *graph.Node {
			return spread(graph.DivScalar(graph.Reshape(v, dims...), float64(count)), x.Shape().Dimensions)
		})
	})
}

func (o *op) globalMax() {
	x := o.x(0)
	axes := spatial(x)
	o.set(0, graph.Reshape(extreme(x, axes, false), keptDims(x, axes, true)...))
}

// columnsToImage is Col2Im: it adds up the columns of windows where they lie in a
// picture, which is a transposed convolution with kernels of ones.
func (o *op) columnsToImage() {
	x := o.x(0)
	image, block := toInts(o.knownInts(1)), toInts(o.knownInts(2))
	axes := len(image)
	d := x.Shape().Dimensions
	each := func(name string, count, otherwise int) []int {
		if v := toInts(o.ints(name)); len(v) == count {
			return v
		}
		return slices.Repeat([]int{otherwise}, count)
	}
	w := window{kernel: block, stride: each("strides", axes, 1), dilation: each("dilations", axes, 1)}
	pads := each("pads", 2*axes, 0)
	w.before, w.after = pads[:axes], pads[axes:]
	area, count := 1, 1
	for i, n := range image {
		area *= block[i]
		w.out = append(w.out, (n+w.before[i]+w.after[i]-w.reach(i))/w.stride[i]+1)
		count *= w.out[i]
	}
	if x.Rank() != 3 || d[1]%area != 0 || d[2] != count {
		refuse("Col2Im of %v to %v by %v", d, image, block)
	}
	channels := d[1] / area
	// One kernel per position of the block, with a single one.
	kernel := graph.Reshape(graph.DiagonalWithValue(scalar(x, 1), area), append([]int{area, 1}, block...)...)
	x = graph.Reshape(x, append([]int{d[0] * channels, area}, w.out...)...)
	y := transposed(x, kernel, w, 1, append([]int{d[0] * channels, 1}, image...))
	o.set(0, graph.Reshape(y, append([]int{d[0], channels}, image...)...))
}

func (o *op) lrn() {
	x := o.x(0)
	size := int(o.integer("size", 1))
	if x.Rank() < 2 || size < 1 {
		refuse("LRN of %v over %d", x.Shape().Dimensions, size)
	}
	before, after := make([]int, x.Rank()), make([]int, x.Rank())
	before[1], after[1] = (size-1)/2, size-1-(size-1)/2
	squares := padded(graph.Mul(x, x), scalar(x, 0), before, after)
	var total *graph.Node
	channels := x.Shape().Dimensions[1]
	for i := range size {
		part := sliced(squares, 1, i, i+channels, 1)
		if total == nil {
			total = part
		} else {
			total = graph.Add(total, part)
		}
	}
	scaled := graph.Mul(total, scalar(x, float64(o.float("alpha", 1e-4)/float32(size))))
	norm := graph.Pow(graph.Add(scaled, scalar(x, float64(o.float("bias", 1)))), scalar(x, float64(o.float("beta", 0.75))))
	o.set(0, graph.Div(x, norm))
}

// fusedConv is a convolution with a sum and an activation, of ONNX Runtime.
func (o *op) fusedConv() {
	x, kernel := o.x(0), o.x(1)
	y := biased(o.convolved(x, kernel), o.optional(2))
	if z := o.optional(3); z != nil {
		y = graph.Add(y, z)
	}
	parameters := o.floats("activation_params")
	at := func(i int) *graph.Node {
		if i >= len(parameters) {
			refuse("FusedConv with %d parameters of its activation", len(parameters))
		}
		return scalar(y, float64(parameters[i]))
	}
	switch how := o.text("activation", ""); how {
	case "":
	case "Relu":
		y = relu(y)
	case "Sigmoid":
		y = graph.Sigmoid(y)
	case "Tanh":
		y = graph.Tanh(y)
	case "LeakyRelu":
		y = leaky(y, at(0))
	case "Clip":
		y = graph.Min(at(1), graph.Max(y, at(0)))
	case "HardSigmoid":
		y = graph.Min(scalar(y, 1), graph.Max(graph.Add(graph.Mul(y, at(0)), at(1)), scalar(y, 0)))
	default:
		refuse("FusedConv with the activation %s", fmt.Sprintf("%q", how))
	}
	o.set(0, y)
}

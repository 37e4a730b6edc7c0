package architecture

import (
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
)

// direct is a convolution of x [batch, height, width, in] by the backend's
// library, in groups of channels: 1 for none, in for a depthwise one. The kernel is
// [height, width, in/groups, out].
//
// Its gradient is a sum of such convolutions, one for each position of a pixel
// between the steps of the window. Automatic differentiation of a stride of two or
// more gives a convolution with zeros between the pixels, which no library has on
// a CPU.
func direct(x, kernel *graph.Node, f frame, groups int) *graph.Node {
	dims := x.Shape().Dimensions
	value := convolve(graph.StopGradient(x), kernel, f, groups)
	return custom.Gradient(x, value, func(v *graph.Node) *graph.Node {
		return back(v, kernel, f, [2]int(dims[1:3]), groups)
	})
}

func convolve(x, kernel *graph.Node, f frame, groups int) *graph.Node {
	c := graph.Convolve(x, kernel).StridePerAxis(f.stride, f.stride).
		PaddingPerDim([][2]int{{f.before[0], f.after[0]}, {f.before[1], f.after[1]}})
	if groups > 1 {
		c = c.ChannelGroupCount(groups)
	}
	return c.Done()
}

// back returns the gradient with respect to a picture of a height and width, from
// v, the gradient with respect to its convolution.
//
// A pixel q from the padding's edge gets v[(q−k)/stride]·kernel[k] for every row k
// of the kernel for which the quotient is a whole number. So the pixels
// q = stride·m + r get a convolution of v by the rows r, r + stride,
// r + 2·stride … of the kernel in reverse order; the same holds for columns.
func back(v, kernel *graph.Node, f frame, size [2]int, groups int) *graph.Node {
	var first, count [2]int // of m
	for axis := range count {
		// Padding pixels are left out, except those that let all phases begin at the
		// same m.
		first[axis] = min(f.before[axis]/f.stride, max(0, f.kernel[axis]/f.stride-1))
		count[axis] = (size[axis]+f.before[axis]+f.stride-1)/f.stride - first[axis]
	}
	var all *graph.Node
	if in := kernel.Shape().Dimensions[2]; groups == 1 && in*f.stride*f.stride <= fewChannels {
		all = together(v, kernel, f, first, count)
	} else {
		all = phases(v, kernel, f, first, count, groups)
	}
	from := [2]int{f.before[0] - f.stride*first[0], f.before[1] - f.stride*first[1]}
	return graph.Slice(all, graph.AxisRange(), graph.AxisRange(from[0], from[0]+size[0]),
		graph.AxisRange(from[1], from[1]+size[1]), graph.AxisRange())
}

// fewChannels is the number of channels up to which one convolution for all phases
// together, with shorter kernels padded with zeros, is faster than one per phase:
// the hardware computes 16 channels as fast as 3.
const fewChannels = 64

// taps returns the rows (axis 0) or columns of the kernel for the gradients of
// pixels with a remainder, in the order in which they meet v.
func (f frame) taps(axis, remainder int) []int {
	var taps []int
	for k := remainder; k < f.kernel[axis]; k += f.stride {
		taps = append([]int{k}, taps...)
	}
	return taps
}

// over returns the frame of the convolution of v by a number of taps per axis.
func (f frame) over(taps, first, count [2]int) frame {
	once := frame{stride: 1, kernel: taps, result: count}
	for axis, n := range taps {
		once.before[axis] = n - 1 - first[axis]
		once.after[axis] = first[axis] + count[axis] - f.result[axis]
	}
	return once
}

// phases returns the gradients of the pixels stride·m + r, for count values of m
// from first on, with one convolution for each r.
func phases(v, kernel *graph.Node, f frame, first, count [2]int, groups int) *graph.Node {
	rows := make([]*graph.Node, f.stride)
	for r := range rows {
		columns := make([]*graph.Node, f.stride)
		for c := range columns {
			columns[c] = phase(v, kernel, f, [2]int{r, c}, first, count, groups)
		}
		rows[r] = between(columns, 2)
	}
	return between(rows, 1)
}

// phase returns the gradients of the pixels whose row and column have the
// remainders at.
func phase(v, kernel *graph.Node, f frame, at, first, count [2]int, groups int) *graph.Node {
	var n [2]int
	for axis, r := range at {
		taps := f.taps(axis, r)
		if len(taps) == 0 { // the stride is larger than the kernel
			shape := v.Shape().Clone()
			shape.Dimensions[1], shape.Dimensions[2] = count[0], count[1]
			shape.Dimensions[3] = kernel.Shape().Dimensions[2] * groups
			return graph.Zeros(v.Graph(), shape)
		}
		kernel, n[axis] = picked(kernel, axis, taps), len(taps)
	}
	return convolve(v, exchanged(kernel, groups), f.over(n, first, count), groups)
}

// exchanged turns a kernel [height, width, in/groups, out] into the one from outputs
// to inputs, [height, width, out/groups, in].
func exchanged(kernel *graph.Node, groups int) *graph.Node {
	dims := kernel.Shape().Dimensions
	in, out := dims[2], dims[3]/groups
	switch {
	case groups == 1:
		return graph.TransposeAllAxes(kernel, 0, 1, 3, 2)
	case in == 1 && out == 1:
		return kernel
	}
	kernel = graph.TransposeAllAxes(graph.Reshape(kernel, dims[0], dims[1], in, groups, out), 0, 1, 4, 3, 2)
	return graph.Reshape(kernel, dims[0], dims[1], out, groups*in)
}

// together is phases with one convolution, whose channels are those of all phases.
func together(v, kernel *graph.Node, f frame, first, count [2]int) *graph.Node {
	longest := [2]int{len(f.taps(0, 0)), len(f.taps(1, 0))}
	in := kernel.Shape().Dimensions[2]
	var all []*graph.Node
	for r := range f.stride {
		for c := range f.stride {
			part, missing := kernel, [4]int{}
			for axis, remainder := range [2]int{r, c} {
				taps := f.taps(axis, remainder)
				missing[axis] = longest[axis] - len(taps)
				if len(taps) == 0 {
					part, taps, missing[axis] = graph.ZerosLike(part), []int{0}, longest[axis]-1
				}
				part = picked(part, axis, taps)
			}
			all = append(all, graph.TransposeAllAxes(zeroPad(part, missing, [4]int{}), 0, 1, 3, 2))
		}
	}
	y := convolve(v, graph.Concatenate(all, 3), f.over(longest, first, count), 1)
	batch, s := v.Shape().Dimensions[0], f.stride
	y = graph.TransposeAllAxes(graph.Reshape(y, batch, count[0], count[1], s, s, in), 0, 1, 3, 2, 4, 5)
	return graph.Reshape(y, batch, count[0]*s, count[1]*s, in)
}

// picked returns some rows or columns of a kernel in the given order. For all in
// reverse order, XLA would turn graph.Reverse into a property of the convolution,
// which oneDNN does not support.
func picked(kernel *graph.Node, axis int, which []int) *graph.Node {
	parts := make([]*graph.Node, len(which))
	for i, k := range which {
		ranges := []graph.SliceAxisSpec{graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange()}
		ranges[axis] = graph.AxisElem(k)
		parts[i] = graph.Slice(kernel, ranges...)
	}
	return graph.Concatenate(parts, axis)
}

// between interleaves pictures along rows (axis 1) or columns (2): the first of
// each, then the second of each, and so on.
func between(pictures []*graph.Node, axis int) *graph.Node {
	if len(pictures) == 1 {
		return pictures[0]
	}
	dims := append([]int(nil), pictures[0].Shape().Dimensions...)
	dims[axis] *= len(pictures)
	return graph.Reshape(graph.Stack(pictures, axis+1), dims...)
}

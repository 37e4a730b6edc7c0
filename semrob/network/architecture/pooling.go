package architecture

import (
	"github.com/gomlx/gomlx/core/graph"
)

// pool is a window that slides over the picture of each channel.
type pool struct {
	kernel, stride int
	// padding on all sides of the picture.
	padding int
	// ceil keeps a last window that extends beyond the picture, if it begins
	// inside the picture or the padding before it.
	ceil bool
}

// frame returns the pool's frame on a picture [batch, height, width, channel],
// with PyTorch's rule for the number of windows.
func (w pool) frame(x *graph.Node) frame {
	f := frame{kernel: [2]int{w.kernel, w.kernel}, stride: w.stride}
	for axis := range f.kernel {
		size := x.Shape().Dimensions[1+axis]
		room := size + 2*w.padding - w.kernel
		count := room/w.stride + 1
		if w.ceil {
			count = (room+w.stride-1)/w.stride + 1
			if (count-1)*w.stride >= size+w.padding {
				count--
			}
		}
		f.before[axis] = w.padding
		f.after[axis] = max(0, (count-1)*w.stride+w.kernel-size-w.padding)
		f.result[axis] = count
	}
	return f
}

// maximum returns the module of the largest value in each window. The gradient
// goes to the first of equal values, row by row, as in PyTorch.
func (w pool) maximum() module { return maximum{w} }

type maximum struct{ pool }

func (m maximum) apply(p *pass, x *graph.Node) *graph.Node {
	f := m.frame(x)
	window := &Window{Size: f.kernel, Stride: f.stride, Before: f.before}
	return p.record(x, Kink{Window: window}, func(x *graph.Node) *graph.Node {
		return graph.MaxPool(x).WindowPerAxis(m.kernel, m.kernel).Strides(m.stride).
			PaddingPerDim([][2]int{{f.before[0], f.after[0]}, {f.before[1], f.after[1]}}).Done()
	})
}

// average returns the module of the mean of each window, padding included, as is
// PyTorch's default. The pool must not have ceil.
func (w pool) average() module {
	return function(func(x *graph.Node) *graph.Node {
		f := w.frame(x)
		padded := zeroPad(x, [4]int{0, f.before[0], f.before[1], 0}, [4]int{0, f.after[0], f.after[1], 0})
		// Row sums first: 2·kernel additions instead of kernel².
		rows, all := f, f
		rows.result[0] = padded.Shape().Dimensions[1]
		along := func(x *graph.Node, row, column int, f frame, stride [2]int) *graph.Node {
			return graph.Slice(x, graph.AxisRange(),
				graph.AxisRange(row, row+(f.result[0]-1)*stride[0]+1).Stride(stride[0]),
				graph.AxisRange(column, column+(f.result[1]-1)*stride[1]+1).Stride(stride[1]),
				graph.AxisRange())
		}
		var sum, total *graph.Node
		for i := range w.kernel {
			sum = plus(sum, along(padded, 0, i, rows, [2]int{1, w.stride}))
		}
		for i := range w.kernel {
			total = plus(total, along(sum, i, 0, all, [2]int{w.stride, 1}))
		}
		return graph.DivScalar(total, float64(w.kernel*w.kernel))
	})
}

// halved is the mean of 2×2 pixels. Of an odd number of rows or columns, the last
// one's is of what is there.
func halved(x *graph.Node) *graph.Node {
	for axis := 1; axis <= 2; axis++ {
		if last := x.Shape().Dimensions[axis] - 1; last%2 == 0 {
			ranges := []graph.SliceAxisSpec{graph.AxisRange(), graph.AxisRange(), graph.AxisRange(), graph.AxisRange()}
			ranges[axis] = graph.AxisElem(last)
			x = graph.Concatenate([]*graph.Node{x, graph.Slice(x, ranges...)}, axis)
		}
	}
	return pool{kernel: 2, stride: 2}.average().apply(nil, x)
}

// globalAverage maps [batch, height, width, channel] to [batch, channel].
func globalAverage(x *graph.Node) *graph.Node {
	return inFloat32(x, func(x *graph.Node) *graph.Node { return graph.ReduceMean(x, 1, 2) })
}

// flatten maps [batch, height, width, channel] to [batch, height·width·channel].
func flatten(x *graph.Node) *graph.Node {
	batch := x.Shape().Dimensions[0]
	return graph.Reshape(x, batch, x.Shape().Size()/batch)
}

// adaptiveAverage returns the module that maps a picture of any size to
// [batch, size, size, channel]: value i along an axis of n is the mean of
// ⌊i·n/size⌋ … ⌈(i+1)·n/size⌉−1, as in PyTorch.
func adaptiveAverage(size int) module {
	return function(func(x *graph.Node) *graph.Node {
		for axis := 1; axis <= 2; axis++ {
			n := x.Shape().Dimensions[axis]
			if n == size {
				continue
			}
			means := make([][]float64, size)
			for i := range means {
				means[i] = make([]float64, n)
				first, end := i*n/size, ((i+1)*n+size-1)/size
				for k := first; k < end; k++ {
					means[i][k] = 1 / float64(end-first)
				}
			}
			equation := "bhwc,oh->bowc"
			if axis == 2 {
				equation = "bhwc,ow->bhoc"
			}
			matrix := graph.ConvertDType(graph.Const(x.Graph(), means), x.DType())
			x = graph.Einsum(equation, x, matrix)
		}
		return x
	})
}

package onnx

import (
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Operators that cut values off, join or surround them.

func (o *op) concat() {
	xs := o.xs()
	axis := o.axis("axis", 1, xs[0].Rank())
	kept := slices.DeleteFunc(slices.Clone(xs), func(x *graph.Node) bool { return x.Shape().Dimensions[axis] == 0 })
	switch len(kept) {
	case 0:
		o.set(0, xs[0])
	case 1:
		o.set(0, kept[0])
	default:
		o.set(0, graph.Concatenate(kept, axis))
	}
}

func (o *op) split() {
	x := o.x(0)
	axis := o.axis("axis", 0, x.Rank())
	size := x.Shape().Dimensions[axis]
	sizes, given := o.integersOf("split", 1)
	if !given {
		n := int(o.integer("num_outputs", int64(len(o.outputs))))
		if n != len(o.outputs) || o.e.opset < 18 && size%n != 0 {
			refuse("Split of %d values into %d", size, n)
		}
		part := (size + n - 1) / n
		for i := range n {
			sizes = append(sizes, int64(max(0, min(part, size-i*part))))
		}
	}
	if len(sizes) != len(o.outputs) {
		refuse("Split into %d parts of %d", len(o.outputs), len(sizes))
	}
	from := 0
	for i, n := range toInts(sizes) {
		if from+n > size {
			refuse("Split of %d values into %v", size, sizes)
		}
		o.set(i, sliced(x, axis, from, from+n, 1))
		from += n
	}
	if from != size {
		refuse("Split of %d values into %v", size, sizes)
	}
}

func (o *op) slice() {
	starts, _ := o.integersOf("starts", 1)
	ends, _ := o.integersOf("ends", 2)
	axes, given := o.integersOf("axes", 3)
	steps, stepped := o.integersOf("steps", 4)
	x := o.x(0)
	if !given {
		for i := range starts {
			axes = append(axes, int64(i))
		}
	}
	if !stepped {
		steps = slices.Repeat([]int64{1}, len(starts))
	}
	if len(starts) != len(ends) || len(starts) != len(axes) || len(starts) != len(steps) {
		refuse("Slice with %d starts, %d ends, %d axes and %d steps", len(starts), len(ends), len(axes), len(steps))
	}
	for i := range starts {
		axis := o.normalAxis(axes[i], x.Rank())
		n := int64(x.Shape().Dimensions[axis])
		step := steps[i]
		at := func(v, low, high int64) int64 {
			if v < 0 {
				v += n
			}
			return min(max(v, low), high)
		}
		var from, to int64
		switch {
		case step > 0:
			from, to = at(starts[i], 0, n), at(ends[i], 0, n)
		case step < 0:
			// Reversed, the values lie from n−1−start on. A step of −2⁶³ has no
			// opposite.
			step = -max(step, -math.MaxInt64)
			from, to = n-1-at(starts[i], -1, n-1), n-1-at(ends[i], -1, n-1)
			x = reversed(x, axis)
		default:
			refuse("Slice with a step of 0")
		}
		to = max(from, to)
		step = min(step, max(1, n))
		x = sliced(x, axis, int(from), int(to), int(step))
	}
	o.set(0, x)
}

func (o *op) pad() {
	mode := o.text("mode", "constant")
	var pads []int64
	x := o.x(0)
	fill := scalar(x, 0)
	if o.e.opset < 11 {
		pads = o.ints("pads")
		if o.attribute("paddings") != nil {
			pads = o.ints("paddings")
		}
		fill = scalar(x, float64(o.float("value", 0)))
	} else {
		pads, _ = o.known(1)
		if o.has(2) {
			if fill = graph.Reshape(o.x(2)); o.in[2].images {
				refuse("Pad by a number that depends on the images")
			}
		}
	}
	axes := make([]int, 0, x.Rank())
	if o.has(3) {
		for _, axis := range o.knownInts(3) {
			axes = append(axes, o.normalAxis(axis, x.Rank()))
		}
	} else {
		for axis := range x.Rank() {
			axes = append(axes, axis)
		}
	}
	if len(pads) != 2*len(axes) {
		refuse("Pad with %d pads for %d axes", len(pads), len(axes))
	}
	before, after := make([]int, x.Rank()), make([]int, x.Rank())
	for i, axis := range axes {
		before[axis], after[axis] = int(pads[i]), int(pads[i+len(axes)])
	}
	if mode == "constant" {
		o.set(0, padded(x, fill, before, after))
		return
	}
	for axis := range before {
		n := x.Shape().Dimensions[axis]
		if before[axis] == 0 && after[axis] == 0 {
			continue
		}
		if n == 0 {
			refuse("Pad of nothing")
		}
		var from []int
		for i := -before[axis]; i < n+after[axis]; i++ {
			from = append(from, outside(mode, i, n))
		}
		x = taken(x, axis, from)
	}
	o.set(0, x)
}

// outside returns the place of n that a padding takes for place i.
func outside(mode string, i, n int) int {
	switch mode {
	case "edge":
		return min(max(i, 0), n-1)
	case "wrap":
		return ((i % n) + n) % n
	case "reflect":
		if n == 1 {
			return 0
		}
		period := 2 * (n - 1)
		i = ((i % period) + period) % period
		return min(i, period-i)
	}
	refuse("Pad of mode %q", mode)
	return 0
}

func (o *op) trilu() {
	x := o.x(0)
	upper := o.integer("upper", 1) != 0
	k := int64(0)
	if o.has(1) {
		k = o.knownInts(1)[0]
	}
	dims := x.Shape().Dimensions
	rows, columns := graph.Iota(o.g, shapeOf(dtypes.Int64, dims), x.Rank()-2), graph.Iota(o.g, shapeOf(dtypes.Int64, dims), x.Rank()-1)
	diagonal := graph.AddScalar(rows, k)
	keep := graph.LessOrEqual(columns, diagonal)
	if upper {
		keep = graph.GreaterOrEqual(columns, diagonal)
	}
	o.set(0, graph.Where(keep, x, graph.ZerosLike(x)))
}

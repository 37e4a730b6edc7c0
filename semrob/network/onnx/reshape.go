package onnx

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// Operators that arrange values in another shape or order, or repeat them.

func (o *op) reshape() {
	allowZero := o.flag("allowzero")
	target, _ := o.integersOf("shape", 1)
	x := o.x(0)
	dims := slices.Clone(x.Shape().Dimensions)
	to, free, size := toInts(target), -1, 1
	for i, d := range to {
		switch {
		case d == 0 && !allowZero:
			if i >= len(dims) {
				refuse("Reshape of %v to %v", dims, target)
			}
			to[i] = dims[i]
		case d == -1 && free < 0:
			free = i
			continue
		case d < 0:
			refuse("Reshape of %v to %v", dims, target)
		}
		size *= to[i]
	}
	have := x.Shape().Size()
	if free >= 0 {
		if size == 0 || have%size != 0 {
			refuse("Reshape of %v to %v", dims, target)
		}
		to[free] = have / size
	} else if e := o.e; size != have && e.fixed > 0 && len(to) > 0 && to[0] == e.fixed && len(dims) > 0 && dims[0] == e.batch && size/e.fixed*e.batch == have {
		to[0] = e.batch // a file for a fixed number of images
	}
	o.set(0, graph.Reshape(x, to...))
}

func (o *op) flatten() {
	x := o.x(0)
	dims := x.Shape().Dimensions
	axis := o.integer("axis", 1)
	if axis < 0 {
		axis += int64(len(dims))
	}
	if axis < 0 || int(axis) > len(dims) {
		refuse("Flatten: there is no axis %d", axis)
	}
	outer, inner := 1, 1
	for i, d := range dims {
		if i < int(axis) {
			outer *= d
		} else {
			inner *= d
		}
	}
	o.set(0, graph.Reshape(x, outer, inner))
}

func (o *op) squeeze() {
	axes, given := o.integersOf("axes", 1)
	x := o.x(0)
	var dims []int
	drop := o.normalAxes(axes, x.Rank())
	for i, d := range x.Shape().Dimensions {
		if given && slices.Contains(drop, i) {
			if d != 1 {
				refuse("Squeeze of axis %d of %v", i, x.Shape().Dimensions)
			}
		} else if given || d != 1 {
			dims = append(dims, d)
		}
	}
	o.set(0, graph.Reshape(x, dims...))
}

func (o *op) unsqueeze() {
	axes, _ := o.integersOf("axes", 1)
	x := o.x(0)
	rank := x.Rank() + len(axes)
	at := o.normalAxes(axes, rank)
	rest := x.Shape().Dimensions
	dims := make([]int, rank)
	for i := range dims {
		if slices.Contains(at, i) {
			dims[i] = 1
		} else {
			dims[i], rest = rest[0], rest[1:]
		}
	}
	o.set(0, graph.Reshape(x, dims...))
}

func (o *op) transpose() {
	x := o.x(0)
	order := toInts(o.ints("perm"))
	if len(order) == 0 {
		for i := x.Rank() - 1; i >= 0; i-- {
			order = append(order, i)
		}
	}
	if len(order) != x.Rank() {
		refuse("Transpose of %v by %v", x.Shape().Dimensions, order)
	}
	if x.Rank() == 0 {
		o.set(0, x)
		return
	}
	o.set(0, graph.TransposeAllAxes(x, order...))
}

func (o *op) expand() {
	x := o.x(0)
	o.set(0, spread(x, broadcastDims(x.Shape().Dimensions, toInts(o.knownInts(1)))))
}

func (o *op) tile() {
	repeats := toInts(o.knownInts(1))
	x := o.x(0)
	if len(repeats) != x.Rank() {
		refuse("Tile of %v by %v", x.Shape().Dimensions, repeats)
	}
	var apart, spreadTo, dims []int
	for i, d := range x.Shape().Dimensions {
		apart, spreadTo, dims = append(apart, 1, d), append(spreadTo, repeats[i], d), append(dims, repeats[i]*d)
	}
	if x.Rank() == 0 {
		o.set(0, x)
		return
	}
	o.set(0, graph.Reshape(graph.BroadcastToDims(graph.Reshape(x, apart...), spreadTo...), dims...))
}

func (o *op) depthToSpace() {
	x := o.x(0)
	d, b := x.Shape().Dimensions, int(o.integer("blocksize", 0))
	if x.Rank() != 4 || b < 1 || d[1]%(b*b) != 0 {
		refuse("DepthToSpace of %v by %d", d, b)
	}
	c := d[1] / (b * b)
	switch mode := o.text("mode", "DCR"); mode {
	case "DCR":
		x = graph.TransposeAllAxes(graph.Reshape(x, d[0], b, b, c, d[2], d[3]), 0, 3, 4, 1, 5, 2)
	case "CRD":
		x = graph.TransposeAllAxes(graph.Reshape(x, d[0], c, b, b, d[2], d[3]), 0, 1, 4, 2, 5, 3)
	default:
		refuse("DepthToSpace of mode %q", mode)
	}
	o.set(0, graph.Reshape(x, d[0], c, d[2]*b, d[3]*b))
}

func (o *op) spaceToDepth() {
	x := o.x(0)
	d, b := x.Shape().Dimensions, int(o.integer("blocksize", 0))
	if x.Rank() != 4 || b < 1 || d[2]%b != 0 || d[3]%b != 0 {
		refuse("SpaceToDepth of %v by %d", d, b)
	}
	x = graph.TransposeAllAxes(graph.Reshape(x, d[0], d[1], d[2]/b, b, d[3]/b, b), 0, 3, 5, 1, 2, 4)
	o.set(0, graph.Reshape(x, d[0], b*b*d[1], d[2]/b, d[3]/b))
}

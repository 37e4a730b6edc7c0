package onnx

import (
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network/internal/custom"
)

// Gradients that GoMLX lacks.

// withSlope returns y, an elementwise function of x, with a derivative.
func withSlope(x, y *graph.Node, slope func() *graph.Node) *graph.Node {
	return custom.Gradient(x, y, func(v *graph.Node) *graph.Node { return graph.Mul(v, slope()) })
}

// reversed reverses axes.
func reversed(x *graph.Node, axes ...int) *graph.Node {
	if len(axes) == 0 {
		return x
	}
	return custom.Gradient(x, graph.Reverse(graph.StopGradient(x), axes...), func(v *graph.Node) *graph.Node { return graph.Reverse(v, axes...) })
}

// padded puts a number before and after axes; a negative amount crops.
func padded(x, with *graph.Node, before, after []int) *graph.Node {
	ranges, crop := make([]graph.SliceAxisSpec, x.Rank()), false
	pads, some := make([]compute.PadAxis, x.Rank()), false
	back := make([]graph.SliceAxisSpec, x.Rank())
	for axis, d := range x.Shape().Dimensions {
		from, to := max(0, -before[axis]), d-max(0, -after[axis])
		if to < from {
			refuse("the padding %v, %v of %v leaves nothing", before, after, x.Shape().Dimensions)
		}
		ranges[axis] = graph.AxisRange(from, to)
		crop = crop || from > 0 || to < d
		pads[axis] = compute.PadAxis{Start: max(0, before[axis]), End: max(0, after[axis])}
		some = some || pads[axis].Start > 0 || pads[axis].End > 0
		back[axis] = graph.AxisRange(pads[axis].Start, pads[axis].Start+to-from)
	}
	if crop {
		x = graph.Slice(x, ranges...)
	}
	if !some {
		return x
	}
	y := graph.Pad(graph.StopGradient(x), with, pads...)
	if !x.DType().IsFloat() {
		return y
	}
	return custom.Gradient(x, y, func(v *graph.Node) *graph.Node { return graph.Slice(v, back...) })
}

// sliced takes every step-th value from one to another along an axis.
func sliced(x *graph.Node, axis, from, to, step int) *graph.Node {
	if from == 0 && step == 1 && to == x.Shape().Dimensions[axis] {
		return x
	}
	return graph.SliceAxis(x, axis, graph.AxisRange(from, to).Stride(step))
}

func shapeOf(dtype dtypes.DType, dims []int) shapes.Shape { return shapes.Make(dtype, dims...) }

// taken returns the values of x at constant indices along an axis.
func taken(x *graph.Node, axis int, indices []int) *graph.Node {
	from := make([]int32, len(indices))
	for i, v := range indices {
		from[i] = int32(v)
	}
	return gathered(x, graph.Const(x.Graph(), from), axis)
}

// gathered is Gather: indices replace an axis of x.
func gathered(x, indices *graph.Node, axis int) *graph.Node {
	indices = graph.StopGradient(indices)
	size := x.Shape().Dimensions[axis]
	zero := graph.ZerosLike(indices)
	indices = graph.Where(graph.LessThan(indices, zero), graph.AddScalar(indices, size), indices)
	expanded := graph.InsertAxes(indices, -1)
	if axis == 0 {
		return graph.Gather(x, expanded)
	}
	order := []int{axis}
	for i := range x.Rank() {
		if i != axis {
			order = append(order, i)
		}
	}
	y := graph.Gather(graph.TransposeAllAxes(x, order...), expanded)
	n := indices.Rank()
	var back []int
	for i := range axis {
		back = append(back, n+i)
	}
	for i := range n {
		back = append(back, i)
	}
	for i := axis + n; i < y.Rank(); i++ {
		back = append(back, i)
	}
	return graph.TransposeAllAxes(y, back...)
}

// Shapes.

func int64s(values ...int64) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(append(make([]int64, 0), values...), len(values))
}

func (o *op) shape() {
	o.has(0)
	dims := o.in[0].shape().Dimensions
	n := int64(len(dims))
	clamp := func(v int64) int64 {
		if v < 0 {
			v += n
		}
		return min(max(v, 0), n)
	}
	start, end := clamp(o.integer("start", 0)), clamp(o.integer("end", n))
	var values []int64
	for i := start; i < end; i++ {
		values = append(values, int64(dims[i]))
	}
	o.setConstant(0, int64s(values...))
}

func (o *op) size() {
	o.has(0)
	o.setConstant(0, tensors.FromScalar(int64(o.in[0].shape().Size())))
}

func (o *op) constant() {
	for _, a := range o.attributes {
		name := a.text(attributeName)
		o.read[name] = true
		switch name {
		case "value":
			t, err := a.inner(attributeTensor)
			if err != nil {
				panic(err)
			}
			o.setConstant(0, o.e.tensor(t, ""))
		case "value_int":
			o.setConstant(0, tensors.FromScalar(a.integer(attributeInt)))
		case "value_ints":
			o.setConstant(0, int64s(o.ints(name)...))
		case "value_float":
			o.setConstant(0, tensors.FromScalar(o.float(name, 0)))
		case "value_floats":
			values := append(make([]float32, 0), o.floats(name)...)
			o.setConstant(0, tensors.FromFlatDataAndDimensions(values, len(values)))
		default:
			refuse("a Constant with %q is not supported", name)
		}
	}
}

func (o *op) constantOfShape() {
	dims := toInts(o.knownInts(0))
	fill := tensors.FromScalar(float32(0))
	if a := o.attribute("value"); a != nil {
		t, err := a.inner(attributeTensor)
		if err != nil {
			panic(err)
		}
		fill = o.e.tensor(t, "")
	}
	o.set(0, graph.BroadcastToDims(graph.Reshape(o.constantNode(fill)), dims...))
}

func (o *op) knownInts(i int) []int64 {
	values, _ := o.known(i)
	return values
}

// toInts returns nil for nil.
func toInts(values []int64) []int {
	if values == nil {
		return nil
	}
	return converted(values, func(v int64) int { return int(v) })
}

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

// Indices.

func (o *op) gather() {
	x := o.x(0)
	o.set(0, gathered(x, o.x(1), o.axis("axis", 0, x.Rank())))
}

// coordinates returns the indices [size, rank] of every value of a tensor of
// indices along an axis.
func coordinates(indices *graph.Node, size, axis int) *graph.Node {
	indices = graph.StopGradient(indices)
	zero := graph.ZerosLike(indices)
	indices = graph.ConvertDType(graph.Where(graph.LessThan(indices, zero), graph.AddScalar(indices, size), indices), dtypes.Int32)
	dims := indices.Shape().Dimensions
	parts := make([]*graph.Node, len(dims))
	for i := range dims {
		at := indices
		if i != axis {
			at = graph.Iota(indices.Graph(), shapeOf(dtypes.Int32, dims), i)
		}
		parts[i] = graph.Reshape(at, at.Shape().Size(), 1)
	}
	return graph.Concatenate(parts, 1)
}

func (o *op) gatherElements() {
	x, indices := o.x(0), o.x(1)
	o.set(0, elementsAt(x, indices, o.axis("axis", 0, x.Rank())))
}

func elementsAt(x, indices *graph.Node, axis int) *graph.Node {
	y := graph.Gather(x, coordinates(indices, x.Shape().Dimensions[axis], axis))
	return graph.Reshape(y, indices.Shape().Dimensions...)
}

// pointsOf returns indices [points, k] into the first k axes of x, from those of
// GatherND and ScatterND.
func pointsOf(x, indices *graph.Node) *graph.Node {
	dims := indices.Shape().Dimensions
	k := dims[len(dims)-1]
	indices = graph.StopGradient(graph.Reshape(indices, indices.Shape().Size()/max(k, 1), k))
	sizes := make([][]int64, 1)
	for _, d := range x.Shape().Dimensions[:k] {
		sizes[0] = append(sizes[0], int64(d))
	}
	size := graph.ConvertDType(graph.Const(x.Graph(), sizes), indices.DType())
	return graph.Where(graph.LessThan(indices, graph.ZerosLike(indices)), graph.Add(indices, graph.BroadcastToDims(size, indices.Shape().Dimensions...)), indices)
}

func (o *op) gatherND() {
	x, indices := o.x(0), o.x(1)
	batch := int(o.integer("batch_dims", 0))
	dims := indices.Shape().Dimensions
	k := dims[len(dims)-1]
	if batch > 0 { // the batch's coordinates become indices
		parts := make([]*graph.Node, 0, batch+1)
		one := append(slices.Clone(dims[:len(dims)-1]), 1)
		for axis := range batch {
			parts = append(parts, graph.Iota(o.g, shapeOf(indices.DType(), one), axis))
		}
		indices = graph.Concatenate(append(parts, indices), len(dims)-1)
		k += batch
	}
	result := append(slices.Clone(dims[:len(dims)-1]), x.Shape().Dimensions[k:]...)
	o.set(0, graph.Reshape(graph.Gather(x, pointsOf(x, indices)), result...))
}

// scattered puts updates [points, …] at places of x [points, k].
func (o *op) scattered(x, at, updates *graph.Node) *graph.Node {
	switch how := o.text("reduction", "none"); how {
	case "none":
		if x.DType() == dtypes.Bool {
			refuse("%s of type bool", o.op)
		}
		hits := graph.Scatter(at, graph.OnesLike(updates), x.Shape(), false, false)
		put := graph.Scatter(at, updates, x.Shape(), false, false)
		return graph.Where(graph.NotEqual(hits, graph.ZerosLike(hits)), put, x)
	case "add":
		return graph.ScatterSum(x, at, updates, false, false)
	case "max":
		return graph.ScatterMax(x, at, updates, false, false)
	case "min":
		return graph.ScatterMin(x, at, updates, false, false)
	default:
		refuse("%s with reduction %q", o.op, how)
	}
	return nil
}

func (o *op) scatterND() {
	x, indices, updates := o.x(0), o.x(1), o.x(2)
	at := pointsOf(x, indices)
	k := at.Shape().Dimensions[1]
	dims := append([]int{at.Shape().Dimensions[0]}, x.Shape().Dimensions[k:]...)
	o.set(0, o.scattered(x, at, graph.Reshape(updates, dims...)))
}

func (o *op) scatterElements() {
	x, indices, updates := o.x(0), o.x(1), o.x(2)
	axis := o.axis("axis", 0, x.Rank())
	at := coordinates(indices, x.Shape().Dimensions[axis], axis)
	o.set(0, o.scattered(x, at, graph.Reshape(updates, updates.Shape().Size())))
}

func (o *op) oneHot() {
	indices, values := o.x(0), o.x(2)
	depth := o.knownInts(1)
	if len(depth) != 1 || depth[0] < 1 {
		refuse("OneHot of depth %v", depth)
	}
	axis := o.axis("axis", -1, indices.Rank()+1)
	n := int(depth[0])
	whole := graph.ConvertDType(indices, dtypes.Int64)
	whole = graph.Where(graph.LessThan(whole, graph.ZerosLike(whole)), graph.AddScalar(whole, n), whole)
	dims := slices.Insert(slices.Clone(indices.Shape().Dimensions), axis, n)
	hit := graph.Equal(spread(graph.InsertAxes(whole, axis), dims), graph.Iota(o.g, shapeOf(dtypes.Int64, dims), axis))
	off, on := graph.Reshape(sliced(values, 0, 0, 1, 1)), graph.Reshape(sliced(values, 0, 1, 2, 1))
	o.set(0, graph.Where(hit, graph.BroadcastToDims(on, dims...), graph.BroadcastToDims(off, dims...)))
}

func (o *op) compress() {
	x := o.x(0)
	chosen := o.knownInts(1)
	axis := 0
	if o.attribute("axis") != nil {
		axis = o.axis("axis", 0, x.Rank())
	} else {
		x = graph.Reshape(x, x.Shape().Size())
	}
	var from []int
	for i, v := range chosen {
		if v != 0 {
			from = append(from, i)
		}
	}
	if len(from) == 0 {
		refuse("Compress to nothing")
	}
	o.set(0, taken(x, axis, from))
}

func (o *op) topK() {
	x := o.x(0)
	axis := o.axis("axis", -1, x.Rank())
	k := o.integer("k", 0)
	if o.e.opset >= 10 {
		k = o.knownInts(1)[0]
	}
	n := x.Shape().Dimensions[axis]
	if k < 1 || int(k) > n {
		refuse("TopK of %d of %d", k, n)
	}
	o.ignore("sorted")
	largest := o.integer("largest", 1) != 0
	still := graph.StopGradient(x)
	places := graph.Iota(o.g, shapeOf(dtypes.Int32, x.Shape().Dimensions), axis)
	before := graph.NewClosure(o.g, func(g *graph.Graph) []*graph.Node {
		a, b := graph.Parameter(g, "a", shapes.Make(x.DType())), graph.Parameter(g, "b", shapes.Make(x.DType()))
		graph.Parameter(g, "i", shapes.Make(dtypes.Int32))
		graph.Parameter(g, "j", shapes.Make(dtypes.Int32))
		if largest {
			return []*graph.Node{graph.GreaterThan(a, b)}
		}
		return []*graph.Node{graph.LessThan(a, b)}
	})
	indices := sliced(graph.SortFunc(before, axis, true, still, places)[1], axis, 0, int(k), 1)
	o.set(0, elementsAt(x, indices, axis))
	o.set(1, graph.ConvertDType(indices, dtypes.Int64))
}

func (o *op) argument() {
	x := o.x(0)
	axis := o.axis("axis", 0, x.Rank())
	last := o.flag("select_last_index")
	keep := o.integer("keepdims", 1) != 0
	still := graph.StopGradient(x)
	if last {
		still = graph.Reverse(still, axis)
	}
	f := graph.ArgMax
	if o.op == "ArgMin" {
		f = graph.ArgMin
	}
	at := f(still, axis, dtypes.Int64)
	if last {
		at = graph.AddScalar(graph.Neg(at), x.Shape().Dimensions[axis]-1)
	}
	if keep {
		at = graph.InsertAxes(at, axis)
	}
	o.set(0, at)
}

func (o *op) sequence() {
	_, from := o.known(0)
	_, to := o.known(1)
	_, step := o.known(2)
	n := int(max(0, math.Ceil((to[0]-from[0])/step[0])))
	if step[0] == 0 || n > mostFolded {
		refuse("Range from %g to %g by %g", from[0], to[0], step[0])
	}
	x := o.x(0)
	places := graph.ConvertDType(graph.Iota(o.g, shapeOf(dtypes.Int32, []int{n}), 0), x.DType())
	o.set(0, graph.Add(graph.Reshape(x), graph.Mul(places, graph.Reshape(o.x(2)))))
}

func (o *op) eyeLike() {
	o.has(0)
	dims := o.in[0].shape().Dimensions
	dtype := o.in[0].shape().DType
	if kind := o.integer("dtype", 0); kind != 0 {
		dtype = o.dtype(kind)
	}
	if len(dims) != 2 {
		refuse("EyeLike of %v", dims)
	}
	rows, columns := graph.Iota(o.g, shapeOf(dtypes.Int32, dims), 0), graph.Iota(o.g, shapeOf(dtypes.Int32, dims), 1)
	o.set(0, o.converted(graph.Equal(graph.AddScalar(rows, int32(o.integer("k", 0))), columns), dtype))
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

// branch adds the branch of a constant condition.
func (o *op) branch() {
	condition := o.knownInts(0)
	name, other := "else_branch", "then_branch"
	if condition[0] != 0 {
		name, other = other, name
	}
	o.ignore(other)
	g, err := o.attribute(name).inner(attributeGraph)
	if err != nil {
		panic(err)
	}
	for i, v := range o.e.branch(g, "") {
		if i < len(o.out) {
			o.out[i] = v
		}
	}
}

package onnx

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Operators that find values by their places, or places by their values.

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

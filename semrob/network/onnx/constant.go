package onnx

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Operators whose results do not depend on the values of the images, and choices by
// a constant.

func int64s(values ...int64) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(append(make([]int64, 0), values...), len(values))
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
			o.setConstant(0, o.e.tensor(t, source{}))
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
		fill = o.e.tensor(t, source{})
	}
	o.set(0, graph.BroadcastToDims(graph.Reshape(o.constantNode(fill)), dims...))
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
	for i, v := range o.e.branch(g) {
		if i < len(o.out) {
			o.out[i] = v
		}
	}
}

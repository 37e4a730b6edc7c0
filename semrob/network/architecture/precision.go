package architecture

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// inFloat32 applies f in float32 if x has half precision, in which long sums lose
// too much, and returns the result in the type of x.
func inFloat32(x *graph.Node, f func(x *graph.Node) *graph.Node) *graph.Node {
	if is := x.DType(); is == dtypes.BFloat16 || is == dtypes.Float16 {
		return asType(f(asType(x, dtypes.Float32)), is)
	}
	return f(x)
}

// asType converts x to a type if it has another.
func asType(x *graph.Node, to dtypes.DType) *graph.Node {
	if x.DType() == to {
		return x
	}
	return graph.ConvertDType(x, to)
}

package network

import (
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/graph"
)

// Precision is the number type that a network computes in. Images,
// probabilities, logits and gradients are always float32, and so are
// preprocessing, the softmax, layer normalisation and means over a whole picture.
// Batch normalisation is folded into the weights before they are rounded. The
// zero value is Float32.
//
// The half precisions halve the memory for weights and are faster on devices that
// support them; on a CPU their programs take XLA twice as long to compile.
// docs/speed.md shows their effect on accuracy.
type Precision string

const (
	// Float32 has 24 significant bits.
	Float32 Precision = "float32"
	// BFloat16 has 8 significant bits and the range of Float32. It moves
	// probabilities of EfficientNet-Lite0 by up to 0.08.
	BFloat16 Precision = "bfloat16"
	// Float16 has 11 significant bits and a largest value of 65504: larger
	// activations overflow. It moves probabilities of EfficientNet-Lite0 by up to
	// 0.006.
	Float16 Precision = "float16"
)

// Precisions are the precisions by name.
var Precisions = enum.Of("precision", Float32, BFloat16, Float16)

// ParsePrecision returns the precision with this name; "" is Float32.
func ParsePrecision(name string) (Precision, error) { return Precisions.Parse(strings.TrimSpace(name)) }

// UnmarshalText is ParsePrecision for encoding.TextUnmarshaler.
func (p *Precision) UnmarshalText(text []byte) error { return Precisions.Unmarshal(p, text) }

// MarshalText returns the name.
func (p Precision) MarshalText() ([]byte, error) { return []byte(p), nil }

// dtype is the type of the precision in graphs.
func (p Precision) dtype() dtypes.DType {
	switch p {
	case BFloat16:
		return dtypes.BFloat16
	case Float16:
		return dtypes.Float16
	}
	return dtypes.Float32
}

// rounded returns a float32 constant in the precision. Other types, such as
// indices of an ONNX model, are left unchanged.
func (p Precision) rounded(c Constant) Constant {
	values, ok := c.Data.([]float32)
	if !ok || p.dtype() == dtypes.Float32 {
		return c
	}
	c.Shape = c.Shape.Clone()
	c.Shape.DType = p.dtype()
	if p == BFloat16 {
		c.Data = bfloat16.FromFloat32s(values...)
	} else {
		c.Data = float16.FromFloat32s(values...)
	}
	return c
}

// as converts x to a type if it has another.
func as(x *graph.Node, to dtypes.DType) *graph.Node {
	if x.DType() == to {
		return x
	}
	return graph.ConvertDType(x, to)
}

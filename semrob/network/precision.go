package network

import (
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/graph"
)

// Precision is the type of number that a network computes in. Images,
// probabilities, logits and gradients are float32 whatever it is. So is what is
// done before and after: preprocessing, the softmax, the normalisation of layers
// and means over a whole picture. Batch normalisation is folded into the weights
// before they are rounded. The zero value is Float32.
//
// The two halves take half of the memory for weights, and are for devices that
// multiply them faster; programs in them take XLA twice as long to compile on a
// CPU. docs/speed.md has what they do to accuracy.
type Precision string

const (
	// Float32 has 24 significant bits.
	Float32 Precision = "float32"
	// BFloat16 has 8 significant bits and the range of Float32. It moves
	// probabilities of EfficientNet-Lite0 by up to 0.08.
	BFloat16 Precision = "bfloat16"
	// Float16 has 11 significant bits and ends at 65504: a network whose
	// activations go beyond gives no numbers in it. It moves probabilities of
	// EfficientNet-Lite0 by up to 0.006.
	Float16 Precision = "float16"
)

// Precisions are the precisions by name.
var Precisions = enum.Of("precision", Float32, BFloat16, Float16)

// ParsePrecision returns the precision of a name; "" is Float32.
func ParsePrecision(name string) (Precision, error) { return Precisions.Parse(strings.TrimSpace(name)) }

// UnmarshalText reads the name of a value; "" is the default.
func (p *Precision) UnmarshalText(text []byte) error { return Precisions.Unmarshal(p, text) }

// MarshalText returns the name.
func (p Precision) MarshalText() ([]byte, error) { return []byte(p), nil }

// dtype is the precision's in graphs.
func (p Precision) dtype() dtypes.DType {
	switch p {
	case BFloat16:
		return dtypes.BFloat16
	case Float16:
		return dtypes.Float16
	}
	return dtypes.Float32
}

// rounded returns a constant in the precision. Other types than float32, such
// as the indices of an ONNX model, stay what they are.
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

// as returns x in a type, x itself where it has it.
func as(x *graph.Node, to dtypes.DType) *graph.Node {
	if x.DType() == to {
		return x
	}
	return graph.ConvertDType(x, to)
}

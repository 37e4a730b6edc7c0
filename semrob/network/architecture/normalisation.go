package architecture

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/nn"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// layerNorm normalises the values of the last axis: J. L. Ba et al., "Layer
// Normalization" (2016).
type layerNorm struct {
	// weight is the prefix of the parameters' names.
	weight string
	size   int
}

// layerNormEpsilon is added to the variance in all networks.
const layerNormEpsilon = 1e-6

func (l *layerNorm) parameters() []weights.Parameter {
	return []weights.Parameter{
		{Name: l.weight + ".weight", Shape: []int{l.size}},
		{Name: l.weight + ".bias", Shape: []int{l.size}},
	}
}

func (l *layerNorm) prepared() []prepared {
	return []prepared{
		asIs(l.weight+".weight", l.size),
		asIs(l.weight+".bias", l.size),
	}
}

// apply normalises x [..., size].
func (l *layerNorm) apply(p *pass, x *graph.Node) *graph.Node {
	return inFloat32(x, func(x *graph.Node) *graph.Node {
		scale, offset := asType(p.node(l.weight+".weight"), x.DType()), asType(p.node(l.weight+".bias"), x.DType())
		return nn.LayerNorm(x, []int{-1}, layerNormEpsilon, scale, offset, nil)
	})
}

// asIs is a parameter that the graph uses unchanged, apart from axes of size one.
func asIs(name string, shape ...int) prepared {
	return prepared{name: name, shape: shape, from: func(set weights.Set) []float32 { return set[name].Data }}
}

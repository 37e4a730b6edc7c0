package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// invertedResidual is the block of MobileNet and EfficientNet: expansion,
// depthwise convolution, squeeze-and-excitation and projection.
type invertedResidual struct {
	expand    *convolution // nil for none
	depthwise *convolution
	squeeze   *squeezeExcitation // nil for none
	project   *convolution
	residual  bool // the input is added to the output
}

func (b *invertedResidual) apply(p *pass, x *graph.Node) *graph.Node {
	y := x
	if b.expand != nil {
		y = b.expand.apply(p, y)
	}
	y = b.depthwise.apply(p, y)
	if b.squeeze != nil {
		y = b.squeeze.apply(p, y)
	}
	y = b.project.apply(p, y)
	if b.residual {
		y = graph.Add(y, x)
	}
	return y
}

// invertedShape describes an inverted residual of torchvision.
type invertedShape struct {
	in, wide, out  int
	kernel, stride int
	// squeeze is the number of channels between the layers of the
	// squeeze-and-excitation; 0 for none.
	squeeze    int
	activation activation
	// gate and inner are the squeeze-and-excitation's activations.
	gate, inner activation
	epsilon     float64
}

// addInverted adds the layers of an inverted residual whose parts torchvision
// numbers under prefix: "prefix0.0" is the first convolution, "prefix0.1" its
// normalisation.
func addInverted(a *Architecture, prefix string, s invertedShape) *invertedResidual {
	b, part := &invertedResidual{residual: s.stride == 1 && s.in == s.out}, 0
	conv := func(c convolution) *convolution {
		c.weight, c.norm = fmt.Sprintf("%s%d.0", prefix, part), fmt.Sprintf("%s%d.1", prefix, part)
		c.epsilon = s.epsilon
		part++
		return add(a, &c)
	}
	if s.wide != s.in {
		b.expand = conv(convolution{in: s.in, out: s.wide, kernel: 1, activation: s.activation})
	}
	b.depthwise = conv(convolution{in: s.wide, out: s.wide, kernel: s.kernel, stride: s.stride, depthwise: true, activation: s.activation})
	if s.squeeze > 0 {
		name := fmt.Sprintf("%s%d", prefix, part)
		part++
		b.squeeze = addSqueeze(a, name, s.wide, s.squeeze, s.inner, s.gate)
	}
	b.project = conv(convolution{in: s.wide, out: s.out, kernel: 1})
	return b
}

// squeezeExcitation scales channels depending on their means: J. Hu et al.,
// "Squeeze-and-Excitation Networks" (CVPR 2018), Fig. 1.
type squeezeExcitation struct {
	reduce, expand *convolution
}

// addSqueeze adds the layers of a squeeze-and-excitation, "name.fc1" and "name.fc2",
// to a. narrow is the number of channels between them.
func addSqueeze(a *Architecture, name string, channels, narrow int, inner, gate activation) *squeezeExcitation {
	return &squeezeExcitation{
		reduce: add(a, &convolution{weight: name + ".fc1", in: channels, out: narrow, kernel: 1, bias: true, activation: inner}),
		expand: add(a, &convolution{weight: name + ".fc2", in: narrow, out: channels, kernel: 1, bias: true, activation: gate}),
	}
}

func (s *squeezeExcitation) apply(p *pass, x *graph.Node) *graph.Node {
	means := inFloat32(x, func(x *graph.Node) *graph.Node { return graph.ReduceAndKeep(x, graph.ReduceMean, 1, 2) })
	return graph.Mul(x, s.expand.apply(p, s.reduce.apply(p, means)))
}

// divisible rounds a number of channels to the nearest multiple of eight that is
// at least nine tenths of it.
func divisible(channels float64) int {
	rounded := max(8, int(channels+4)/8*8)
	if float64(rounded) < 0.9*channels {
		rounded += 8
	}
	return rounded
}

package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// ConvNeXt: Z. Liu et al., "A ConvNet for the 2020s" (CVPR 2022), Section 3.
// Parameters are named as in torchvision.

// convNextSize is a member of the family: channels and blocks of its stages.
type convNextSize struct {
	name     string
	channels [4]int
	blocks   [4]int
}

var convNextSizes = []convNextSize{
	{"convnext-tiny", [4]int{96, 192, 384, 768}, [4]int{3, 3, 9, 3}},
	{"convnext-small", [4]int{96, 192, 384, 768}, [4]int{3, 3, 27, 3}},
	{"convnext-base", [4]int{128, 256, 512, 1024}, [4]int{3, 3, 27, 3}},
}

func (s convNextSize) member() member { return member{s.name, s.architecture} }

// architecture builds the layers of a member of the family.
func (s convNextSize) architecture() *Architecture {
	a := imageNet(224)
	body := sequence{
		add(a, &convolution{weight: "features.0.0", in: 3, out: s.channels[0], kernel: 4, stride: 4, padding: zeros(0), bias: true}),
		add(a, &layerNorm{weight: "features.0.1", size: s.channels[0]}),
	}
	for stage, channels := range s.channels {
		if stage > 0 {
			name := fmt.Sprintf("features.%d.", 2*stage)
			body = append(body,
				add(a, &layerNorm{weight: name + "0", size: s.channels[stage-1]}),
				add(a, &convolution{weight: name + "1", in: s.channels[stage-1], out: channels, kernel: 2, stride: 2, padding: zeros(0), bias: true}),
			)
		}
		for block := range s.blocks[stage] {
			body = append(body, addConvNextBlock(a, fmt.Sprintf("features.%d.%d.", 2*stage+1, block), channels))
		}
	}
	last := s.channels[len(s.channels)-1]
	a.forward = append(body,
		function(globalAverage),
		add(a, &layerNorm{weight: "classifier.0", size: last}),
		classifier(a, "classifier.2", last),
	).apply
	return a
}

// convNextBlock is a 7×7 depthwise convolution followed by a perceptron at every
// pixel, scaled per channel and added to the input.
type convNextBlock struct {
	scale *layerScale
	inner sequence
}

func addConvNextBlock(a *Architecture, name string, channels int) *convNextBlock {
	return &convNextBlock{
		scale: add(a, &layerScale{name: name + "layer_scale", channels: channels}),
		inner: sequence{
			add(a, &convolution{weight: name + "block.0", in: channels, out: channels, kernel: 7, depthwise: true, bias: true}),
			add(a, &layerNorm{weight: name + "block.2", size: channels}),
			add(a, &linear{weight: name + "block.3", in: channels, out: 4 * channels, activation: gelu}),
			add(a, &linear{weight: name + "block.5", in: 4 * channels, out: channels}),
		},
	}
}

func (b *convNextBlock) apply(p *pass, x *graph.Node) *graph.Node {
	return graph.Add(b.scale.apply(p, b.inner.apply(p, x)), x)
}

// layerScale multiplies each channel by its factor.
type layerScale struct {
	name     string
	channels int
}

func (l *layerScale) parameters() []weights.Parameter {
	return []weights.Parameter{{Name: l.name, Shape: []int{l.channels, 1, 1}}}
}

func (l *layerScale) prepared() []prepared { return []prepared{asIs(l.name, l.channels)} }

// apply scales x [batch, height, width, channels].
func (l *layerScale) apply(p *pass, x *graph.Node) *graph.Node {
	return graph.Mul(x, graph.Reshape(p.node(l.name), 1, 1, 1, l.channels))
}

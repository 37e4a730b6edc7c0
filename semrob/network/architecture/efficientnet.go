package architecture

import (
	"fmt"
	"math"
)

// EfficientNet: M. Tan, Q. V. Le, "EfficientNet: Rethinking Model Scaling for
// Convolutional Neural Networks" (ICML 2019), Table 1. Parameters are named,
// and images sized, as in torchvision.

// efficientScale is a member of the family.
type efficientScale struct {
	name string
	// width and depth multiply the channels and the blocks of a stage.
	width, depth float64
	// size is the height and width of the images.
	size int
}

var efficientScales = []efficientScale{
	{"efficientnet-b0", 1.0, 1.0, 224},
	{"efficientnet-b1", 1.0, 1.1, 240},
	{"efficientnet-b2", 1.1, 1.2, 288},
	{"efficientnet-b3", 1.2, 1.4, 300},
	{"efficientnet-b4", 1.4, 1.8, 380},
}

// efficientStages are the stages at width and depth 1.
var efficientStages = []struct {
	expand, kernel, stride, out, blocks int
}{
	{1, 3, 1, 16, 1},
	{6, 3, 2, 24, 2},
	{6, 5, 2, 40, 2},
	{6, 3, 2, 80, 3},
	{6, 5, 1, 112, 3},
	{6, 5, 2, 192, 4},
	{6, 3, 1, 320, 1},
}

func (s efficientScale) member() member { return member{s.name, s.architecture} }

// architecture builds the layers of a member of the family.
func (s efficientScale) architecture() *Architecture {
	a := imageNet(s.size)
	in := divisible(32 * s.width)
	body := sequence{add(a, &convolution{weight: "features.0.0", norm: "features.0.1", in: 3, out: in, kernel: 3, stride: 2, activation: silu})}
	for i, stage := range efficientStages {
		out := divisible(float64(stage.out) * s.width)
		for repeat := range int(math.Ceil(float64(stage.blocks) * s.depth)) {
			stride := 1
			if repeat == 0 {
				stride = stage.stride
			}
			body = append(body, addInverted(a, fmt.Sprintf("features.%d.%d.block.", i+1, repeat), invertedShape{
				in: in, wide: in * stage.expand, out: out, kernel: stage.kernel, stride: stride,
				squeeze: in / 4, activation: silu, inner: silu, gate: sigmoid,
			}))
			in = out
		}
	}
	last, wide := fmt.Sprintf("features.%d.", len(efficientStages)+1), 4*in
	a.forward = append(body,
		add(a, &convolution{weight: last + "0", norm: last + "1", in: in, out: wide, kernel: 1, activation: silu}),
		function(globalAverage),
		classifier(a, "classifier.1", wide),
	).apply
	return a
}

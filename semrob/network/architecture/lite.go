package architecture

import (
	"fmt"
	"math"
)

// EfficientNet-Lite: M. Tan, Q. V. Le, "EfficientNet: Rethinking Model Scaling
// for Convolutional Neural Networks" (ICML 2019), Table 1, without
// squeeze-and-excitation, with ReLU6 for swish, and with stem, head and the
// number of blocks in the first and last stage the same at all scales.
// Parameters are named as in the Python package efficientnet-lite-pytorch.

// liteScale is a member of the family.
type liteScale efficientScale

var liteScales = []liteScale{
	{"efficientnet-lite0", 1.0, 1.0, 224},
	{"efficientnet-lite1", 1.0, 1.1, 240},
	{"efficientnet-lite2", 1.1, 1.2, 260},
	{"efficientnet-lite3", 1.2, 1.4, 280},
	{"efficientnet-lite4", 1.4, 1.8, 300},
}

func (s liteScale) member() member { return member{s.name, s.architecture} }

// liteStages are the stages at width and depth 1.
var liteStages = []struct {
	blocks, kernel, stride, expand, out int
}{
	{1, 3, 1, 1, 16},
	{2, 3, 2, 6, 24},
	{2, 5, 2, 6, 40},
	{3, 3, 2, 6, 80},
	{3, 5, 1, 6, 112},
	{4, 5, 2, 6, 192},
	{1, 3, 1, 6, 320},
}

const (
	liteStem    = 32
	liteHead    = 1280
	liteEpsilon = 1e-3
)

// blocks scales the number of blocks of a stage, except the first and last.
func (s liteScale) blocks(stage int) int {
	n := liteStages[stage].blocks
	if stage == 0 || stage == len(liteStages)-1 {
		return n
	}
	return int(math.Ceil(s.depth * float64(n)))
}

// architecture builds the layers of a member of the family.
func (s liteScale) architecture() *Architecture {
	a := &Architecture{
		InputSize: s.size, Classes: 1000,
		// (255x − 127)/128, x in 0…1
		Mean: [3]float64{127. / 255, 127. / 255, 127. / 255},
		Std:  [3]float64{128. / 255, 128. / 255, 128. / 255},
	}
	conv := func(c convolution) *convolution {
		c.epsilon, c.padding = liteEpsilon, same
		return add(a, &c)
	}
	stem := conv(convolution{weight: "_conv_stem", norm: "_bn0", in: 3, out: liteStem, kernel: 3, stride: 2, activation: relu6})
	in, blocks := liteStem, sequence(nil)
	for i, stage := range liteStages {
		for repeat := range s.blocks(i) {
			stride := 1
			if repeat == 0 {
				stride = stage.stride
			}
			prefix, out, wide := fmt.Sprintf("_blocks.%d.", len(blocks)), divisible(float64(stage.out)*s.width), in*stage.expand
			b := &invertedResidual{residual: stride == 1 && in == out}
			if stage.expand > 1 {
				b.expand = conv(convolution{weight: prefix + "_expand_conv", norm: prefix + "_bn0", in: in, out: wide, kernel: 1, stride: 1, activation: relu6})
			}
			b.depthwise = conv(convolution{weight: prefix + "_depthwise_conv", norm: prefix + "_bn1", in: wide, out: wide, kernel: stage.kernel, stride: stride, depthwise: true, activation: relu6})
			b.project = conv(convolution{weight: prefix + "_project_conv", norm: prefix + "_bn2", in: wide, out: out, kernel: 1, stride: 1})
			blocks, in = append(blocks, b), out
		}
	}
	head := conv(convolution{weight: "_conv_head", norm: "_bn1", in: in, out: liteHead, kernel: 1, stride: 1, activation: relu6})
	a.forward = sequence{stem, blocks, head, function(globalAverage), classifier(a, "_fc", liteHead)}.apply
	return a
}

package architecture

import (
	"cmp"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// ResNet: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image
// Recognition" (CVPR 2016), Table 1, with the stride in a bottleneck's 3×3
// convolution as in torchvision; wide: S. Zagoruyko, N. Komodakis, "Wide
// Residual Networks" (BMVC 2016); ResNeXt: S. Xie et al., "Aggregated Residual
// Transformations for Deep Neural Networks" (CVPR 2017); c, d: T. He et al., "Bag of
// Tricks for Image Classification with Convolutional Neural Networks" (CVPR 2019),
// Section 4; SE: J. Hu et al., "Squeeze-and-Excitation Networks" (CVPR 2018). Names
// and parameters are torchvision's, and timm's of what torchvision does not have.

// resNetScale is a member of the family.
type resNetScale struct {
	name string
	// blocks per stage.
	blocks [4]int
	// bottleneck is whether blocks narrow, convolve and widen again.
	bottleneck bool
	// groups of a bottleneck's 3×3 convolution, 0 for one, and base, the channels of
	// one of them in the first stage, 0 for 64.
	groups, base int
	// stem has the channels of three 3×3 convolutions for the first one of 7×7; zeros
	// for none.
	stem [3]int
	// pooled is whether shortcuts take the mean of 2×2 pixels, for every second pixel.
	pooled bool
	// squeeze is whether blocks end in a squeeze-and-excitation.
	squeeze bool
}

// The stems: timm's c and d, s, and t.
var (
	deepStem   = [3]int{32, 32, 64}
	wideStem   = [3]int{64, 64, 128}
	tieredStem = [3]int{24, 32, 64}
)

var resNetScales = []resNetScale{
	{name: "resnet18", blocks: [4]int{2, 2, 2, 2}},
	{name: "resnet34", blocks: [4]int{3, 4, 6, 3}},
	{name: "resnet50", blocks: [4]int{3, 4, 6, 3}, bottleneck: true},
	{name: "resnet101", blocks: [4]int{3, 4, 23, 3}, bottleneck: true},
	{name: "resnet152", blocks: [4]int{3, 8, 36, 3}, bottleneck: true},
	{name: "wide-resnet50-2", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, base: 128},
	{name: "wide-resnet101-2", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, base: 128},

	{name: "resnet26", blocks: [4]int{2, 2, 2, 2}, bottleneck: true},
	{name: "resnet200", blocks: [4]int{3, 24, 36, 3}, bottleneck: true},
	{name: "resnet50c", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, stem: deepStem},
	{name: "resnet101c", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, stem: deepStem},
	{name: "resnet152c", blocks: [4]int{3, 8, 36, 3}, bottleneck: true, stem: deepStem},
	{name: "resnet50s", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, stem: wideStem},
	{name: "resnet101s", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, stem: wideStem},
	{name: "resnet152s", blocks: [4]int{3, 8, 36, 3}, bottleneck: true, stem: wideStem},
	{name: "resnet18d", blocks: [4]int{2, 2, 2, 2}, stem: deepStem, pooled: true},
	{name: "resnet34d", blocks: [4]int{3, 4, 6, 3}, stem: deepStem, pooled: true},
	{name: "resnet26d", blocks: [4]int{2, 2, 2, 2}, bottleneck: true, stem: deepStem, pooled: true},
	{name: "resnet50d", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, stem: deepStem, pooled: true},
	{name: "resnet101d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, stem: deepStem, pooled: true},
	{name: "resnet152d", blocks: [4]int{3, 8, 36, 3}, bottleneck: true, stem: deepStem, pooled: true},
	{name: "resnet200d", blocks: [4]int{3, 24, 36, 3}, bottleneck: true, stem: deepStem, pooled: true},
	{name: "resnet10t", blocks: [4]int{1, 1, 1, 1}, stem: tieredStem, pooled: true},
	{name: "resnet14t", blocks: [4]int{1, 1, 1, 1}, bottleneck: true, stem: tieredStem, pooled: true},
	{name: "resnet26t", blocks: [4]int{2, 2, 2, 2}, bottleneck: true, stem: tieredStem, pooled: true},
	{name: "resnet50t", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, stem: tieredStem, pooled: true},

	{name: "resnext50-32x4d", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, groups: 32, base: 4},
	{name: "resnext101-32x4d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, base: 4},
	{name: "resnext101-32x8d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, base: 8},
	{name: "resnext101-32x16d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, base: 16},
	{name: "resnext101-32x32d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, base: 32},
	{name: "resnext101-64x4d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 64, base: 4},
	{name: "resnext50d-32x4d", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, groups: 32, base: 4, stem: deepStem, pooled: true},

	{name: "seresnet18", blocks: [4]int{2, 2, 2, 2}, squeeze: true},
	{name: "seresnet34", blocks: [4]int{3, 4, 6, 3}, squeeze: true},
	{name: "seresnet50", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, squeeze: true},
	{name: "seresnet101", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, squeeze: true},
	{name: "seresnet152", blocks: [4]int{3, 8, 36, 3}, bottleneck: true, squeeze: true},
	{name: "seresnet50t", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, stem: tieredStem, pooled: true, squeeze: true},
	{name: "seresnet152d", blocks: [4]int{3, 8, 36, 3}, bottleneck: true, stem: deepStem, pooled: true, squeeze: true},
	{name: "seresnext26d-32x4d", blocks: [4]int{2, 2, 2, 2}, bottleneck: true, groups: 32, base: 4, stem: deepStem, pooled: true, squeeze: true},
	{name: "seresnext26t-32x4d", blocks: [4]int{2, 2, 2, 2}, bottleneck: true, groups: 32, base: 4, stem: tieredStem, pooled: true, squeeze: true},
	{name: "seresnext50-32x4d", blocks: [4]int{3, 4, 6, 3}, bottleneck: true, groups: 32, base: 4, squeeze: true},
	{name: "seresnext101-32x4d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, base: 4, squeeze: true},
	{name: "seresnext101-32x8d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, base: 8, squeeze: true},
	{name: "seresnext101-64x4d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 64, base: 4, squeeze: true},
	{name: "seresnext101d-32x8d", blocks: [4]int{3, 4, 23, 3}, bottleneck: true, groups: 32, base: 8, stem: deepStem, pooled: true, squeeze: true},
}

func (s resNetScale) member() member { return member{s.name, s.architecture} }

// resNetBlock adds its branch to x, or to the shortcut of x.
type resNetBlock struct {
	branch   sequence
	shortcut module // nil for x itself
}

func (b *resNetBlock) apply(p *pass, x *graph.Node) *graph.Node {
	y := b.branch.apply(p, x)
	if b.shortcut != nil {
		x = b.shortcut.apply(p, x)
	}
	return relu(p, graph.Add(y, x))
}

// block adds the layers of a block to a.
func (s resNetScale) block(a *Architecture, prefix string, in, base, stride int) (b *resNetBlock, out int) {
	type part struct{ out, kernel, stride, groups int }
	parts := []part{{base, 3, stride, 1}, {base, 3, 1, 1}}
	if s.bottleneck {
		groups := max(1, s.groups)
		width := base * cmp.Or(s.base, 64) * groups / 64
		parts = []part{{width, 1, 1, 1}, {width, 3, stride, groups}, {base * 4, 1, 1, 1}}
	}
	b, out = &resNetBlock{}, in
	for i, part := range parts {
		c := &convolution{
			weight: fmt.Sprintf("%sconv%d", prefix, i+1), norm: fmt.Sprintf("%sbn%d", prefix, i+1),
			in: out, out: part.out, kernel: part.kernel, stride: part.stride, groups: part.groups,
		}
		if i < len(parts)-1 {
			c.activation = relu
		}
		b.branch, out = append(b.branch, add(a, c)), part.out
	}
	if s.squeeze {
		b.branch = append(b.branch, addSqueeze(a, prefix+"se", out, divisible(float64(out)/16), relu, sigmoid))
	}
	if stride != 1 || in != out {
		b.shortcut = s.shortcut(a, prefix, in, out, stride)
	}
	return b, out
}

// shortcut adds the layers of a shortcut to a. timm numbers the pool too.
func (s resNetScale) shortcut(a *Architecture, prefix string, in, out, stride int) module {
	c := &convolution{weight: prefix + "downsample.0", norm: prefix + "downsample.1", in: in, out: out, kernel: 1, stride: stride}
	if !s.pooled {
		return add(a, c)
	}
	c.weight, c.norm, c.stride = prefix+"downsample.1", prefix+"downsample.2", 1
	if stride == 1 {
		return add(a, c)
	}
	return sequence{function(halved), add(a, c)}
}

// first adds the layers before the stages to a.
func (s resNetScale) first(a *Architecture) (layers sequence, out int) {
	if s.stem == [3]int{} {
		return sequence{add(a, &convolution{weight: "conv1", norm: "bn1", in: 3, out: 64, kernel: 7, stride: 2, activation: relu})}, 64
	}
	in := 3
	for i, out := range s.stem {
		c := &convolution{
			weight: fmt.Sprintf("conv1.%d", 3*i), norm: fmt.Sprintf("conv1.%d", 3*i+1),
			in: in, out: out, kernel: 3, stride: 1, activation: relu,
		}
		switch i {
		case 0:
			c.stride = 2
		case len(s.stem) - 1:
			c.norm = "bn1"
		}
		layers, in = append(layers, add(a, c)), out
	}
	return layers, in
}

func (s resNetScale) architecture() *Architecture {
	a := imageNet(224)
	layers, in := s.first(a)
	layers = append(layers, pool{kernel: 3, stride: 2, padding: 1}.maximum())
	for stage, blocks := range s.blocks {
		for i := range blocks {
			stride := 1
			if stage > 0 && i == 0 {
				stride = 2
			}
			b, out := s.block(a, fmt.Sprintf("layer%d.%d.", stage+1, i), in, 64<<stage, stride)
			layers, in = append(layers, b), out
		}
	}
	a.forward = append(layers, function(globalAverage), classifier(a, "fc", in)).apply
	return a
}

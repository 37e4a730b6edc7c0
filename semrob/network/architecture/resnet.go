package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// ResNet: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image
// Recognition" (CVPR 2016), Table 1, with the stride in a bottleneck's 3×3
// convolution as in torchvision; wide: S. Zagoruyko, N. Komodakis, "Wide
// Residual Networks" (BMVC 2016).

// resNetScale is a member of the family.
type resNetScale struct {
	name string
	// blocks per stage.
	blocks [4]int
	// bottleneck is whether blocks narrow, convolve and widen again.
	bottleneck bool
	// width multiplies the channels of a bottleneck's 3×3 convolution.
	width int
}

var resNetScales = []resNetScale{
	{"resnet18", [4]int{2, 2, 2, 2}, false, 1},
	{"resnet34", [4]int{3, 4, 6, 3}, false, 1},
	{"resnet50", [4]int{3, 4, 6, 3}, true, 1},
	{"resnet101", [4]int{3, 4, 23, 3}, true, 1},
	{"resnet152", [4]int{3, 8, 36, 3}, true, 1},
	{"wide-resnet50-2", [4]int{3, 4, 6, 3}, true, 2},
	{"wide-resnet101-2", [4]int{3, 4, 23, 3}, true, 2},
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
	type part struct{ out, kernel, stride int }
	parts := []part{{base, 3, stride}, {base, 3, 1}}
	if s.bottleneck {
		parts = []part{{base * s.width, 1, 1}, {base * s.width, 3, stride}, {base * 4, 1, 1}}
	}
	b, out = &resNetBlock{}, in
	for i, part := range parts {
		c := &convolution{
			weight: fmt.Sprintf("%sconv%d", prefix, i+1), norm: fmt.Sprintf("%sbn%d", prefix, i+1),
			in: out, out: part.out, kernel: part.kernel, stride: part.stride,
		}
		if i < len(parts)-1 {
			c.activation = relu
		}
		b.branch, out = append(b.branch, add(a, c)), part.out
	}
	if stride != 1 || in != out {
		b.shortcut = add(a, &convolution{
			weight: prefix + "downsample.0", norm: prefix + "downsample.1",
			in: in, out: out, kernel: 1, stride: stride,
		})
	}
	return b, out
}

func (s resNetScale) architecture() *Architecture {
	a := imageNet(224)
	layers := sequence{
		add(a, &convolution{weight: "conv1", norm: "bn1", in: 3, out: 64, kernel: 7, stride: 2, activation: relu}),
		pool{kernel: 3, stride: 2, padding: 1}.maximum(),
	}
	in := 64
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

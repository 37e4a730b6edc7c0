package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
)

// Inception v3: C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna,
// "Rethinking the Inception Architecture for Computer Vision" (CVPR 2016), as in
// torchvision. The auxiliary classifier's parameters are in the state dictionary,
// but only training uses it.

func inceptionFamily() []member {
	return []member{{"inception-v3", inceptionV3}}
}

// branches applies its modules to the same picture and concatenates their
// channels.
type branches []module

func (b branches) apply(p *pass, x *graph.Node) *graph.Node {
	parts := make([]*graph.Node, len(b))
	for i, m := range b {
		parts[i] = m.apply(p, x)
	}
	return graph.Concatenate(parts, -1)
}

// inceptionMixed adds the layers of one block.
type inceptionMixed struct {
	a      *Architecture
	prefix string
	in     int
}

// conv adds a convolution of the given height and width to the block.
func (m inceptionMixed) conv(name string, in, out, height, width int, more ...func(*convolution)) *convolution {
	return inceptionConv(m.a, m.prefix+name, in, out, height, width, more...)
}

// inceptionConv adds a convolution with normalisation and ReLU.
func inceptionConv(a *Architecture, name string, in, out, height, width int, more ...func(*convolution)) *convolution {
	c := &convolution{
		weight: name + ".conv", norm: name + ".bn", in: in, out: out,
		kernel: height, width: width, epsilon: 1e-3, activation: relu,
	}
	for _, change := range more {
		change(c)
	}
	return add(a, c)
}

// unpadded and halving change a convolution.
func unpadded(c *convolution) { c.padding = zeros(0) }
func halving(c *convolution)  { c.padding, c.stride = zeros(0), 2 }

var (
	inceptionHalve = pool{kernel: 3, stride: 2}.maximum()
	inceptionMean  = pool{kernel: 3, stride: 1, padding: 1}.average()
)

// a35 is the block for 35×35 pixels (Figure 5).
func (m inceptionMixed) a35(pooled int) module {
	return branches{
		m.conv("branch1x1", m.in, 64, 1, 1),
		sequence{m.conv("branch5x5_1", m.in, 48, 1, 1), m.conv("branch5x5_2", 48, 64, 5, 5)},
		sequence{m.conv("branch3x3dbl_1", m.in, 64, 1, 1), m.conv("branch3x3dbl_2", 64, 96, 3, 3), m.conv("branch3x3dbl_3", 96, 96, 3, 3)},
		sequence{inceptionMean, m.conv("branch_pool", m.in, pooled, 1, 1)},
	}
}

// b17 goes from 35×35 to 17×17 pixels (Figure 10).
func (m inceptionMixed) b17() module {
	return branches{
		m.conv("branch3x3", m.in, 384, 3, 3, halving),
		sequence{m.conv("branch3x3dbl_1", m.in, 64, 1, 1), m.conv("branch3x3dbl_2", 64, 96, 3, 3), m.conv("branch3x3dbl_3", 96, 96, 3, 3, halving)},
		inceptionHalve,
	}
}

// c17 is the block for 17×17 pixels, with n = 7 (Figure 6).
func (m inceptionMixed) c17(narrow int) module {
	return branches{
		m.conv("branch1x1", m.in, 192, 1, 1),
		sequence{
			m.conv("branch7x7_1", m.in, narrow, 1, 1),
			m.conv("branch7x7_2", narrow, narrow, 1, 7),
			m.conv("branch7x7_3", narrow, 192, 7, 1),
		},
		sequence{
			m.conv("branch7x7dbl_1", m.in, narrow, 1, 1),
			m.conv("branch7x7dbl_2", narrow, narrow, 7, 1),
			m.conv("branch7x7dbl_3", narrow, narrow, 1, 7),
			m.conv("branch7x7dbl_4", narrow, narrow, 7, 1),
			m.conv("branch7x7dbl_5", narrow, 192, 1, 7),
		},
		sequence{inceptionMean, m.conv("branch_pool", m.in, 192, 1, 1)},
	}
}

// d8 goes from 17×17 to 8×8 pixels.
func (m inceptionMixed) d8() module {
	return branches{
		sequence{m.conv("branch3x3_1", m.in, 192, 1, 1), m.conv("branch3x3_2", 192, 320, 3, 3, halving)},
		sequence{
			m.conv("branch7x7x3_1", m.in, 192, 1, 1),
			m.conv("branch7x7x3_2", 192, 192, 1, 7),
			m.conv("branch7x7x3_3", 192, 192, 7, 1),
			m.conv("branch7x7x3_4", 192, 192, 3, 3, halving),
		},
		inceptionHalve,
	}
}

// e8 is the block for 8×8 pixels (Figure 7).
func (m inceptionMixed) e8() module {
	return branches{
		m.conv("branch1x1", m.in, 320, 1, 1),
		sequence{
			m.conv("branch3x3_1", m.in, 384, 1, 1),
			branches{m.conv("branch3x3_2a", 384, 384, 1, 3), m.conv("branch3x3_2b", 384, 384, 3, 1)},
		},
		sequence{
			m.conv("branch3x3dbl_1", m.in, 448, 1, 1),
			m.conv("branch3x3dbl_2", 448, 384, 3, 3),
			branches{m.conv("branch3x3dbl_3a", 384, 384, 1, 3), m.conv("branch3x3dbl_3b", 384, 384, 3, 1)},
		},
		sequence{inceptionMean, m.conv("branch_pool", m.in, 192, 1, 1)},
	}
}

func inceptionV3() *Architecture {
	a := imageNet(299)
	// torchvision's trained weights are TensorFlow's, with mean and std 0.5.
	// PyTorch's transform_input converts ImageNet's normalisation to this one.
	a.Mean, a.Std = [3]float64{0.5, 0.5, 0.5}, [3]float64{0.5, 0.5, 0.5}
	mixed := func(name string, in int) inceptionMixed {
		return inceptionMixed{a, fmt.Sprintf("Mixed_%s.", name), in}
	}
	layers := sequence{
		inceptionConv(a, "Conv2d_1a_3x3", 3, 32, 3, 3, halving),
		inceptionConv(a, "Conv2d_2a_3x3", 32, 32, 3, 3, unpadded),
		inceptionConv(a, "Conv2d_2b_3x3", 32, 64, 3, 3),
		inceptionHalve,
		inceptionConv(a, "Conv2d_3b_1x1", 64, 80, 1, 1),
		inceptionConv(a, "Conv2d_4a_3x3", 80, 192, 3, 3, unpadded),
		inceptionHalve,
		mixed("5b", 192).a35(32),
		mixed("5c", 256).a35(64),
		mixed("5d", 288).a35(64),
		mixed("6a", 288).b17(),
		mixed("6b", 768).c17(128),
		mixed("6c", 768).c17(160),
		mixed("6d", 768).c17(160),
		mixed("6e", 768).c17(192),
	}
	inceptionConv(a, "AuxLogits.conv0", 768, 128, 1, 1)
	inceptionConv(a, "AuxLogits.conv1", 128, 768, 5, 5)
	classifier(a, "AuxLogits.fc", 768)
	a.forward = append(layers,
		mixed("7a", 768).d8(),
		mixed("7b", 1280).e8(),
		mixed("7c", 2048).e8(),
		function(globalAverage),
		classifier(a, "fc", 2048),
	).apply
	return a
}

package architecture

import "fmt"

// VGG: K. Simonyan, A. Zisserman, "Very Deep Convolutional Networks for
// Large-Scale Image Recognition" (ICLR 2015), Table 1, columns A, B, D and E,
// with and without batch normalisation, named as in torchvision.

// vggScales have the number of 3×3 convolutions in each of the five stages.
var vggScales = []struct {
	name   string
	stages [5]int
}{
	{"vgg11", [5]int{1, 1, 2, 2, 2}},
	{"vgg13", [5]int{2, 2, 2, 2, 2}},
	{"vgg16", [5]int{2, 2, 3, 3, 3}},
	{"vgg19", [5]int{2, 2, 4, 4, 4}},
}

// vggChannels are those of the stages' convolutions.
var vggChannels = [5]int{64, 128, 256, 512, 512}

func vggFamily() []member {
	var all []member
	for _, s := range vggScales {
		all = append(all,
			member{s.name, func() *Architecture { return vgg(s.stages, false) }},
			member{s.name + "-bn", func() *Architecture { return vgg(s.stages, true) }})
	}
	return all
}

func vgg(stages [5]int, normalised bool) *Architecture {
	a := imageNet(224)
	var features sequence
	// PyTorch numbers activations and pools too.
	in, index := 3, 0
	for stage, convolutions := range stages {
		out := vggChannels[stage]
		for range convolutions {
			c := &convolution{weight: fmt.Sprintf("features.%d", index), in: in, out: out, kernel: 3, bias: true, activation: relu}
			index += 2
			if normalised {
				c.norm = fmt.Sprintf("features.%d", index-1)
				index++
			}
			features, in = append(features, add(a, c)), out
		}
		features = append(features, pool{kernel: 2, stride: 2}.maximum())
		index++
	}
	a.forward = sequence{
		features, adaptiveAverage(7), function(flatten),
		add(a, &linear{weight: "classifier.0", in: 512 * 7 * 7, out: 4096, pixels: 7 * 7, activation: relu}),
		add(a, &linear{weight: "classifier.3", in: 4096, out: 4096, activation: relu}),
		classifier(a, "classifier.6", 4096),
	}.apply
	return a
}

package architecture

import "fmt"

// MobileNet v2: M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear
// Bottlenecks" (CVPR 2018), Table 2. MobileNet v3: A. Howard et al.,
// "Searching for MobileNetV3" (ICCV 2019), Tables 1 and 2. Parameters are named
// as in torchvision.

func mobileNetFamily() []member {
	return []member{
		{"mobilenet-v2", mobileNetV2},
		{"mobilenet-v3-large", func() *Architecture { return mobileNetV3(mobileNetV3Large, 1280) }},
		{"mobilenet-v3-small", func() *Architecture { return mobileNetV3(mobileNetV3Small, 1024) }},
	}
}

// mobileNetV2Stages are the bottlenecks: expansion, channels, repeats, stride
// of the first.
var mobileNetV2Stages = []struct{ expand, out, repeat, stride int }{
	{1, 16, 1, 1},
	{6, 24, 2, 2},
	{6, 32, 3, 2},
	{6, 64, 4, 2},
	{6, 96, 3, 1},
	{6, 160, 3, 2},
	{6, 320, 1, 1},
}

func mobileNetV2() *Architecture {
	const stem, head = 32, 1280
	a := imageNet(224)
	body := sequence{add(a, &convolution{weight: "features.0.0", norm: "features.0.1", in: 3, out: stem, kernel: 3, stride: 2, activation: relu6})}
	in := stem
	for _, stage := range mobileNetV2Stages {
		for repeat := range stage.repeat {
			stride := 1
			if repeat == 0 {
				stride = stage.stride
			}
			body = append(body, mobileNetV2Block(a, fmt.Sprintf("features.%d.conv.", len(body)), in, in*stage.expand, stage.out, stride))
			in = stage.out
		}
	}
	last := fmt.Sprintf("features.%d.", len(body))
	a.forward = append(body,
		add(a, &convolution{weight: last + "0", norm: last + "1", in: in, out: head, kernel: 1, activation: relu6}),
		function(globalAverage),
		classifier(a, "classifier.1", head),
	).apply
	return a
}

// mobileNetV2Block names the projection's convolution and normalisation as parts
// of the block; later families have them one level down.
func mobileNetV2Block(a *Architecture, prefix string, in, wide, out, stride int) *invertedResidual {
	b, part := &invertedResidual{residual: stride == 1 && in == out}, 0
	name := func() string {
		part++
		return fmt.Sprintf("%s%d", prefix, part-1)
	}
	conv := func(c convolution) *convolution {
		at := name()
		c.weight, c.norm, c.activation = at+".0", at+".1", relu6
		return add(a, &c)
	}
	if wide != in {
		b.expand = conv(convolution{in: in, out: wide, kernel: 1})
	}
	b.depthwise = conv(convolution{in: wide, out: wide, kernel: 3, stride: stride, depthwise: true})
	b.project = add(a, &convolution{weight: name(), norm: name(), in: wide, out: out, kernel: 1})
	return b
}

// mobileNetV3Row is a row of the paper's tables; swish is their HS, otherwise RE.
type mobileNetV3Row struct {
	kernel, wide, out int
	squeeze, swish    bool
	stride            int
}

var mobileNetV3Large = []mobileNetV3Row{
	{3, 16, 16, false, false, 1},
	{3, 64, 24, false, false, 2},
	{3, 72, 24, false, false, 1},
	{5, 72, 40, true, false, 2},
	{5, 120, 40, true, false, 1},
	{5, 120, 40, true, false, 1},
	{3, 240, 80, false, true, 2},
	{3, 200, 80, false, true, 1},
	{3, 184, 80, false, true, 1},
	{3, 184, 80, false, true, 1},
	{3, 480, 112, true, true, 1},
	{3, 672, 112, true, true, 1},
	{5, 672, 160, true, true, 2},
	{5, 960, 160, true, true, 1},
	{5, 960, 160, true, true, 1},
}

var mobileNetV3Small = []mobileNetV3Row{
	{3, 16, 16, true, false, 2},
	{3, 72, 24, false, false, 2},
	{3, 88, 24, false, false, 1},
	{5, 96, 40, true, true, 2},
	{5, 240, 40, true, true, 1},
	{5, 240, 40, true, true, 1},
	{5, 120, 48, true, true, 1},
	{5, 144, 48, true, true, 1},
	{5, 288, 96, true, true, 2},
	{5, 576, 96, true, true, 1},
	{5, 576, 96, true, true, 1},
}

func mobileNetV3(rows []mobileNetV3Row, hidden int) *Architecture {
	const stem, epsilon = 16, 1e-3
	a := imageNet(224)
	body := sequence{add(a, &convolution{weight: "features.0.0", norm: "features.0.1", in: 3, out: stem, kernel: 3, stride: 2, epsilon: epsilon, activation: hardSwish})}
	in := stem
	for _, row := range rows {
		shape := invertedShape{
			in: in, wide: row.wide, out: row.out, kernel: row.kernel, stride: row.stride,
			activation: relu, inner: relu, gate: hardSigmoid, epsilon: epsilon,
		}
		if row.swish {
			shape.activation = hardSwish
		}
		if row.squeeze {
			shape.squeeze = divisible(float64(row.wide / 4))
		}
		body = append(body, addInverted(a, fmt.Sprintf("features.%d.block.", len(body)), shape))
		in = row.out
	}
	last, wide := fmt.Sprintf("features.%d.", len(body)), 6*in
	a.forward = append(body,
		add(a, &convolution{weight: last + "0", norm: last + "1", in: in, out: wide, kernel: 1, epsilon: epsilon, activation: hardSwish}),
		function(globalAverage),
		add(a, &linear{weight: "classifier.0", in: wide, out: hidden, activation: hardSwish}),
		classifier(a, "classifier.3", hidden),
	).apply
	return a
}

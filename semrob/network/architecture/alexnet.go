package architecture

// AlexNet: A. Krizhevsky, "One weird trick for parallelizing convolutional
// neural networks" (2014), as in torchvision, without dropout, which only
// training uses.

func alexNetFamily() []member {
	return []member{{"alexnet", alexNet}}
}

func alexNet() *Architecture {
	a := imageNet(224)
	largest := pool{kernel: 3, stride: 2}.maximum()
	features := sequence{
		add(a, &convolution{weight: "features.0", in: 3, out: 64, kernel: 11, stride: 4, padding: zeros(2), bias: true, activation: relu}),
		largest,
		add(a, &convolution{weight: "features.3", in: 64, out: 192, kernel: 5, bias: true, activation: relu}),
		largest,
		add(a, &convolution{weight: "features.6", in: 192, out: 384, kernel: 3, bias: true, activation: relu}),
		add(a, &convolution{weight: "features.8", in: 384, out: 256, kernel: 3, bias: true, activation: relu}),
		add(a, &convolution{weight: "features.10", in: 256, out: 256, kernel: 3, bias: true, activation: relu}),
		largest,
	}
	a.forward = sequence{
		features, adaptiveAverage(6), function(flatten),
		add(a, &linear{weight: "classifier.1", in: 256 * 6 * 6, out: 4096, pixels: 6 * 6, activation: relu}),
		add(a, &linear{weight: "classifier.4", in: 4096, out: 4096, activation: relu}),
		classifier(a, "classifier.6", 4096),
	}.apply
	return a
}

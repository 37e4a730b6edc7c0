package architecture

// imageNet returns an architecture for ImageNet's 1000 classes with torchvision's
// normalisation.
func imageNet(size int) *Architecture {
	return &Architecture{
		InputSize: size, Classes: 1000,
		Mean: [3]float64{0.485, 0.456, 0.406},
		Std:  [3]float64{0.229, 0.224, 0.225},
	}
}

package network

import _ "embed"

//go:embed imagenet.txt
var imageNet string

// ImageNet returns torchvision's labels of the 1000 classes of ImageNet (ILSVRC
// 2012).
func ImageNet() []string {
	return labelLines(imageNet)
}

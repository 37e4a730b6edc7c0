package network

import (
	_ "embed"
	"strings"
)

//go:embed imagenet.txt
var imageNet string

// ImageNet returns the labels of the 1000 classes of ImageNet (ILSVRC 2012),
// as torchvision gives them.
func ImageNet() []string {
	var labels []string
	for line := range strings.Lines(imageNet) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			labels = append(labels, line)
		}
	}
	return labels
}

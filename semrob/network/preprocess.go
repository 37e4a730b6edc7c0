package network

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
)

// Preprocess says what is done to an image, colours 0…1, before the network
// sees it. The zero value is Standard.
type Preprocess string

const (
	// Standard normalises as the network was trained: (255x − 127)/128 for the
	// EfficientNet-Lite family.
	Standard Preprocess = "standard"
	// Raw feeds the colours 0…1 as they are, as the paper did.
	Raw Preprocess = "raw"
)

// ParsePreprocess returns the preprocessing of a name; "" is Standard.
func ParsePreprocess(name string) (Preprocess, error) {
	switch p := Preprocess(strings.ToLower(strings.TrimSpace(name))); p {
	case "":
		return Standard, nil
	case Standard, Raw:
		return p, nil
	}
	return "", fmt.Errorf("unknown preprocessing %q: there are %s and %s", name, Standard, Raw)
}

// preprocess adds the preprocessing of images [batch, S, S, 3] to their graph.
func (n *Network) preprocess(images *graph.Node, how Preprocess) *graph.Node {
	switch how {
	case "", Standard:
		// (x − mean)/deviation as one multiplication and one addition
		var scale, offset [3]float32
		for c := range scale {
			scale[c] = float32(1 / n.architecture.Deviation[c])
			offset[c] = float32(-n.architecture.Mean[c] / n.architecture.Deviation[c])
		}
		g := images.Graph()
		channel := func(values [3]float32) *graph.Node {
			return graph.Reshape(graph.Const(g, values[:]), 1, 1, 1, 3)
		}
		return graph.Add(graph.Mul(images, channel(scale)), channel(offset))
	case Raw:
		return images
	}
	panic(fmt.Errorf("unknown preprocessing %q: there are %s and %s", how, Standard, Raw))
}

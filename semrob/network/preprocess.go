package network

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
)

// Preprocess says what is done to an image, colours 0…1, before the network
// sees it: Standard, Raw, one of the named normalisations (see Normalisations),
// or "mean=R,G,B;std=R,G,B" with values for colours 0…1. The zero value is
// Standard.
type Preprocess string

const (
	// Standard normalises as the network was trained: its Mean and Std.
	Standard Preprocess = "standard"
	// Raw feeds the colours 0…1 as they are, as the paper did.
	Raw Preprocess = "raw"
)

// normalisation is (x − mean)/deviation of colours x in 0…1.
type normalisation struct{ mean, deviation [3]float64 }

// grey is the same number for all three channels.
func grey(v float64) [3]float64 { return [3]float64{v, v, v} }

// imageNetNormalisation is the mean and deviation of ImageNet's colours.
var imageNetNormalisation = normalisation{[3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}}

// normalisations are those that many published weights share.
var normalisations = []struct {
	name Preprocess
	normalisation
}{
	// torchvision's, and most of timm's
	{"imagenet", imageNetNormalisation},
	// −1…1: Inception, and many vision transformers
	{"inception", normalisation{grey(0.5), grey(0.5)}},
	// EfficientNet-Lite: (255x − 127)/128
	{"lite", normalisation{grey(127. / 255), grey(128. / 255)}},
	// 0…255
	{"bytes", normalisation{grey(0), grey(1. / 255)}},
}

// Normalisations returns the names of normalisations besides Standard and Raw.
func Normalisations() []string {
	var names []string
	for _, n := range normalisations {
		names = append(names, string(n.name))
	}
	return names
}

// ParsePreprocess returns the preprocessing of a name or of
// "mean=R,G,B;std=R,G,B"; "" is Standard. Equal preprocessings come back in
// equal spelling.
func ParsePreprocess(name string) (Preprocess, error) {
	p := Preprocess(strings.ToLower(strings.Join(strings.Fields(name), "")))
	if p == "" || p == Standard {
		return Standard, nil
	}
	if p == Raw {
		return p, nil
	}
	n, err := p.normalisation()
	if err != nil {
		return "", err
	}
	if strings.Contains(string(p), "=") {
		return n.preprocess(), nil
	}
	return p, nil
}

// preprocess spells a normalisation.
func (n normalisation) preprocess() Preprocess {
	three := func(v [3]float64) string {
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = strconv.FormatFloat(x, 'g', -1, 64)
		}
		return strings.Join(parts, ",")
	}
	return Preprocess("mean=" + three(n.mean) + ";std=" + three(n.deviation))
}

// normalisation returns what a preprocessing other than Standard and Raw does.
func (p Preprocess) normalisation() (normalisation, error) {
	for _, n := range normalisations {
		if n.name == p {
			return n.normalisation, nil
		}
	}
	mean, rest, ok := strings.Cut(strings.TrimPrefix(string(p), "mean="), ";std=")
	if !ok || !strings.HasPrefix(string(p), "mean=") {
		return normalisation{}, fmt.Errorf("unknown preprocessing %q: there are %s and %s, %s, and mean=R,G,B;std=R,G,B", p, Standard, Raw, strings.Join(Normalisations(), ", "))
	}
	var n normalisation
	for _, of := range []struct {
		text string
		to   *[3]float64
	}{{mean, &n.mean}, {rest, &n.deviation}} {
		parts := strings.Split(of.text, ",")
		if len(parts) != len(of.to) {
			return n, fmt.Errorf("the preprocessing %q gives %d values, a colour has 3", p, len(parts))
		}
		for i, part := range parts {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return n, fmt.Errorf("the preprocessing %q: %q is no number", p, part)
			}
			of.to[i] = v
		}
	}
	return n, n.check()
}

// check refuses normalisations that make infinities.
func (n normalisation) check() error {
	for i := range n.mean {
		if !(n.deviation[i] > 0) || n.deviation[i] > 1e6 || !(n.mean[i] > -1e6 && n.mean[i] < 1e6) {
			return fmt.Errorf("the normalisation with mean %v and deviation %v is impossible: deviations must be positive, all finite", n.mean, n.deviation)
		}
	}
	return nil
}

// preprocess adds the preprocessing of images [batch, S, S, 3] to their graph.
func (n *Network) preprocess(images *graph.Node, how Preprocess) *graph.Node {
	by := normalisation{n.Mean, n.Std}
	switch how {
	case "", Standard:
	case Raw:
		return images
	default:
		var err error
		if by, err = how.normalisation(); err != nil {
			panic(err)
		}
	}
	// (x − mean)/deviation as one multiplication and one addition
	var scale, offset [3]float32
	for c := range scale {
		scale[c] = float32(1 / by.deviation[c])
		offset[c] = float32(-by.mean[c] / by.deviation[c])
	}
	g := images.Graph()
	channel := func(values [3]float32) *graph.Node {
		return graph.Reshape(graph.Const(g, values[:]), 1, 1, 1, 3)
	}
	return graph.Add(graph.Mul(images, channel(scale)), channel(offset))
}

// UnmarshalText is ParsePreprocess.
func (p *Preprocess) UnmarshalText(text []byte) error {
	parsed, err := ParsePreprocess(string(text))
	if err == nil {
		*p = parsed
	}
	return err
}

// MarshalText returns the preprocessing as ParsePreprocess reads it.
func (p Preprocess) MarshalText() ([]byte, error) { return []byte(p), nil }

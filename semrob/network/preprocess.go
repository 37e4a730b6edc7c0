package network

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/internal/enum"

	"github.com/gomlx/gomlx/core/graph"
)

// Preprocess is the normalisation of images, colours 0…1, before the network:
// Standard, Raw, one of the named Normalisations, or "mean=R,G,B;std=R,G,B" with
// values for colours 0…1. The zero value is Standard.
type Preprocess string

const (
	// Standard is the normalisation of the network's training: Mean and Std.
	Standard Preprocess = "standard"
	// Raw feeds colours 0…1 unchanged, as in the paper.
	Raw Preprocess = "raw"
)

// normalisation is (x − mean)/std for colours x in 0…1.
type normalisation struct{ mean, std [3]float64 }

// grey is the same number for all three channels.
func grey(v float64) [3]float64 { return [3]float64{v, v, v} }

// imageNetNormalisation has the mean and standard deviation of ImageNet's colours.
var imageNetNormalisation = normalisation{[3]float64{0.485, 0.456, 0.406}, [3]float64{0.229, 0.224, 0.225}}

// normalisations are the common ones of published weights.
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

// Normalisations returns the names of the normalisations other than Standard and
// Raw.
func Normalisations() []string {
	var names []string
	for _, n := range normalisations {
		names = append(names, string(n.name))
	}
	return names
}

// ParsePreprocess reads a name or "mean=R,G,B;std=R,G,B"; "" is Standard. It
// returns the same spelling for the same values. Unknown names are an
// *enum.UnknownError.
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
	return Preprocess("mean=" + three(n.mean) + ";std=" + three(n.std))
}

// normalisation returns that of a preprocessing other than Standard and Raw.
func (p Preprocess) normalisation() (normalisation, error) {
	for _, n := range normalisations {
		if n.name == p {
			return n.normalisation, nil
		}
	}
	mean, rest, ok := strings.Cut(strings.TrimPrefix(string(p), "mean="), ";std=")
	if !ok || !strings.HasPrefix(string(p), "mean=") {
		known := slices.Concat([]string{string(Standard), string(Raw)}, Normalisations(), []string{"mean=R,G,B;std=R,G,B"})
		return normalisation{}, &enum.UnknownError{What: "preprocessing", Name: string(p), Known: known}
	}
	var n normalisation
	for _, of := range []struct {
		text string
		to   *[3]float64
	}{{mean, &n.mean}, {rest, &n.std}} {
		parts := strings.Split(of.text, ",")
		if len(parts) != len(of.to) {
			return n, fmt.Errorf("the preprocessing %q has %d values instead of 3", p, len(parts))
		}
		for i, part := range parts {
			v, err := strconv.ParseFloat(part, 64)
			if err != nil {
				return n, fmt.Errorf("the preprocessing %q: %q is not a number", p, part)
			}
			of.to[i] = v
		}
	}
	return n, n.check()
}

// check rejects normalisations with infinite results.
func (n normalisation) check() error {
	for i := range n.mean {
		if !(n.std[i] > 0) || n.std[i] > 1e6 || !(n.mean[i] > -1e6 && n.mean[i] < 1e6) {
			return fmt.Errorf("invalid normalisation with mean %v and std %v: all must be finite and std positive", n.mean, n.std)
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
	// (x − mean)/std as one multiplication and one addition
	var scale, offset [3]float32
	for c := range scale {
		scale[c] = float32(1 / by.std[c])
		offset[c] = float32(-by.mean[c] / by.std[c])
	}
	g := images.Graph()
	channel := func(values [3]float32) *graph.Node {
		return graph.Reshape(graph.Const(g, values[:]), 1, 1, 1, 3)
	}
	return graph.Add(graph.Mul(images, channel(scale)), channel(offset))
}

// UnmarshalText is ParsePreprocess for encoding.TextUnmarshaler.
func (p *Preprocess) UnmarshalText(text []byte) error {
	parsed, err := ParsePreprocess(string(text))
	if err == nil {
		*p = parsed
	}
	return err
}

// MarshalText returns the text that ParsePreprocess reads.
func (p Preprocess) MarshalText() ([]byte, error) { return []byte(p), nil }

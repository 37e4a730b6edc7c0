package network

import (
	"context"
	"fmt"
	"math"
)

// host computes a network outside of this program's graphs: a Python process, or a
// server. Its methods are safe for concurrent use.
type host interface {
	// Scores returns the scores, [batch, classes], of images [batch, S, S, 3].
	Scores(ctx context.Context, images []float32, batch int) ([]float32, error)
	// HasGradient reports whether GradientOf works.
	HasGradient() bool
	// GradientOf returns the scores, [batch, classes], and the derivatives of the sum of
	// the probabilities with weights of, [classes], with respect to the images, in their
	// shape.
	GradientOf(ctx context.Context, images []float32, batch int, of []float32) (scores, gradients []float32, err error)
	// Acquire keeps what the host needs, such as a process, until Release.
	Acquire()
	Release() error
}

// HasGradient reports whether the network can be differentiated with respect to its
// images.
func (n *Network) HasGradient() bool { return n.host == nil || n.host.HasGradient() }

// compileHosted is Compile for a host.
func (n *Network) compileHosted(options Options) (*Classifier, error) {
	if options.Precision != Float32 {
		return nil, fmt.Errorf("compiling the network %s: it decides itself how precisely it computes: leave out --precision", n.Name)
	}
	if n.preprocesses != "" && options.Preprocess != Standard {
		return nil, fmt.Errorf("compiling the network %s: %s, and --preprocess %s would come on top of it: leave one of them out", n.Name, n.preprocesses, options.Preprocess)
	}
	n.host.Acquire()
	return &Classifier{network: n, options: options}, nil
}

// runHosted is run for a host.
func (c *Classifier) runHosted(ctx context.Context, images []float32, batch int, of []float32, what output) ([][]float32, error) {
	n := c.network
	by, err := n.normalisation(c.options.Preprocess)
	if err != nil {
		return nil, err
	}
	fed := by.apply(images)
	var scores, slopes []float32
	if what == gradient {
		if !n.host.HasGradient() {
			return nil, &GradientError{Network: n.Name, Reason: n.constant}
		}
		scores, slopes, err = n.host.GradientOf(ctx, fed, batch, of)
	} else {
		scores, err = n.host.Scores(ctx, fed, batch)
	}
	if err != nil {
		return nil, err
	}
	if err := n.checkScores(scores, batch); err != nil {
		return nil, err
	}
	classes := len(n.Labels)
	if what == logits {
		if n.output == Probabilities {
			for i, p := range scores {
				scores[i] = float32(math.Log(max(float64(p), math.SmallestNonzeroFloat32*(1<<23))))
			}
		}
		return [][]float32{scores}, nil
	}
	if n.output != Probabilities {
		toProbabilities(scores, classes)
	}
	if what == probabilities {
		return [][]float32{scores}, nil
	}
	values := make([]float32, batch)
	for i := range values {
		for k, weight := range of {
			values[i] += weight * scores[i*classes+k]
		}
	}
	by.pullBack(slopes)
	for i, d := range slopes {
		if math.IsNaN(float64(d)) || math.IsInf(float64(d), 0) {
			return nil, fmt.Errorf("the gradient that %s returned for image %d of %d is %g", n.Name, i/c.pixels()+1, batch, d)
		}
	}
	return [][]float32{values, slopes}, nil
}

// checkScores returns an error if scores cannot become probabilities.
func (n *Network) checkScores(scores []float32, batch int) error {
	classes := len(n.Labels)
	if len(scores) != batch*classes {
		return fmt.Errorf("%s returned %d scores for %d images of %d classes", n.Name, len(scores), batch, classes)
	}
	for i, s := range scores {
		switch v := float64(s); {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return fmt.Errorf("%s returned %g for class %d of image %d of %d: scores must be finite", n.Name, s, i%classes, i/classes+1, batch)
		case n.output == Probabilities && (v < -1e-3 || v > 1+1e-3):
			return fmt.Errorf("%s returned the probability %g for class %d of image %d of %d: give --output logits if its scores are logits", n.Name, s, i%classes, i/classes+1, batch)
		}
	}
	return nil
}

// toProbabilities replaces logits, [batch, classes], by their softmax, or a single one
// by its sigmoid.
func toProbabilities(scores []float32, classes int) {
	if classes == 1 {
		for i, s := range scores {
			scores[i] = float32(1 / (1 + math.Exp(-float64(s))))
		}
		return
	}
	exponentials := make([]float64, classes)
	for ; len(scores) > 0; scores = scores[classes:] {
		most, sum := scores[0], 0.0
		for _, s := range scores[:classes] {
			most = max(most, s)
		}
		for k, s := range scores[:classes] {
			exponentials[k] = math.Exp(float64(s) - float64(most))
			sum += exponentials[k]
		}
		for k, e := range exponentials {
			scores[k] = float32(e / sum)
		}
	}
}

// normalisation returns what a preprocessing does to the colours.
func (n *Network) normalisation(how Preprocess) (normalisation, error) {
	switch how {
	case "", Standard:
		return normalisation{n.Mean, n.Std}, nil
	case Raw:
		return normalisation{grey(0), grey(1)}, nil
	}
	return how.normalisation()
}

// apply returns the normalised images: themselves if nothing changes.
func (n normalisation) apply(images []float32) []float32 {
	if n == (normalisation{grey(0), grey(1)}) {
		return images
	}
	normal := make([]float32, len(images))
	var scale, offset [3]float32
	for k := range scale {
		scale[k], offset[k] = float32(1/n.std[k]), float32(-n.mean[k]/n.std[k])
	}
	for i, x := range images {
		normal[i] = x*scale[i%3] + offset[i%3]
	}
	return normal
}

// pullBack turns derivatives with respect to normalised images into those with respect
// to images.
func (n normalisation) pullBack(slopes []float32) {
	if n.std == grey(1) {
		return
	}
	for i := range slopes {
		slopes[i] /= float32(n.std[i%3])
	}
}

package network

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
)

// GradientError reports a network whose gradient does not agree with differences of
// its probabilities, or that has none.
type GradientError struct {
	// Network is the network's name.
	Network string
	// Gradient is the derivative of a probability along a direction according to
	// the gradient, Differences that according to differences.
	Gradient, Differences float64
	// Reason says why there is no gradient, "" if the two differ.
	Reason string
}

func (e *GradientError) Error() string {
	const advice = "use methods without gradients"
	if e.Reason != "" {
		return fmt.Sprintf("the network %s has no useful gradient: %s: %s", e.Network, e.Reason, advice)
	}
	return fmt.Sprintf("the gradient of the network %s is wrong: along a direction it gives %.4g, differences of the probability give %.4g: %s", e.Network, e.Gradient, e.Differences, advice)
}

// gradientCheck is done once per network.
type gradientCheck struct {
	sync.Mutex
	done bool
	err  error
}

// Limits of the check: a correct gradient agrees to a percent, apart from kinks.
const (
	gradientTolerance = 0.2
	// smallestSlope of a probability is that which float32 can resolve.
	smallestSlope = 1e-4
)

// checkGradient compares the gradient with differences, the first time that a
// user-defined network is asked for one. Networks of architectures are compared with
// PyTorch by the parity tests.
func (c *Classifier) checkGradient(ctx context.Context, images, of []float32) error {
	n := c.network
	if n.constant != "" {
		return &GradientError{Network: n.Name, Reason: n.constant}
	}
	check := n.checked
	if check == nil || c.options.Precision != Float32 && c.options.Precision != "" {
		return nil
	}
	check.Lock()
	defer check.Unlock()
	if check.done {
		return check.err
	}
	err := c.compareGradient(ctx, images[:c.pixels()], of)
	if wrong := new(GradientError); err == nil || errors.As(err, &wrong) {
		check.done, check.err = true, err
	}
	return err
}

// compareGradient follows the gradient of the weighted probabilities, [classes], and
// that of an image's likeliest class, on its mixture with waves and on waves, until one
// is large enough to compare. The image itself has a background of one colour: there
// the values of a max pool are equal, and the derivative along a direction is not the
// gradient's.
func (c *Classifier) compareGradient(ctx context.Context, image, of []float32) error {
	waves, mixed := make([]float32, len(image)), make([]float32, len(image))
	for i := range waves {
		x := float64(i)
		waves[i] = float32(0.5 + 0.2*math.Sin(x/7)*math.Cos(x/301) + 0.2*math.Sin(x*x/9001))
		mixed[i] = 0.8*image[i] + 0.2*waves[i]
	}
	for _, at := range [][]float32{mixed, waves} {
		p, err := c.Probabilities(ctx, at, 1)
		if err != nil {
			return err
		}
		best := 0
		for k := range p {
			if p[k] > p[best] {
				best = k
			}
		}
		likeliest := make([]float32, len(p))
		likeliest[best] = 1
		for _, weights := range [][]float32{of, likeliest} {
			if resolved, err := c.compareAlong(ctx, at, weights); err != nil || resolved {
				return err
			}
		}
	}
	return nil // too flat to compare
}

// compareAlong compares along the gradient; resolved is whether the probability
// changes enough.
func (c *Classifier) compareAlong(ctx context.Context, image, of []float32) (resolved bool, err error) {
	results, err := c.run(ctx, image, 1, of, gradient)
	if err != nil {
		return false, err
	}
	value, slope := float64(results[0][0]), results[1]
	square := 0.0
	for _, g := range slope {
		square += float64(g) * float64(g)
	}
	norm := math.Sqrt(square)
	room := value * (1 - value)
	if math.IsNaN(norm) || math.IsInf(norm, 0) {
		return true, &GradientError{Network: c.network.Name, Gradient: norm, Differences: math.NaN()}
	}
	if room < smallestSlope || norm == 0 {
		return false, nil
	}
	differences := math.NaN()
	// The smallest step changes the probability by a thousandth of what it can.
	for _, part := range []float64{0.01, 0.003, 0.03, 0.001} {
		step := part * room / norm
		moved := append(append([]float32(nil), image...), image...)
		for i, g := range slope {
			d := float32(step * float64(g) / norm)
			moved[i] += d
			moved[len(image)+i] -= d
		}
		p, err := c.Probabilities(ctx, moved, 2)
		if err != nil {
			return false, err
		}
		change := 0.0
		for k, weight := range of {
			change += float64(weight * (p[k] - p[len(of)+k]))
		}
		differences = change / (2 * step)
		if math.Abs(differences-norm) <= gradientTolerance*norm {
			return true, nil
		}
	}
	return true, &GradientError{Network: c.network.Name, Gradient: norm, Differences: differences}
}

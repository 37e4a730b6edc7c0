// Package goldenratio provides the steps of a low-discrepancy sequence: the
// additive recurrence of the generalised golden ratio (M. Roberts, "The
// Unreasonable Effectiveness of Quasirandom Sequences", 2018).
package goldenratio

import "math"

// Steps returns 1/φ, 1/φ², … [axis] with φ the positive root of
// φ^(axes+1) = φ + 1. For any x and n, the points x + i·Steps mod 1 for
// i = 0 … n−1 fill the unit cube evenly.
func Steps(axes int) []float64 {
	phi := 1.5
	for range 60 { // a fixed-point iteration
		phi = math.Pow(1+phi, 1/float64(axes+1))
	}
	steps := make([]float64, axes)
	for k := range steps {
		steps[k] = math.Pow(phi, -float64(k+1))
	}
	return steps
}

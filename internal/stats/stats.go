// Package stats has the statistics that gonum computes differently.
package stats

import "math"

// Quantile interpolates linearly between sorted values, as numpy.quantile does by
// default; p is in 0…1. It is NaN if there are no values.
func Quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	low := min(max(int(at), 0), len(sorted)-1)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + (at-float64(low))*(sorted[high]-sorted[low])
}

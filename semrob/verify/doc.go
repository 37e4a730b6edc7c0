// Package verify checks robust regions and points by sampling.
//
// Verify draws independent uniform points from a region. At a chosen confidence
// it bounds the fractions of the region on which f is above a threshold and on
// which the network's top-1 answer is correct; low-discrepancy points search for
// the least value. Certify bounds the distance that a point can move while the
// smoothed network keeps its answer (randomised smoothing).
//
//	report, err := verify.Verify(ctx, f, bounds, verify.Options{Threshold: 0.5})
//	certificate, err := verify.Certify(ctx, f, []float64{130, 30}, verify.CertifyOptions{Sigma: []float64{10, 5}})
//
// Guarantees and their limits:
//
//   - Each bound holds with the stated confidence over the draw of its points. Of
//     twenty bounds at 95 % one may be expected to fail; for all twenty to hold
//     together, choose a confidence of 1 − 0.05/20.
//   - The bound on a fraction says nothing about single points. The least value
//     found is a value of f, not a lower bound.
//   - A certificate is about the smoothed network, the majority over views
//     scattered around a point, not about the network's answer in each view.
//   - The points must not have helped to find the region: if the same seed did,
//     choose another Seed.
package verify

// Package verify tells what a robust region, or a point, is worth.
//
// Verify draws independent uniform points from a region and bounds, at a chosen
// confidence, the fraction of the region where f is above a threshold and where
// the network's first answer is right; low-discrepancy points look for the
// least value. Certify bounds how far a point can move while the smoothed
// network keeps its answer (randomised smoothing).
//
//	report, err := verify.Verify(ctx, f, bounds, verify.Options{Threshold: 0.5})
//	certificate, err := verify.Certify(ctx, f, []float64{130, 30}, verify.CertifyOptions{Sigma: []float64{10, 5}})
//
// What is promised, and what is not:
//
//   - A bound holds with the stated confidence over the draw of its points, each
//     bound by itself. Of twenty bounds at 95 % one may be expected to fail; for
//     all to hold together, ask for 1 − 0.05/20.
//   - The bound on a fraction says nothing of single points. The least value that
//     was found is a value that f takes, not a bound from below.
//   - A certificate speaks of the smoothed network, the majority over views
//     scattered around a point, not of the network's answer in each view.
//   - The points must not have had a part in finding the region: choose another
//     Seed where that same seed decided something.
package verify

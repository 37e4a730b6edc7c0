package verify_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/analytic"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// The region is 330…450° wide in azimuth; f is above 0.5 up to 420°, in three
// quarters of it.
func ExampleVerify() {
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{300, 0}, B: []float64{420, 50}}
	bounds := region.Bounds{A: []float64{330, 10}, B: []float64{450, 40}}
	report, err := verify.Verify(context.Background(), f, bounds, verify.Options{Threshold: 0.5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("f > 0.5 in %.2f of %d samples, at 95 %% confidence in at least %.2f of the region\n",
		report.Above.Estimate, report.Above.Samples, report.Above.Lower)
	// Output:
	// f > 0.5 in 0.72 of 1000 samples, at 95 % confidence in at least 0.70 of the region
}

// The point is the centre of a box on which f is above 0.5, 60° of azimuth and 25°
// of elevation from its faces.
func ExampleCertify() {
	f := &analytic.SoftBox{Domain: objective.Viewpoints(), A: []float64{300, 0}, B: []float64{420, 50}}
	certificate, err := verify.Certify(context.Background(), f, []float64{0, 25}, verify.CertifyOptions{
		Sigma: []float64{30, 10}, Decision: verify.Above,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("it %s within %.1f° of azimuth and %.1f° of elevation\n", certificate.Outcome, certificate.Radii[0], certificate.Radii[1])
	// Output:
	// it holds within 43.2° of azimuth and 14.4° of elevation
}

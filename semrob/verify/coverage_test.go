package verify_test

import (
	"fmt"
	"os"
	"testing"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// repetitions is the number of independent bounds of a coverage test.
func repetitions() int {
	if os.Getenv("SEMROB_LONG") == "1" {
		return 20000
	}
	return 500
}

// checkCoverage reports a bound that is too large more often than its confidence
// allows.
func checkCoverage(t *testing.T, what string, covered, of int, confidence float64) {
	t.Helper()
	t.Logf("%s: nominal %.1f %%, covered %.2f %% of %d", what, 100*confidence, 100*float64(covered)/float64(of), of)
	if p := (distuv.Binomial{N: float64(of), P: confidence}).CDF(float64(covered)); p < 1e-3 {
		t.Errorf("%s: %d of %d bounds hold at confidence %g", what, covered, of, confidence)
	}
}

// The lower bounds of Verify hold at their confidence, by themselves and, with the
// confidence of Bonferroni, for several regions together.
func TestVerifyCovers(t *testing.T) {
	space := objective.Space{{Name: "x", Max: 1}}
	bounds := region.Bounds{A: []float64{0}, B: []float64{1}}
	for _, c := range []struct {
		share, confidence float64
		samples, regions  int
	}{
		{0.99, 0.95, 400, 1}, {0.9, 0.95, 100, 1}, {0.5, 0.95, 50, 1}, {0.999, 0.8, 1000, 1}, {0.97, 1 - 0.05/4, 200, 4},
	} {
		f := &objective.Func{Domain: space, F: func(u []float64) float64 { return indicator(u[0] < c.share) }}
		covered, seed := 0, uint64(0)
		for range repetitions() / c.regions {
			all := true
			for range c.regions {
				seed++
				report, err := verify.Verify(t.Context(), f, bounds, verify.Options{Samples: c.samples, Points: 1, Confidence: c.confidence, Seed: seed})
				if err != nil {
					t.Fatal(err)
				}
				all = all && report.Above.Lower <= c.share
			}
			if all {
				covered++
			}
		}
		together := 1 - float64(c.regions)*(1-c.confidence)
		checkCoverage(t, fmt.Sprintf("verify, share %g, %d samples, %d regions together", c.share, c.samples, c.regions), covered, repetitions()/c.regions, together)
	}
}

// The lower bound p_A of Certify holds at its confidence.
func TestCertifyCovers(t *testing.T) {
	space := objective.Space{{Name: "x", Max: 1, Min: -1}}
	for _, probability := range []float64{0.7, 0.9, 0.99} {
		edge := mathext.NormalQuantile(probability) * 0.05
		f := &objective.Func{Domain: space, F: func(u []float64) float64 { return indicator(u[0] < edge) }}
		covered := 0
		for seed := range repetitions() {
			c, err := verify.Certify(t.Context(), f, []float64{0}, verify.CertifyOptions{Sigma: []float64{0.05}, Selection: 400, Estimation: 200, Seed: uint64(seed)})
			if err != nil {
				t.Fatal(err)
			}
			truth := probability
			if c.Outcome == verify.Fails {
				truth = 1 - probability // the selection guessed the other answer
			}
			if c.Lower <= truth {
				covered++
			}
		}
		checkCoverage(t, fmt.Sprintf("certify, probability %g", probability), covered, repetitions(), 0.95)
	}
}

package verify_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

var unit = objective.Space{{Name: "x", Max: 1}}

// rightUpTo returns an objective that is right in this share of 0…1.
func rightUpTo(share float64) objective.Objective {
	return &objective.Func{Domain: unit, F: func(u []float64) float64 { return indicator(u[0] < share) }}
}

// A claim that is tested until it is decided is decided wrongly with probability at most
// 1 − confidence, and the bounds hold when it stops. Shares just at the limit are the
// worst case.
func TestClaimCovers(t *testing.T) {
	runs, samples := 60, 1200
	if os.Getenv("SEMROB_LONG") == "1" {
		runs, samples = 1000, 3000
	}
	for _, c := range []struct{ share, atLeast, confidence float64 }{
		{0.9899, 0.99, 0.95}, {0.99, 0.99, 0.95}, {0.999, 0.99, 0.95}, {0.97, 0.99, 0.95}, {0.899, 0.9, 0.8}, {0.9, 0.9, 0.8},
		{0.95, 0.9, 0.9}, {0.49, 0.5, 0.8}, {0.5, 0.5, 0.8}, {0.8, 0.5, 0.9}, {0.05, 0.5, 0.9}, {0.019, 0.02, 0.8},
	} {
		right, covered, open, evaluations := 0, 0, 0, 0
		for seed := range runs {
			report, err := verify.Verify(t.Context(), rightUpTo(c.share), region.Whole(unit), verify.Options{
				AtLeast: c.atLeast, Confidence: c.confidence, Samples: samples, Seed: uint64(seed),
			})
			if err != nil {
				t.Fatal(err)
			}
			wrong := verify.Fails
			if c.share < c.atLeast {
				wrong = verify.Holds
			}
			if report.Claim.Outcome != wrong {
				right++
			}
			if report.Claim.Outcome == verify.Abstains {
				open++
			}
			if report.Above.Lower <= c.share {
				covered++
			}
			evaluations += report.Evaluations
			if holds := report.Claim.Outcome == verify.Holds; holds && report.Above.Lower < c.atLeast-1e-9 || !holds && report.Above.Lower > c.atLeast {
				t.Errorf("share %g: the claim of %g %s with the bound %g", c.share, c.atLeast, report.Claim.Outcome, report.Above.Lower)
			}
		}
		what := fmt.Sprintf("share %g, claimed at least %g: %d evaluations, %d %% open", c.share, c.atLeast, evaluations/runs, 100*open/runs)
		checkCoverage(t, what+", verdict", right, runs, c.confidence)
		checkCoverage(t, what+", bound", covered, runs, c.confidence)
	}
}

// With Claims the verdicts and bounds of several regions hold together.
func TestClaimsCoverTogether(t *testing.T) {
	runs := 40
	if os.Getenv("SEMROB_LONG") == "1" {
		runs = 1000
	}
	const regions, confidence = 5, 0.8
	covered, seed := 0, uint64(0)
	for range runs {
		all := true
		for k := range regions {
			share := 0.9 - 1e-4*float64(k)
			report, err := verify.Verify(t.Context(), rightUpTo(share), region.Whole(unit), verify.Options{
				AtLeast: 0.9, Confidence: confidence, Claims: 2 * regions, Samples: 1000, Seed: seed,
			})
			if err != nil {
				t.Fatal(err)
			}
			seed++
			wrong := verify.Holds
			if share >= 0.9 {
				wrong = verify.Fails
			}
			all = all && report.Claim.Outcome != wrong && report.Above.Lower <= share
		}
		if all {
			covered++
		}
	}
	checkCoverage(t, "five claims and bounds together", covered, runs, confidence)
}

// A claim that is easily true or false takes a fraction of the views of a fixed number
// that proves it, and its points are those of a verification without a claim.
func TestAClaimStopsEarly(t *testing.T) {
	for _, c := range []struct {
		share   float64
		outcome verify.Outcome
		most    int
	}{{1, verify.Holds, 360}, {0.5, verify.Fails, 20}, {0.9, verify.Fails, 200}} {
		report, err := verify.Verify(t.Context(), rightUpTo(c.share), region.Whole(unit), verify.Options{AtLeast: 0.99, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if report.Claim.Outcome != c.outcome || report.Evaluations > c.most || report.Above.Samples > report.Evaluations {
			t.Errorf("share %g: %+v after %d evaluations, %d of them counted", c.share, report.Claim, report.Evaluations, report.Above.Samples)
		}
		fixed, err := verify.Verify(t.Context(), rightUpTo(c.share), region.Whole(unit), verify.Options{Samples: report.Above.Samples, Points: 1, Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		if fixed.Above.Count != report.Above.Count {
			t.Errorf("share %g: %d of %d points right, %d without a claim", c.share, report.Above.Count, report.Above.Samples, fixed.Above.Count)
		}
	}
}

func TestClaimsThatCannotBe(t *testing.T) {
	f := rightUpTo(1)
	for text, o := range map[string]verify.Options{
		"use 351 or more":       {AtLeast: 0.99, Samples: 300},
		"at least 1":            {AtLeast: 1},
		"at least NaN":          {AtLeast: math.NaN()},
		"claims":                {Claims: -1},
		"top-1 answer":          {AtLeast: 0.9, Decision: verify.Top1},
		"unknown decision":      {AtLeast: 0.9, Decision: "often"},
		"the confidence 1 must": {AtLeast: 0.9, Confidence: 1},
	} {
		if _, err := verify.Verify(t.Context(), f, region.Whole(unit), o); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v, want %q", o, err, text)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := verify.Verify(ctx, f, region.Whole(unit), verify.Options{AtLeast: 0.9}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

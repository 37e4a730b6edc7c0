package main

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// printVerifiedJSON prints one JSON array, regions before certificates.
func (a *app) printVerifiedJSON(v *semrob.Verified) error {
	type region struct {
		Kind   string `json:"kind"`
		Number int    `json:"number"`
		*verify.Report
		Error string `json:"error,omitempty"`
	}
	type certificate struct {
		Kind string `json:"kind"`
		*verify.Certificate
	}
	all := []any{}
	for i, r := range v.Reports {
		one := region{Kind: "region", Number: i + 1, Report: r}
		if v.Errors != nil {
			one.Error = v.Errors[i]
		}
		all = append(all, one)
	}
	for _, c := range v.Certificates {
		all = append(all, certificate{"certificate", c})
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

func (a *app) printVerified(f *verifyFlags, space objective.Space, v *semrob.Verified) error {
	if len(v.Reports) > 0 {
		headers := []any{"region", "bounds", fmt.Sprintf("f > %g", f.options.Threshold), "right top-1", "least f"}
		claims := f.options.AtLeast != 0
		if claims {
			headers = append(headers, fmt.Sprintf("at least %g %%", 100*f.options.AtLeast))
		}
		t := newTable(a.stdout, 0, headers...)
		for i, r := range v.Reports {
			if r == nil {
				t.row(i+1, "not verified", "–", "–", "–")
				continue
			}
			right := "not known"
			if r.Top1 != nil {
				right = fractionText(*r.Top1)
			}
			cells := []any{i + 1, boundsText(space, r.Bounds), fractionText(r.Above), right, fmt.Sprintf("%.4f at %s", r.Minimum.Value, placeText(space, r.Minimum.Point))}
			if r.Claim != nil {
				cells = append(cells, claimText(r))
			}
			t.row(cells...)
		}
		if err := t.Flush(); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, f.footnote())
	}
	for _, c := range v.Certificates {
		fmt.Fprintln(a.stdout, certificateText(c))
	}
	return nil
}

// footnote explains the table of regions.
func (f *verifyFlags) footnote() string {
	whose := "for each fraction alone"
	if f.together {
		whose = "for all of them together"
	}
	if f.options.AtLeast != 0 {
		return fmt.Sprintf("≥: lower bound at %g %% confidence, %s, from independent uniform points, which stop when the claim is decided.", 100*f.options.Confidence, whose)
	}
	return fmt.Sprintf("≥: lower bound at %g %% confidence, %s, from %d independent uniform points; least f: of these and %d low-discrepancy points.",
		100*f.options.Confidence, whose, f.options.Samples, f.options.Points)
}

// claimText says how a claim was decided, and what it took.
func claimText(r *verify.Report) string {
	words := map[verify.Outcome]string{verify.Holds: "true", verify.Fails: "false", verify.Abstains: "open"}
	what := "f"
	if r.Claim.Decision == verify.Top1 {
		what = "top-1"
	}
	return fmt.Sprintf("%s (%s, n = %d)", words[r.Claim.Outcome], what, r.Above.Samples)
}

// fractionText formats an estimate and its lower bound, which is rounded down.
func fractionText(f verify.Fraction) string {
	return fmt.Sprintf("%.1f %% (≥ %s)", 100*f.Estimate, percentBelow(f.Lower))
}

func percentBelow(p float64) string { return fmt.Sprintf("%.1f %%", math.Floor(1000*p)/10) }

func boundsText(space objective.Space, b region.Bounds) string {
	var parts []string
	for k, axis := range space {
		parts = append(parts, fmt.Sprintf("%s %.4g…%.4g%s", axis.Name, b.A[k], b.B[k], axis.Unit))
	}
	return listed(parts)
}

func placeText(space objective.Space, point []float64) string {
	var parts []string
	for k, axis := range space {
		parts = append(parts, fmt.Sprintf("%s %.4g%s", axis.Name, point[k], axis.Unit))
	}
	return listed(parts)
}

// certificateText describes a certificate in one sentence. Radii are rounded down.
func certificateText(c *verify.Certificate) string {
	n, what := c.Options.Estimation, "right"
	if c.Options.Decision == verify.Above {
		what = fmt.Sprintf("above %g", c.Options.Threshold)
	}
	where := placeText(c.Axes, c.Point)
	if c.Outcome == verify.Abstains {
		return fmt.Sprintf("%s: no certificate: it is open whether the smoothed network is %s (%d of %d views agree).", where, what, c.Count, n)
	}
	if c.Outcome == verify.Fails {
		what = "not " + what
	}
	var parts []string
	for k, axis := range c.Axes {
		parts = append(parts, fmt.Sprintf("%s ±%.2f%s", axis.Name, math.Floor(100*c.Radii[k])/100, axis.Unit))
	}
	text := fmt.Sprintf("%s: the smoothed network is %s within the ellipsoid of half axes %s (%d of %d views are %s, ≥ %s at %g %% confidence: %.2f σ).",
		where, what, listed(parts), c.Count, n, what, percentBelow(c.Lower), 100*c.Options.Confidence, math.Floor(100*c.Radius)/100)
	if c.Outside > 0.01 {
		text += fmt.Sprintf(" %.0f %% of the views were beyond the domain and moved to its end.", 100*c.Outside)
	}
	return text
}

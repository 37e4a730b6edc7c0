package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"text/tabwriter"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// verified is what came of one region; a region that could not be verified has
// an error, and the others go on.
type verified struct {
	Kind   string `json:"kind"` // "region"
	Number int    `json:"number"`
	*verify.Report
	Error string `json:"error,omitempty"`
}

// certified is what came of one point.
type certified struct {
	Kind string `json:"kind"` // "certificate"
	*verify.Certificate
}

func (f *verifyFlags) verifyRegions(ctx context.Context, on objective.Objective, regions []region.Bounds) ([]verified, error) {
	all := make([]verified, len(regions))
	for i, b := range regions {
		o := f.options
		o.Seed += uint64(i) // so that the bounds are independent
		report, err := verify.Verify(ctx, on, b, o)
		if err != nil && ctx.Err() != nil {
			return nil, err
		}
		all[i] = verified{Kind: "region", Number: i + 1, Report: report}
		if err != nil {
			all[i].Error = err.Error()
		}
	}
	return all, nil
}

// failures tells that regions could not be verified, and why the first could
// not.
func failures(all []verified) error {
	n, first := 0, verified{}
	for _, v := range all {
		if v.Error != "" {
			if n++; n == 1 {
				first = v
			}
		}
	}
	switch {
	case n == 0:
		return nil
	case len(all) == 1:
		return fmt.Errorf("%s", first.Error)
	}
	return fmt.Errorf("%d of %d regions could not be verified: region %d: %s", n, len(all), first.Number, first.Error)
}

func (f *verifyFlags) certifyPoints(ctx context.Context, on objective.Objective, t task) ([]certified, error) {
	var all []certified
	for i, point := range t.points {
		c, err := verify.Certify(ctx, on, point, verify.CertifyOptions{
			Sigma: t.sigma, Threshold: f.options.Threshold, Estimation: f.options.Samples,
			Confidence: f.options.Confidence, Seed: f.options.Seed + uint64(i), Progress: f.options.Progress,
		})
		if err != nil {
			return nil, err
		}
		all = append(all, certified{"certificate", c})
	}
	return all, nil
}

// printVerifiedJSON prints one JSON array, regions before certificates.
func (a *app) printVerifiedJSON(regions []verified, points []certified) error {
	all := []any{}
	for _, v := range regions {
		all = append(all, v)
	}
	for _, c := range points {
		all = append(all, c)
	}
	e := json.NewEncoder(a.stdout)
	e.SetIndent("", "  ")
	return e.Encode(all)
}

func (a *app) printVerified(f *verifyFlags, space objective.Space, regions []verified, points []certified) error {
	if len(regions) > 0 {
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintf(w, "region\tbounds\tf > %g\tright top-1\tleast f\n", f.options.Threshold)
		for _, v := range regions {
			if v.Error != "" {
				fmt.Fprintf(w, "%d\tnot verified\t–\t–\t–\n", v.Number)
				continue
			}
			right := "cannot be told"
			if v.Top1 != nil {
				right = fractionText(*v.Top1)
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%.4f at %s\n", v.Number, boundsText(space, v.Bounds), fractionText(v.Above), right,
				v.Minimum.Value, placeText(space, v.Minimum.Point))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "≥: lower bound at %g %% confidence from %d independent uniform points, each by itself; least of these and %d low-discrepancy points.\n",
			100*f.options.Confidence, f.options.Samples, f.options.Points)
	}
	for _, c := range points {
		fmt.Fprintln(a.stdout, certificateText(c.Certificate))
	}
	return nil
}

// fractionText writes an estimate and its bound; the bound is rounded down, or
// it would no longer be one.
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

// certificateText says in one sentence what is certified; radii are rounded
// down.
func certificateText(c *verify.Certificate) string {
	n, what := c.Options.Estimation, "right"
	if c.Options.Decision == verify.Above {
		what = fmt.Sprintf("above %g", c.Options.Threshold)
	}
	where := placeText(c.Axes, c.Point)
	if c.Outcome == verify.Abstains {
		return fmt.Sprintf("%s: no certificate, the smoothed network may be %s or not there (%d of %d views say one thing).", where, what, c.Count, n)
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
		text += fmt.Sprintf(" %.0f %% of the views were beyond the end of the domain and brought back to it.", 100*c.Outside)
	}
	return text
}

package calibrate

import (
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

// Reliability returns the reliability diagram: the share of right answers in each bin,
// with its interval, against the mean confidence there. A calibrated network is on the
// diagonal; below it, it is surer than it may be.
func (r *Report) Reliability() *figure.Profile {
	seen := figure.Series{Name: "right, with its interval over objects"}
	for _, b := range r.Bins {
		if b.Views == 0 {
			continue
		}
		seen.X, seen.Y = append(seen.X, b.Sure), append(seen.Y, b.Right.Value)
		seen.Lower, seen.Upper = append(seen.Lower, orValue(b.Right.Lower, b.Right.Value)), append(seen.Upper, orValue(b.Right.Upper, b.Right.Value))
	}
	return &figure.Profile{
		Title:    "Reliability",
		Subtitle: fmt.Sprintf("ECE %s, overconfidence %s, %s", r.ECE, r.Over, r.size()),
		X:        figure.Axis{Name: "confidence of the first class", Min: 0, Max: 1}, Label: "share of right answers",
		Series: []figure.Series{seen, {Name: "calibrated", X: []float64{0, 1}, Y: []float64{0, 1}}},
	}
}

func orValue(end, value float64) float64 {
	if math.IsNaN(end) {
		return value
	}
	return end
}

// RiskCurve returns the risk-coverage curve, beside that of confidences without any
// information.
func (r *Report) RiskCurve() *figure.Profile {
	curve := figure.Series{Name: "surest views first"}
	for _, p := range r.Risk {
		curve.X, curve.Y = append(curve.X, p.Coverage), append(curve.Y, p.Risk)
	}
	all := 1 - r.Right.Value
	return &figure.Profile{
		Title:    "Risk against coverage",
		Subtitle: fmt.Sprintf("area under the curve %s, %s", r.AURC, r.size()),
		X:        figure.Axis{Name: "share of views answered", Min: 0, Max: 1}, Label: "share of wrong answers among them",
		Series: []figure.Series{curve, {Name: "any order", X: []float64{0, 1}, Y: []float64{all, all}}},
	}
}

// Quantity returns the estimate as a cell of a table.
func (e Estimate) Quantity(decimals int) figure.Quantity {
	q := figure.Quantity{Value: e.Value, Decimals: decimals}
	if !math.IsNaN(e.Lower) {
		q.Lower, q.Upper = e.Lower, e.Upper
	}
	return q
}

// Table returns a row for each report.
func Table(names []string, reports ...*Report) *figure.Table {
	t := &figure.Table{
		Caption: "Calibration over viewpoints, with 95 % intervals over objects.",
		Headers: []string{"", "right", "confidence", "overconfidence", "ECE", "Brier score", "AURC", "objects", "views"},
	}
	for i, r := range reports {
		if r.Options.Confidence != 0.95 {
			t.Caption = fmt.Sprintf("Calibration over viewpoints, with %g %% intervals over objects.", 100*r.Options.Confidence)
		}
		t.Rows = append(t.Rows, []any{names[i], r.Right.Quantity(3), r.Sure.Quantity(3), r.Over.Quantity(3), r.ECE.Quantity(3),
			r.Brier.Quantity(3), r.AURC.Quantity(3), r.Objects, r.Views})
	}
	return t
}

// size says how much was compared.
func (r *Report) size() string {
	if r.Objects == 1 {
		return fmt.Sprintf("%d views of one object", r.Views)
	}
	return fmt.Sprintf("%d views of %d objects", r.Views, r.Objects)
}

// Package slice finds failure slices: short rules on semantic parameters that hold
// most of a network's failures, such as "elevation > 62° and distance > 3.1: right in
// 4 %, 9 % of all views".
//
// A rule is a box: an interval on each of a few axes, the whole domain on the others;
// an interval of a periodic axis may cross the seam. The search (search.go) sees one
// half of the points only. Everything that is said about a slice comes from views that
// the search has not seen: the other half of the points, independent and uniform, shows
// how many views are right overall and how many of the failures the slice holds; fresh
// independent views inside the slice show how many of them are right. These counts are
// binomial, and their Clopper–Pearson intervals are exact.
package slice

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// Version is part of the key of results kept on disk. It is raised whenever the same
// settings find different slices.
const Version = 2

// Settings controls Find. The zero value looks at 2048 points, and at 200 fresh views
// of each of up to 4 slices.
type Settings struct {
	// Points is the number of points, half of them for the search; 0 means 2048. It is
	// rounded up to an even number.
	Points int `json:"points"`
	// Slices is the greatest number of slices; 0 means 4.
	Slices int `json:"slices"`
	// Conditions is the greatest number of axes in a rule; 0 means 3.
	Conditions int `json:"conditions"`
	// Purity is the share of failures, 0…1, that a slice must have at its edges: a
	// slice grows where more than this share of the views is wrong. 0 means halfway
	// between the share of failures of all views and 1.
	Purity float64 `json:"purity,omitempty"`
	// Fresh is the number of fresh views of each slice; 0 means 200.
	Fresh int `json:"fresh"`
	// Criterion decides which views are right; the zero value asks for top-1 answers.
	Criterion verify.Criterion `json:"criterion"`
	// Confidence is that of each interval, and of all together; 0 means 0.95.
	Confidence float64 `json:"confidence"`
	// Seed decides all points.
	Seed uint64 `json:"seed"`
	// Progress, if set, receives every evaluation.
	Progress progress.Progress `json:"-"`
}

// WithDefaults returns the settings with every 0 replaced by its default.
func (s Settings) WithDefaults() Settings {
	s.Points = cmp.Or(s.Points, 2048)
	s.Points += s.Points % 2
	s.Slices = cmp.Or(s.Slices, 4)
	s.Conditions = cmp.Or(s.Conditions, 3)
	s.Fresh = cmp.Or(s.Fresh, 200)
	s.Confidence = cmp.Or(s.Confidence, 0.95)
	s.Progress = progress.Or(s.Progress)
	return s
}

// Check reports the first setting that is out of range.
func (s Settings) Check() error {
	switch {
	case s.Points < 100:
		return fmt.Errorf("%d points: use at least 100, half of them for the search", s.Points)
	case s.Slices < 1 || s.Conditions < 1:
		return fmt.Errorf("%d slices of %d conditions: use at least one of each", s.Slices, s.Conditions)
	case s.Fresh < 1:
		return fmt.Errorf("%d fresh views of each slice: use at least 1", s.Fresh)
	case !(s.Purity >= 0 && s.Purity < 1):
		return fmt.Errorf("the purity %g must be at least 0 and less than 1", s.Purity)
	case !(s.Confidence > 0 && s.Confidence < 1):
		return fmt.Errorf("the confidence %g must be between 0 and 1, such as 0.95", s.Confidence)
	}
	return s.Criterion.Check()
}

// Count is a number of views with a property, with the exact interval of its share.
type Count struct {
	// Count is the number of the Of views that have the property.
	Count int `json:"count"`
	Of    int `json:"of"`
	// Share is Count/Of, Lower and Upper the ends of its interval.
	Share float64 `json:"share"`
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// newCount returns the count of k of n independent views. Without views nothing is
// known: the interval is 0…1.
func newCount(k, n int, confidence float64) Count {
	if n == 0 {
		return Count{Upper: 1}
	}
	c := Count{Count: k, Of: n, Share: float64(k) / float64(n)}
	c.Lower, c.Upper = verify.Interval(k, n, confidence)
	return c
}

// String returns the count as in "4 % [2, 8]".
func (c Count) String() string {
	return fmt.Sprintf("%.0f %% [%.0f, %.0f]", 100*c.Share, 100*c.Lower, 100*c.Upper)
}

// Slice is a rule and what is known of its views.
type Slice struct {
	// Bounds is the box of the rule, the whole domain on axes without a condition.
	Bounds region.Bounds `json:"bounds"`
	// Rule is the rule in words, such as "elevation > 62° and distance > 3.1".
	Rule string `json:"rule"`
	// Volume is the share of all views, uniform in the domain, that the rule holds for.
	Volume float64 `json:"volume"`
	// FoundRight of FoundOf points of the search in the slice were right: a number that
	// flatters the rule, because the search chose it.
	FoundRight int `json:"found_right"`
	FoundOf    int `json:"found_of"`
	// Right counts right answers among fresh views. Its interval holds by itself.
	Right Count `json:"right"`
	// TogetherLower and TogetherUpper are the ends of intervals of the share of right
	// views that hold for all slices together (Bonferroni).
	TogetherLower float64 `json:"together_lower"`
	TogetherUpper float64 `json:"together_upper"`
	// Confirmed means that TogetherUpper is below Result.Right.Lower: fresh views
	// confirm that fewer views are right than overall.
	Confirmed bool `json:"confirmed"`
	// Failures counts the failures that lie in the slice, of all failures of the second
	// half of the points.
	Failures Count `json:"failures"`
	// Views are the fresh views, [view][axis], and Wrong marks the wrong ones.
	Views [][]float64 `json:"views"`
	Wrong []bool      `json:"wrong"`
}

// String describes the slice in one sentence.
func (s Slice) String() string {
	text := fmt.Sprintf("%s: right in %s of the views; %s of all views, with %s of the failures", s.Rule, s.Right, percentOf(s.Volume), s.Failures)
	if !s.Confirmed {
		text += " (not confirmed)"
	}
	return text
}

// percentOf formats a share with two digits if it is small.
func percentOf(share float64) string {
	if share < 0.095 {
		return strconv.FormatFloat(100*share, 'g', 2, 64) + " %"
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

// Result is the result of Find.
type Result struct {
	Space    objective.Space `json:"axes"`
	Settings Settings        `json:"settings"`
	// Right counts right views of the second half of the points: the share of all
	// views that are right.
	Right Count `json:"right"`
	// Slices are in the order in which they were found: the one with the most failures
	// that are not in an earlier one first.
	Slices []Slice `json:"slices"`
	// Failures counts the failures that lie in any confirmed slice.
	Failures Count `json:"failures"`
	// Volume is the share of all views that lie in any confirmed slice, estimated from
	// the second half of the points.
	Volume float64 `json:"volume"`
	// Evaluations is the number of values of f.
	Evaluations int `json:"evaluations"`
}

// rule puts the conditions of a box into words.
func rule(space objective.Space, b region.Bounds) string {
	var parts []string
	for k, axis := range space {
		if text := condition(axis, b.A[k], b.B[k]); text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "all views"
	}
	return strings.Join(parts, " and ")
}

// condition puts one side into words; "" if it is the whole axis.
func condition(axis objective.Axis, from, to float64) string {
	low, high := number(from)+axis.Unit, number(to)+axis.Unit
	switch {
	case to-from >= axis.Width():
		return ""
	case axis.Periodic && to > axis.Max && to-from > axis.Width()/2:
		return fmt.Sprintf("%s outside %s…%s", axis.Name, number(to-axis.Width()), low)
	case axis.Periodic && to > axis.Max:
		return fmt.Sprintf("%s from %s across %s to %s", axis.Name, low, number(axis.Min)+axis.Unit, number(to-axis.Width())+axis.Unit)
	case axis.Periodic:
		return fmt.Sprintf("%s %s…%s", axis.Name, number(from), high)
	case from <= axis.Min:
		return fmt.Sprintf("%s < %s", axis.Name, high)
	case to >= axis.Max:
		return fmt.Sprintf("%s > %s", axis.Name, low)
	}
	return fmt.Sprintf("%s %s…%s", axis.Name, number(from), high)
}

// number formats a bound, which was rounded, with a true minus sign.
func number(x float64) string {
	return strings.ReplaceAll(strconv.FormatFloat(x, 'g', 6, 64), "-", "−")
}

// grain is the decimal that bounds of an axis are rounded to: about a hundredth of its
// width, 1 for azimuth and elevation.
func grain(axis objective.Axis) float64 {
	return math.Pow(10, math.Floor(math.Log10(axis.Width()/100)+1e-9))
}

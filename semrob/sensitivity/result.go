package sensitivity

import (
	"fmt"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
)

// Estimate is an estimate with the ends of its confidence interval.
type Estimate struct {
	Value float64 `json:"value"`
	Lower float64 `json:"lower"`
	Upper float64 `json:"upper"`
}

// percent formats the estimate as in "41 % [36, 46]".
func (e Estimate) percent() string {
	return fmt.Sprintf("%.0f %% [%.0f, %.0f]", 100*e.Value, 100*e.Lower, 100*e.Upper)
}

// Indices are the shares of the variance of a quantity that belong to one factor.
type Indices struct {
	// First is the share that the factor explains alone, 0…1.
	First Estimate `json:"first"`
	// Total is the share that the factor has a part in, 0…1.
	Total Estimate `json:"total"`
	// Bound is an upper bound of Total from gradients, which may exceed 1; nil without.
	Bound *Estimate `json:"bound,omitempty"`
}

// Variance splits the variance of a quantity.
type Variance struct {
	Mean     float64 `json:"mean"`
	Variance float64 `json:"variance"`
	// Indices are in the order of the factors; nil if the quantity was the same at all
	// points, so that there is no variance to explain.
	Indices []Indices `json:"indices,omitempty"`
}

// Conserved is what happens to right views when one factor moves.
type Conserved struct {
	// Right is the number of views that were right before the factor moved, and Kept
	// the number of those that were right afterwards.
	Right int `json:"right"`
	Kept  int `json:"kept"`
	// Share is Kept/Right with its interval.
	Share Estimate `json:"share"`
}

// Result is the result of Analyse.
type Result struct {
	Space objective.Space `json:"axes"`
	// Within is the box that the points were drawn from, inside the domain.
	Within   region.Bounds `json:"within"`
	Settings Settings      `json:"settings"`
	Factors  []Factor      `json:"factors"`
	// F splits the variance of f.
	F Variance `json:"f"`
	// Right splits the variance of being right, 0 or 1; nil if right is not known.
	Right *Variance `json:"right,omitempty"`
	// Conserved are in the order of the factors; nil if right is not known or no view
	// was right.
	Conserved []Conserved `json:"conserved,omitempty"`
	// Evaluations is the number of values of f, Gradients that of its gradients.
	Evaluations int `json:"evaluations"`
	Gradients   int `json:"gradients"`
}

// Order returns the positions of the factors, the one with the greatest total index
// of f first.
func (r *Result) Order() []int {
	order := make([]int, len(r.Factors))
	for i := range order {
		order[i] = i
	}
	if r.F.Indices != nil {
		slices.SortStableFunc(order, func(i, j int) int {
			switch a, b := r.F.Indices[i].Total.Value, r.F.Indices[j].Total.Value; {
			case a > b:
				return -1
			case a < b:
				return 1
			}
			return 0
		})
	}
	return order
}

// String says what explains the variance, the factor with the most first, such as
// "azimuth explains 41 % [36, 46] of the variance of f, light 7 % [5, 9]; together
// with others azimuth has a part in 60 % [54, 66], light 9 % [7, 12]".
func (r *Result) String() string {
	text := r.F.describe("f", r.Factors, r.Order())
	if r.Right != nil {
		text += ".\n" + r.Right.describe("being right", r.Factors, r.Order())
	}
	return text + "."
}

func (v Variance) describe(what string, factors []Factor, order []int) string {
	if v.Indices == nil {
		return fmt.Sprintf("%s is %.3g at every point that was looked at: there is no variance to explain", what, v.Mean)
	}
	var alone, part []string
	for n, i := range order {
		name := factors[i].Name
		first, total := " "+v.Indices[i].First.percent(), " "+v.Indices[i].Total.percent()
		if n == 0 {
			first = " explains" + first + " of the variance of " + what
			total = " has a part in" + total
		}
		alone, part = append(alone, name+first), append(part, name+total)
	}
	return strings.Join(alone, ", ") + "; together with others " + strings.Join(part, ", ")
}

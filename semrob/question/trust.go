package question

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/internal/method"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/verify"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// Worst asks for the worst views.
type Worst struct {
	// Within is the box to search; nil means the whole domain.
	Within *region.Bounds `json:"within,omitempty"`
	// Method is the search method; the zero value is worst.Combined{}.
	Method   WorstMethod    `json:"method"`
	Settings worst.Settings `json:"settings"`
}

// WorstMethod is a worst.Method. In JSON it is an object with its name and numbers,
// such as {"name": "spread"}.
type WorstMethod struct{ worst.Method }

// MarshalJSON implements json.Marshaler.
func (m WorstMethod) MarshalJSON() ([]byte, error) { return method.Marshal(m.Method) }

// UnmarshalJSON implements json.Unmarshaler.
func (m *WorstMethod) UnmarshalJSON(data []byte) (err error) {
	m.Method, err = worst.Table.Unmarshal(data)
	return err
}

// Kind returns "worst".
func (*Worst) Kind() string { return "worst" }

// Version returns worst.Version.
func (*Worst) Version() int { return worst.Version }

// UsesGradient reports whether the method uses gradients.
func (q *Worst) UsesGradient() bool { return q.Method.Needs().Gradient }

// Complete replaces zeros by their defaults, except for GradientCost, whose default
// depends on the objective.
func (q *Worst) Complete() {
	if q.Method.Method == nil {
		q.Method.Method = worst.Combined{}
	}
	cost := q.Settings.GradientCost
	q.Settings = q.Settings.WithDefaults()
	q.Settings.GradientCost = cost
}

// Answer searches on f.
func (q *Worst) Answer(ctx context.Context, f objective.Objective) (*worst.Result, error) {
	return worst.Find(ctx, worst.Problem{Objective: f, Within: q.Within}, q.Method.Method, q.Settings)
}

// Verify asks for the verification of regions.
type Verify struct {
	// Regions are verified independently; none means the whole domain.
	Regions []region.Bounds `json:"regions"`
	// Options apply to each region. The seed grows by one from region to region, so
	// that their bounds are independent.
	Options verify.Options `json:"options"`
	// OnMap is the map to verify instead of f, or nil.
	OnMap *OnMap `json:"on_map,omitempty"`
}

// Kind returns "verification".
func (*Verify) Kind() string { return "verification" }

// Version returns verify.Version.
func (*Verify) Version() int { return verify.Version }

// UsesGradient returns false.
func (*Verify) UsesGradient() bool { return false }

// Complete replaces zeros by their defaults, and no regions by the whole domain.
func (q *Verify) Complete(space objective.Space) {
	q.Options = q.Options.WithDefaults()
	if len(q.Regions) == 0 {
		q.Regions = []region.Bounds{region.Whole(space)}
	}
}

// Each returns a question for each region.
func (q *Verify) Each() []*Verify {
	all := make([]*Verify, len(q.Regions))
	for i, bounds := range q.Regions {
		one := *q
		one.Regions = []region.Bounds{bounds}
		one.Options.Seed += uint64(i)
		all[i] = &one
	}
	return all
}

// Answer verifies the region of a question that Each returned.
func (q *Verify) Answer(ctx context.Context, f objective.Objective, p progress.Progress) (*verify.Report, error) {
	if len(q.Regions) != 1 {
		return nil, fmt.Errorf("%d regions in one call: verify one at a time", len(q.Regions))
	}
	options := q.Options
	options.Progress = p
	return verify.Verify(ctx, f, q.Regions[0], options)
}

// Certify asks for certificates around points.
type Certify struct {
	// Points are [point][axis].
	Points [][]float64 `json:"points"`
	// Options apply to each point. The seed grows by one from point to point.
	Options verify.CertifyOptions `json:"options"`
	// OnMap is the map to certify instead of f, or nil.
	OnMap *OnMap `json:"on_map,omitempty"`
}

// Kind returns "certificates".
func (*Certify) Kind() string { return "certificates" }

// Version returns verify.Version.
func (*Certify) Version() int { return verify.Version }

// UsesGradient returns false.
func (*Certify) UsesGradient() bool { return false }

// Complete replaces every 0 by its meaning on a space.
func (q *Certify) Complete(space objective.Space) {
	q.Options = q.Options.WithDefaults(space, q.OnMap == nil)
}

// Each returns a question for each point.
func (q *Certify) Each() []*Certify {
	all := make([]*Certify, len(q.Points))
	for i, point := range q.Points {
		one := *q
		one.Points = [][]float64{point}
		one.Options.Seed += uint64(i)
		all[i] = &one
	}
	return all
}

// Answer certifies the point of a question that Each returned.
func (q *Certify) Answer(ctx context.Context, f objective.Objective, p progress.Progress) (*verify.Certificate, error) {
	if len(q.Points) != 1 {
		return nil, fmt.Errorf("%d points in one call: certify one at a time", len(q.Points))
	}
	options := q.Options
	options.Progress = p
	return verify.Certify(ctx, f, q.Points[0], options)
}

// Views asks for views and the network's answers.
type Views struct {
	// Points are [point][axis].
	Points [][]float64 `json:"points"`
}

// Kind returns "views".
func (*Views) Kind() string { return "views" }

// Version returns 0.
func (*Views) Version() int { return 0 }

// UsesGradient returns false.
func (*Views) UsesGradient() bool { return false }

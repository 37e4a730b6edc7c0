package question

import (
	"context"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
	"github.com/semrob/gonb-semrob/semrob/slice"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// Sensitivity asks which factors of a space matter.
type Sensitivity struct {
	Settings sensitivity.Settings `json:"settings"`
	// OnMap is the map that takes the place of f; nil for f itself.
	OnMap *OnMap `json:"on_map,omitempty"`
}

// Kind returns "sensitivity".
func (*Sensitivity) Kind() string { return "sensitivity" }

// Version returns sensitivity.Version.
func (*Sensitivity) Version() int { return sensitivity.Version }

// UsesGradient reports whether bounds from gradients are asked for.
func (q *Sensitivity) UsesGradient() bool { return q.Settings.Gradients > 0 }

// Complete replaces every 0 by its meaning and checks the question on a space.
func (q *Sensitivity) Complete(space objective.Space) error {
	q.Settings = q.Settings.WithDefaults()
	q.Settings.Progress = nil
	if _, err := sensitivity.Factors(space, q.Settings.Groups...); err != nil {
		return err
	}
	return q.Settings.Check()
}

// Answer analyses f.
func (q *Sensitivity) Answer(ctx context.Context, f objective.Objective, p progress.Progress) (*sensitivity.Result, error) {
	settings := q.Settings
	settings.Progress = p
	return sensitivity.Analyse(ctx, f, settings)
}

// Slices asks for failure slices.
type Slices struct {
	Settings slice.Settings `json:"settings"`
	// OnMap is the map that takes the place of f; nil for f itself.
	OnMap *OnMap `json:"on_map,omitempty"`
}

// Kind returns "slices".
func (*Slices) Kind() string { return "slices" }

// Version returns slice.Version.
func (*Slices) Version() int { return slice.Version }

// UsesGradient returns false.
func (*Slices) UsesGradient() bool { return false }

// Complete replaces every 0 by its meaning and checks the question.
func (q *Slices) Complete() error {
	q.Settings = q.Settings.WithDefaults()
	q.Settings.Progress = nil
	return q.Settings.Check()
}

// Answer looks for slices of f.
func (q *Slices) Answer(ctx context.Context, f objective.Objective, p progress.Progress) (*slice.Result, error) {
	settings := q.Settings
	settings.Progress = p
	return slice.Find(ctx, f, settings)
}

// Distribution asks for a distribution of bad views.
type Distribution struct {
	// Within is the box to search; nil means the whole domain.
	Within   *region.Bounds             `json:"within,omitempty"`
	Settings worst.DistributionSettings `json:"settings"`
}

// Kind returns "distribution".
func (*Distribution) Kind() string { return "distribution" }

// Version returns that of the search for single points and of that for distributions.
func (*Distribution) Version() int { return 100*worst.Version + worst.DistributionVersion }

// UsesGradient reports whether the search uses the gradient of f.
func (q *Distribution) UsesGradient() bool { return q.Settings.Ascent == worst.ByGradient }

// Complete replaces every 0 by its meaning, except for GradientCost, whose default
// depends on the objective.
func (q *Distribution) Complete() { q.Settings = q.Settings.WithDefaults() }

// Answer searches on f.
func (q *Distribution) Answer(ctx context.Context, f objective.Objective) (*worst.Distribution, error) {
	return worst.FindDistribution(ctx, worst.Problem{Objective: f, Within: q.Within}, q.Settings)
}

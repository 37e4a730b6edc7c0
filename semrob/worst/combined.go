package worst

import (
	"cmp"
	"context"
)

// Combined is the default method. It begins with evenly spread points, so that no
// large part of the space is missed; compass searches from the lowest of them
// race, and the better half goes on again and again; CMA-ES continues from the
// winner, with the size of its last step. If that has converged before the budget
// is spent, everything begins again with more points. It needs no gradient.
type Combined struct {
	// Share is the part of the budget for spread points; 0 means 0.35.
	Share float64 `json:"share,omitempty" usage:"part of the budget for evenly spread points, 0…1 (default 0.35)"`
	// Starts is the number of searches that race; 0 means as the budget allows.
	Starts int `json:"starts,omitempty" usage:"parallel local searches (default: by the budget; gradient: 4)"`
}

// Name returns "combined".
func (Combined) Name() string { return "combined" }

// Needs returns the zero value: values of f suffice.
func (Combined) Needs() Needs { return Needs{} }

// CheckNumbers reports a share or a number of starts that is out of range.
func (m Combined) CheckNumbers() error { return checkShare(m.Share, m.Starts) }

// Run implements Method.
func (m Combined) Run(ctx context.Context, s *Search) error {
	return refine(ctx, s, cmp.Or(m.Share, 0.35), m.Starts, 1, func(winner *compass) local {
		return newCloud(winner.at.position, max(winner.step, s.settings.Tolerance), populationFor(s.Axes()), s)
	})
}

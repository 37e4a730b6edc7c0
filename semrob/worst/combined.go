package worst

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Combined is the method to begin with. Evenly spread points come first, so
// that no large part of the space goes unseen; compass searches from the lowest
// of them race, the better half going on again and again; CMA-ES goes on from
// the winner, as small as its last step. Where that has converged and budget is
// left, more points are spread and it begins again. It needs no gradient.
type Combined struct {
	// Share is the part of the budget that the spread points take; 0 means
	// 0.35.
	Share float64 `json:"share,omitempty"`
	// Starts is the number of searches that race; 0 means as many as the budget
	// allows.
	Starts int `json:"starts,omitempty"`
}

// Name returns "combined".
func (Combined) Name() string { return "combined" }

func (m Combined) check(objective.Objective, Settings) error { return checkShare(m.Share, m.Starts) }

// Run implements Method.
func (m Combined) Run(ctx context.Context, s *Search) error {
	return refine(ctx, s, or(m.Share, 0.35), m.Starts, 1, func(winner *compass) local {
		return newCloud(winner.at.position, max(winner.step, s.settings.Tolerance), populationFor(s.Axes()), s)
	})
}

func checkShare(part float64, starts int) error {
	if !(part >= 0 && part <= 1) {
		return fmt.Errorf("the share %g of the spread points must be between 0 and 1", part)
	}
	if starts < 0 {
		return fmt.Errorf("%d starts: the number must not be negative", starts)
	}
	return nil
}

// or returns x, or instead where x is 0.
func or[T int | float64](x, instead T) T {
	if x == 0 {
		return instead
	}
	return x
}

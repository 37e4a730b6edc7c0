package worst

import "context"

// Spread evaluates evenly spread points only (low-discrepancy search): the
// baseline for all other methods.
type Spread struct{}

// Name returns "spread".
func (Spread) Name() string { return "spread" }

// Needs returns the zero value: values of f suffice.
func (Spread) Needs() Needs { return Needs{} }

// Run implements Method.
func (Spread) Run(ctx context.Context, s *Search) error {
	_, err := s.spread(ctx, s.Left(), 1, 0)
	return err
}

package worst

import (
	"cmp"
	"context"
	"slices"
)

// Pattern spreads points evenly, then goes downhill from the lowest of them by
// compass search: it tries a step both ways along every axis, moves to the
// lowest, and halves the step if none is lower (T. Kolda, R. Lewis, V. Torczon,
// SIAM Review 45, 2003). The searches race; two go on to the end. It needs no
// gradient, and is best on rough functions of few axes.
type Pattern struct {
	// Share is the part of the budget for spread points; 0 means 0.35.
	Share float64 `json:"share,omitempty" usage:"part of the budget for evenly spread points, 0…1 (default 0.35)"`
	// Starts is the number of searches that race; 0 means as the budget allows.
	Starts int `json:"starts,omitempty" usage:"parallel local searches (default: by the budget)"`
}

// Name returns "pattern".
func (Pattern) Name() string { return "pattern" }

// Needs returns the zero value: values of f suffice.
func (Pattern) Needs() Needs { return Needs{} }

// CheckNumbers reports a share or a number of starts that is out of range.
func (m Pattern) CheckNumbers() error { return checkShare(m.Share, m.Starts) }

// Run implements Method.
func (m Pattern) Run(ctx context.Context, s *Search) error {
	return refine(ctx, s, cmp.Or(m.Share, 0.35), m.Starts, 2, func(winner *compass) local { return winner })
}

// compass is one run of compass search.
type compass struct {
	frame     frame
	tolerance float64
	at        start
	step      float64
	asked     [][]float64
}

func newCompass(from start, step float64, s *Search) *compass {
	return &compass{frame: s.frame, tolerance: s.settings.Tolerance, at: from, step: step}
}

func (l *compass) ask() [][]float64 {
	if l.step < l.tolerance {
		return nil
	}
	l.asked = l.asked[:0]
	for k := range l.at.position {
		for _, sign := range []float64{-1, 1} {
			t := slices.Clone(l.at.position)
			// A step across the box's edge ends on it.
			if t[k] = l.frame.clamp(k, t[k]+sign*l.step); t[k] != l.at.position[k] {
				l.asked = append(l.asked, t)
			}
		}
	}
	return l.asked
}

func (l *compass) tell(values []float64) {
	moved := false
	for i, v := range values {
		if v < l.at.value {
			l.at, moved = start{l.asked[i], v}, true
		}
	}
	if !moved {
		l.step /= 2
	}
}

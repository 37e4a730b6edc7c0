package worst

import (
	"cmp"
	"context"
	"slices"
)

// roundsOfRace is the number of steps between two selections.
const roundsOfRace = 3

// costOfRace decides the number of searches that race: the remaining budget over
// costOfRace times the number of axes. A search makes 2·3 evaluations per axis
// and selection, and each selection halves the searches, so that the race takes
// about 12 of 20 and leaves the rest to the winner. Of 10 to 30, 20 was best on
// the published maps.
const costOfRace = 20

// race runs compass searches from all starts side by side. Every few rounds the
// better half goes on, and of two that meet only the better, until only finish of
// them are left. So many valleys are explored, and most of the budget goes into
// the deepest.
func race(ctx context.Context, s *Search, from []start, step float64, finish int) ([]*compass, error) {
	var running []*compass
	for _, at := range from {
		running = append(running, newCompass(at, step, s))
	}
	for s.Left() > 0 && len(running) > finish {
		for range roundsOfRace {
			var err error
			if running, err = runRound(ctx, s, running); err != nil {
				return nil, err
			}
		}
		running = better(s.frame, running, max(finish, len(running)/2))
	}
	return running, nil
}

// better returns up to n of the searches, the lowest values first, without those
// within a step of a better one.
func better(f frame, running []*compass, n int) []*compass {
	slices.SortStableFunc(running, func(a, b *compass) int { return cmp.Compare(a.at.value, b.at.value) })
	var kept []*compass
	for _, l := range running {
		meets := slices.ContainsFunc(kept, func(k *compass) bool {
			return f.distance(k.at.position, l.at.position) <= max(k.step, l.step)
		})
		if len(kept) < n && !meets {
			kept = append(kept, l)
		}
	}
	return kept
}

// refine spreads points over a share of the budget, races searches from the
// lowest of them, and runs the searches that goOn makes of the winners to their
// end. It begins again until the budget is spent.
func refine(ctx context.Context, s *Search, share float64, starts, finish int, goOn func(*compass) local) error {
	for s.Left() > 0 {
		n := max(1, int(share*float64(s.Left())))
		gap := s.spacing(n)
		racing := cmp.Or(starts, max(finish, s.Left()/(costOfRace*s.Axes())))
		from, err := s.spread(ctx, n, racing, gap)
		if err != nil {
			return err
		}
		winners, err := race(ctx, s, from, gap/2, finish)
		if err != nil {
			return err
		}
		var last []local
		for _, w := range winners {
			last = append(last, goOn(w))
		}
		for s.Left() > 0 && len(last) > 0 {
			if last, err = runRound(ctx, s, last); err != nil {
				return err
			}
		}
	}
	return nil
}

package worst

import (
	"context"
	"math"
)

// local is a search that goes on from a start: it asks for values at positions
// and is told them.
type local interface {
	// ask returns the next positions; none where the search is over.
	ask() [][]float64
	// tell takes the values at the positions that were asked for.
	tell(values []float64)
}

// runRound asks every search once, evaluates what they ask for in one batch,
// and returns those that can go on: they asked for something and the budget
// reached so far. A value that is not finite is told as +Inf, worse than any:
// the search goes around such places.
func runRound[L local](ctx context.Context, s *Search, running []L) ([]L, error) {
	var positions [][]float64
	counts := make([]int, len(running))
	for i, l := range running {
		asked := l.ask()
		counts[i] = len(asked)
		positions = append(positions, asked...)
	}
	values, err := s.Values(ctx, positions)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if !finite(v) {
			values[i] = math.Inf(1)
		}
	}
	var going []L
	for i, l := range running {
		n := counts[i]
		if n > len(values) {
			break
		}
		if n > 0 {
			l.tell(values[:n])
			going = append(going, l)
		}
		values = values[n:]
	}
	return going, nil
}

// spacing returns the mean gap between n evenly spread positions.
func (s *Search) spacing(n int) float64 { return math.Pow(float64(n), -1/float64(s.Axes())) }

// start is a place to begin a local search at.
type start struct {
	position []float64
	value    float64
}

// spread evaluates n evenly spread positions in batches and returns the
// lowest, none within apart of another along every axis.
func (s *Search) spread(ctx context.Context, n, starts int, apart float64) ([]start, error) {
	var positions [][]float64
	var values []float64
	for len(positions) < n && s.Left() > 0 {
		batch := s.Spread(min(n-len(positions), s.settings.Batch))
		v, err := s.Values(ctx, batch)
		if err != nil {
			return nil, err
		}
		positions, values = append(positions, batch[:len(v)]...), append(values, v...)
	}
	var best []start
	for _, i := range lowest(values, starts, func(i, j int) bool {
		return s.frame.distance(positions[i], positions[j]) <= apart
	}) {
		best = append(best, start{positions[i], values[i]})
	}
	return best, nil
}

package worst

import (
	"context"
	"math"
)

// local is a search from a start that requests values at positions.
type local interface {
	// ask returns the next positions; none if the search is over.
	ask() [][]float64
	// tell takes the values at the positions of the last ask.
	tell(values []float64)
}

// runRound asks every search once, evaluates all positions in one batch, and
// returns the searches that can go on: they requested something and the budget
// sufficed. A value that is not finite becomes +Inf, worse than any other, so
// that searches avoid such points.
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

// start is the start of a local search.
type start struct {
	position []float64
	value    float64
}

// spread evaluates n evenly spread positions in batches and returns the lowest of
// them. No two of these are within apart of each other along every axis.
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

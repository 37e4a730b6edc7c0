package parity

import (
	"cmp"
	"math"
	"slices"
)

// starts is the number of first moves to try.
const starts = 16

// search finds the moves whose effects explain a residual: matching pursuit with
// known amplitudes. It minimises n/2·log(‖residual‖²/n + noise) plus the moves'
// costs, which is the description length, in nats, of the moves and of n normally
// distributed residuals.
type search struct {
	residual []float64
	// noise is the variance that is not to be explained.
	noise   float64
	effects [][]float64
	costs   []float64
	moved   []bool
	// products are the inner products of effects.
	products [][]float64
}

// state is a choice of moves during the search.
type state struct {
	moved []bool
	// along are the inner products of residual and effects.
	along        []float64
	square, cost float64
}

func misfit(square float64, n int, noise float64) float64 {
	return float64(n) / 2 * math.Log(square/float64(n)+noise)
}

func (s *search) value(square, cost float64) float64 {
	return misfit(square, len(s.residual), s.noise) + cost
}

// best returns which candidates to move. Toggling one or two at a time ends in a
// local minimum that depends on the first move, so several are tried.
func (s *search) best() []bool {
	n := len(s.effects)
	s.products = make([][]float64, n)
	for i := range s.products {
		s.products[i] = make([]float64, n)
		for k := range i + 1 {
			s.products[i][k] = inner(s.effects[i], s.effects[k])
			s.products[k][i] = s.products[i][k]
		}
	}
	start := func() *state {
		t := &state{moved: slices.Clone(s.moved), along: make([]float64, n), square: square(s.residual)}
		for i, effect := range s.effects {
			t.along[i] = inner(s.residual, effect)
		}
		return t
	}
	first := start()
	order := make([]int, n)
	gains := make([]float64, n)
	for i := range order {
		order[i] = i
		gains[i] = s.value(s.toggled(first, i))
	}
	slices.SortStableFunc(order, func(i, k int) int { return cmp.Compare(gains[i], gains[k]) })
	s.descend(first)
	best := first
	for _, i := range order[:min(starts, n)] {
		t := start()
		s.toggle(t, i)
		s.descend(t)
		if s.value(t.square, t.cost) < s.value(best.square, best.cost) {
			best = t
		}
	}
	return best.moved
}

// sign is −1 if toggling moves a candidate back.
func (t *state) sign(i int) float64 {
	if t.moved[i] {
		return -1
	}
	return 1
}

// toggled returns square and cost after toggling a candidate.
func (s *search) toggled(t *state, i int) (square, cost float64) {
	return t.square - 2*t.sign(i)*t.along[i] + s.products[i][i], t.cost + t.sign(i)*s.costs[i]
}

func (s *search) toggle(t *state, i int) {
	t.square, t.cost = s.toggled(t, i)
	t.square = max(0, t.square)
	sign := t.sign(i)
	for k, p := range s.products[i] {
		t.along[k] -= sign * p
	}
	t.moved[i] = !t.moved[i]
}

// descend toggles one candidate, or two if one does not help, as long as that
// lowers the value.
func (s *search) descend(t *state) {
	n := len(t.moved)
	for range 4 * n {
		least, first, second := s.value(t.square, t.cost)-1e-6, -1, -1
		for i := range n {
			if v := s.value(s.toggled(t, i)); v < least {
				least, first = v, i
			}
		}
		for i := 0; i < n && first < 0; i++ {
			square, cost := s.toggled(t, i)
			for k := range i {
				both := square - 2*t.sign(k)*t.along[k] + s.products[k][k] + 2*t.sign(i)*t.sign(k)*s.products[i][k]
				if v := s.value(max(0, both), cost+t.sign(k)*s.costs[k]); v < least {
					least, first, second = v, i, k
				}
			}
		}
		if first < 0 {
			return
		}
		s.toggle(t, first)
		if second >= 0 {
			s.toggle(t, second)
		}
	}
}

func inner(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

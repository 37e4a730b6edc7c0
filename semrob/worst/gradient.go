package worst

import (
	"cmp"
	"context"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// Gradient spreads points evenly, then goes downhill from the lowest of them by
// projected gradient descent, several descents side by side. It tries steps of
// several lengths in one batch and takes the lowest. The objective must have a
// gradient.
type Gradient struct {
	// Share is the part of the budget for spread points; 0 means 0.35.
	Share float64 `json:"share,omitempty" usage:"part of the budget for evenly spread points, 0…1 (default 0.35)"`
	// Starts is the number of descents side by side; 0 means 4.
	Starts int `json:"starts,omitempty" usage:"parallel local searches (default 4)"`
}

// Name returns "gradient".
func (Gradient) Name() string { return "gradient" }

// Needs returns the gradient.
func (Gradient) Needs() Needs { return Needs{Gradient: true} }

// CheckNumbers reports a share or a number of starts that is out of range.
func (m Gradient) CheckNumbers() error { return checkShare(m.Share, m.Starts) }

// Run implements Method.
func (m Gradient) Run(ctx context.Context, s *Search) error {
	together := cmp.Or(m.Starts, 4)
	for s.Left() > s.settings.GradientCost {
		n := max(1, int(cmp.Or(m.Share, 0.35)*float64(s.Left())))
		gap := s.spacing(n)
		from, err := s.spread(ctx, n, 2*together, gap)
		if err != nil {
			return err
		}
		if err := m.descend(ctx, s, from, gap, together); err != nil {
			return err
		}
	}
	// The rest does not pay for a gradient: spread it.
	_, err := s.spread(ctx, s.Left(), 1, 0)
	return err
}

// descend runs descents from the starts, a given number together, until all are
// over or the budget does not pay for another gradient.
func (m Gradient) descend(ctx context.Context, s *Search, from []start, gap float64, together int) error {
	var running []*descent
	for s.Left() >= s.settings.GradientCost {
		for len(running) < together && len(from) > 0 {
			running = append(running, &descent{start: from[0], step: gap, search: s})
			from = from[1:]
		}
		if len(running) == 0 {
			return nil
		}
		var err error
		if running, err = turn(ctx, s, running); err != nil {
			return err
		}
		if running, err = runRound(ctx, s, running); err != nil {
			return err
		}
		running = slices.DeleteFunc(running, func(d *descent) bool { return d.over })
	}
	return nil
}

// turn computes the gradients of the descents that moved, and returns the
// descents that can go on.
func turn(ctx context.Context, s *Search, running []*descent) ([]*descent, error) {
	var positions [][]float64
	var moved []*descent
	for _, d := range running {
		if d.downhill == nil {
			positions, moved = append(positions, d.position), append(moved, d)
		}
	}
	values, gradients, err := s.Gradients(ctx, positions)
	if err != nil {
		return nil, err
	}
	for i, d := range moved {
		if i >= len(values) || !finite(values[i]) || !finite(gradients[i]...) {
			d.over = true
			continue
		}
		d.turn(gradients[i])
	}
	return slices.DeleteFunc(running, func(d *descent) bool { return d.over }), nil
}

// descent is one run of projected gradient descent.
type descent struct {
	start
	search   *Search
	step     float64   // the length of the last step, in sides of the cube
	downhill []float64 // the direction of length 1; nil if it is not known yet
	asked    [][]float64
	over     bool
}

// stride are the steps tried in one batch, relative to the last good one.
var stride = []float64{4, 1, 1. / 4, 1. / 16}

// turn takes the gradient at the descent's position, without the components that
// lead out of the cube.
func (d *descent) turn(gradient []float64) {
	d.downhill = make([]float64, len(gradient))
	for k, g := range gradient {
		// An axis that does not wrap clamps positions to 0…1.
		if t := d.position[k]; d.search.frame.wraps[k] || (g > 0 && t > 0) || (g < 0 && t < 1) {
			d.downhill[k] = -g
		}
	}
	length := floats.Norm(d.downhill, 2)
	if d.over = length == 0; !d.over {
		floats.Scale(1/length, d.downhill)
	}
}

// ask returns steps of several lengths, each projected onto the cube.
func (d *descent) ask() [][]float64 {
	d.asked = d.asked[:0]
	for _, times := range stride {
		t := make([]float64, len(d.position))
		for k, x := range d.position {
			t[k] = d.search.frame.clamp(k, x+times*d.step*d.downhill[k])
		}
		d.asked = append(d.asked, t)
	}
	return d.asked
}

// tell takes the best of the steps, or shortens them if none leads down.
func (d *descent) tell(values []float64) {
	best := floats.MinIdx(values)
	if values[best] < d.value {
		d.start = start{d.asked[best], values[best]}
		d.step *= stride[best]
		d.downhill = nil
	} else {
		d.step *= stride[len(stride)-1] / 4
	}
	d.over = d.step < d.search.settings.Tolerance/10
}

package verify

import (
	"context"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
)

// Answerer is an objective that knows whether the network's top-1 answer is
// correct. f alone does not show that: a probability of 0.4 may or may not be the
// greatest. A *rendered.Objective is an Answerer.
type Answerer interface {
	objective.Objective

	// Top1 writes f(points[i]) to values[i] and to right[i] whether the most
	// probable class at points[i] is the correct one, in one pass. The slices have
	// the same length; otherwise the contract is that of Evaluate.
	Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error
}

// chunk is the number of points that are evaluated between two checks of the
// context and two reports of progress.
const chunk = 128

// answers holds the results of an objective at points.
type answers struct {
	points [][]float64
	values []float64
	right  []bool // nil if the objective is not an Answerer
}

// ask evaluates the points. A value that is not finite is an
// *objective.NotFiniteError.
func ask(ctx context.Context, f objective.Objective, points [][]float64, p progress.Progress) (answers, error) {
	a := answers{points: points, values: make([]float64, len(points))}
	answerer, ok := f.(Answerer)
	if ok {
		a.right = make([]bool, len(points))
	}
	for from := 0; from < len(points); from += chunk {
		to := min(from+chunk, len(points))
		if err := ctx.Err(); err != nil {
			return a, err
		}
		var err error
		if ok {
			err = answerer.Top1(ctx, points[from:to], a.values[from:to], a.right[from:to])
		} else {
			err = f.Evaluate(ctx, points[from:to], a.values[from:to])
		}
		if err == nil {
			err = objective.CheckFinite(points[from:to], a.values[from:to])
		}
		if err != nil {
			return a, err
		}
		p.Add(to - from)
	}
	return a, nil
}

// and returns the answers with more of the same objective.
func (a answers) and(more answers) answers {
	return answers{append(a.points, more.points...), append(a.values, more.values...), append(a.right, more.right...)}
}

// above counts the values above a threshold.
func (a answers) above(threshold float64) int {
	n := 0
	for _, v := range a.values {
		if v > threshold {
			n++
		}
	}
	return n
}

// correct counts the correct answers.
func (a answers) correct() int {
	n := 0
	for _, right := range a.right {
		if right {
			n++
		}
	}
	return n
}

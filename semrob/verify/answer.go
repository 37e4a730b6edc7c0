package verify

import (
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
)

// Answerer is an objective that can tell whether the network's first answer is
// right, which f alone does not: a probability of 0.4 may be the greatest of
// all or not. A *rendered.Objective is one.
type Answerer interface {
	objective.Objective

	// Top1 writes f(points[i]) to values[i] and to right[i] whether the most
	// probable class at points[i] is the right one, in one pass. The slices
	// have the same length; else it is as Evaluate.
	Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error
}

// chunk is how many points go to the objective between two looks at the
// context and two words to the progress.
const chunk = 128

// answers is what an objective says of a number of points.
type answers struct {
	points [][]float64
	values []float64
	right  []bool // nil where the objective cannot tell
}

// ask evaluates the points; a value that is not finite is an error that names
// its point.
func ask(ctx context.Context, f objective.Objective, points [][]float64, p progress.Progress) (answers, error) {
	a := answers{points: points, values: make([]float64, len(points))}
	answerer, tells := f.(Answerer)
	if tells {
		a.right = make([]bool, len(points))
	}
	for from := 0; from < len(points); from += chunk {
		to := min(from+chunk, len(points))
		if err := ctx.Err(); err != nil {
			return a, err
		}
		var err error
		if tells {
			err = answerer.Top1(ctx, points[from:to], a.values[from:to], a.right[from:to])
		} else {
			err = f.Evaluate(ctx, points[from:to], a.values[from:to])
		}
		if err != nil {
			return a, err
		}
		for i := from; i < to; i++ {
			if v := a.values[i]; math.IsNaN(v) || math.IsInf(v, 0) {
				return a, fmt.Errorf("f is %g at %v: the network's output is not finite there", v, points[i])
			}
		}
		p.Add(to - from)
	}
	return a, nil
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

// rightOnes counts the right answers.
func (a answers) rightOnes() int {
	n := 0
	for _, right := range a.right {
		if right {
			n++
		}
	}
	return n
}

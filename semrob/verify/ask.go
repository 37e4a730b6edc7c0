package verify

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/progress"
)

// ErrNoTop1 is wrapped by errors about a question that needs to know which views are
// right, to an objective that is not an Answerer, such as a formula or a map.
var ErrNoTop1 = errors.New("which views are right is not known: give a threshold for f")

// Criterion decides which views are right.
type Criterion struct {
	// Threshold, if not 0, makes a view right if f is above it; 0 asks for the
	// network's top-1 answer, which only an Answerer knows.
	Threshold float64 `json:"threshold,omitempty"`
}

// Check reports a threshold that is not finite.
func (c Criterion) Check() error {
	if math.IsNaN(c.Threshold) || math.IsInf(c.Threshold, 0) {
		return fmt.Errorf("the threshold %g must be a finite number", c.Threshold)
	}
	return nil
}

// String returns the criterion in words: "the top-1 answer is correct" or "f > 0.5".
func (c Criterion) String() string {
	if c.Threshold == 0 {
		return "the top-1 answer is correct"
	}
	return fmt.Sprintf("f > %g", c.Threshold)
}

// Ask returns f at points, [point], and whether each view is right, in batches, with
// progress (nil for none). right is nil if the criterion is the top-1 answer and f is
// not an Answerer. A value that is not finite is an *objective.NotFiniteError.
func (c Criterion) Ask(ctx context.Context, f objective.Objective, points [][]float64, p progress.Progress) (values []float64, right []bool, err error) {
	asked := f
	if c.Threshold != 0 {
		asked = unanswered{f}
	}
	a, err := ask(ctx, asked, points, progress.Or(p))
	if err != nil {
		return nil, nil, err
	}
	if c.Threshold == 0 {
		return a.values, a.right, nil
	}
	right = make([]bool, len(a.values))
	for i, v := range a.values {
		right[i] = v > c.Threshold
	}
	return a.values, right, nil
}

// unanswered hides that an objective is an Answerer.
type unanswered struct{ objective.Objective }

// Interval returns the two-sided Clopper–Pearson interval of the probability of
// success, given k successes in n independent trials: each end errs with probability
// at most (1 − confidence)/2. It panics as LowerBound does.
func Interval(k, n int, confidence float64) (lower, upper float64) {
	oneSided := (1 + confidence) / 2
	return LowerBound(k, n, oneSided), 1 - LowerBound(n-k, n, oneSided)
}

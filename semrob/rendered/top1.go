package rendered

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Top1 writes the probability of the class at points[i] to values[i], as Evaluate
// does, and to right[i] whether it is the most probable class. Among equals the one
// with the lowest index is, as in network.TopK. Each view is rendered once. It
// implements verify.Answerer.
func (o *Objective) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	if err := objective.CheckBatch(o.Domain, points, values); err != nil {
		return err
	}
	if len(right) != len(points) {
		return fmt.Errorf("%d elements for the answers at %d points: the lengths must be equal", len(right), len(points))
	}
	return o.predict(ctx, points, func(i int, probabilities []float32) error {
		var err error
		values[i], err = o.probability(probabilities)
		right[i] = first(probabilities) == o.Class
		return err
	})
}

// first returns the index of the greatest probability, the lowest index among equals.
func first(probabilities []float32) int {
	at := 0
	for i, p := range probabilities {
		if p > probabilities[at] {
			at = i
		}
	}
	return at
}

package rendered

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Top1 writes the class's probability at points[i] to values[i], as Evaluate
// does, and to right[i] whether no other class is more probable (among equals
// the lower index is the answer, as in network.TopK). Every view is rendered
// once. It makes Objective a verify.Answerer.
func (o *Objective) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	if err := objective.CheckBatch(o.Domain, points, values); err != nil {
		return err
	}
	if len(right) != len(points) {
		return fmt.Errorf("%d answers for %d points: the lengths must agree", len(right), len(points))
	}
	return o.predict(ctx, points, func(i int, probabilities []float32) error {
		if o.Class < 0 || o.Class >= len(probabilities) {
			return fmt.Errorf("class %d is not one of the network's %d", o.Class, len(probabilities))
		}
		values[i], right[i] = float64(probabilities[o.Class]), first(probabilities) == o.Class
		return nil
	})
}

// first returns the index of the greatest probability, the lowest among equals.
func first(probabilities []float32) int {
	at := 0
	for i, p := range probabilities {
		if p > probabilities[at] {
			at = i
		}
	}
	return at
}

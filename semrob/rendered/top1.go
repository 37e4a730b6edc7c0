package rendered

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Top1 writes the probability of the class at points[i] to values[i], as Evaluate
// does, and to right[i] whether the most probable class is an accepted one. Among
// equals it is the one with the lowest index, as in network.TopK. Each view is rendered once. It
// implements verify.Answerer.
func (o *Objective) Top1(ctx context.Context, points [][]float64, values []float64, right []bool) error {
	if err := objective.CheckBatch(o.Domain, points, values); err != nil {
		return err
	}
	if len(right) != len(points) {
		return fmt.Errorf("%d elements for the answers at %d points: the lengths must be equal", len(right), len(points))
	}
	return o.predict(ctx, points, func(i int, probabilities []float32) error {
		p, err := o.Probability(probabilities)
		if err == nil {
			values[i], right[i] = p, o.Accepts(first(probabilities))
		}
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

// Answers writes the probability of the class at points[i] to values[i], as Evaluate
// does, and the network's answer to answers[i]. Each view is rendered and classified
// once. It implements objective.Answering.
func (o *Objective) Answers(ctx context.Context, points [][]float64, values []float64, answers []objective.Answer) error {
	if len(answers) != len(points) {
		return fmt.Errorf("%d answers for %d points: the lengths must agree", len(answers), len(points))
	}
	return o.EvaluateShared(ctx, []objective.Request{{Objective: o, Points: points, Values: values, Answers: answers}})
}

package objective

import (
	"context"
	"fmt"
)

// Request is the part of a batch that belongs to one objective.
type Request struct {
	Objective Objective
	Points    [][]float64 // [batch][axis]
	Values    []float64   // [batch], written by EvaluateAll
	// Answers, [batch], are written too unless they are nil. The objective must then be
	// Answering.
	Answers []Answer
}

// evaluate evaluates the request by itself.
func (r Request) evaluate(ctx context.Context) error {
	if r.Answers == nil {
		return r.Objective.Evaluate(ctx, r.Points, r.Values)
	}
	answering, ok := r.Objective.(Answering)
	if !ok {
		return fmt.Errorf("evaluating a %T: %w", r.Objective, ErrNoAnswers)
	}
	return answering.Answers(ctx, r.Points, r.Values, r.Answers)
}

// Sharing is an Objective that shares an expensive resource with others, such
// as a network that is fastest on full batches, whatever objects they show.
type Sharing interface {
	Objective

	// SharedWith returns the shared resource, comparable with ==.
	SharedWith() any

	// EvaluateShared evaluates requests whose objectives all share the resource
	// of this one. The contract of each is that of Evaluate, or of Answers if answers
	// are requested.
	EvaluateShared(ctx context.Context, requests []Request) error
}

// EvaluateAll evaluates requests of several objectives: those that share a
// resource together, the others one after another.
func EvaluateAll(ctx context.Context, requests []Request) error {
	groups, alone := groupByShare(requests)
	for _, group := range groups {
		first := group[0].Objective.(Sharing)
		if err := first.EvaluateShared(ctx, group); err != nil {
			return err
		}
	}
	for _, r := range alone {
		if err := r.evaluate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// groupByShare keeps the order of the requests within and among groups.
func groupByShare(requests []Request) (groups [][]Request, alone []Request) {
	at := map[any]int{}
	for _, r := range requests {
		sharing, ok := r.Objective.(Sharing)
		if !ok {
			alone = append(alone, r)
			continue
		}
		key := sharing.SharedWith()
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	return groups, alone
}

// CheckRequests is CheckBatch for every request, CheckAnswers for those of answers.
func CheckRequests(requests []Request) error {
	for i, r := range requests {
		err := CheckBatch(r.Objective.Space(), r.Points, r.Values)
		if err == nil && r.Answers != nil {
			err = CheckAnswers(r.Objective.Space(), r.Points, r.Values, r.Answers)
		}
		if err != nil {
			return fmt.Errorf("request %d: %w", i, err)
		}
	}
	return nil
}

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
}

// Sharing is an Objective that shares an expensive resource with others, such
// as a network that is fastest on full batches, whatever objects they show.
type Sharing interface {
	Objective

	// SharedWith returns the shared resource, comparable with ==.
	SharedWith() any

	// EvaluateShared evaluates requests whose objectives all share the resource
	// of this one. The contract of each is that of Evaluate.
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
		if err := r.Objective.Evaluate(ctx, r.Points, r.Values); err != nil {
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

// CheckRequests is CheckBatch for every request.
func CheckRequests(requests []Request) error {
	for i, r := range requests {
		if err := CheckBatch(r.Objective.Space(), r.Points, r.Values); err != nil {
			return fmt.Errorf("request %d: %w", i, err)
		}
	}
	return nil
}

package objective

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// First is the number of first classes that an Answer names.
const First = 5

// Answer is what a classifier says at a point, reduced from the probabilities of all
// classes to what is worth keeping for every view of a map.
type Answer struct {
	// Top are the indices of the most probable classes, the most probable first and
	// the lower index first among equals; −1 beyond the number of classes.
	Top [First]int32
	// P are their probabilities, 0…1; 0 beyond the number of classes.
	P [First]float32
	// Rank is the place of the first accepted class in that order among all classes: 1
	// if the answer is right. 0 means that there is no answer.
	Rank int32
	// Entropy is that of all probabilities, −Σ p·ln p in nats: 0 for certainty,
	// ln(classes) for none.
	Entropy float32
	// Margin is the greatest probability of an accepted class minus the greatest of any
	// other, −1…1: how far the answer is from changing between right and wrong.
	Margin float32
}

// Known reports whether there is an answer.
func (a Answer) Known() bool { return a.Rank > 0 }

// Right reports whether the first class is an accepted one.
func (a Answer) Right() bool { return a.Rank == 1 }

// AnswerOf reduces the probabilities of all classes to an Answer. accepted are the
// indices of the accepted classes, at least one. If a probability is NaN there is no
// answer.
func AnswerOf(probabilities []float32, accepted ...int) (Answer, error) {
	if err := CheckClasses(len(probabilities), accepted...); err != nil {
		return Answer{}, err
	}
	if !slices.IsSorted(accepted) {
		accepted = slices.Sorted(slices.Values(accepted))
	}
	a := Answer{Top: [First]int32{-1, -1, -1, -1, -1}}
	entropy, best, other := 0.0, accepted[0], float32(0)
	rest := accepted
	for i, p := range probabilities {
		entropy -= plogp(p)
		a.insert(int32(i), p)
		for len(rest) > 0 && rest[0] < i {
			rest = rest[1:]
		}
		switch isAccepted := len(rest) > 0 && rest[0] == i; {
		case !isAccepted:
			other = max(other, p)
		case p > probabilities[best]:
			best = i
		}
	}
	if math.IsNaN(entropy) {
		return Answer{}, nil
	}
	a.Rank = 1
	for i, p := range probabilities {
		if p > probabilities[best] || p == probabilities[best] && i < best {
			a.Rank++
		}
	}
	a.Entropy, a.Margin = float32(math.Abs(entropy)), probabilities[best]-other // no −0
	return a, nil
}

// negligible is a probability whose part of the entropy, below 3e-11, float32 cannot
// show in the entropy of a thousand classes.
const negligible = 1e-12

// plogp returns p·ln p, 0 for a negligible p.
func plogp(p float32) float64 {
	if p < negligible {
		return 0
	}
	return float64(p) * math.Log(float64(p))
}

// insert adds a class of a higher index than those before to the first ones.
func (a *Answer) insert(class int32, p float32) {
	if a.Top[First-1] >= 0 && !(p > a.P[First-1]) {
		return
	}
	k := First - 1
	for k > 0 && (a.Top[k-1] < 0 || p > a.P[k-1]) {
		a.Top[k], a.P[k] = a.Top[k-1], a.P[k-1]
		k--
	}
	a.Top[k], a.P[k] = class, p
}

// CheckClasses returns an error if the accepted classes are none, or not all of the
// network's.
func CheckClasses(classes int, accepted ...int) error {
	if len(accepted) == 0 {
		return fmt.Errorf("no class is accepted: name at least one")
	}
	for _, class := range accepted {
		if class < 0 || class >= classes {
			return fmt.Errorf("class %d is not one of the network's %d", class, classes)
		}
	}
	return nil
}

// Answering is an Objective that also gives the answers of a classifier. A
// *rendered.Objective is one, and a map with answers is one.
type Answering interface {
	Objective

	// Answers writes f(points[i]) to values[i] and the answer there to answers[i], for
	// no more evaluations than Evaluate. The slices have the same length; otherwise
	// the contract is that of Evaluate.
	Answers(ctx context.Context, points [][]float64, values []float64, answers []Answer) error
}

// ErrNoAnswers is wrapped by errors about a question that needs the network's answers,
// to a source that has none: a formula, or a map that was kept without them.
var ErrNoAnswers = errors.New("the network's answers are not known")

// CheckAnswers reports arguments of Answers whose shapes do not fit.
func CheckAnswers(space Space, points [][]float64, values []float64, answers []Answer) error {
	if len(answers) != len(points) {
		return fmt.Errorf("%d answers for %d points: the lengths must agree", len(answers), len(points))
	}
	return CheckBatch(space, points, values)
}

package verify

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/internal/betting"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Claim is the outcome of a claim of Options.AtLeast.
type Claim struct {
	// AtLeast is the share that is claimed, Decision says of what.
	AtLeast  float64  `json:"at_least"`
	Decision Decision `json:"decision"`
	// Outcome is Holds if the share is at least AtLeast, Fails if it is below, and
	// Abstains if Options.Samples points did not decide. It is wrong with probability at
	// most 1 − Confidence.
	Outcome Outcome `json:"outcome"`
}

// claimBets are those for and against a claim, and for the bounds of all fractions. No
// failures at all and a fifth of the allowed share are the cases that should be quick.
var claimBets = betting.Bets{Single: []betting.Bet{{Rate: 0, Stake: 1. / 3}, {Rate: 0.2, Stake: 1. / 3}}, Spread: 1. / 3}

// proof returns the test that proves the claim of AtLeast.
func (o Options) proof() *betting.Test {
	return &betting.Test{Share: 1 - o.AtLeast, Level: o.level(), Bets: claimBets}
}

// level returns the probability with which each bound may err.
func (o Options) level() float64 { return betting.Each(1-o.Confidence, o.Claims) }

// alone returns the confidence of a bound by itself that makes several hold together.
func alone(confidence float64, claims int) float64 {
	if claims < 2 {
		return confidence
	}
	return 1 - betting.Each(1-confidence, claims)
}

// checkClaim reports a claim that Samples points cannot prove.
func (o Options) checkClaim() error {
	if o.AtLeast == 0 {
		return nil
	}
	if needed := o.proof().Needed(); o.Samples < needed {
		return fmt.Errorf("%d samples cannot prove a share of at least %g at confidence %g: use %d or more", o.Samples, o.AtLeast, alone(o.Confidence, o.Claims), needed)
	}
	return nil
}

// sequence tests a claim and its opposite on points, one after the other. Exactly one of
// the two is true, so that each test has the whole level.
type sequence struct {
	Options
	proof   *betting.Test
	outcome Outcome
}

func (o Options) sequence() *sequence { return &sequence{o, o.proof(), Abstains} }

// run evaluates independent uniform points until the claim is decided. It returns the
// answers to all points looked at; sequence.proof counts those that decided.
func (s *sequence) run(ctx context.Context, f objective.Objective, inside box) (all answers, err error) {
	random := rand.New(source(s.Seed, uniform))
	for s.outcome == Abstains && len(all.points) < s.Samples {
		more, err := ask(ctx, f, inside.uniformPoints(s.batch(), random), s.Progress)
		if err != nil {
			return all, err
		}
		all = all.and(more)
		s.look(more)
	}
	return all, nil
}

// look takes answers, up to the one that decides.
func (s *sequence) look(a answers) {
	for i := range a.points {
		right := a.values[i] > s.Threshold
		if s.Decision == Top1 {
			right = a.right[i]
		}
		if s.proof.Points++; !right {
			s.proof.Failed++
		}
		// Right points speak for the claim only, failures against it only.
		switch {
		case right && s.proof.Rejected():
			s.outcome = Holds
			return
		case !right && s.proof.Mirrored().Rejected():
			s.outcome = Fails
			return
		}
	}
}

// batch returns the number of points to look at next: as many as may decide.
func (s *sequence) batch() int {
	n := min(s.proof.Needed(), s.proof.Mirrored().Needed())
	return min(max(n, leastBatch), chunk, s.Samples-s.proof.Points)
}

// leastBatch is the least number of points that are evaluated at once.
const leastBatch = 16

// newFractionSoFar returns a fraction whose bound is right whenever the points stop.
func (o Options) newFractionSoFar(count, samples int) Fraction {
	t := &betting.Test{Level: o.level(), Bets: claimBets, Points: samples, Failed: samples - count}
	return Fraction{count, samples, float64(count) / float64(samples), t.Bound()}
}

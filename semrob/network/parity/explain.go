package parity

import (
	"context"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
)

const (
	// Rounding is the distance from a kink, relative to the root mean square of the
	// layer's activations, within which float32 rounding may decide the side. A
	// float32 is rounded by up to 6e-8 of itself; a sum of a thousand terms that
	// cancel loses some tens of that, and losses accumulate over fifty layers:
	// PyTorch's largest is 3.2e-5.
	Rounding = 5e-5
	// typical is the typical distance that rounding moves an activation: with each
	// multiple a move is e times less likely.
	typical = 5e-6
	// finest, relative to the largest sample, is the error that needs no
	// explanation: golden files have six digits, and float32 no more.
	finest = 1e-5
	// rounds is how often the choice is evaluated and improved.
	rounds = 6
)

// cost is minus the logarithm of a move's probability, in nats.
func (c candidate) cost() float64 { return 1 + c.distance/typical }

// explanation finds the activations near kinks that the reference had on the
// other side.
type explanation struct {
	network *exact
	images  []float64
	// index are the samples' indices in [2, S, S, 3], want their values in the
	// reference, largest the largest |want|, and of the image of each.
	index   []int
	want    []float64
	largest float64
	of      []int
	near    []candidate
	// through are the derivatives of each candidate's value with respect to the
	// samples' colours, minus those of the value that it is against.
	through [][]float64
}

func newExplanation(x *exact, f reference.File, images []float64) *explanation {
	e := &explanation{network: x, images: images, want: f.GradValue}
	for i, at := range f.GradIndex {
		e.index = append(e.index, reference.NHWC(at, f.InputSize))
		e.of = append(e.of, at/(3*f.InputSize*f.InputSize))
		e.largest = max(e.largest, math.Abs(f.GradValue[i]))
	}
	return e
}

// residual returns the reference's samples minus those of a gradient.
func (e *explanation) residual(gradient []float64) []float64 {
	r := make([]float64, len(e.want))
	for i, at := range e.index {
		r[i] = e.want[i] - gradient[at]
	}
	return r
}

// find returns the evaluation with the fewest and smallest moves that reproduce
// the reference's samples. Effects of moves add up, apart from the few paths
// through two of them: so the choice is based on the effects, evaluated, and
// improved with the remaining residual.
func (e *explanation) find(ctx context.Context, at evaluation) (evaluation, error) {
	e.near = candidates(e.network.kinks, at)
	if err := e.differentiate(ctx); err != nil {
		return at, err
	}
	residual := e.residual(at.gradient)
	best := e.objective(residual)
	for range rounds {
		if err := ctx.Err(); err != nil {
			return at, err
		}
		before := e.moves()
		e.choose(residual, at)
		moves := e.moves()
		if slices.Equal(moves, before) {
			break
		}
		next, err := e.network.evaluate(e.images, e.nudges())
		if err != nil {
			return at, err
		}
		after := e.residual(next.gradient)
		value := e.objective(after)
		if value >= best {
			e.set(before)
			break
		}
		at, residual, best = next, after, value
	}
	return at, nil
}

// moves returns which candidates are moved.
func (e *explanation) moves() []bool {
	all := make([]bool, len(e.near))
	for i, c := range e.near {
		all[i] = c.moved
	}
	return all
}

func (e *explanation) set(moves []bool) {
	for i := range e.near {
		e.near[i].moved = moves[i]
	}
}

func (e *explanation) nudges() map[place]float64 {
	all := map[place]float64{}
	for _, c := range e.near {
		if c.moved {
			all[c.place] = c.by
		}
	}
	return all
}

// differentiate fills in through. No activation depends on both images, so each
// direction serves one sample of each.
func (e *explanation) differentiate(ctx context.Context) error {
	var directions [][]int
	var count [reference.Images]int
	row := make([]int, len(e.index)) // the direction of a sample
	for i, at := range e.index {
		row[i] = count[e.of[i]]
		count[e.of[i]]++
		if row[i] == len(directions) {
			directions = append(directions, nil)
		}
		directions[row[i]] = append(directions[row[i]], at)
	}
	var places []place
	for _, c := range e.near {
		places = append(places, c.place)
		if c.against >= 0 {
			places = append(places, place{c.kink, c.against})
		}
	}
	derivatives, err := e.network.derivatives(e.images, places, directions, ctx.Err)
	if err != nil {
		return err
	}
	at := 0
	for _, c := range e.near {
		through := make([]float64, len(e.index))
		for i := range through {
			if e.of[i] != c.image {
				continue
			}
			through[i] = derivatives[row[i]][at]
			if c.against >= 0 {
				through[i] -= derivatives[row[i]][at+1]
			}
		}
		e.through = append(e.through, through)
		at++
		if c.against >= 0 {
			at++
		}
	}
	return nil
}

// choose moves candidates, or moves them back, to explain the residual of an
// evaluation better. The images are independent.
func (e *explanation) choose(residual []float64, at evaluation) {
	for image := range reference.Images {
		s := search{noise: math.Pow(finest*e.largest, 2)}
		for i, r := range residual {
			if e.of[i] == image {
				s.residual = append(s.residual, r)
			}
		}
		if len(s.residual) == 0 {
			continue
		}
		var of []int
		for k, c := range e.near {
			if c.image != image {
				continue
			}
			var effect []float64
			scale := c.slope * at.slopes[c.kink][c.output]
			for i, t := range e.through[k] {
				if e.of[i] == image {
					effect = append(effect, scale*t)
				}
			}
			of = append(of, k)
			s.effects, s.costs, s.moved = append(s.effects, effect), append(s.costs, c.cost()), append(s.moved, c.moved)
		}
		for i, moved := range s.best() {
			e.near[of[i]].moved = moved
		}
	}
}

// objective rates an evaluated choice; less is better.
func (e *explanation) objective(residual []float64) (sum float64) {
	for image := range reference.Images {
		var part []float64
		for i, r := range residual {
			if e.of[i] == image {
				part = append(part, r)
			}
		}
		sum += misfit(square(part), len(part), math.Pow(finest*e.largest, 2))
	}
	return sum + e.cost()
}

func (e *explanation) cost() (sum float64) {
	for _, c := range e.near {
		if c.moved {
			sum += c.cost()
		}
	}
	return sum
}

// gain is the improvement of the samples by the moves, in nats: the sum of the
// logarithms by which their errors shrink.
func (e *explanation) gain(before, after []float64) (sum float64) {
	least := finest * e.largest
	for i := range before {
		sum += math.Log(max(math.Abs(before[i]), least) / max(math.Abs(after[i]), least))
	}
	return sum
}

package parity

import (
	"cmp"
	"context"
	"math"
	"math/bits"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
)

// Rounding is how near a kink an activation must be for rounding to decide on
// which side it falls, relative to the root mean square of its layer's: some
// tens of float32's ulps, as sums over a thousand terms and fifty layers lose.
const Rounding = 1e-5

const (
	// rounds is how often the choice is evaluated and made better.
	rounds = 4
	// measured is for how many activations of an image, those with the largest
	// effects, these are measured exactly.
	measured = 32
	// step, in colours 0…1, is the length of the finite differences.
	step = 0.02
)

// settling moves activations near kinks to the side that they had in the
// reference.
type settling struct {
	program *program
	file    reference.File
	images  []float32
	near    []candidate
	moved   []nudge
}

// candidate is a value near a kink, and what moving it across does.
type candidate struct {
	nudge nudge
	// output is the index of the kink's output, slope how much its derivative
	// with respect to the value changes.
	output int
	slope  float64
	// against is the index of the input whose derivative changes by −slope: the
	// former largest value of a window; −1 for none.
	against int
	// effect is what moving it adds to the gradient's samples.
	effect []float64
	moved  bool
}

// settle returns the evaluation with those activations moved that make the
// gradient's samples the reference's. Moving one adds its effect, whatever the
// others do, up to the small share of paths that go through two of them: so the
// choice is made with the effects, evaluated, and made better with what is left.
func (s *settling) settle(ctx context.Context, at evaluation) (evaluation, error) {
	s.candidates(at)
	if err := s.effects(ctx, at); err != nil {
		return at, err
	}
	if err := s.measure(ctx, at); err != nil {
		return at, err
	}
	residual, largest := s.residual(at)
	for range rounds {
		if largest <= LimitGradient/4 { // well within the limit
			break
		}
		if err := ctx.Err(); err != nil {
			return at, err
		}
		s.choose(slices.Clone(residual))
		var moved []nudge
		for _, c := range s.near {
			if c.moved {
				moved = append(moved, c.nudge)
			}
		}
		next, err := s.program.evaluate(s.images, moved)
		if err != nil {
			return at, err
		}
		after, relative := s.residual(next)
		if square(after) >= square(residual) {
			break
		}
		at, s.moved, residual, largest = next, moved, after, relative
	}
	return at, nil
}

func square(values []float64) (sum float64) {
	for _, v := range values {
		sum += v * v
	}
	return sum
}

// residual returns what the samples lack, and the largest of it relative to the
// largest sample.
func (s *settling) residual(at evaluation) (values []float64, relative float64) {
	values = samples(s.file, at.gradient)
	var d deviation
	for i, got := range values {
		d.add(got, s.file.GradValue[i])
		values[i] = s.file.GradValue[i] - got
	}
	return values, d.relative()
}

// choose moves candidates, or back, one at a time or two together, as long as
// that makes the residual smaller by more than nothing to speak of.
func (s *settling) choose(residual []float64) {
	largest := 0.0
	for _, v := range s.file.GradValue {
		largest = max(largest, math.Abs(v))
	}
	enough := math.Pow(LimitGradient*largest/10, 2)
	n := len(s.near)
	products := make([][]float64, n) // of the effects with each other
	for i := range products {
		products[i] = make([]float64, n)
		for k := range products[i] {
			products[i][k] = inner(s.near[i].effect, s.near[k].effect)
		}
	}
	sign := func(i int) float64 {
		if s.near[i].moved {
			return -1
		}
		return 1
	}
	for range 4 * n {
		along := make([]float64, n)
		for i, c := range s.near {
			along[i] = inner(residual, c.effect)
		}
		best, first, second := enough, -1, -1
		for i := range n {
			one := 2*sign(i)*along[i] - products[i][i]
			if one > best {
				best, first, second = one, i, -1
			}
		}
		for i := 0; i < n && first < 0; i++ {
			for k := range i {
				two := 2*sign(i)*along[i] - products[i][i] + 2*sign(k)*along[k] - products[k][k] - 2*sign(i)*sign(k)*products[i][k]
				if two > best {
					best, first, second = two, i, k
				}
			}
		}
		if first < 0 {
			return
		}
		for _, i := range []int{first, second} {
			if i < 0 {
				continue
			}
			for j, e := range s.near[i].effect {
				residual[j] -= sign(i) * e
			}
			s.near[i].moved = !s.near[i].moved
		}
	}
}

func inner(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// effects fills in the effects of all candidates together. The derivative of
// each candidate's value with respect to a sample's pixel comes from finite
// differences along directions that move every sample, with the signs of a
// Walsh–Hadamard matrix: they stand out of rounding far more than single pixels
// would. No activation sees both images, so a direction serves a sample of each.
func (s *settling) effects(ctx context.Context, at evaluation) error {
	var place [reference.Images]int // so many samples of an image so far
	row := make([]int, len(s.file.GradIndex))
	image := make([]int, len(row))
	for i, index := range s.file.GradIndex {
		image[i] = index / (3 * s.file.InputSize * s.file.InputSize)
		row[i] = place[image[i]]
		place[image[i]]++
	}
	count := 1
	for count < slices.Max(place[:]) {
		count *= 2
	}
	for i := range s.near {
		s.near[i].effect = make([]float64, len(row))
	}
	for direction := range count {
		if err := ctx.Err(); err != nil {
			return err
		}
		images := slices.Clone(s.images)
		for i, index := range s.file.GradIndex {
			images[reference.NHWC(index, s.file.InputSize)] += float32(step * walsh(direction, row[i]))
		}
		there, err := s.program.values(images)
		if err != nil {
			return err
		}
		for _, c := range s.near {
			from, to := at.inputs[c.nudge.kink], there[c.nudge.kink]
			change := float64(to[c.nudge.index] - from[c.nudge.index])
			if c.against >= 0 {
				change -= float64(to[c.against] - from[c.against])
			}
			change *= c.slope * float64(at.slopes[c.nudge.kink][c.output]) / (step * float64(count))
			of := c.nudge.index / (len(from) / reference.Images)
			for i := range c.effect {
				if image[i] == of {
					c.effect[i] += walsh(direction, row[i]) * change
				}
			}
		}
	}
	return nil
}

// measure replaces the largest effects by the change of the gradient's samples
// when the activation is moved, one of each image at a time: finite differences
// pass other kinks on their way.
func (s *settling) measure(ctx context.Context, at evaluation) error {
	var order [reference.Images][]int
	for i, c := range s.near {
		of := c.nudge.index / (len(at.inputs[c.nudge.kink]) / reference.Images)
		order[of] = append(order[of], i)
	}
	for of := range order {
		slices.SortStableFunc(order[of], func(i, k int) int {
			return cmp.Compare(inner(s.near[k].effect, s.near[k].effect), inner(s.near[i].effect, s.near[i].effect))
		})
	}
	before := samples(s.file, at.gradient)
	for place := range measured {
		if err := ctx.Err(); err != nil {
			return err
		}
		var nudges []nudge
		for of := range order {
			if place < len(order[of]) {
				nudges = append(nudges, s.near[order[of][place]].nudge)
			}
		}
		if nudges == nil {
			return nil
		}
		there, err := s.program.evaluate(s.images, nudges)
		if err != nil {
			return err
		}
		after := samples(s.file, there.gradient)
		for of := range order {
			if place >= len(order[of]) {
				continue
			}
			effect := s.near[order[of][place]].effect
			for i, index := range s.file.GradIndex {
				if index/(3*s.file.InputSize*s.file.InputSize) == of {
					effect[i] = after[i] - before[i]
				}
			}
		}
	}
	return nil
}

// walsh is an entry of a Walsh–Hadamard matrix: 1 or −1.
func walsh(row, column int) float64 {
	return 1 - 2*float64(bits.OnesCount(uint(row&column))%2)
}

// candidates collects the values near kinks.
func (s *settling) candidates(at evaluation) {
	for i, k := range s.program.kinks {
		input := at.inputs[i]
		sum := 0.0
		for _, v := range input {
			sum += float64(v) * float64(v)
		}
		near := Rounding * math.Sqrt(sum/float64(len(input)))
		if k.window != nil {
			s.windows(i, k, input, near)
			continue
		}
		for index, v := range input {
			for _, jump := range k.jumps {
				off := float64(v) - jump.At
				if math.Abs(off) > near {
					continue
				}
				// Across, and as far beyond as rounding cannot undo.
				by, slope := near/4-off, jump.Slope
				if off > 0 {
					by, slope = -near/4-off, -jump.Slope
				}
				s.near = append(s.near, candidate{nudge: nudge{i, index, float32(by)}, output: index, slope: slope, against: -1})
			}
		}
	}
}

// windows collects the values that are nearly the largest of a window of
// input [batch, height, width, channel].
func (s *settling) windows(i int, k kink, input []float32, near float64) {
	height, width, channels := k.input[1], k.input[2], k.input[3]
	w := k.window
	for output := range volume(k.output) {
		channel := output % channels
		column := output / channels % k.output[2]
		row := output / channels / k.output[2] % k.output[1]
		image := output / channels / k.output[2] / k.output[1]
		first, second := -1, -1
		for r := max(0, row*w.Stride-w.Before[0]); r < min(height, row*w.Stride-w.Before[0]+w.Size[0]); r++ {
			for c := max(0, column*w.Stride-w.Before[1]); c < min(width, column*w.Stride-w.Before[1]+w.Size[1]); c++ {
				index := ((image*height+r)*width+c)*channels + channel
				switch {
				case first < 0 || input[index] > input[first]:
					first, second = index, first
				case second < 0 || input[index] > input[second]:
					second = index
				}
			}
		}
		if second < 0 || input[first] == 0 { // all of ReLU's zeros: no gradient passes
			continue
		}
		if off := float64(input[first] - input[second]); off <= near {
			s.near = append(s.near, candidate{nudge: nudge{i, second, float32(off + near/4)}, output: output, slope: 1, against: first})
		}
	}
}

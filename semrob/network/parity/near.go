package parity

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
)

// beyond is how far past the kink a value is moved, relative to the root mean
// square of its layer's: far enough that other moves do not move it back.
const beyond = 1e-6

// candidate is a value near a kink, with the effect of moving it across.
type candidate struct {
	place
	// by is added to move the value; distance is to the kink, relative to the
	// root mean square of the kink's inputs.
	by, distance float64
	// output is the index of the kink's output, slope the change of its derivative
	// with respect to the value.
	output int
	slope  float64
	// against is the index of the input whose derivative changes by −slope: the
	// former maximum of a window; −1 for none.
	against int
	image   int
	moved   bool
}

// candidates collects the values within Rounding of kinks.
func candidates(kinks []kink, at evaluation) []candidate {
	var all []candidate
	for i, k := range kinks {
		input := at.inputs[i]
		rms := math.Sqrt(square(input) / float64(len(input)))
		add := func(c candidate) {
			c.kink, c.image = i, c.index/(len(input)/reference.Images)
			all = append(all, c)
		}
		if k.window != nil {
			windows(k, input, rms, add)
			continue
		}
		for index, v := range input {
			for _, jump := range k.jumps {
				off := v - jump.At
				if math.Abs(off) > Rounding*rms {
					continue
				}
				by, slope := beyond*rms-off, jump.Slope
				if off > 0 {
					by, slope = -beyond*rms-off, -jump.Slope
				}
				add(candidate{place: place{index: index}, by: by, distance: math.Abs(off) / rms, output: index, slope: slope, against: -1})
			}
		}
	}
	return all
}

// windows collects the values that are nearly the maximum of a window of input
// [batch, height, width, channel].
func windows(k kink, input []float64, rms float64, add func(candidate)) {
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
		if second < 0 || input[first] == 0 { // all zeros of ReLU: no gradient
			continue
		}
		if off := input[first] - input[second]; off <= Rounding*rms {
			add(candidate{place: place{index: second}, by: off + beyond*rms, distance: off / rms, output: output, slope: 1, against: first})
		}
	}
}

func square(values []float64) (sum float64) {
	for _, v := range values {
		sum += v * v
	}
	return sum
}

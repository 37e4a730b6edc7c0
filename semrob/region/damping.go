package region

// damping keeps every bound from leaping over the edge of where f is high and
// from oscillating about it, as bounds do with a fixed rate by 8–30 % of the
// width. Each bound has a part of the learning rate of its own:
//
//   - it is halved when the bound's derivative changes its sign, and grows back
//     by a tenth while it does not (the idea of Rprop, Riedmiller & Braun 1993,
//     for steps that keep their size);
//   - where a step outwards took the bound to a place that pulls outwards less
//     than a tenth as strongly as the one it came from, the bound goes back by
//     halves until it is pulled again, and the part is halved: off a cliff there
//     is nothing else that would bring it back.
type damping struct {
	lower, upper []damped
}

// damped is the state of one bound. Outwards is positive.
type damped struct {
	part float64 // of the rate, 0…1; the zero value stands for 1
	pull float64 // that led to the last step; 0 before the first
	step float64 // the last step
}

func newDamping(n int) damping { return damping{make([]damped, n), make([]damped, n)} }

// steps writes how far the bounds move outwards: stepA for −a, stepB for b.
func (d damping) steps(da, db []float64, rate float64, stepA, stepB []float64) {
	for k := range da {
		stepA[k] = d.lower[k].next(da[k], rate)
		stepB[k] = d.upper[k].next(-db[k], rate)
	}
}

// cliff is the part of the last pull below which a bound counts as fallen off
// an edge.
const cliff = 0.1

func (b *damped) next(pull, rate float64) float64 {
	if b.part == 0 {
		b.part = 1
	}
	if b.step != 0 && b.pull > 0 && pull < cliff*b.pull {
		return b.back()
	}
	if pull*b.pull < 0 {
		b.part /= 2
	} else {
		b.part = min(1, b.part*1.1)
	}
	b.pull = pull
	b.step = rate * b.part * pull
	return b.step
}

// back goes half of the last step back, or, where that was one back already,
// half of it further.
func (b *damped) back() float64 {
	if b.step > 0 {
		b.part /= 2
		b.step = -b.step
	}
	b.step /= 2
	return b.step
}

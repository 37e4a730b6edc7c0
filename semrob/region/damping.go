package region

// damping stops bounds from leaping over the edge of the area of high f and
// from oscillating about it; with a fixed rate they do, by 8–30 % of the width.
// Each bound has its own fraction of the learning rate:
//
//   - It is halved when the bound's derivative changes sign, and grows back by a
//     tenth per step otherwise (the idea of Rprop, Riedmiller & Braun 1993, for
//     steps that keep their size).
//   - If a step outwards loses more than nine tenths of the pull outwards, the
//     bound goes back by halves until it is pulled again, and in the end to where
//     it was; the fraction is halved. Off a cliff nothing else would bring the
//     bound back.
//
// Corners cannot show which of several sides fell, because they lie on all of
// them. Once two sides have fallen in one step, sides therefore step outwards in
// turn: then only the last one to step can have fallen.
type damping struct {
	bounds  []damped // lower bounds, then upper ones
	corners bool     // whether the pulls come from corners
	inTurn  bool
	turn    int
}

// damped is the state of one bound. Outwards is positive.
type damped struct {
	part float64 // of the rate, 0…1; 0 means 1
	pull float64 // that led to the last step outwards; 0 if none did
	back float64 // distance back to the start of that step
	half int     // number of times the bound has gone back by half since
}

func newDamping(n int, corners bool) damping {
	return damping{bounds: make([]damped, 2*n), corners: corners}
}

// steps writes the movements of the bounds outwards: stepA for −a, stepB for b.
func (d *damping) steps(da, db []float64, rate float64, stepA, stepB []float64) {
	n := len(da)
	pulls, steps := make([]float64, 2*n), make([]float64, 2*n)
	for k := range n {
		pulls[k], pulls[n+k] = da[k], -db[k]
	}
	if d.inTurn {
		d.one(pulls, rate, steps)
	} else {
		d.all(pulls, rate, steps)
	}
	copy(stepA, steps[:n])
	copy(stepB, steps[n:])
}

// all moves every bound.
func (d *damping) all(pulls []float64, rate float64, steps []float64) {
	fallen := 0
	for i, pull := range pulls {
		if d.bounds[i].fell(pull) {
			fallen++
		}
	}
	d.inTurn = d.corners && fallen > 1
	for i, pull := range pulls {
		switch b := &d.bounds[i]; {
		case b.fell(pull) && d.inTurn:
			steps[i] = b.undo()
		case b.fell(pull):
			steps[i] = b.goBack()
		case !d.inTurn:
			steps[i] = b.next(pull, rate)
		}
	}
}

// one moves the bound whose turn it is outwards, and all bounds that are pulled
// inwards. A bound that falls keeps its turn until it is back.
func (d *damping) one(pulls []float64, rate float64, steps []float64) {
	now := d.turn % len(pulls)
	if d.bounds[now].fell(pulls[now]) {
		steps[now] = d.bounds[now].goBack()
		return
	}
	d.turn++
	next := d.turn % len(pulls)
	for i, pull := range pulls {
		if i == next || pull < 0 {
			steps[i] = d.bounds[i].next(pull, rate)
		}
	}
}

// cliff is the fraction of the last pull below which a bound counts as fallen.
const cliff = 0.1

// halves is the number of times that a bound goes back by half before it goes
// all the way.
const halves = 4

// fell reports whether the last step outwards went off a cliff.
func (b *damped) fell(pull float64) bool { return b.back > 0 && pull < cliff*b.pull }

// next returns the step for a pull.
func (b *damped) next(pull, rate float64) float64 {
	if b.part == 0 {
		b.part = 1
	}
	if pull*b.pull < 0 {
		b.part /= 2
	} else {
		b.part = min(1, b.part*1.1)
	}
	step := rate * b.part * pull
	*b = damped{part: b.part, pull: pull, back: max(step, 0)}
	return step
}

// goBack returns a step back by half or, if halves did not help, all the way to
// the start of the last step outwards. There the bound starts afresh, because
// the other bounds may have changed its pull.
func (b *damped) goBack() float64 {
	if b.half == 0 {
		b.part /= 2
	}
	if b.half == halves {
		part := b.part
		step := b.undo()
		b.part = part
		return step
	}
	b.half++
	b.back /= 2
	return -b.back
}

// undo returns the step back to the start of the last step outwards, and forgets
// that step.
func (b *damped) undo() float64 {
	back := b.back
	*b = damped{}
	return -back
}

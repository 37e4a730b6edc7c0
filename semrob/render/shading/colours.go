package shading

// remembered is how many colours, and planes of faces, are remembered: a power
// of two, far more than there are faces in a few rows of samples.
const remembered = 1 << 12

// colours remembers the colours of copies, and of no copy, in one scene. It
// forgets those whose place another one takes.
type colours struct {
	// slots is 1 + the copy that has the place, or −1 for nobody. The place of a
	// slot is what is left of it by division by remembered.
	slots  [remembered]int32
	values [remembered][3]float32
}

func (c *colours) forget() {
	for i := range c.slots {
		c.slots[i] = -1
	}
}

// colour returns what a copy, or none, looks like at t. Lights are far away, so
// that a copy has one colour all over where shading is flat and it has no
// texture; then it is remembered.
func (w *between) colour(shown int32, t float64) [3]float32 {
	if w.changing || w.behind && shown == none {
		return w.colourThere(shown, t)
	}
	slot := shown + 1
	place := slot & (remembered - 1)
	if w.colours.slots[place] != slot {
		w.colours.slots[place], w.colours.values[place] = slot, w.colourThere(shown, t)
	}
	return w.colours.values[place]
}

// colourThere asks the host.
func (w *between) colourThere(shown int32, t float64) [3]float32 {
	column, row := float64(w.column), float64(w.row)
	if w.axis == 0 {
		column += t
	} else {
		row += t
	}
	return w.points.Colour(shown, column, row)
}

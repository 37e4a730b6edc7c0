package shading

// remembered is the number of colours, and of planes of faces, in the cache: a
// power of two, far more than the faces in a few rows of samples.
const remembered = 1 << 12

// colours caches the colours of copies, and of the background, in one scene.
type colours struct {
	// slots is 1 + the copy in a place, or −1 if it is free. The place of a slot
	// is its remainder by remembered.
	slots  [remembered]int32
	values [remembered][3]float32
}

func (c *colours) forget() {
	for i := range c.slots {
		c.slots[i] = -1
	}
}

// colour returns the colour of a copy, or of the background, at t. It is cached if
// it is the same everywhere on a copy: with flat shading and without texture, as
// lights are directional.
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

// colourThere computes the colour on the host.
func (w *between) colourThere(shown int32, t float64) [3]float32 {
	column, row := float64(w.column), float64(w.row)
	if w.axis == 0 {
		column += t
	} else {
		row += t
	}
	return w.points.Colour(shown, column, row)
}

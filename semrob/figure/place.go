package figure

// Placement is the place of a plot in its figure: it relates pixels to points of
// the axes.
type Placement struct {
	// Width and Height are the size of the figure in CSS pixels.
	Width, Height float64
	// Left, Top, Right and Bottom are the sides of the plot, in CSS pixels from the
	// figure's top-left corner.
	Left, Top, Right, Bottom float64
	// X and Y are the axes as drawn: X.Min is at Left, Y.Min at Bottom.
	X, Y Axis
}

// Placement returns the place of the map in its figure.
func (m *Map) Placement() (Placement, error) {
	c, err := m.check()
	if err != nil {
		return Placement{}, err
	}
	p := c.arrange()
	return Placement{p.width, p.height, p.box.x, p.box.y, p.box.right(), p.box.bottom(), p.x, p.y}, nil
}

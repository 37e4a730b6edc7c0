package figure

// Placement is where the plot of a figure is, so that a place in the picture
// can be told as a point of its axes.
type Placement struct {
	// Width and Height are those of the whole figure, in CSS pixels.
	Width, Height float64
	// Left, Top, Right and Bottom are the sides of the plot, in CSS pixels from
	// the figure's top-left corner.
	Left, Top, Right, Bottom float64
	// X and Y are the axes as they are drawn: X.Min is at Left, Y.Min at
	// Bottom.
	X, Y Axis
}

// Placement returns where the map is in its figure.
func (m *Map) Placement() (Placement, error) {
	c, err := m.check()
	if err != nil {
		return Placement{}, err
	}
	p := c.arrange()
	return Placement{p.width, p.height, p.box.x, p.box.y, p.box.right(), p.box.bottom(), p.x, p.y}, nil
}

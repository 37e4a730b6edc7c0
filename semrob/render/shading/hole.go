package shading

// apartBy is the distance, in samples, over which the slope of opacity is taken.
const apartBy = 1.0 / 64

// hole adds the edge of a hole in the texture of a sheet that goes on to the other
// sample, which shows what is behind: the other sheet if there is one. It reports
// whether there is such an edge.
//
// The line at which the alpha of a texture equals the cut-off is fixed on the
// face, like an edge of the mesh.
func (w *between) hole(s *sheet, isFarther bool) bool {
	shownAt := func(t float64) (face, shown int32) {
		if s == &w.a {
			return w.a.before(t)
		}
		return w.b.after(t)
	}
	opacity := func(t float64) float64 {
		_, shown := shownAt(t)
		return w.opacityAt(shown, t, 0, 0)
	}
	from, to := 0.0, 1.0 // of the way from the sheet to the other sample
	if s == &w.b {
		from, to = 1, 0
	}
	if opacity(from) < 0 || opacity(to) >= 0 {
		return false
	}
	for range 24 {
		if middle := (from + to) / 2; opacity(middle) >= 0 {
			from = middle
		} else {
			to = middle
		}
	}
	t := (from + to) / 2
	face, shown := shownAt(t)
	left, right := shown, none
	if s == &w.b {
		left, right = none, shown
	}
	if isFarther && s == &w.a {
		_, right = w.b.after(t)
	} else if isFarther {
		_, left = w.a.before(t)
	}
	cl, cr := w.colour(left, t), w.colour(right, t)
	if alike(cl, cr) {
		return true
	}
	nx := w.opacityAt(shown, t, apartBy, 0) - w.opacityAt(shown, t, -apartBy, 0)
	ny := w.opacityAt(shown, t, 0, apartBy) - w.opacityAt(shown, t, 0, -apartBy)
	w.emit(t, w.depthAt(face, t), nx, ny, cl, cr)
	return true
}

// opacityAt returns the opacity of a copy at t, moved in the picture.
func (w *between) opacityAt(shown int32, t, right, down float64) float64 {
	column, row := float64(w.column)+right, float64(w.row)+down
	if w.axis == 0 {
		column += t
	} else {
		row += t
	}
	return w.points.Opacity(shown, column, row)
}

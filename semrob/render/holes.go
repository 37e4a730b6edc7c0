package render

// drawHoled draws a copy whose texture has holes, sample by sample.
func (v *view) drawHoled(index int32, a, b, c *point, bounds rectangle, gx, gy float64, key sample) {
	ax, ay := float64(a.x), float64(a.y)
	bx, by := float64(b.x)-ax, float64(b.y)-ay
	cx, cy := float64(c.x)-ax, float64(c.y)-ay
	positive := 1.0
	if bx*cy-cx*by < 0 {
		positive = -1
	}
	holes := shader{view: v, renderer: v.renderer, last: None}
	for y := bounds.y0; y < bounds.y1; y++ {
		for x := bounds.x0; x < bounds.x1; x++ {
			px, py := float64(x)-ax, float64(y)-ay
			// As in drawTriangle.
			near := inside(float64(a.w)+px*gx+py*gy, key,
				positive*(py*bx-px*by)+0, positive*(px*cy-py*cx)+0, positive*((px-bx)*(by-cy)+(py-by)*(cx-bx))+0)
			at := &v.nearest[y*v.samples+x]
			if near > *at && holes.opacity(index, float64(x), float64(y)) >= 0 {
				*at = near
			}
		}
	}
}

// opacity returns the alpha of a copy's texture at a sample less its cut-off: it is
// negative in a hole.
func (s *shader) opacity(index int32, column, row float64) float64 {
	surface := &s.renderer.surface
	if index != s.last {
		face, reversed := s.renderer.FaceOf(index)
		s.last = index
		s.aim(face, surface.Row(face, reversed))
		s.findEdges()
	}
	if surface.Cutoffs == nil || surface.Cutoffs[s.row] == 0 || s.texture == nil {
		return 1
	}
	p := s.place(s.barycentrics(column, row))
	level := s.texture.Level(p.changes[0], p.changes[1], p.changes[2], p.changes[3])
	return s.texture.Alpha(level, p.u, p.v) - float64(surface.Cutoffs[s.row])
}

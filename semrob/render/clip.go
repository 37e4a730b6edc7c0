package render

// drawClipped draws the part beyond depth Near of a face with at least one nearer
// corner.
func (v *view) drawClipped(r *Renderer, f int, from, to int) {
	face := &r.faces[f]
	var corners [3][3]float64
	for k, i := range face {
		corners[k] = v.camera.toCamera(r.positions[i])
	}
	// Sutherland and Hodgman: a triangle cut by a plane has at most 4 corners.
	var cut [4]point
	n := 0
	for k := range 3 {
		next := (k + 1) % 3
		here, there := v.points[face[k]], v.points[face[next]]
		if here.w != 0 {
			cut[n] = here
			n++
		}
		// The edge is walked from its visible end, so that both its faces cut
		// it at the same point.
		switch {
		case here.w != 0 && there.w == 0:
			cut[n] = v.camera.atNear(corners[k], corners[next], v.samples)
			n++
		case here.w == 0 && there.w != 0:
			cut[n] = v.camera.atNear(corners[next], corners[k], v.samples)
			n++
		}
	}
	for k := 2; k < n; k++ {
		v.drawTriangle(f, &cut[0], &cut[k-1], &cut[k], from, to)
	}
}

// atNear projects the point at depth Near between two points in the camera's axes,
// the first beyond Near and the second before it.
func (c *Camera) atNear(beyond, before [3]float64, samples int) point {
	t := (beyond[2] - Near) / (beyond[2] - before[2])
	return c.project([3]float64{
		beyond[0] + t*(before[0]-beyond[0]),
		beyond[1] + t*(before[1]-beyond[1]),
		Near,
	}, samples)
}

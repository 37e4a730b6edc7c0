package render

import "math"

// sample is the nearest copy of a face at one sample so far: the bits of 1/z as a
// float32 above the complement of 1 + the copy's index. 1/z is positive, so the
// larger of two samples is the nearer one or, if they are equally near, the one
// with the lower index.
type sample uint64

// empty is a sample that shows the background. Only copies nearer than Far are
// larger.
var empty = sample(math.Float32bits(1.0/Far))<<32 | math.MaxUint32

// slot returns 1 + the index of the copy that the sample shows, or 0 for the
// background.
func (s sample) slot() uint32 { return ^uint32(s) }

// inverseDepth returns 1/z.
func (s sample) inverseDepth() float32 { return math.Float32frombits(uint32(s >> 32)) }

// stripWidth is the number of columns that drawTriangle tests at once.
const stripWidth = 4

// wide is the number of columns beyond which a triangle is drawn row by row
// instead of in strips; measured on meshes of 6,000 to 40,000 faces.
const wide = 8

// draw clears the rows from ≤ row < to of the view and rasterises the mesh's faces
// into them.
func (v *view) draw(r *Renderer, from, to int) {
	v.clear(from, to)
	points := v.points
	for f := range r.faces {
		face := &r.faces[f]
		a, b, c := &points[face[0]], &points[face[1]], &points[face[2]]
		if a.w*b.w*c.w == 0 {
			v.drawClipped(r, f, from, to)
			continue
		}
		v.drawTriangle(f, a, b, c, from, to)
	}
}

// clear empties the rows from ≤ row < to of the view's bounds.
func (v *view) clear(from, to int) {
	from, to = max(from, v.bounds.y0), min(to, v.bounds.y1)
	for y := from; y < to; y++ {
		row := v.nearest[y*v.samples+v.bounds.x0 : y*v.samples+v.bounds.x1]
		for i := range row {
			row[i] = empty
		}
	}
}

// drawTriangle draws face f with these corners into the rows from ≤ row < to.
//
// Corners are on the grid of subsample, so the edge functions below are exact for
// all but huge triangles: they are exactly 0 at a sample on an edge, for both its
// faces, so no sample between two neighbours is missed.
func (v *view) drawTriangle(f int, a, b, c *point, from, to int) {
	x0, x1 := int(min(a.x0, b.x0, c.x0)), int(max(a.x1, b.x1, c.x1))
	y0, y1 := max(int(min(a.y0, b.y0, c.y0)), from), min(int(max(a.y1, b.y1, c.y1)), to)
	if x0 >= x1 || y0 >= y1 {
		return
	}
	ax, ay, aw := float64(a.x), float64(a.y), float64(a.w)
	bx, by, bw := float64(b.x)-ax, float64(b.y)-ay, float64(b.w)-aw
	cx, cy, cw := float64(c.x)-ax, float64(c.y)-ay, float64(c.w)-aw
	area := bx*cy - cx*by
	if area == 0 || area != area {
		return
	}
	// Rows run downwards, so a face that is counter-clockwise to the eye, and
	// visible in its own copy in mirrored pictures, has a negative area here; all
	// others are visible in their reversed copy. In other pictures it is the other
	// way round.
	sign := int64(math.Float64bits(area))>>63 ^ v.flip
	key := sample(^(uint32(f) + 1 + uint32(v.faces)&^uint32(sign)))
	// 1/z is linear in the picture, with this change per column and row.
	inverse := 1 / area
	gx, gy := (cy*bw-by*cw)*inverse, (bx*cw-cx*bw)*inverse
	if v.visible != nil {
		switch index := int32(key.slot()) - 1; v.visible[index] {
		case hidden:
			return
		case holed:
			v.drawHoled(index, a, b, c, rectangle{x0, y0, x1, y1}, gx, gy, key)
			return
		}
	}
	if x1-x0 > wide || v.samples < stripWidth {
		v.drawRows(a, b, c, rectangle{x0, y0, x1, y1}, gx, gy, key)
		return
	}

	// One edge function for each side, by its changes per column and per row;
	// all are positive inside, whatever the winding.
	positive := math.Copysign(1, area)
	ux, uy := -positive*by, positive*bx
	vx, vy := positive*cy, -positive*cx
	wx, wy := positive*(by-cy), positive*(cx-bx)
	for x := x0; x < x1; x += stripWidth {
		left := min(x, v.samples-stripWidth)
		px, py := float64(left)-ax, float64(y0)-ay
		// Adding 0 makes 0 of −0, whose sign would say outside.
		u0 := px*ux + py*uy + 0
		v0 := px*vx + py*vy + 0
		w0 := (px-bx)*wx + (py-by)*wy + 0
		d0 := aw + px*gx + py*gy
		at := y0*v.samples + left
		for y := y0; y < y1; y++ {
			strip := (*[stripWidth]sample)(v.nearest[at:])
			u1, v1, w1, d1 := u0+ux, v0+vx, w0+wx, d0+gx
			u2, v2, w2, d2 := u1+ux, v1+vx, w1+wx, d1+gx
			u3, v3, w3, d3 := u2+ux, v2+vx, w2+wx, d2+gx
			strip[0] = max(strip[0], inside(d0, key, u0, v0, w0))
			strip[1] = max(strip[1], inside(d1, key, u1, v1, w1))
			strip[2] = max(strip[2], inside(d2, key, u2, v2, w2))
			strip[3] = max(strip[3], inside(d3, key, u3, v3, w3))
			u0 += uy
			v0 += vy
			w0 += wy
			d0 += gy
			at += v.samples
		}
	}
}

// inside returns the sample of inverse depth d, or 0 if one of the edge functions
// u, v, w is negative, or d, by rounding, on a face that runs to the horizon.
func inside(d float64, key sample, u, v, w float64) sample {
	outside := int64(math.Float64bits(u)|math.Float64bits(v)|math.Float64bits(w)|math.Float64bits(d)) >> 63
	return (sample(math.Float32bits(float32(d)))<<32 | key) &^ sample(outside)
}

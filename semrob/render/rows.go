package render

// order lists the corners a, b, c from top to bottom for each outcome of the
// comparisons b above a (1), c above b (2) and c above a (4). Outcomes 3 and 4
// are impossible.
var order = [8][3]uint8{
	0: {0, 1, 2},
	1: {1, 0, 2},
	2: {0, 2, 1},
	5: {1, 2, 0},
	6: {2, 0, 1},
	7: {2, 1, 0},
}

// onEdge is the distance from an edge, in samples, up to which a sample counts as
// on it: more than the rounding error of the edge's column and less than the
// distance of the nearest sample not on it, for triangles of up to a thousand
// samples.
const onEdge = 1.0 / (1 << 40)

// edge is a side of a triangle, always walked from top to bottom, so that both its
// triangles find the same columns.
type edge struct{ x, y, slope float64 }

func newEdge(top, bottom *point) edge {
	x, y := float64(top.x), float64(top.y)
	return edge{x, y, (float64(bottom.x) - x) / (float64(bottom.y) - y)}
}

// column returns the column at which the edge crosses a row.
func (e *edge) column(y float64) float64 { return e.x + (y-e.y)*e.slope }

// drawRows draws a wide triangle row by row, from the long edge, which runs from
// the topmost to the lowest corner, to the two others.
func (v *view) drawRows(a, b, c *point, bounds rectangle, gx, gy float64, key sample) {
	corners := [4]*point{a, b, c}
	o := &order[above(b, a)|above(c, b)<<1|above(c, a)<<2]
	top, middle, bottom := corners[o[0]&3], corners[o[1]&3], corners[o[2]&3]
	long, upper, lower := newEdge(top, bottom), newEdge(top, middle), newEdge(middle, bottom)

	samples := float64(v.samples)
	for y := bounds.y0; y < bounds.y1; y++ {
		row := float64(y)
		x := long.column(row)
		other := upper.column(row)
		// A level edge has no slope; the row it lies on ends at the other edge.
		if row >= lower.y && middle.y < bottom.y {
			other = lower.column(row)
		}
		left, right := max(min(x, other)-onEdge, -1), min(max(x, other)+onEdge, samples)
		x0 := max(v.samples-int(samples-left), bounds.x0) // rounded up
		x1 := min(int(right+1), bounds.x1)
		if x0 >= x1 {
			continue
		}
		d := float64(a.w) + (float64(x0)-float64(a.x))*gx + (row-float64(a.y))*gy
		span := v.nearest[y*v.samples+x0 : y*v.samples+x1]
		for i := range span {
			span[i] = max(span[i], inside(d, key, 0, 0, 0))
			d += gx
		}
	}
}

// above returns 1 if p is above q in the picture, else 0.
func above(p, q *point) int {
	if p.y < q.y {
		return 1
	}
	return 0
}

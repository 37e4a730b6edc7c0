package shading

import "math"

// little is the difference of colours below which an edge is not seen.
const little = 2e-6

// near is how far apart, of the way between two samples, two edges may be and
// still be the same one, and how far two depths, relative to them.
const near = 1e-4

// before and beyond bound all that is on the way between two samples.
const before, beyond = -1, 2

// pair finds the edges between two neighbouring samples that show the copies a
// and b, the second one along way from the first.
func (v *viewed) pair(p place, a, b int32, way [3]float64) {
	if v.alike(a, b) {
		return
	}
	from := v.ray(p.column, p.row)
	to, back := from, way
	for k := range 3 {
		to[k] += way[k]
		back[k] = -way[k]
	}
	w := way2{viewed: v, place: p, from: from, way: way, a: sheet{last: none}, b: sheet{last: none}}
	if a >= 0 {
		w.a = v.walk(v.faceOf(a), from, way, v.walked[0])
		v.walked[0] = w.a.edges
	}
	if a >= 0 && b >= 0 && w.a.last == v.faceOf(b) {
		w.follow(&w.a, before, beyond)
		return
	}
	if b >= 0 {
		w.b = v.walk(v.faceOf(b), to, back, v.walked[1])
		v.walked[1] = w.b.edges
		for i := range w.b.edges {
			w.b.edges[i].t = 1 - w.b.edges[i].t
		}
	}
	w.apart(a >= 0, b >= 0)
}

func (t *Tracer) faces() int32 { return int32(len(t.corners) / 3) }

func (t *Tracer) faceOf(copyIndex int32) int32 {
	if n := t.faces(); copyIndex >= n {
		return copyIndex - n
	}
	return copyIndex
}

// alike reports whether two copies have the same colour.
func (v *viewed) alike(a, b int32) bool {
	ca, cb := v.colourOf(a), v.colourOf(b)
	return math.Abs(ca[0]-cb[0]) < little && math.Abs(ca[1]-cb[1]) < little && math.Abs(ca[2]-cb[2]) < little
}

// colourOf returns the colour of a copy, and the background for none.
func (v *viewed) colourOf(copyIndex int32) [3]float64 {
	if copyIndex < 0 {
		return v.scene.Background
	}
	var c [3]float64
	for k := range c {
		c[k] = min(1, v.scene.Object[k]*float64(v.shades[copyIndex]))
	}
	return c
}

// colour returns the colour that a face shows to the eye, and the background
// for none.
func (v *viewed) colour(f int32) [3]float64 {
	if f == none {
		return v.scene.Background
	}
	// Counter-clockwise in the picture is a positive determinant: see the
	// handedness of camera.right, up and forward.
	p := v.planes(f)
	if p.determinant < 0 {
		f += v.faces()
	}
	return v.colourOf(f)
}

// way2 is a pair of samples with the surfaces that are seen at them.
type way2 struct {
	*viewed
	place
	from, way [3]float64
	a, b      sheet // t of both counts from the first sample
}

// at returns the ray at t.
func (w *way2) at(t float64) [3]float64 {
	r := w.from
	for k := range r {
		r[k] += t * w.way[k]
	}
	return r
}

// follow adds the edges between faces of a sheet within low < t < high.
func (w *way2) follow(s *sheet, low, high float64) {
	from := s.first
	for _, e := range s.edges {
		if e.next == none {
			return
		}
		if e.t > low && e.t < high {
			left, right := from, e.next
			if s == &w.b {
				left, right = right, left
			}
			w.emitEdge(e.t, e.edge, w.colour(left), w.colour(right))
		}
		from = e.next
	}
}

// apart adds the edges between two samples that no surface joins.
func (w *way2) apart(isA, isB bool) {
	if w.a.lost || w.b.lost {
		return
	}
	aEnds, bEnds := isA && w.a.ends(), isB && w.b.ends()
	switch {
	case !isA && !bEnds, !isB && !aEnds:
		return // cut off by the near or the far plane: no edge of the mesh
	case !aEnds && !bEnds:
		w.cut()
	case aEnds && (!bEnds || !w.covered()):
		w.end(&w.a, &w.b, isB)
	default:
		w.end(&w.b, &w.a, isA)
	}
}

// covered reports whether, of two surfaces that both end between the samples,
// the second hides the edge of the first.
func (w *way2) covered() bool {
	a, b := w.a.edges[len(w.a.edges)-1], w.b.edges[len(w.b.edges)-1]
	if a.t <= b.t+near {
		// There is a gap. What is seen in it is not known; the edge of the nearer
		// one moves the most.
		return w.inverseDepth(w.b.face(1), w.at(b.t)) > w.inverseDepth(w.a.face(1), w.at(a.t))
	}
	middle := (a.t + b.t) / 2
	ray := w.at(middle)
	return w.inverseDepth(w.onB(middle), ray) > w.inverseDepth(w.a.face(middle), ray)
}

// onB returns the face of the second sheet at t.
func (w *way2) onB(t float64) int32 {
	f := w.b.first
	for _, e := range w.b.edges {
		if e.t < t || e.next == none {
			break
		}
		f = e.next
	}
	return f
}

// end adds the edge where the nearer sheet ends, the edges on the sheet itself,
// and those on the other one that it does not hide.
func (w *way2) end(nearer, farther *sheet, isFarther bool) {
	last := nearer.edges[len(nearer.edges)-1]
	w.follow(nearer, before, beyond)
	inner, outer := nearer.first, none
	if n := len(nearer.edges); n > 1 {
		inner = nearer.edges[n-2].next
	}
	left, right := w.colour(inner), w.scene.Background
	if isFarther {
		if nearer == &w.a {
			outer = w.onB(last.t)
			w.follow(farther, last.t, beyond)
		} else {
			outer = w.a.face(last.t)
			w.follow(farther, before, last.t)
		}
		right = w.colour(outer)
	}
	if nearer == &w.b {
		left, right = right, left
	}
	w.emitEdge(last.t, last.edge, left, right)
}

// cut adds the line where two surfaces cut each other.
func (w *way2) cut() {
	// Both go on behind each other: their depths cross on the way.
	low, high := 0.0, 1.0
	for range 24 {
		middle := (low + high) / 2
		ray := w.at(middle)
		if w.inverseDepth(w.a.face(middle), ray) >= w.inverseDepth(w.onB(middle), ray) {
			low = middle
		} else {
			high = middle
		}
	}
	t := (low + high) / 2
	fa, fb := w.a.face(t), w.onB(t)
	ray := w.at(t)
	depth := 1 / w.inverseDepth(fa, ray)
	if !(math.Abs(depth*w.inverseDepth(fb, ray)-1) < near) {
		return // they do not meet: something between them is not seen
	}
	w.follow(&w.a, before, t)
	w.follow(&w.b, t, beyond)
	for k := range ray {
		ray[k] *= depth
	}
	w.emit(t, ray, cross(w.normal(fa), w.normal(fb)), w.colour(fa), w.colour(fb))
}

// normal returns a face's normal.
func (t *Tracer) normal(f int32) [3]float64 {
	return [3]float64{float64(t.normals[0][1+f]), float64(t.normals[1][1+f]), float64(t.normals[2][1+f])}
}

// emitEdge adds an edge of the mesh that is seen at t.
func (w *way2) emitEdge(t float64, h int32, left, right [3]float64) {
	i, j := w.ends(h)
	a, b := w.places[i], w.places[j]
	// The point of the edge in the plane through the eye and both samples.
	plane := cross(w.from, w.way)
	da, db := dot(plane, a), dot(plane, b)
	u := 0.5
	if da != db {
		u = min(max(da/(da-db), 0), 1)
	}
	along := minus(b, a)
	point := a
	for k := range point {
		point[k] += u * along[k]
	}
	w.emit(t, point, along, left, right)
}

// emit adds a line through a point, relative to the eye, that is seen at t
// between the colours left and right.
func (w *way2) emit(t float64, point, along, left, right [3]float64) {
	jump := minus(left, right)
	if math.Abs(jump[0]) < little && math.Abs(jump[1]) < little && math.Abs(jump[2]) < little {
		return
	}
	z := dot(point, w.forward)
	if !(z > 0) {
		return
	}
	// How the picture of the point moves along the line, to the right and down.
	x, y, dz := dot(point, w.right)/z, dot(point, w.up)/z, dot(along, w.forward)
	right1, down := dot(along, w.right)-x*dz, -(dot(along, w.up) - y*dz)
	length := math.Hypot(right1, down)
	if length == 0 {
		return
	}
	normal := [2]float64{-down / length, right1 / length}
	component := normal[w.axis]
	e, s := w.out, float64(w.supersample*w.supersample)
	e.Pixels = append(e.Pixels, w.pixel(w.place, t))
	e.X = append(e.X, float32(point[0]+w.position[0]))
	e.Y = append(e.Y, float32(point[1]+w.position[1]))
	e.Z = append(e.Z, float32(point[2]+w.position[2]))
	e.Right = append(e.Right, float32(component*normal[0]))
	e.Down = append(e.Down, float32(component*normal[1]))
	e.Red = append(e.Red, float32(jump[0]/s))
	e.Green = append(e.Green, float32(jump[1]/s))
	e.Blue = append(e.Blue, float32(jump[2]/s))
}

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
func (v *viewed) pair(p place, a, b int32, from, way *[3]float64) {
	w := &v.between
	w.place = p
	if !v.changing && alike(w.colour(a, 0), w.colour(b, 1)) {
		return
	}
	w.from, w.way, w.plane = *from, *way, cross(*from, *way)
	if a >= 0 {
		w.a = v.walk(a, b, &w.from, &w.way, v.walked[0])
		v.walked[0] = w.a.edges
		if b >= 0 && w.a.last == v.faceOf(b) {
			w.follow(&w.a, before, beyond)
			return
		}
	}
	if b >= 0 {
		to, back := w.at(1), [3]float64{-w.way[0], -w.way[1], -w.way[2]}
		w.b = v.walk(b, a, &to, &back, v.walked[1])
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

// alike reports whether two colours cannot be told apart.
func alike(a, b [3]float32) bool {
	return absolute(a[0]-b[0]) < little && absolute(a[1]-b[1]) < little && absolute(a[2]-b[2]) < little
}

func absolute(x float32) float32 { return max(x, -x) }

// between is a pair of samples with the surfaces that are seen at them.
type between struct {
	*viewed
	place
	from, way [3]float64
	plane     [3]float64 // through the eye and both samples
	a, b      sheet      // t of both counts from the first sample
}

// at returns the ray at t.
func (w *between) at(t float64) [3]float64 {
	return [3]float64{w.from[0] + t*w.way[0], w.from[1] + t*w.way[1], w.from[2] + t*w.way[2]}
}

// follow adds the edges between faces of a sheet within low < t < high.
func (w *between) follow(s *sheet, low, high float64) {
	shown := s.shown
	for i := range s.edges {
		e := &s.edges[i]
		if e.next == none {
			return
		}
		if e.t > low && e.t < high {
			left, right := shown, e.shown
			if s == &w.b {
				left, right = right, left
			}
			w.emitEdge(e.t, e.edge, left, right)
		}
		shown = e.shown
	}
}

// apart adds the edges between two samples that no surface joins.
func (w *between) apart(isA, isB bool) {
	if isA && w.a.lost || isB && w.b.lost {
		return
	}
	aEnds, bEnds := isA && w.a.ends(), isB && w.b.ends()
	switch {
	case !isA && !bEnds, !isB && !aEnds:
		return // cut off by the near or the far plane: no edge of the mesh
	case !aEnds && !bEnds:
		w.cut()
	case aEnds && (!isB || !bEnds || !w.covered()):
		w.end(&w.a, isB)
	default:
		w.end(&w.b, isA)
	}
}

// covered reports whether, of two surfaces that both end between the samples,
// the second hides the edge of the first.
func (w *between) covered() bool {
	a, b := w.a.edges[len(w.a.edges)-1].t, w.b.edges[len(w.b.edges)-1].t
	if a > b+near {
		a, b = (a+b)/2, (a+b)/2
	}
	// Else there is a gap. What is seen in it is not known; the edge of the
	// nearer one moves the most.
	fa, _ := w.a.before(a)
	fb, _ := w.b.after(b)
	return w.inverseDepth(fb, w.at(b)) > w.inverseDepth(fa, w.at(a))
}

// end adds the edge where the nearer sheet ends, the edges on the sheet itself,
// and those on the other one, if there is one, that it does not hide.
func (w *between) end(nearer *sheet, isFarther bool) {
	last := &nearer.edges[len(nearer.edges)-1]
	w.follow(nearer, before, beyond)
	inner, outer := nearer.shown, none
	if n := len(nearer.edges); n > 1 {
		inner = nearer.edges[n-2].shown
	}
	if nearer == &w.a {
		if isFarther {
			_, outer = w.b.after(last.t)
			w.follow(&w.b, last.t, beyond)
		}
		w.emitEdge(last.t, last.edge, inner, outer)
		return
	}
	if isFarther {
		_, outer = w.a.before(last.t)
		w.follow(&w.a, before, last.t)
	}
	w.emitEdge(last.t, last.edge, outer, inner)
}

// cut adds the line where two surfaces cut each other.
func (w *between) cut() {
	// Both go on behind each other: their depths cross on the way.
	low, high := 0.0, 1.0
	for range 24 {
		middle := (low + high) / 2
		ray := w.at(middle)
		fa, _ := w.a.before(middle)
		fb, _ := w.b.after(middle)
		if w.inverseDepth(fa, ray) >= w.inverseDepth(fb, ray) {
			low = middle
		} else {
			high = middle
		}
	}
	t := (low + high) / 2
	fa, left := w.a.before(t)
	fb, right := w.b.after(t)
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
	if cl, cr := w.colour(left, t), w.colour(right, t); !alike(cl, cr) {
		w.emit(t, ray, cross(w.normal(fa), w.normal(fb)), cl, cr)
	}
}

// normal returns a face's normal.
func (t *Tracer) normal(f int32) [3]float64 {
	n := &t.normals[f]
	return [3]float64{float64(n[0]), float64(n[1]), float64(n[2])}
}

// emitEdge adds an edge of the mesh that is seen at t between the copies left
// and right.
func (w *between) emitEdge(t float64, h, left, right int32) {
	cl, cr := w.colour(left, t), w.colour(right, t)
	if alike(cl, cr) {
		return
	}
	i, j := w.ends(h)
	a, b := &w.places[i], &w.places[j]
	// The point of the edge in the plane through the eye and both samples.
	da, db := dot(w.plane, *a), dot(w.plane, *b)
	u := 0.5
	if da != db {
		u = min(max(da/(da-db), 0), 1)
	}
	along := minus(*b, *a)
	w.emit(t, [3]float64{a[0] + u*along[0], a[1] + u*along[1], a[2] + u*along[2]}, along, cl, cr)
}

// emit adds a line through a point, relative to the eye, that is seen at t
// between the colours left and right.
func (w *between) emit(t float64, point, along [3]float64, left, right [3]float32) {
	z := dot(point, w.forward)
	if !(z > 0) {
		return
	}
	// How the picture of the point moves along the line, to the right and down.
	x, y, dz := dot(point, w.right)/z, dot(point, w.up)/z, dot(along, w.forward)
	toRight, down := dot(along, w.right)-x*dz, -(dot(along, w.up) - y*dz)
	square := toRight*toRight + down*down
	if square == 0 {
		return
	}
	// The normal is (−down, toRight)/length; Weight is it times a component.
	component := -down
	if w.axis == 1 {
		component = toRight
	}
	component /= square
	e, s := w.out, 1/float32(w.supersample*w.supersample)
	e.Pixels = append(e.Pixels, w.pixel(w.place, t))
	e.X = append(e.X, float32(point[0]+w.position[0]))
	e.Y = append(e.Y, float32(point[1]+w.position[1]))
	e.Z = append(e.Z, float32(point[2]+w.position[2]))
	e.Right = append(e.Right, float32(-component*down))
	e.Down = append(e.Down, float32(component*toRight))
	e.Red = append(e.Red, (left[0]-right[0])*s)
	e.Green = append(e.Green, (left[1]-right[1])*s)
	e.Blue = append(e.Blue, (left[2]-right[2])*s)
}

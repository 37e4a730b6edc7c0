package shading

import (
	"math"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// little is the difference of colours below which an edge is ignored.
const little = 2e-6

// near is the distance below which two edges are the same, as a share of the way
// between two samples, and the same for two depths, relative to them.
const near = 1e-4

// before and beyond are bounds that include the whole way between two samples.
const before, beyond = -1, 2

// atRow goes to a row of samples.
func (w *between) atRow(row int) { w.row, w.y = row, float64(row)-w.Centre }

// pair finds the edges between the sample at a column of the row and the next
// one to the right (axis 0) or down (axis 1), which show the copies a and b.
func (w *between) pair(column, axis int, a, b int32) {
	w.column, w.way.axis, w.x = column, axis, float64(column)-w.Centre
	if !w.changing && alike(w.colour(a, 0), w.colour(b, 1)) || w.neighbours(a, b) {
		return
	}
	if a >= 0 {
		w.walk(&w.a, a, b, &w.way)
		if b >= 0 && w.a.last == w.faceOf(b) {
			w.follow(&w.a, before, beyond)
			return
		}
	}
	if b >= 0 {
		back := way{axis: axis, step: -1}
		back.x, back.y = w.at(1)
		w.walk(&w.b, b, a, &back)
		for i := range w.b.edges {
			w.b.edges[i].t = 1 - w.b.edges[i].t
		}
	}
	w.apart(a >= 0, b >= 0)
}

// neighbours adds the edge if the way crosses a single one, from the face of one
// copy to that of the other, and reports whether it does, which is the common case.
func (w *between) neighbours(a, b int32) bool {
	if a < 0 || b < 0 {
		return false
	}
	f := w.faceOf(a)
	p := w.planes(f)
	exit, t := p.exit(&w.way, none, 0)
	if exit == none {
		return false
	}
	h := 3*f + exit
	if next := w.across(h, &p.at[exit]); next == none || next/3 != w.faceOf(b) {
		return false
	}
	w.emitEdge(t, h, a, b)
	return true
}

func (t *Tracer) faceOf(copyIndex int32) int32 {
	if copyIndex >= t.faces {
		return copyIndex - t.faces
	}
	return copyIndex
}

// alike reports whether two colours are nearly equal.
func alike(a, b [3]float32) bool {
	return absolute(a[0]-b[0]) < little && absolute(a[1]-b[1]) < little && absolute(a[2]-b[2]) < little
}

func absolute(x float32) float32 { return max(x, -x) }

// between is a pair of neighbouring samples with the surfaces visible there.
type between struct {
	*viewed
	way               // from the first sample to the second
	row, column int   // of the first
	a, b        sheet // t of both counts from the first sample
	found       place
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

// apart adds the edges between two samples on different surfaces.
func (w *between) apart(isA, isB bool) {
	if isA && w.a.lost || isB && w.b.lost {
		return
	}
	aEnds, bEnds := isA && w.a.ends(), isB && w.b.ends()
	if w.holed && (isA && !aEnds && w.hole(&w.a, isB) || isB && !bEnds && w.hole(&w.b, isA)) {
		return
	}
	switch {
	case !isA && !bEnds, !isB && !aEnds:
		return // clipped by the near or the far plane: no edge of the mesh
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
	// Else there is a gap, and what is visible in it is unknown; the edge of the
	// nearer one moves the most.
	fa, _ := w.a.before(a)
	fb, _ := w.b.after(b)
	return w.depthAt(fb, b) > w.depthAt(fa, a)
}

// end adds the edge at which the nearer sheet ends, the edges on that sheet, and
// the edges on the other one, if any, that it does not hide.
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

// depthAt returns 1/z of a face at t.
func (w *between) depthAt(f int32, t float64) float64 {
	x, y := w.at(t)
	return w.inverseDepth(f, x, y)
}

// cut adds the line at which two surfaces intersect.
func (w *between) cut() {
	// Each continues behind the other, so their depths cross on the way.
	low, high := 0.0, 1.0
	for range 24 {
		middle := (low + high) / 2
		fa, _ := w.a.before(middle)
		fb, _ := w.b.after(middle)
		if w.depthAt(fa, middle) >= w.depthAt(fb, middle) {
			low = middle
		} else {
			high = middle
		}
	}
	t := (low + high) / 2
	fa, left := w.a.before(t)
	fb, right := w.b.after(t)
	perDepth := w.depthAt(fa, t)
	if !(math.Abs(w.depthAt(fb, t)/perDepth-1) < near) {
		return // they do not meet: something between them is hidden
	}
	w.follow(&w.a, before, t)
	w.follow(&w.b, t, beyond)
	cl, cr := w.colour(left, t), w.colour(right, t)
	if alike(cl, cr) {
		return
	}
	// The direction of the line in the picture, to the right and down, follows.
	along := w.turned(vec3.Cross(w.normal(fa), w.normal(fb)))
	x, y := w.at(t)
	w.emit(t, perDepth, y*along[2]-along[1], along[0]-x*along[2], cl, cr)
}

// normal returns a face's normal.
func (t *Tracer) normal(f int32) [3]float64 { return vec3.Of(t.normals[f]) }

// emitEdge adds an edge of the mesh at t between the copies left and right.
func (w *between) emitEdge(t float64, h, left, right int32) {
	cl, cr := w.colour(left, t), w.colour(right, t)
	if alike(cl, cr) {
		return
	}
	i, j := w.ends(h)
	a, b := &w.places[i], &w.places[j]
	// The signed distances of the ends from the plane through the eye and both
	// samples.
	across, from := 1, w.y
	if w.axis == 1 {
		across, from = 0, w.x
	}
	da, db := a[across]-from*a[2], b[across]-from*b[2]
	switch {
	case da == db:
		da, db = 1, -1
	case da*db > 0: // by rounding, just beyond one end
		if math.Abs(da) < math.Abs(db) {
			da = 0
		} else {
			db = 0
		}
	}
	// The point of the edge in that plane is (da·b − db·a)/(da − db).
	over, under := da-db, da*b[2]-db*a[2]
	if !(over*under > 0) {
		return // behind the eye
	}
	plane := &w.planes(h / 3).at[h%3] // through the eye and the edge
	w.emit(t, over/under, plane[0], plane[1], cl, cr)
}

// emit adds a line with the normal (nx, ny), of any length, at t and a depth,
// between the colours left and right.
func (w *between) emit(t, perDepth, nx, ny float64, left, right [3]float32) {
	square := nx*nx + ny*ny
	if !(perDepth > 0) || square == 0 {
		return
	}
	component := nx
	if w.axis == 1 {
		component = ny
	}
	component /= square
	p := &w.found
	p.pixel, p.perDepth = w.pixel(t), perDepth
	p.x, p.y = w.at(t)
	p.right, p.down = component*nx, component*ny
	for k := range p.jump {
		p.jump[k] = (left[k] - right[k]) * w.share
	}
	if w.out == nil {
		w.moments.add(p, w.adjoints[3*p.pixel:])
		return
	}
	w.out.add(p, &w.eye)
}

// pixel returns the pixel that contains the point of the way at t.
func (w *between) pixel(t float64) int32 {
	row, column := w.row, w.column
	if t >= 0.5 {
		column += 1 - w.axis
		row += w.axis
	}
	return w.pixelOf[row]*w.size + w.pixelOf[column]
}

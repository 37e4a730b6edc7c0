package shading

import (
	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// The walk over a mesh starts at the face visible at a sample and goes towards the
// neighbouring sample, from face to face across edges, until the surface ends.
// Places are multiplied by their depth, so an edge appears where the plane through
// the eye and the edge is. This is true behind the eye, too, so nothing has to be
// clipped.

// crossed is an edge on the way between two samples, at t, 0…1.
type crossed struct {
	t    float64
	edge int32 // the half-edge of the face before
	next int32 // the face after it, or none
	// shown is the copy of next that faces the eye.
	shown int32
}

// none stands for no face.
const none = int32(-1)

// longestWalk is the number of edges after which a walk gives up.
const longestWalk = 256

// sheet is the part of a surface that a walk from a sample covers.
type sheet struct {
	first int32 // the face at the sample the walk started from
	shown int32 // the copy of it that is visible there
	edges []crossed
	// last is the face at the end, or none if the surface ends, folds away, or is
	// lost on the way.
	last int32
	lost bool
}

// ends reports whether the surface ends before the other sample, at its last edge.
func (s *sheet) ends() bool { return s.last == none }

// before returns the face, and its copy, that a walk from the first sample
// reaches at t.
func (s *sheet) before(t float64) (face, shown int32) {
	face, shown = s.first, s.shown
	for i := range s.edges {
		if s.edges[i].t > t || s.edges[i].next == none {
			break
		}
		face, shown = s.edges[i].next, s.edges[i].shown
	}
	return face, shown
}

// after is before for a walk from the second sample.
func (s *sheet) after(t float64) (face, shown int32) {
	face, shown = s.first, s.shown
	for i := range s.edges {
		if s.edges[i].t < t || s.edges[i].next == none {
			break
		}
		face, shown = s.edges[i].next, s.edges[i].shown
	}
	return face, shown
}

// planes are the planes through the eye and the edges of a face: at[k]·(x, y, 1) is
// positive if x, y in the picture is inside edge k.
type planes struct {
	at [3][3]float64
	// determinant is at[k] · the corner opposite edge k, equal for all three.
	determinant float64
	// shown is the copy that faces the eye: the face itself if it is
	// counter-clockwise in a mirrored picture.
	shown int32
}

// inside returns at[k]·(x, y, 1).
func (p *planes) inside(k int, x, y float64) float64 {
	return p.at[k][0]*x + p.at[k][1]*y + p.at[k][2]
}

// exit returns the edge at which a way leaves the face, other than the edge it came
// across, and the position on the way, from least on; or none if the way ends on
// the face.
func (p *planes) exit(w *way, came int32, least float64) (edge int32, at float64) {
	edge, at = none, 1
	for k := range p.at {
		change := w.step * p.at[k][w.axis&1]
		if change >= 0 || int32(k) == came {
			continue
		}
		out := -p.inside(k, w.x, w.y) / change
		if out < least { // by rounding, the sample may be a little outside
			out = least
		}
		if out < at {
			edge, at = int32(k), out
		}
	}
	return edge, at
}

// way leads from a place of the picture, in samples from the middle, to the
// next sample along an axis: to the right (0) or down (1), or back.
type way struct {
	x, y float64
	axis int
	step float64 // 1 or −1
}

// at returns the place at t, 0…1 of the way.
func (w *way) at(t float64) (x, y float64) {
	if w.axis == 0 {
		return w.x + t*w.step, w.y
	}
	return w.x, w.y + t*w.step
}

// faced caches the planes of faces for one eye, as colours does colours.
type faced struct {
	faces  [remembered]int32 // or −1 if free
	planes [remembered]planes
}

func (f *faced) forget() {
	for i := range f.faces {
		f.faces[i] = -1
	}
}

// planes returns the planes of a face, from the cache if possible, as all pairs of
// samples across its edges need them. The result is overwritten when another face
// takes its place in the cache.
func (v *viewed) planes(f int32) *planes {
	place := f & (remembered - 1)
	p := &v.faced.planes[place]
	if v.faced.faces[place] == f {
		return p
	}
	v.faced.faces[place] = f
	corners := (*[3]int32)(v.corners[3*f:])
	a, b, c := &v.places[corners[0]], &v.places[corners[1]], &v.places[corners[2]]
	p.at[0] = vec3.Cross(*b, *a) // rows run down, so this points inside
	p.at[1] = vec3.Cross(*c, *b)
	p.at[2] = vec3.Cross(*a, *c)
	p.determinant, p.shown = vec3.Dot(p.at[0], *c), f
	counter := p.determinant >= 0
	if !counter {
		p.determinant = -p.determinant
		for k := range p.at {
			p.at[k] = [3]float64{-p.at[k][0], -p.at[k][1], -p.at[k][2]}
		}
	}
	if counter != (v.convention == render.Paper) {
		p.shown = f + v.faces
	}
	return p
}

// inverseDepth returns 1/z of a face's plane at x, y in the picture.
func (v *viewed) inverseDepth(f int32, x, y float64) float64 {
	p := v.planes(f)
	return (p.inside(0, x, y) + p.inside(1, x, y) + p.inside(2, x, y)) / p.determinant
}

// walk walks from the face of a copy along the way, at whose end the copy target,
// or none, is visible, and writes the sheet to s.
func (v *viewed) walk(s *sheet, shown, target int32, along *way) {
	f, goal := v.faceOf(shown), none
	if target != none {
		goal = v.faceOf(target)
	}
	*s = sheet{first: f, shown: shown, edges: s.edges[:0], last: f}
	came := none // the edge of f that was crossed to come here
	t := 0.0
	for range longestWalk {
		if f == goal && len(s.edges) > 0 { // the rest of the way is on it
			s.edges[len(s.edges)-1].shown, s.last = target, f
			return
		}
		p := v.planes(f)
		if n := len(s.edges); n > 0 {
			s.edges[n-1].shown = p.shown
		}
		exit, at := p.exit(along, came, t)
		if exit == none {
			s.last = f
			return
		}
		t = at
		h := 3*f + exit
		next := v.across(h, &p.at[exit])
		if next == none {
			s.edges, s.last = append(s.edges, crossed{t, h, none, none}), none
			return
		}
		f, came = next/3, next%3
		s.edges = append(s.edges, crossed{t, h, f, none})
	}
	s.last, s.lost = none, true
}

// across returns the half-edge of the face on the other side of half-edge h, or
// none. plane is the plane through the edge. Of several faces it takes the one
// that bends the least, which may or may not be the nearer one.
func (v *viewed) across(h int32, plane *[3]float64) int32 {
	best, far := none, 0.0
	for g := v.around[h]; g != h; g = v.around[g] {
		if d := -vec3.Dot(*plane, v.places[v.opposite(g)]); d > far {
			best, far = g, d
		}
	}
	return best
}

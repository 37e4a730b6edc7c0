package shading

import "github.com/semrob/gonb-semrob/internal/vec3"

// The walk over a mesh goes from the face seen at a sample towards the
// neighbouring sample, from face to face across their edges, as far as the
// surface goes on. All places are those in the picture times their depth, so
// that an edge is seen where the plane through the eye and the edge is: this holds
// behind the eye, too, and nothing has to be clipped.

// crossed is an edge on the way: at t, 0…1 of the way from sample to sample.
type crossed struct {
	t    float64
	edge int32 // the half-edge of the face before
	next int32 // the face after it, or none
	// shown is the copy of next that is seen from the eye.
	shown int32
}

// none stands for no face.
const none = int32(-1)

// longestWalk is how many edges there may be between two samples; a walk over
// more gives up.
const longestWalk = 256

// sheet is the part of a surface that a walk from a sample went over.
type sheet struct {
	first int32 // the face at the sample the walk started from
	shown int32 // the copy of it that is seen there
	edges []crossed
	// last is the face that was reached at the end, or none where the surface
	// ends, folds away, or is lost on the way.
	last int32
	lost bool
}

// ends reports where the surface ends before the other sample: at its last
// edge.
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

// planes are those through the eye and the edges of a face: at[k]·(x, y, 1) is
// positive where what is seen at x and y of the picture is inside of edge k.
type planes struct {
	at [3][3]float64
	// determinant is at[k] · the corner that is not on edge k, for all three.
	determinant float64
	// shown is the copy of the face that is seen: the face itself where it is
	// counter-clockwise in the picture.
	shown int32
}

// inside returns at[k]·(x, y, 1).
func (p *planes) inside(k int, x, y float64) float64 {
	return p.at[k][0]*x + p.at[k][1]*y + p.at[k][2]
}

// exit returns the edge over which a way leaves the face, if it is not that over
// which it came, and where on the way, from least on; or none where the way ends
// on the face.
func (p *planes) exit(w *way, came int32, least float64) (edge int32, at float64) {
	edge, at = none, 1
	for k := range p.at {
		change := w.step * p.at[k][w.axis&1]
		if change >= 0 || int32(k) == came {
			continue
		}
		out := -p.inside(k, w.x, w.y) / change
		if out < least { // rounding may put the sample a little outside
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

// faced remembers the planes of faces before one eye, as colours does colours.
type faced struct {
	faces  [remembered]int32 // or −1 for nobody
	planes [remembered]planes
}

func (f *faced) forget() {
	for i := range f.faces {
		f.faces[i] = -1
	}
}

// planes returns those of a face. They are remembered: all pairs of samples on
// its edges ask for them. What is returned changes when another face takes its
// place.
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
	if p.determinant < 0 {
		p.determinant, p.shown = -p.determinant, f+v.faces
		for k := range p.at {
			p.at[k] = [3]float64{-p.at[k][0], -p.at[k][1], -p.at[k][2]}
		}
	}
	return p
}

// inverseDepth returns 1/z of a face's plane where it is seen at a place of the
// picture.
func (v *viewed) inverseDepth(f int32, x, y float64) float64 {
	p := v.planes(f)
	return (p.inside(0, x, y) + p.inside(1, x, y) + p.inside(2, x, y)) / p.determinant
}

// walk goes from the face of a copy along the way, at whose end the copy target,
// or none, is seen, and writes to s what it went over.
func (v *viewed) walk(s *sheet, shown, target int32, along *way) {
	f, goal := v.faceOf(shown), none
	if target != none {
		goal = v.faceOf(target)
	}
	*s = sheet{first: f, shown: shown, edges: s.edges[:0], last: f}
	came := none // the edge of f that was crossed to come here
	t := 0.0
	for range longestWalk {
		if f == goal && len(s.edges) > 0 { // all that is left of the way is on it
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
// none where no face at this edge lies there. plane is that through the edge. Of
// several faces it is the one that bends the least, which is the nearer one as
// often as not.
func (v *viewed) across(h int32, plane *[3]float64) int32 {
	best, far := none, 0.0
	for g := v.around[h]; g != h; g = v.around[g] {
		if d := -vec3.Dot(*plane, v.places[v.opposite(g)]); d > far {
			best, far = g, d
		}
	}
	return best
}

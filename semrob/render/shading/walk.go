package shading

// The walk over a mesh goes from the face seen at a sample towards the
// neighbouring sample, from face to face across their edges, as far as the
// surface goes on. All places are relative to the eye, so that an edge is seen
// where the plane through the eye and the edge is: this holds behind the eye,
// too, and nothing has to be clipped.

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

// planes are those through the eye and the edges of a face: at[k]·ray is
// positive where ray runs inside of edge k, for all three times the sign of
// determinant. A face is counter-clockwise in the picture where it is positive.
type planes struct {
	at          [3][3]float64
	determinant float64
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
	p.at[0] = cross(*a, *b)
	p.at[1] = cross(*b, *c)
	p.at[2] = cross(*c, *a)
	p.determinant = dot(p.at[0], *c)
	return p
}

// inverseDepth returns 1/z of a face where the ray meets its plane.
func (v *viewed) inverseDepth(f int32, ray [3]float64) float64 {
	p := v.planes(f)
	return (dot(p.at[0], ray) + dot(p.at[1], ray) + dot(p.at[2], ray)) / p.determinant
}

// walk goes from the face of a copy, seen along the ray from, to the ray from +
// way, at which the copy target, or none, is seen. The edges that it crosses are
// put into memory.
func (v *viewed) walk(shown, target int32, from, way *[3]float64, memory []crossed) sheet {
	f, goal := v.faceOf(shown), none
	if target != none {
		goal = v.faceOf(target)
	}
	s := sheet{first: f, shown: shown, edges: memory[:0], last: f}
	came := none // the half-edge of f that was crossed to come here
	t := 0.0
	for range longestWalk {
		if f == goal && len(s.edges) > 0 { // all that is left of the way is on it
			s.edges[len(s.edges)-1].shown, s.last = target, f
			return s
		}
		p := v.planes(f)
		sign, copyIndex := 1.0, f
		if p.determinant < 0 {
			sign, copyIndex = -1, f+v.faces()
		}
		if n := len(s.edges); n > 0 {
			s.edges[n-1].shown = copyIndex
		}
		exit, at := none, 1.0
		for k := range int32(3) {
			h := 3*f + k
			if h == came {
				continue
			}
			change := sign * dot(p.at[k], *way)
			if change >= 0 {
				continue
			}
			// Rounding may put the sample a little outside.
			if out := max(t, -sign*dot(p.at[k], *from)/change); out < at {
				exit, at = h, out
			}
		}
		if exit == none {
			s.last = f
			return s
		}
		t = at
		came = v.across(exit, &p.at[exit-3*f], sign)
		if came == none {
			s.edges, s.last = append(s.edges, crossed{t, exit, none, none}), none
			return s
		}
		f = came / 3
		s.edges = append(s.edges, crossed{t, exit, f, none})
	}
	s.last, s.lost = none, true
	return s
}

// across returns the half-edge of the face on the other side of half-edge h, or
// none where no face at this edge lies there. plane is that through the edge,
// and sign that of its own face on it. Of several faces it is the one that bends
// the least, which is the nearer one as often as not.
func (v *viewed) across(h int32, plane *[3]float64, sign float64) int32 {
	best, far := none, 0.0
	for g := v.around[h]; g != h; g = v.around[g] {
		if d := -sign * dot(*plane, v.places[v.opposite(g)]); d > far {
			best, far = g, d
		}
	}
	return best
}

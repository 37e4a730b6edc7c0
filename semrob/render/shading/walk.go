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
}

// none stands for no face.
const none = int32(-1)

// longestWalk is how many edges there may be between two samples; a walk over
// more gives up.
const longestWalk = 256

// sheet is the part of a surface that a walk from a sample went over.
type sheet struct {
	first int32 // the face at the sample the walk started from
	edges []crossed
	// last is the face that was reached at the end, or none where the surface
	// ends, folds away, or is lost on the way.
	last int32
	lost bool
}

// ends reports where the surface ends before the other sample: at its last
// edge.
func (s *sheet) ends() bool { return s.last == none }

// face returns the face at t.
func (s *sheet) face(t float64) int32 {
	f := s.first
	for i := range s.edges {
		if s.edges[i].t > t || s.edges[i].next == none {
			break
		}
		f = s.edges[i].next
	}
	return f
}

// planes are those through the eye and the edges of a face: at[k]·ray is
// positive where ray runs inside of edge k, for all three times the sign of
// determinant.
type planes struct {
	at          [3][3]float64
	determinant float64
}

func (v *viewed) planes(f int32) (p planes) {
	a, b, c := &v.places[v.corners[3*f]], &v.places[v.corners[3*f+1]], &v.places[v.corners[3*f+2]]
	p.at = [3][3]float64{cross(*a, *b), cross(*b, *c), cross(*c, *a)}
	p.determinant = dot(p.at[0], *c)
	return p
}

// inverseDepth returns 1/z of a face where the ray meets its plane.
func (v *viewed) inverseDepth(f int32, ray [3]float64) float64 {
	p := v.planes(f)
	return (dot(p.at[0], ray) + dot(p.at[1], ray) + dot(p.at[2], ray)) / p.determinant
}

// walk goes from face f, seen along the ray from, to the ray from + way. The
// edges that it crosses are put into memory.
func (v *viewed) walk(f int32, from, way [3]float64, memory []crossed) sheet {
	s := sheet{first: f, edges: memory[:0], last: f}
	came := none // the half-edge of f that was crossed to come here
	t := 0.0
	for range longestWalk {
		p := v.planes(f)
		sign := 1.0
		if p.determinant < 0 {
			sign = -1
		}
		exit, at := none, 1.0
		for k := range int32(3) {
			h := 3*f + k
			if h == came {
				continue
			}
			change := sign * dot(p.at[k], way)
			if change >= 0 {
				continue
			}
			// Rounding may put the sample a little outside.
			if out := max(t, -sign*dot(p.at[k], from)/change); out < at {
				exit, at = h, out
			}
		}
		if exit == none {
			s.last = f
			return s
		}
		t = at
		came = v.across(exit, &p.at[exit%3], sign)
		if came == none {
			s.edges, s.last = append(s.edges, crossed{t, exit, none}), none
			return s
		}
		f = came / 3
		s.edges = append(s.edges, crossed{t, exit, f})
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

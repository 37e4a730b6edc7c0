package render

import (
	"math"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// lighting is what the colour of a sample depends on if copies of faces have more
// than one colour.
type lighting struct {
	appearance
	// directions and radiances are those of the further lights.
	directions, radiances [][3]float64
	// backdrop is [size, size, 3], or nil.
	backdrop []float32
}

// prepare computes the lighting of a scene.
func (l *lighting) prepare(s *Scene, size int) {
	l.appearance = appearanceOf(s)
	l.directions, l.radiances = l.directions[:0], l.radiances[:0]
	for i := range s.Lights {
		l.directions = append(l.directions, vec3.Unit(s.Lights[i].Direction))
		l.radiances = append(l.radiances, s.Lights[i].radiance())
	}
	l.backdrop = nil
	if s.Backdrop != nil {
		l.backdrop = s.Backdrop.Fill(size)
	}
}

// light returns the light on a surface of normal n.
func (l *lighting) light(n [3]float64) [3]float64 {
	base := l.ambient + l.directional*max(0, vec3.Dot(n, l.appearance.light))
	sum := [3]float64{base, base, base}
	for i, d := range l.directions {
		if lit := vec3.Dot(n, d); lit > 0 {
			for k, c := range l.radiances[i] {
				sum[k] += lit * c
			}
		}
	}
	return sum
}

// behind returns the background's colour at pixel (x, y).
func (l *lighting) behind(x, y, size int) (c [3]float32) {
	if l.backdrop != nil {
		return [3]float32(l.backdrop[3*(y*size+x):])
	}
	for k, b := range l.background {
		c[k] = float32(b)
	}
	return c
}

// resolveShaded is resolve with every sample shaded.
func (v *view) resolveShaded(r *Renderer, image []float32, from, to int) {
	s := v.supersample
	size := v.samples / s
	x0, x1 := v.bounds.x0/s, (v.bounds.x1+s-1)/s
	y0, y1 := v.bounds.y0/s, (v.bounds.y1+s-1)/s
	scale := 1 / float32(s*s)
	shade := shader{view: v, renderer: r, last: None}
	for y := from; y < to; y++ {
		for x := range size {
			pixel := image[3*(y*size+x):][:3]
			behind := v.lighting.behind(x, y, size)
			if y < y0 || y >= y1 || x < x0 || x >= x1 {
				copy(pixel, behind[:])
				continue
			}
			var sum [3]float32
			covered := 0
			for j := range s {
				row := s*y + j
				for i, near := range v.nearest[row*v.samples+s*x:][:s] {
					slot := near.slot()
					if slot == 0 {
						continue
					}
					covered++
					c := shade.colour(int32(slot)-1, float64(s*x+i), float64(row))
					for k := range sum {
						sum[k] += c[k]
					}
				}
			}
			for k := range pixel {
				if covered == 0 { // exactly the background
					pixel[k] = behind[k]
					continue
				}
				pixel[k] = (sum[k] + float32(s*s-covered)*behind[k]) * scale
			}
		}
	}
}

// shader colours samples. It caches what belongs to one copy, as neighbouring
// samples mostly show the same.
type shader struct {
	view     *view
	renderer *Renderer

	last    int32 // the copy that is cached
	face    int32
	sign    float64
	colours [3]float64 // object and material
	texture *MipMap
	light   [3]float64 // on a flat copy
	flat    [3]float32 // the colour of a flat copy without texture
	done    bool       // flat is set
	// edges give e_k = edges[k][0]·column + edges[k][1]·row + edges[k][2]; see
	// Surface.
	edges [3][3]float64
	// across and down are the changes per column and per row of Σ e_k u_k, of
	// Σ e_k v_k and of E.
	across, down [3]float64
}

// colour returns the colour of a copy at a sample.
func (s *shader) colour(index int32, column, row float64) [3]float32 {
	if index != s.last {
		s.take(index)
	}
	if s.done {
		return s.flat
	}
	e, total := s.barycentrics(column, row)
	light, colours := s.light, s.colours
	if corners := s.renderer.surface.CornerNormals; corners != nil {
		light = s.view.lighting.light(s.normal(&corners[s.face], e.inside))
	}
	if s.texture != nil {
		t := s.texel(e, total)
		for k := range colours {
			colours[k] *= t[k]
		}
	}
	return mixed(colours, light)
}

// mixed returns colour · light, at most 1.
func mixed(colours, light [3]float64) (c [3]float32) {
	for k := range c {
		c[k] = saturate(colours[k] * light[k])
	}
	return c
}

// take caches a copy.
func (s *shader) take(index int32) {
	surface := &s.renderer.surface
	face, reversed := s.renderer.FaceOf(index)
	s.last, s.face, s.sign = index, face, 1
	if reversed {
		s.sign = -1
	}
	s.colours, s.texture = s.view.lighting.object, nil
	if surface.FaceColours != nil {
		for k, c := range surface.FaceColours[face] {
			s.colours[k] *= float64(c)
		}
	}
	if surface.FaceTextures != nil && surface.FaceTextures[face] >= 0 {
		s.texture = surface.Textures[surface.FaceTextures[face]]
	}
	if surface.CornerNormals == nil {
		n := surface.Normals[face]
		s.light = s.view.lighting.light([3]float64{s.sign * float64(n[0]), s.sign * float64(n[1]), s.sign * float64(n[2])})
		if s.done = s.texture == nil; s.done {
			s.flat = mixed(s.colours, s.light)
			return
		}
	}
	s.findEdges()
}

// findEdges prepares barycentrics of the face.
func (s *shader) findEdges() {
	c := &s.view.camera
	var p [3][3]float64
	for k, i := range s.renderer.faces[s.face] {
		p[k] = c.toCamera(s.renderer.positions[i])
	}
	for k := range 3 {
		m := vec3.Cross(p[(k+1)%3], p[(k+2)%3])
		s.edges[k] = [3]float64{m[0] / c.Scale, -m[1] / c.Scale, m[2] - (m[0]-m[1])*c.Centre/c.Scale}
	}
	if s.texture == nil {
		return
	}
	s.across, s.down = [3]float64{}, [3]float64{}
	for k, corner := range s.renderer.surface.CornerTexCoords[s.face] {
		for d, c := range [3]float64{float64(corner[0]), float64(corner[1]), 1} {
			s.across[d] += s.edges[k][0] * c
			s.down[d] += s.edges[k][1] * c
		}
	}
}

// weights are e and the barycentrics b of Surface at a sample.
type weights struct{ e, inside [3]float64 }

// barycentrics returns the weights of the corners at a sample and E.
func (s *shader) barycentrics(column, row float64) (w weights, total float64) {
	for k, edge := range s.edges {
		w.e[k] = edge[0]*column + edge[1]*row + edge[2]
		total += w.e[k]
	}
	sign, sum := math.Copysign(1, total), 0.0
	for k, e := range w.e {
		w.inside[k] = max(0, sign*e)
		sum += w.inside[k]
	}
	if !(sum > 0) {
		w.inside = [3]float64{1.0 / 3, 1.0 / 3, 1.0 / 3}
		return w, total
	}
	inverse := 1 / sum
	for k := range w.inside {
		w.inside[k] *= inverse
	}
	return w, total
}

// normal interpolates the normals of the corners.
func (s *shader) normal(corners *[3][3]float32, b [3]float64) (n [3]float64) {
	for k, corner := range corners {
		for d := range n {
			n[d] += b[k] * float64(corner[d])
		}
	}
	inverse := s.sign / max(vec3.Length(n), 1e-5)
	for d := range n {
		n[d] *= inverse
	}
	return n
}

// texel looks the texture up.
func (s *shader) texel(w weights, total float64) [3]float64 {
	corners := &s.renderer.surface.CornerTexCoords[s.face]
	var u, v float64
	for k := range corners {
		u += w.inside[k] * float64(corners[k][0])
		v += w.inside[k] * float64(corners[k][1])
	}
	inverse := 1 / total
	level := s.texture.Level(
		(s.across[0]-u*s.across[2])*inverse, (s.across[1]-v*s.across[2])*inverse,
		(s.down[0]-u*s.down[2])*inverse, (s.down[1]-v*s.down[2])*inverse)
	return s.texture.Sample(level, u, v)
}

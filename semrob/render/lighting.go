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

	last     int32 // the copy that is cached
	face     int32
	row      int32 // of the surface
	sign     float64
	colours  [3]float64 // object and material
	emission [3]float64 // times object
	unlit    bool
	texture  *MipMap
	emitted  *MipMap    // the texture of emission
	light    [3]float64 // on a flat copy
	flat     [3]float32 // the colour of a flat copy without texture
	done     bool       // flat is set
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
	surface := &s.renderer.surface
	light, colours, emission := s.light, s.colours, s.emission
	if corners := surface.CornerNormals; corners != nil && !s.unlit {
		light = s.view.lighting.light(s.normal(&corners[s.face], e.inside))
	}
	if surface.CornerColours != nil {
		var sum [3]float64
		for corner, c := range surface.CornerColours[s.row] {
			for k := range sum {
				sum[k] += e.inside[corner] * float64(c[k])
			}
		}
		for k := range colours {
			colours[k] *= sum[k]
		}
	}
	if s.texture != nil || s.emitted != nil {
		place := s.place(e, total)
		multiply(&colours, s.texture, place)
		multiply(&emission, s.emitted, place)
	}
	return mixed(colours, light, emission)
}

// multiply multiplies a colour by a texture, unless that is nil.
func multiply(c *[3]float64, t *MipMap, at place) {
	if t == nil {
		return
	}
	texel := t.Sample(t.Level(at.changes[0], at.changes[1], at.changes[2], at.changes[3]), at.u, at.v)
	for k := range c {
		c[k] *= texel[k]
	}
}

// mixed returns colour · light + emission, at most 1.
func mixed(colours, light, emission [3]float64) (c [3]float32) {
	for k := range c {
		c[k] = saturate(colours[k]*light[k] + emission[k])
	}
	return c
}

// take caches a copy.
func (s *shader) take(index int32) {
	surface := &s.renderer.surface
	face, reversed := s.renderer.FaceOf(index)
	s.last, s.sign = index, 1
	if reversed {
		s.sign = -1
	}
	s.aim(face, surface.Row(face, reversed))
	row := s.row
	s.colours, s.emission = s.view.lighting.object, [3]float64{}
	if surface.FaceColours != nil {
		for k, c := range surface.FaceColours[row] {
			s.colours[k] *= float64(c)
		}
	}
	if surface.FaceEmissions != nil {
		for k, c := range surface.FaceEmissions[row] {
			s.emission[k] = s.view.lighting.object[k] * float64(c)
		}
	}
	s.emitted = surface.textureOf(surface.EmissionTextures, row)
	if s.unlit = surface.FaceUnlit != nil && surface.FaceUnlit[row]; s.unlit {
		s.light = [3]float64{1, 1, 1}
	} else if surface.CornerNormals == nil {
		n := surface.Normals[face]
		s.light = s.view.lighting.light([3]float64{s.sign * float64(n[0]), s.sign * float64(n[1]), s.sign * float64(n[2])})
	}
	s.done = (surface.CornerNormals == nil || s.unlit) && s.texture == nil && s.emitted == nil && surface.CornerColours == nil
	if s.done {
		s.flat = mixed(s.colours, s.light, s.emission)
		return
	}
	s.findEdges()
}

// aim sets the face, its row of the surface and its texture.
func (s *shader) aim(face, row int32) {
	s.face, s.row = face, row
	s.texture = s.renderer.surface.textureOf(s.renderer.surface.FaceTextures, row)
}

// textureOf returns the texture of a row, nil for none.
func (s *Surface) textureOf(column []int32, row int32) *MipMap {
	if column == nil || column[row] < 0 {
		return nil
	}
	return s.Textures[column[row]]
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
	if s.texture == nil && s.emitted == nil {
		return
	}
	s.across, s.down = [3]float64{}, [3]float64{}
	for k, corner := range s.renderer.surface.CornerTexCoords[s.row] {
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

// place is a place on textures, and its changes from sample to sample: of u and v
// to the right, then down.
type place struct {
	u, v    float64
	changes [4]float64
}

// place returns the place on textures at a sample.
func (s *shader) place(w weights, total float64) (p place) {
	corners := &s.renderer.surface.CornerTexCoords[s.row]
	for k := range corners {
		p.u += w.inside[k] * float64(corners[k][0])
		p.v += w.inside[k] * float64(corners[k][1])
	}
	inverse := 1 / total
	p.changes = [4]float64{
		(s.across[0] - p.u*s.across[2]) * inverse, (s.across[1] - p.v*s.across[2]) * inverse,
		(s.down[0] - p.u*s.down[2]) * inverse, (s.down[1] - p.v*s.down[2]) * inverse,
	}
	return p
}

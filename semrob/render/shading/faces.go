package shading

import (
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// columns are the positions of a face's attributes in its row of the table of
// faces; −1 for attributes that the mesh does not have.
type columns struct {
	// normal is the face's unit normal, x y z, for flat shading.
	normal int
	// corners are the first corner of the face, and the vectors from it to the
	// second and the third, in the mesh's axes: 9 values.
	corners int
	// normals are, for smooth shading, the unit normal at the first corner and
	// the differences of the others from it: 9 values.
	normals int
	// texCoords are u and v at the first corner and the differences of the others
	// from them: 6 values.
	texCoords int
	// texture is 1 + the index of the face's texture, or 0 for white.
	texture int
	// colour is that of the material, red green blue.
	colour int
	// colours are those at the first corner and the differences of the others from
	// it: 9 values.
	colours int
	// emission is red green blue, and emitted its texture, as for texture.
	emission, emitted int
	// unlit is 1 for a face on which light has no effect, or 0.
	unlit int
	// backs is set if rows are those of copies, not of faces.
	backs bool

	width int
}

// newColumns returns columns for the attributes of a surface.
func newColumns(s *render.Surface) columns {
	c := columns{normal: -1, corners: -1, normals: -1, texCoords: -1, texture: -1, colour: -1, colours: -1, emission: -1, emitted: -1, unlit: -1, backs: s.Back != nil}
	add := func(at *int, values int, present bool) {
		if present {
			*at = c.width
			c.width += values
		}
	}
	add(&c.normal, 3, s.CornerNormals == nil)
	add(&c.normals, 9, s.CornerNormals != nil)
	textured := s.FaceTextures != nil || s.EmissionTextures != nil
	add(&c.texCoords, 6, textured)
	add(&c.texture, 1, s.FaceTextures != nil)
	add(&c.colour, 3, s.FaceColours != nil)
	add(&c.colours, 9, s.CornerColours != nil)
	add(&c.emission, 3, s.FaceEmissions != nil)
	add(&c.emitted, 1, s.EmissionTextures != nil)
	add(&c.unlit, 1, s.FaceUnlit != nil)
	add(&c.corners, 9, s.CornerNormals != nil || textured || c.colours >= 0 || c.emission >= 0 || c.unlit >= 0)
	return c
}

// interpolated reports whether the colour of a copy of a face varies between
// samples.
func (c *columns) interpolated() bool { return c.corners >= 0 }

// newFaces returns the table of faces, [1+F, width]: zeros for the background,
// then a row for each face; or [1+2F, width], a row for each copy, if the backs of
// some faces look different.
func newFaces(r *render.Renderer) (columns, []float32) {
	m, s := r.Mesh(), r.Surface()
	c := newColumns(s)
	if !c.backs {
		all := make([]float32, c.width*(1+len(m.Faces)))
		for f := range m.Faces {
			c.fill(all[c.width*(1+f):][:c.width], m, s, f, int32(f))
		}
		return c, all
	}
	all := make([]float32, c.width*(1+2*len(m.Faces)))
	for f := range m.Faces {
		c.fill(all[c.width*(1+f):][:c.width], m, s, f, s.Row(int32(f), false))
		c.fill(all[c.width*(1+len(m.Faces)+f):][:c.width], m, s, f, s.Row(int32(f), true))
	}
	return c, all
}

// fill writes the attributes of a face with the look of a row of the surface.
func (c *columns) fill(row []float32, m *mesh.Mesh, s *render.Surface, f int, look int32) {
	face := m.Faces[f]
	if c.normal >= 0 {
		copy(row[c.normal:], s.Normals[f][:])
	}
	if c.colour >= 0 {
		copy(row[c.colour:], s.FaceColours[look][:])
	}
	if c.corners >= 0 {
		first := m.Vertices[face[0]]
		copy(row[c.corners:], first[:])
		for k, i := range face[1:] {
			for d := range 3 {
				row[c.corners+3*(1+k)+d] = float32(float64(m.Vertices[i][d]) - float64(first[d]))
			}
		}
	}
	if c.normals >= 0 {
		corners := &s.CornerNormals[f]
		copy(row[c.normals:], corners[0][:])
		for k := range 2 {
			for d := range 3 {
				row[c.normals+3*(1+k)+d] = corners[1+k][d] - corners[0][d]
			}
		}
	}
	if c.texCoords >= 0 {
		corners := &s.CornerTexCoords[look]
		copy(row[c.texCoords:], corners[0][:])
		for k := range 2 {
			for d := range 2 {
				row[c.texCoords+2*(1+k)+d] = corners[1+k][d] - corners[0][d]
			}
		}
	}
	if c.texture >= 0 {
		row[c.texture] = float32(1 + s.FaceTextures[look])
	}
	if c.colours >= 0 {
		corners := &s.CornerColours[look]
		copy(row[c.colours:], corners[0][:])
		for k := range 2 {
			for d := range 3 {
				row[c.colours+3*(1+k)+d] = corners[1+k][d] - corners[0][d]
			}
		}
	}
	if c.emission >= 0 {
		copy(row[c.emission:], s.FaceEmissions[look][:])
	}
	if c.emitted >= 0 {
		row[c.emitted] = float32(1 + s.EmissionTextures[look])
	}
	if c.unlit >= 0 && s.FaceUnlit[look] {
		row[c.unlit] = 1
	}
}

package shading

import "github.com/semrob/gonb-semrob/semrob/render"

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

	width int
}

// newColumns returns columns for the attributes of a surface.
func newColumns(s *render.Surface) columns {
	c := columns{-1, -1, -1, -1, -1, -1, 0}
	add := func(at *int, values int, present bool) {
		if present {
			*at = c.width
			c.width += values
		}
	}
	add(&c.normal, 3, s.CornerNormals == nil)
	add(&c.normals, 9, s.CornerNormals != nil)
	add(&c.texCoords, 6, s.FaceTextures != nil)
	add(&c.texture, 1, s.FaceTextures != nil)
	add(&c.colour, 3, s.FaceColours != nil)
	add(&c.corners, 9, s.CornerNormals != nil || s.FaceTextures != nil)
	return c
}

// interpolated reports whether the colour of a copy of a face varies between
// samples.
func (c *columns) interpolated() bool { return c.corners >= 0 }

// newFaces returns the table of faces, [1+F, width]: zeros for the background,
// then a row for each face.
func newFaces(r *render.Renderer) (columns, []float32) {
	m, s := r.Mesh(), r.Surface()
	c := newColumns(s)
	all := make([]float32, c.width*(1+len(m.Faces)))
	for f, face := range m.Faces {
		row := all[c.width*(1+f):][:c.width]
		if c.normal >= 0 {
			copy(row[c.normal:], s.Normals[f][:])
		}
		if c.colour >= 0 {
			copy(row[c.colour:], s.FaceColours[f][:])
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
		if c.texture >= 0 && s.FaceTextures[f] >= 0 {
			row[c.texture] = float32(1 + s.FaceTextures[f])
			corners := &s.CornerTexCoords[f]
			copy(row[c.texCoords:], corners[0][:])
			for k := range 2 {
				for d := range 2 {
					row[c.texCoords+2*(1+k)+d] = corners[1+k][d] - corners[0][d]
				}
			}
		}
	}
	return c, all
}

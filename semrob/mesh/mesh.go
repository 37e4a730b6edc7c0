// Package mesh loads, generates and normalises triangle meshes for rendering.
package mesh

// Mesh is an indexed triangle mesh. Vertices and Faces are its shape. Normals,
// texture coordinates and materials are optional: without them it is drawn in one
// colour.
type Mesh struct {
	// Name is the file's base name, or the name of a generated mesh.
	Name string
	// Vertices are positions [vertex][x, y, z], y up.
	Vertices [][3]float32
	// Faces are triangles [face][corner] of indices into Vertices.
	Faces [][3]int32

	// Normals are directions [normal][x, y, z] of any length but 0.
	Normals [][3]float32
	// FaceNormals are indices [face][corner] into Normals, −1 for none; nil if
	// no corner has a normal.
	FaceNormals [][3]int32
	// FaceGroups are smoothing groups [face]: faces of one group are smooth where
	// they meet, those of others are not, and those of group 0 are flat. They count
	// for faces without normals. Nil if the file has none.
	FaceGroups []int32
	// TexCoords are places [place][u, v] on a texture: (0, 0) is the upper left
	// corner of the image, (1, 1) the lower right one, u runs to the right and v
	// down. Beyond 0…1 the texture is wrapped.
	TexCoords [][2]float32
	// FaceTexCoords are indices [face][corner] into TexCoords, −1 for none; nil
	// if no corner has texture coordinates.
	FaceTexCoords [][3]int32
	// Colours are colours [colour][red, green, blue], 0…1, that multiply those of
	// materials.
	Colours [][3]float32
	// FaceColours are indices [face][corner] into Colours, −1 for white; nil if no
	// corner has a colour.
	FaceColours [][3]int32
	// FaceMaterials are indices [face] into Materials, −1 for none; nil if no
	// face has a material.
	FaceMaterials []int32
	// Materials are the colours and textures of faces.
	Materials []Material

	// Warnings are sentences about problems in the source that did not prevent
	// loading, such as a face that was left out.
	Warnings []string
	// LookWarnings are such sentences that matter only if materials are drawn,
	// such as a missing texture.
	LookWarnings []string
}

// Shape returns the mesh without normals, texture coordinates, colours and
// materials. It shares the vertices and faces. A flat-shaded picture in one colour depends on
// nothing else.
func (m *Mesh) Shape() *Mesh {
	return &Mesh{Name: m.Name, Vertices: m.Vertices, Faces: m.Faces, Warnings: m.Warnings}
}

// replace moves vertices without a position to one that has one, so that they do
// not count.
func (m *Mesh) replace(bad map[int32]bool) {
	if len(bad) == 0 {
		return
	}
	for i, v := range m.Vertices {
		if bad[int32(i)] {
			continue
		}
		for k := range bad {
			m.Vertices[k] = v
		}
		return
	}
}

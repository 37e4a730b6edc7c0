// Package mesh loads, generates and normalises the triangle meshes that are
// rendered.
package mesh

// Mesh is an indexed triangle mesh. Vertices and Faces are its shape; all else
// is what it looks like, optional, and empty where nothing is known of it: such
// a mesh is drawn in one colour.
type Mesh struct {
	// Name says where the mesh comes from: a file's base name or a generated
	// mesh's name.
	Name string
	// Vertices are positions [vertex][x, y, z], y up.
	Vertices [][3]float32
	// Faces are triangles [face][corner] of indices into Vertices.
	Faces [][3]int32

	// Normals are directions [normal][x, y, z] that corners of faces name, of
	// any length but 0.
	Normals [][3]float32
	// FaceNormals are, for [face][corner], indices into Normals, −1 where the
	// corner has none. It is nil where no corner has one.
	FaceNormals [][3]int32
	// TexCoords are places [place][u, v] on a texture that corners of faces
	// name: (0, 0) is the upper left corner of the image, u runs to the right
	// and v downwards to the lower right corner (1, 1). Beyond 0…1 the texture's
	// wrapping says what is there.
	TexCoords [][2]float32
	// FaceTexCoords are, for [face][corner], indices into TexCoords, −1 where
	// the corner has none. It is nil where no corner has one.
	FaceTexCoords [][3]int32
	// FaceMaterials are, for [face], indices into Materials, −1 where the face
	// has none. It is nil where no face has one.
	FaceMaterials []int32
	// Materials are what faces are made of.
	Materials []Material

	// Warnings are what was odd but not wrong about the source, such as a
	// material file that is absent: one sentence each.
	Warnings []string
}

// Shape returns the mesh without normals, texture coordinates and materials,
// sharing its vertices and faces: all that a picture in one colour, flat-shaded,
// depends on.
func (m *Mesh) Shape() *Mesh {
	return &Mesh{Name: m.Name, Vertices: m.Vertices, Faces: m.Faces, Warnings: m.Warnings}
}

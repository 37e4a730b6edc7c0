// Package mesh loads, generates and normalises the triangle meshes that are
// rendered.
package mesh

// Mesh is an indexed triangle mesh.
type Mesh struct {
	// Name says where the mesh comes from: a file's base name or a generated
	// mesh's name.
	Name string
	// Vertices are positions [vertex][x, y, z], y up.
	Vertices [][3]float32
	// Faces are triangles [face][corner] of indices into Vertices.
	Faces [][3]int32
	// Warnings are what was odd but not wrong about the source, such as a
	// material file that is absent: one sentence each.
	Warnings []string
}

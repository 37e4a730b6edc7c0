package mesh

import "slices"

// MergeDuplicates returns the mesh without faces that repeat an earlier one. Faces
// are equal if their corners have the same three positions, in any order and
// winding, even at different vertices. The first of equal faces stays, with its
// normals, texture coordinates and material; the order of faces and all vertices
// are kept.
//
// Meshes often contain every face twice, once in each winding, to be visible from
// both sides. The renderer draws both sides anyway, and equal faces at the same
// depth would hide which edges are silhouettes.
//
// The mesh must pass Check.
func (m *Mesh) MergeDuplicates() *Mesh {
	place := m.places()
	seen := make(map[[3]int32]struct{}, len(m.Faces))
	result := m.clone()
	kept := 0
	for f, face := range m.Faces {
		key := [3]int32{place[face[0]], place[face[1]], place[face[2]]}
		slices.Sort(key[:])
		if _, repeated := seen[key]; !repeated {
			seen[key] = struct{}{}
			result.moveFace(kept, f)
			kept++
		}
	}
	result.keepFaces(kept)
	return result
}

// moveFace overwrites face to with face from.
func (m *Mesh) moveFace(to, from int) {
	m.Faces[to] = m.Faces[from]
	if m.FaceNormals != nil {
		m.FaceNormals[to] = m.FaceNormals[from]
	}
	if m.FaceTexCoords != nil {
		m.FaceTexCoords[to] = m.FaceTexCoords[from]
	}
	if m.FaceMaterials != nil {
		m.FaceMaterials[to] = m.FaceMaterials[from]
	}
}

// keepFaces drops the faces from the n-th on.
func (m *Mesh) keepFaces(n int) {
	m.Faces = m.Faces[:n]
	if m.FaceNormals != nil {
		m.FaceNormals = m.FaceNormals[:n]
	}
	if m.FaceTexCoords != nil {
		m.FaceTexCoords = m.FaceTexCoords[:n]
	}
	if m.FaceMaterials != nil {
		m.FaceMaterials = m.FaceMaterials[:n]
	}
}

// places returns, for each vertex, the lowest index of a vertex at its position.
func (m *Mesh) places() []int32 {
	first := make(map[[3]float32]int32, len(m.Vertices))
	place := make([]int32, len(m.Vertices))
	for i, position := range m.Vertices {
		index, known := first[position]
		if !known {
			index = int32(i)
			first[position] = index
		}
		place[i] = index
	}
	return place
}

// clone returns a copy that shares nothing with m but textures.
func (m *Mesh) clone() *Mesh {
	return &Mesh{
		Name:          m.Name,
		Vertices:      slices.Clone(m.Vertices),
		Faces:         slices.Clone(m.Faces),
		Normals:       slices.Clone(m.Normals),
		FaceNormals:   slices.Clone(m.FaceNormals),
		TexCoords:     slices.Clone(m.TexCoords),
		FaceTexCoords: slices.Clone(m.FaceTexCoords),
		FaceMaterials: slices.Clone(m.FaceMaterials),
		Materials:     slices.Clone(m.Materials),
		Warnings:      slices.Clone(m.Warnings),
	}
}

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
	var kept []int
	for f, face := range m.Faces {
		key := [3]int32{place[face[0]], place[face[1]], place[face[2]]}
		slices.Sort(key[:])
		if _, repeated := seen[key]; !repeated {
			seen[key] = struct{}{}
			kept = append(kept, f)
		}
	}
	result := m.clone()
	result.Faces, result.FaceMaterials = keep(result.Faces, kept), keep(result.FaceMaterials, kept)
	result.FaceNormals, result.FaceTexCoords = keep(result.FaceNormals, kept), keep(result.FaceTexCoords, kept)
	return result
}

// keep moves the rows with these indices, in ascending order, to the front and
// drops the others. Nil stays nil.
func keep[T any](rows []T, kept []int) []T {
	if rows == nil {
		return nil
	}
	for to, from := range kept {
		rows[to] = rows[from]
	}
	return rows[:len(kept)]
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

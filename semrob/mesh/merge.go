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
	merged, _ := m.Merge()
	return merged
}

// Merge is MergeDuplicates that also returns, for each face of the merged mesh, the
// index in m of the first face that repeats it with the other winding, or −1: what
// shows on its other side. It is nil if there is none.
func (m *Mesh) Merge() (merged *Mesh, back []int32) {
	place := m.places()
	seen := make(map[[3]int32]int32, len(m.Faces)) // indices into kept
	var kept []int
	for f, face := range m.Faces {
		key, odd := sorted([3]int32{place[face[0]], place[face[1]], place[face[2]]})
		at, repeated := seen[key]
		if !repeated {
			seen[key] = int32(len(kept))
			kept = append(kept, f)
			continue
		}
		first := m.Faces[kept[at]]
		if _, wound := sorted([3]int32{place[first[0]], place[first[1]], place[first[2]]}); wound == odd {
			continue
		}
		for int(at) >= len(back) {
			back = append(back, -1)
		}
		if back[at] < 0 {
			back[at] = int32(f)
		}
	}
	if back != nil {
		for len(back) < len(kept) {
			back = append(back, -1)
		}
	}
	result := m.clone()
	result.Faces, result.FaceMaterials = keep(result.Faces, kept), keep(result.FaceMaterials, kept)
	result.FaceNormals, result.FaceTexCoords = keep(result.FaceNormals, kept), keep(result.FaceTexCoords, kept)
	result.FaceColours, result.FaceGroups = keep(result.FaceColours, kept), keep(result.FaceGroups, kept)
	return result, back
}

// sorted returns three numbers in ascending order, and whether an odd number of
// them were exchanged.
func sorted(v [3]int32) (in [3]int32, odd bool) {
	for _, k := range [3]int{0, 1, 0} {
		if v[k] > v[k+1] {
			v[k], v[k+1], odd = v[k+1], v[k], !odd
		}
	}
	return v, odd
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
		FaceGroups:    slices.Clone(m.FaceGroups),
		TexCoords:     slices.Clone(m.TexCoords),
		FaceTexCoords: slices.Clone(m.FaceTexCoords),
		Colours:       slices.Clone(m.Colours),
		FaceColours:   slices.Clone(m.FaceColours),
		FaceMaterials: slices.Clone(m.FaceMaterials),
		Materials:     slices.Clone(m.Materials),
		Warnings:      slices.Clone(m.Warnings),
		LookWarnings:  slices.Clone(m.LookWarnings),
	}
}

package mesh

import "slices"

// MergeDuplicates returns the mesh without the faces that repeat an earlier one:
// a face with the same three corner positions, in whatever order and winding,
// whether or not the corners are the same vertices. The face of the lowest index
// stays, the order of the faces is kept, and so are all vertices.
//
// Meshes often hold every face twice, once in each winding, to be visible from
// both sides. The renderer draws both sides anyway, and equal faces would lie at
// the same depth and hide which edges are silhouettes.
//
// Every face must name vertices that exist, which Check tells.
func (m *Mesh) MergeDuplicates() *Mesh {
	place := m.places()
	seen := make(map[[3]int32]struct{}, len(m.Faces))
	result := m.clone()
	result.Faces = result.Faces[:0]
	for _, face := range m.Faces {
		key := [3]int32{place[face[0]], place[face[1]], place[face[2]]}
		slices.Sort(key[:])
		if _, repeated := seen[key]; !repeated {
			seen[key] = struct{}{}
			result.Faces = append(result.Faces, face)
		}
	}
	return result
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

// clone returns a copy that shares nothing with m.
func (m *Mesh) clone() *Mesh {
	return &Mesh{
		Name:     m.Name,
		Vertices: slices.Clone(m.Vertices),
		Faces:    slices.Clone(m.Faces),
		Warnings: slices.Clone(m.Warnings),
	}
}

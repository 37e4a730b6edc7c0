package mesh

// builder collects the triangles of a generated mesh and welds vertices of the
// same position.
type builder struct {
	mesh  *Mesh
	known map[[3]float32]int32
}

func newBuilder(name string) *builder {
	return &builder{mesh: &Mesh{Name: name}, known: map[[3]float32]int32{}}
}

// vertex returns the index of the vertex at a position, in float32.
func (b *builder) vertex(position [3]float64) int32 {
	var key [3]float32
	for axis, value := range position {
		key[axis] = float32(value) + 0 // −0 becomes 0
	}
	index, known := b.known[key]
	if !known {
		index = int32(len(b.mesh.Vertices))
		b.known[key] = index
		b.mesh.Vertices = append(b.mesh.Vertices, key)
	}
	return index
}

// triangle adds a triangle, counter-clockwise as seen from outside, unless two
// of its corners are the same vertex.
func (b *builder) triangle(i, j, k int32) {
	if i != j && j != k && k != i {
		b.mesh.Faces = append(b.mesh.Faces, [3]int32{i, j, k})
	}
}

// grid adds the two triangles of each cell of a grid of vertices [row][column].
// Rows × columns points outside: with rows running up, columns run to the left
// as seen from inside.
func (b *builder) grid(vertices [][]int32) {
	for row := 1; row < len(vertices); row++ {
		low, high := vertices[row-1], vertices[row]
		for column := 1; column < len(low); column++ {
			b.triangle(low[column-1], high[column-1], high[column])
			b.triangle(low[column-1], high[column], low[column])
		}
	}
}

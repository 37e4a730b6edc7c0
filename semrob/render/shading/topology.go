package shading

import "github.com/semrob/gonb-semrob/semrob/mesh"

// topology is the faces at each edge. Half-edge 3f+k runs from corner k of face f
// to the next one. Vertices at the same position are the same corner.
type topology struct {
	positions [][3]float64
	corners   []int32 // [3F] indices into positions
	// around leads from a half-edge to another one at the same edge, in either
	// direction, and from the last back to the first: to itself at the border of
	// a surface.
	around []int32
}

func newTopology(m *mesh.Mesh) *topology {
	t := &topology{corners: make([]int32, 0, 3*len(m.Faces)), around: make([]int32, 3*len(m.Faces))}
	place := make(map[[3]float32]int32, len(m.Vertices))
	for _, face := range m.Faces {
		for _, i := range face {
			p := m.Vertices[i]
			at, known := place[p]
			if !known {
				at = int32(len(t.positions))
				place[p] = at
				t.positions = append(t.positions, [3]float64{float64(p[0]), float64(p[1]), float64(p[2])})
			}
			t.corners = append(t.corners, at)
		}
	}
	met := make(map[[2]int32]int32, 3*len(m.Faces)/2)
	for h := range t.around {
		h := int32(h)
		a, b := t.ends(h)
		edge := [2]int32{min(a, b), max(a, b)}
		other, known := met[edge]
		if !known {
			met[edge], t.around[h] = h, h
			continue
		}
		t.around[h], t.around[other] = t.around[other], h
	}
	return t
}

// ends returns the two corners of a half-edge.
func (t *topology) ends(h int32) (from, to int32) {
	if h%3 == 2 {
		return t.corners[h], t.corners[h-2]
	}
	return t.corners[h], t.corners[h+1]
}

// opposite returns the corner of a half-edge's face opposite to it.
func (t *topology) opposite(h int32) int32 { return t.corners[h-h%3+(h+2)%3] }

package mesh

import (
	"math"
	"testing"
)

type vector [3]float64

func at(m *Mesh, vertex int32) (v vector) {
	for axis, value := range m.Vertices[vertex] {
		v[axis] = float64(value)
	}
	return v
}

func (a vector) minus(b vector) vector { return vector{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }
func (a vector) dot(b vector) float64  { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func (a vector) cross(b vector) vector {
	return vector{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// measure returns the area of some faces, and the volume they enclose if they
// are closed and counter-clockwise from outside (the divergence theorem).
func measure(m *Mesh, faces [][3]int32) (area, volume float64) {
	for _, face := range faces {
		a, b, c := at(m, face[0]), at(m, face[1]), at(m, face[2])
		n := b.minus(a).cross(c.minus(a))
		area += math.Sqrt(n.dot(n)) / 2
		volume += a.dot(n) / 6
	}
	return area, volume
}

// rims returns the directed edges that no neighbour has in the other direction,
// and fails if two faces have an edge in the same direction, as then the winding is
// inconsistent or more than two faces meet.
func rims(t *testing.T, faces [][3]int32) (open [][2]int32) {
	t.Helper()
	edges := map[[2]int32]bool{}
	for _, face := range faces {
		for i := range face {
			edge := [2]int32{face[i], face[(i+1)%3]}
			if edges[edge] {
				t.Fatalf("two faces have the edge %v in the same direction", edge)
			}
			edges[edge] = true
		}
	}
	for edge := range edges {
		if !edges[[2]int32{edge[1], edge[0]}] {
			open = append(open, edge)
		}
	}
	return open
}

// euler returns vertices − edges + faces of a closed surface: 2 for a sphere.
func euler(faces [][3]int32) int {
	used := map[int32]bool{}
	for _, face := range faces {
		used[face[0]], used[face[1]], used[face[2]] = true, true, true
	}
	return len(used) - len(faces)*3/2 + len(faces)
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s is %.9g, want %.9g", what, got, want)
	}
}

package mesh

import (
	"math"
	"testing"
)

func TestStretched(t *testing.T) {
	m := Teapot(2)
	m.Normals = [][3]float32{{1, 1, 0}}
	tall := m.Stretched(1, 2, 0.5)
	for i, v := range m.Vertices {
		if want := [3]float32{v[0], 2 * v[1], 0.5 * v[2]}; tall.Vertices[i] != want {
			t.Fatalf("vertex %d is %v, want %v", i, tall.Vertices[i], want)
		}
	}
	// The plane x + y = 0 becomes x + y/2 = 0.
	if n := tall.Normals[0]; n[1]/n[0] != 0.5 || n[2] != 0 {
		t.Errorf("the normal is %v, want one along (2, 1, 0)", n)
	}
	if math.Abs(tall.ShapeFeatures().Volume-m.ShapeFeatures().Volume) > 1e-5 {
		t.Error("stretching changes the fraction of the box that the mesh fills")
	}
}

package mesh

import (
	"math"
	"testing"
)

// boxMesh is a box of these sides with a corner at from, each face wound
// outwards.
func boxMesh(sides, from [3]float32) *Mesh {
	m := &Mesh{Name: "box"}
	for i := range 8 {
		m.Vertices = append(m.Vertices, [3]float32{
			from[0] + sides[0]*float32(i&1), from[1] + sides[1]*float32(i>>1&1), from[2] + sides[2]*float32(i>>2&1),
		})
	}
	for _, q := range [][4]int32{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		m.Faces = append(m.Faces, [3]int32{q[0], q[1], q[2]}, [3]int32{q[0], q[2], q[3]})
	}
	return m
}

func TestShapeFeaturesOfABox(t *testing.T) {
	m := boxMesh([3]float32{4, 2, 1}, [3]float32{7, -3, 20})
	// Areas along x, y, z: 2·2, 2·4, 2·8 of 28.
	want := []float64{1, 0.5, 0.25, 1, 1, 4. / 28, 8. / 28, 16. / 28}
	check := func(what string, got ShapeFeatures) {
		t.Helper()
		for k, x := range got.Vector() {
			if math.Abs(x-want[k]) > 1e-5 {
				t.Errorf("%s: %s is %g, want %g", what, ShapeFeatureNames()[k], x, want[k])
			}
		}
	}
	check("a box", m.ShapeFeatures())
	twice := boxMesh([3]float32{4, 2, 1}, [3]float32{7, -3, 20})
	for _, f := range twice.Faces {
		twice.Faces = append(twice.Faces, [3]int32{f[2], f[1], f[0]})
	}
	check("a box with every face twice", twice.ShapeFeatures())
	check("a larger box elsewhere", boxMesh([3]float32{40, 20, 10}, [3]float32{}).ShapeFeatures())
}

func TestShapeFeaturesOfASphere(t *testing.T) {
	var profile [][2]float64
	for i := range 101 {
		sin, cos := math.Sincos(math.Pi * float64(i) / 100)
		profile = append(profile, [2]float64{sin, -cos})
	}
	s := Revolution(profile, 200).ShapeFeatures()
	// A sphere in its cube: π/6 of the area and of the volume.
	for k, want := range []float64{1, 1, 1, math.Pi / 6, math.Pi / 6, 1. / 3, 1. / 3, 1. / 3} {
		if got := s.Vector()[k]; math.Abs(got-want) > 2e-3 {
			t.Errorf("%s is %g, want %g", ShapeFeatureNames()[k], got, want)
		}
	}
	if (&Mesh{}).ShapeFeatures() != (ShapeFeatures{}) {
		t.Error("an empty mesh has a shape")
	}
}

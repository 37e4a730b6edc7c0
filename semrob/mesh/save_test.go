package mesh

import (
	"path/filepath"
	"slices"
	"testing"
)

// A saved mesh loads with the same shape and the same colour of every face.
func TestSaveOBJ(t *testing.T) {
	m := Revolution([][2]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1.5}}, 5)
	m.Materials = []Material{{Name: "dark grey", Diffuse: [3]float32{0.25, 0.3, 0.4}}, {Name: "red", Diffuse: [3]float32{1, 0, 0}}}
	for i := range m.Faces {
		m.FaceMaterials = append(m.FaceMaterials, int32(i%3)-1)
	}
	path := filepath.Join(t.TempDir(), "a vase.obj")
	if err := m.SaveOBJ(path); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Vertices, m.Vertices) || !slices.Equal(got.Faces, m.Faces) || len(got.Warnings) > 0 {
		t.Errorf("%d vertices and %d faces come back, want %d and %d; warnings %q", len(got.Vertices), len(got.Faces), len(m.Vertices), len(m.Faces), got.Warnings)
	}
	colour := func(m *Mesh, face int) [3]float32 {
		if k := m.FaceMaterials[face]; k >= 0 {
			return m.Materials[k].Diffuse
		}
		return [3]float32{1, 1, 1}
	}
	for i := range m.Faces {
		if a, b := colour(got, i), colour(m, i); a != b {
			t.Errorf("face %d has the colour %v, want %v", i, a, b)
		}
	}
	if err := (&Mesh{}).SaveOBJ(path); err == nil {
		t.Error("a mesh without faces is saved")
	}
}

package render

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// TestConventions checks that a physical picture, the default, is the paper's,
// mirrored.
func TestConventions(t *testing.T) {
	m := bumpyModel()
	textured, err := mesh.Load(m.writeGLTF(t, "glb"))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for name, c := range map[string]struct {
		mesh    *mesh.Mesh
		options Options
	}{
		"flat":     {mesh.Cup(), Options{}},
		"textured": {textured, Options{Materials: true, Shading: Smooth}},
	} {
		c.options.Size = 64
		physical, err := New(c.mesh, c.options)
		if err != nil {
			t.Fatal(err)
		}
		c.options.Camera = Paper
		paper, err := New(c.mesh, c.options)
		if err != nil {
			t.Fatal(err)
		}
		for range 6 {
			scene := DefaultScene()
			scene.Azimuth, scene.Elevation, scene.Roll, scene.OffsetX = 360*rng.Float64(), 80*rng.Float64(), 40*rng.Float64(), 0.3*rng.Float64()
			scene.Light = [3]float64{0.3, 1, -0.5}
			got := render(t, physical, scene)
			scene.Roll, scene.OffsetX = -scene.Roll, -scene.OffsetX
			want := render(t, paper, scene)
			var sum float64
			for y := range 64 {
				for x := range 64 {
					for k := range 3 {
						sum += math.Abs(float64(got[3*(64*y+x)+k] - want[3*(64*y+63-x)+k]))
					}
				}
			}
			if mean := sum / (3 * 64 * 64); mean > 1e-4 {
				t.Errorf("%s: the pictures differ by %g in the mean", name, mean)
			}
		}
	}
}

// TestFront checks that the front of a mesh is what was seen at that azimuth, and
// that a mesh with another axis up is drawn upright.
func TestFront(t *testing.T) {
	draw := func(m *mesh.Mesh, o Options, azimuth float64) []float32 {
		t.Helper()
		o.Size = 64
		r, err := New(m, o)
		if err != nil {
			t.Fatal(err)
		}
		scene := DefaultScene()
		scene.Azimuth, scene.Elevation = azimuth, 20
		return render(t, r, scene)
	}
	near := func(what string, got, want []float32) {
		t.Helper()
		var sum float64
		for i := range got {
			sum += math.Abs(float64(got[i] - want[i]))
		}
		if mean := sum / float64(len(got)); mean > 1e-3 {
			t.Errorf("%s: the pictures differ by %g in the mean", what, mean)
		}
	}
	cup := mesh.Cup()
	for _, front := range []float64{90, 180, -90} {
		near("front", draw(cup, Options{Front: front}, 30), draw(cup, Options{}, 30+front))
	}
	for _, up := range mesh.Ups.All() {
		// Laying the cup down: the rotation that brings up to the axis.
		lying := *cup
		lying.Vertices = nil
		for _, v := range cup.Vertices {
			lying.Vertices = append(lying.Vertices, map[mesh.Up][3]float32{
				mesh.UpY: v, mesh.UpZ: {v[0], -v[2], v[1]}, mesh.UpX: {v[1], -v[0], v[2]},
				mesh.UpMinusY: {v[0], -v[1], -v[2]}, mesh.UpMinusZ: {v[0], v[2], -v[1]}, mesh.UpMinusX: {-v[1], v[0], v[2]},
			}[up])
		}
		near(string(up), draw(&lying, Options{Up: up}, 30), draw(cup, Options{}, 30))
	}
}

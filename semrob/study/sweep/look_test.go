package sweep_test

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
)

// writePicture writes a picture of stripes in two colours.
func writePicture(t *testing.T, path string, a, b color.RGBA) {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		c := a
		if i%16/4%2 == 1 {
			c = b
		}
		picture.SetRGBA(i%16, i/16, c)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
}

// TestTheLookTravels compares the map of a worker that has nothing of a textured
// object and its background with that of a Lab, and with a white object's. The texture
// is found by its name in the folder of all meshes.
func TestTheLookTravels(t *testing.T) {
	dir, folder := t.TempDir(), t.TempDir()
	look := `look:
  materials: true
  mesh-root: shapes
  shading: smooth
  lights: [[1, 0, 0, 0.3, 1, 0, 0], "0,1,-1"]
  background: stripes.png
`
	for name, text := range map[string]string{
		"shapes/tents/tent.mtl": "newmtl cloth\nKd 0.9 0.8 0.2\nmap_Kd cloth.png\n",
		"shapes/tents/tent.obj": "mtllib tent.mtl\nusemtl cloth\nv -1 0 -1\nv 1 0 -1\nv 1 0 1\nv -1 0 1\nv 0 1.5 0\nvt 0 0\nvt 1 0\nvt 0.5 1\n" +
			"vn -1 1 -1\nvn 1 1 -1\nvn 1 1 1\nvn -1 1 1\nvn 0 1 0\n" +
			"f 1/1/1 2/2/2 5/3/5\nf 2/1/2 3/2/3 5/3/5\nf 3/1/3 4/2/4 5/3/5\nf 4/1/4 1/2/1 5/3/5\n",
		"plan.yaml": "networks: [efficientnet-lite0]\nobjects: [{mesh: shapes/tents/tent.obj, class: mountain tent}]\nmethods: [naive]\nregions-on: map\n" +
			"settings: {iterations: 2}\nmap: [\"azimuth=0:360:90\", \"elevation=0:60:30\"]\n" + look,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cloths := filepath.Join(dir, "shapes", "cloths", "red")
	if err := os.MkdirAll(cloths, 0o755); err != nil {
		t.Fatal(err)
	}
	writePicture(t, filepath.Join(cloths, "cloth.png"), color.RGBA{255, 40, 40, 255}, color.RGBA{40, 40, 255, 255})
	writePicture(t, filepath.Join(dir, "stripes.png"), color.RGBA{20, 120, 20, 255}, color.RGBA{90, 160, 200, 255})
	loaded, err := plan.Load(context.Background(), filepath.Join(dir, "plan.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := loaded.Prepare(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	cache := runFarAway(t, p, folder)
	for _, name := range []string{"tents/tent.obj", "tents/tent.mtl", "cloths/red/cloth.png", "stripes.png"} {
		if found, _ := filepath.Glob(filepath.Join(cache, "*", name)); len(found) != 1 {
			t.Errorf("%s did not come to the worker: %v", name, found)
		}
	}
	found, _ := filepath.Glob(filepath.Join(folder, "maps", "*", "*.npz"))
	if len(found) != 1 {
		t.Fatalf("maps: %v", found)
	}
	got, err := semmap.Load(found[0])
	if err != nil {
		t.Fatal(err)
	}
	grid, err := semrob.ParseGrid("azimuth=0:360:90", "elevation=0:60:30")
	if err != nil {
		t.Fatal(err)
	}
	lab, axes := semrob.Lab{NoCache: true}, semrob.MapOptions{Axes: grid}
	white := semrob.Subject{Mesh: filepath.Join(dir, "shapes", "tents", "tent.obj"), MeshRoot: filepath.Join(dir, "shapes"), Class: "mountain tent"}
	dressed := white
	dressed.Materials, dressed.Shading, dressed.Background = true, render.Smooth, filepath.Join(dir, "stripes.png")
	dressed.Lights = []render.Light{
		{Direction: [3]float64{1, 0, 0}, Intensity: 0.3, Colour: [3]float64{1, 0, 0}},
		{Direction: [3]float64{0, 1, -1}, Intensity: 0.5},
	}
	want, err := lab.Map(context.Background(), dressed, axes)
	if err != nil {
		t.Fatal(err)
	}
	if apart := farthest(got, want); apart > 1e-6 {
		t.Errorf("the worker's map and the lab's are %g apart:\n%v\n%v", apart, got.Z, want.Z)
	}
	// What a look would be without one of its parts is another map.
	for part, without := range map[string]func(*semrob.Subject){
		"materials":  func(s *semrob.Subject) { s.Materials = false },
		"shading":    func(s *semrob.Subject) { s.Shading = render.Flat },
		"lights":     func(s *semrob.Subject) { s.Lights = nil },
		"background": func(s *semrob.Subject) { s.Background = "" },
	} {
		other := dressed
		other.Lights = slices.Clone(dressed.Lights)
		without(&other)
		m, err := lab.Map(context.Background(), other, axes)
		if err != nil {
			t.Fatal(err)
		}
		if apart := farthest(got, m); apart < 1e-4 {
			t.Errorf("the worker's map is the lab's without %s", part)
		}
	}
}

// farthest returns the largest difference between two maps' values.
func farthest(a, b *semmap.Map) float64 {
	apart := 0.0
	for i := range a.Z {
		apart = max(apart, math.Abs(a.Z[i]-b.Z[i]))
	}
	return apart
}

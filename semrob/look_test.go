package semrob_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// pyramid writes a pyramid in red as an OBJ file with its materials, and as
// glTF, STL and PLY files.
func pyramid(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	corners := [5][3]float32{{-1, 0, -1}, {1, 0, -1}, {1, 0, 1}, {-1, 0, 1}, {0, 1.5, 0}}
	faces := [6][3]int{{0, 1, 4}, {1, 2, 4}, {2, 3, 4}, {3, 0, 4}, {0, 2, 1}, {0, 3, 2}}
	obj, ascii := "mtllib p.mtl\nusemtl red\n", "solid p\n"
	ply := "ply\nformat ascii 1.0\nelement vertex 5\nproperty float x\nproperty float y\nproperty float z\nelement face 6\nproperty list uchar int vertex_indices\nend_header\n"
	var buffer []byte
	for _, c := range corners {
		obj += fmt.Sprintf("v %g %g %g\n", c[0], c[1], c[2])
		ply += fmt.Sprintf("%g %g %g\n", c[0], c[1], c[2])
		for _, x := range c {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(x))
		}
	}
	for _, f := range faces {
		obj += fmt.Sprintf("f %d %d %d\n", f[0]+1, f[1]+1, f[2]+1)
		ply += fmt.Sprintf("3 %d %d %d\n", f[0], f[1], f[2])
		ascii += "facet normal 0 0 0\nouter loop\n"
		for _, i := range f {
			ascii += fmt.Sprintf("vertex %g %g %g\n", corners[i][0], corners[i][1], corners[i][2])
			buffer = append(buffer, byte(i))
		}
		ascii += "endloop\nendfacet\n"
	}
	gltf := fmt.Sprintf(`{"asset":{"version":"2.0"},"nodes":[{"mesh":0}],"meshes":[{"primitives":[{"attributes":{"POSITION":0},"indices":1,"material":0}]}],
		"materials":[{"doubleSided":true,"pbrMetallicRoughness":{"baseColorFactor":[1,0,0,1]}}],
		"accessors":[{"bufferView":0,"componentType":5126,"count":5,"type":"VEC3"},{"bufferView":0,"byteOffset":60,"componentType":5121,"count":18,"type":"SCALAR"}],
		"bufferViews":[{"buffer":0,"byteLength":78}],"buffers":[{"byteLength":78,"uri":"data:application/octet-stream;base64,%s"}]}`, base64.StdEncoding.EncodeToString(buffer))
	for name, text := range map[string]string{"p.obj": obj, "p.mtl": "newmtl red\nKd 1 0 0\n", "p.ply": ply, "p.stl": ascii + "endsolid p\n", "p.gltf": gltf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestEveryFormatIsASubject asks the network what it sees of one object in four
// files, white and in its colour.
func TestEveryFormatIsASubject(t *testing.T) {
	ctx, lab, dir := context.Background(), newLab(t), pyramid(t)
	see := func(file string, change func(*semrob.Subject)) semrob.View {
		t.Helper()
		s := semrob.Subject{Mesh: filepath.Join(dir, file), Class: "teapot"}
		if change != nil {
			change(&s)
		}
		views, err := lab.Views(ctx, s, objective.At([]float64{30, 20}))
		if err != nil {
			t.Fatal(err)
		}
		return views[0]
	}
	materials := func(s *semrob.Subject) { s.Materials = true }
	white, red := see("p.obj", nil), see("p.obj", materials)
	for _, file := range []string{"p.gltf", "p.stl", "p.ply"} {
		if v := see(file, nil); math.Abs(v.Value-white.Value) > 1e-6 {
			t.Errorf("%s: %g, as OBJ %g", file, v.Value, white.Value)
		}
	}
	if v := see("p.gltf", materials); math.Abs(v.Value-red.Value) > 1e-6 || red.Value == white.Value {
		t.Errorf("red: %g as glTF, %g as OBJ, white %g", v.Value, red.Value, white.Value)
	}
	r, g, b, _ := red.Image.At(red.Image.Bounds().Dx()/2, red.Image.Bounds().Dy()/2).RGBA()
	if r < 0x4000 || g != 0 || b != 0 {
		t.Errorf("the red pyramid has the colour %x %x %x", r, g, b)
	}
}

// TestEveryLookIsAWhiteBox asks for the gradient of f where the object is
// smooth, coloured and lit by one more light.
func TestEveryLookIsAWhiteBox(t *testing.T) {
	s := semrob.Subject{Mesh: filepath.Join(pyramid(t), "p.obj"), Class: "mountain tent", Materials: true, Shading: render.Smooth}
	s.Lights = []render.Light{{Direction: [3]float64{1, 0, -1}, Intensity: 0.3}}
	opened, err := newLab(t).Objective(t.Context(), s, space(t, "azimuth", "ambient=0.1:0.3"))
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Release()
	f := opened.Objective
	if !f.HasGradient() {
		t.Fatal("the objective is a black box")
	}
	gradient := [][]float64{{0, 0}}
	value, low, high := []float64{0}, []float64{0}, []float64{0}
	if err := f.Gradient(t.Context(), [][]float64{{30, 0.2}}, value, gradient); err != nil {
		t.Fatal(err)
	}
	// Larger steps show that f is curved, smaller ones that it is float32.
	for step, to := range map[float64][]float64{-0.001: low, 0.001: high} {
		if err := f.Evaluate(t.Context(), [][]float64{{30, 0.2 + step}}, to); err != nil {
			t.Fatal(err)
		}
	}
	want := (high[0] - low[0]) / 0.002
	if math.Abs(gradient[0][1]-want) > 0.03*math.Abs(want) || gradient[0][0] == 0 {
		t.Errorf("f %g, gradient %g, along ambient it is %g by differences", value[0], gradient[0], want)
	}
}

// keyOf returns the key of a subject on the space of some axes.
func keyOf(s semrob.Subject, axes ...string) (string, error) {
	r, err := s.Resolve(context.Background())
	if err != nil {
		return "", err
	}
	space, err := s.ParseSpace(axes...)
	if err != nil {
		return "", err
	}
	d, err := r.On(space)
	return d.Key(), err
}

// TestLookIsInTheKey checks that what an object looks like tells results apart,
// and what is not drawn does not.
func TestLookIsInTheKey(t *testing.T) {
	dir := pyramid(t)
	backgrounds := [2]string{filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png")}
	for i, name := range backgrounds {
		picture := image.NewGray(image.Rect(0, 0, 4, 4))
		picture.SetGray(1, 1, color.Gray{uint8(100 + i)})
		file, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(file, picture); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	meta := func(change func(*semrob.Subject), axes ...string) (string, error) {
		s := semrob.Subject{Mesh: filepath.Join(dir, "p.obj"), Class: "teapot"}
		change(&s)
		return keyOf(s, axes...)
	}
	seen := map[string]string{}
	for name, change := range map[string]func(*semrob.Subject){
		"plain":      func(*semrob.Subject) {},
		"materials":  func(s *semrob.Subject) { s.Materials = true },
		"smooth":     func(s *semrob.Subject) { s.Shading = render.Smooth },
		"light":      func(s *semrob.Subject) { s.Lights = []render.Light{{Direction: [3]float64{1, 0, 0}, Intensity: 0.5}} },
		"dimmer":     func(s *semrob.Subject) { s.Lights = []render.Light{{Direction: [3]float64{1, 0, 0}, Intensity: 0.4}} },
		"background": func(s *semrob.Subject) { s.Background = backgrounds[0] },
		"another":    func(s *semrob.Subject) { s.Background = backgrounds[1] },
	} {
		key, err := meta(change)
		if err != nil {
			t.Fatal(err)
		}
		if other, known := seen[key]; known {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[key] = name
		if strings.Contains(key, dir) {
			t.Errorf("%s: the key holds a place on this machine: %s", name, key)
		}
	}
	flat, err := meta(func(s *semrob.Subject) { s.Shading = render.Flat })
	if err != nil || seen[flat] != "plain" || strings.Contains(flat, "shading") || strings.Contains(flat, "materials") {
		t.Errorf("the paper's look has the key %s, %v", flat, err)
	}
	// The material file does not count where it is not drawn, and does where it is.
	plain := flat
	painted, _ := meta(func(s *semrob.Subject) { s.Materials = true })
	if err := os.WriteFile(filepath.Join(dir, "p.mtl"), []byte("newmtl red\nKd 0.5 0 0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if after, err := meta(func(*semrob.Subject) {}); err != nil || after != plain {
		t.Errorf("the colour of a white object counts: %v", err)
	}
	if after, err := meta(func(s *semrob.Subject) { s.Materials = true }); err != nil || after == painted {
		t.Errorf("another colour has the same key: %v", err)
	}

	for says, change := range map[string]func(*semrob.Subject){
		"round":                    func(s *semrob.Subject) { s.Shading = "round" },
		"gone.png":                 func(s *semrob.Subject) { s.Background = filepath.Join(dir, "gone.png") },
		"no direction":             func(s *semrob.Subject) { s.Lights = []render.Light{{Intensity: 1}} },
		"both an image and a colo": func(s *semrob.Subject) { s.Background, s.Set = backgrounds[0], map[string]float64{"background-r": 0.5} },
	} {
		if _, err := meta(change); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
	if _, err := meta(func(s *semrob.Subject) { s.Background = backgrounds[0] }, "background-g"); err == nil || !strings.Contains(err.Error(), "background-g cannot be an axis") {
		t.Errorf("an axis that changes nothing: %v", err)
	}
}

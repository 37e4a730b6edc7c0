package shading

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// painted returns an image of smooth waves of colour.
func painted(width, height int) *image.NRGBA {
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			u, v := 2*math.Pi*(float64(x)+0.5)/float64(width), 2*math.Pi*(float64(y)+0.5)/float64(height)
			wave := func(phase float64) uint8 { return uint8(130 + 60*math.Cos(u+phase) + 60*math.Sin(2*v-phase)) }
			picture.SetNRGBA(x, y, color.NRGBA{wave(0), wave(1), wave(2), 255})
		}
	}
	return picture
}

// loadOBJ writes an OBJ file, its MTL file and a painted texture, wood.png, and
// loads them.
func loadOBJ(t testing.TB, obj, mtl string) *mesh.Mesh {
	t.Helper()
	folder := t.TempDir()
	texture, err := os.Create(filepath.Join(folder, "wood.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(texture, painted(32, 16)); err != nil {
		t.Fatal(err)
	}
	if err := texture.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"it.obj": obj, "it.mtl": mtl} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := mesh.Load(filepath.Join(folder, "it.obj"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const materials = `newmtl wood
Kd 0.9 0.7 1
map_Kd wood.png
newmtl red
Kd 0.8 0.2 0.1
`

// cube is a cube of which some faces are textured, the texture repeated on one
// of them, one is red and one white.
func cube(t testing.TB) *mesh.Mesh {
	return loadOBJ(t, `mtllib it.mtl
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 0 0 1
v 1 0 1
v 1 1 1
v 0 1 1
vt 0 0
vt 1 0
vt 1 1
vt 0 1
vt -1.3 2.7
vt 0.4 -0.2
vt 1.5 0.8
f 1 2 3 4
usemtl wood
f 5/1 8/4 7/3 6/2
f 1/5 5/6 6/7 2/4
f 2/1 6/2 7/3 3/4
usemtl red
f 3 7 8 4
f 4 8 5 1
`, materials)
}

// redRoof is a pyramid, white and red without a texture.
const redRoof = `mtllib it.mtl
v 0 0 0
v 1 0 0
v 0.2 0.1 1
v 0.4 0.9 0.3
f 1 2 3
f 1 2 4
usemtl red
f 2 3 4
f 3 1 4
`

// quad is a textured rectangle.
func quad(t testing.TB) *mesh.Mesh {
	return loadOBJ(t, `mtllib it.mtl
v 0 0 0
v 1.4 0 0.1
v 1.4 1 0.3
v 0 1 0.2
vt 0.1 0.2
vt 0.9 0.1
vt 1 0.9
vt 0 1
usemtl wood
f 1/1 2/2 3/3 4/4
`, materials)
}

// coloured gives every corner of a mesh a colour that depends on its place.
func coloured(m *mesh.Mesh) *mesh.Mesh {
	for _, v := range m.Normalized().Vertices {
		m.Colours = append(m.Colours, [3]float32{0.55 + 0.35*v[0], 0.5 - 0.3*v[1], 0.6 + 0.3*v[2]})
	}
	m.FaceColours = append([][3]int32(nil), m.Faces...)
	return m
}

// perforate gives a texture a round hole.
func perforate(texture *mesh.Texture) {
	for y := range texture.Height {
		for x := range texture.Width {
			u, v := float64(x)/float64(texture.Width)-0.5, float64(y)/float64(texture.Height)-0.5
			texture.Alpha = append(texture.Alpha, uint8(255*min(1, 2.4*math.Hypot(u, v))))
		}
	}
}

// perforated is a textured rectangle with round holes, before another one.
func perforated(t testing.TB) *mesh.Mesh {
	m := loadOBJ(t, `mtllib it.mtl
v 0 0 0
v 1.4 0 0.1
v 1.4 1 0.3
v 0 1 0.2
v 0.2 0.1 0.8
v 1.3 0.2 0.9
v 0.9 1.1 0.7
vt 0.1 0.2
vt 1.9 0.1
vt 2 0.9
vt 0 1
usemtl wood
f 1/1 2/2 3/3 4/4
usemtl red
f 5 6 7
`, materials)
	texture := m.Materials[0].Texture
	perforate(texture)
	m.Materials[0].Cutoff = 0.5
	return m
}

// adorned is a cube with everything that materials have: colours of vertices,
// emission with and without a texture, faces without light, faces with another
// back, single-sided ones and holes.
func adorned(t testing.TB) *mesh.Mesh {
	m := coloured(cube(t))
	wood, red := &m.Materials[0], &m.Materials[1]
	wood.Emission, wood.EmissionTexture = [3]float32{0.1, 0.05, 0.1}, wood.Texture
	red.Unlit = true
	glowing := mesh.Material{Name: "glowing", Diffuse: [3]float32{0.1, 0.6, 0.3}, Emission: [3]float32{0, 0.2, 0.4}}
	hull := mesh.Material{Name: "hull", Diffuse: [3]float32{0.2, 0.3, 0.4}, SingleSided: true}
	holes := *wood
	sieve := *wood.Texture
	perforate(&sieve)
	holes.Texture, holes.Cutoff = &sieve, 0.4
	m.Materials = append(m.Materials, glowing, hull, holes)
	for f := range m.Faces[:4] { // backs
		back := m.Faces[f]
		back[0], back[2] = back[2], back[0]
		m.Faces, m.FaceMaterials = append(m.Faces, back), append(m.FaceMaterials, 2)
		m.FaceTexCoords, m.FaceColours = append(m.FaceTexCoords, m.FaceTexCoords[f]), append(m.FaceColours, back)
	}
	m.FaceMaterials[4], m.FaceMaterials[5], m.FaceMaterials[7] = 4, 4, 3
	return m
}

// hull is an object in a box that is single-sided and looks inwards, as cartoons
// have outlines: only the far sides of the box show, behind the object.
func hull(t testing.TB) *mesh.Mesh {
	m := loadOBJ(t, `mtllib it.mtl
v 0 0 0
v 1 0 0
v 1 1 0
v 0 1 0
v 0 0 1
v 1 0 1
v 1 1 1
v 0 1 1
v 0.3 0.3 0.3
v 0.7 0.35 0.4
v 0.5 0.75 0.5
v 0.45 0.4 0.7
usemtl red
f 1 2 3 4
f 5 8 7 6
f 1 5 6 2
f 2 6 7 3
f 3 7 8 4
f 4 8 5 1
usemtl wood
f 9 11 10
f 9 10 12
f 10 11 12
f 11 9 12
`, materials)
	m.Materials[0].SingleSided = true // red, as it is used first
	return coloured(m)
}

// sheets is two sheets of two colours in one place, cut differently.
func sheets(t testing.TB) *mesh.Mesh {
	return coloured(loadOBJ(t, `mtllib it.mtl
v 0 0 0
v 1.4 0 0.4
v 1.4 1 0.4
v 0 1 0
vt 0.1 0.2
vt 0.9 0.1
vt 1 0.9
usemtl wood
f 1/1 2/2 3/3
f 1/1 3/3 4/2
usemtl red
f 4 2 1
f 4 3 2
`, materials))
}

// lit adds two lights to a scene.
func lit(s *render.Scene) {
	s.Lights = []render.Light{
		{Direction: [3]float64{-2, 1, -1}, Intensity: 0.4, Colour: [3]float64{1, 0.5, 0.2}},
		{Direction: [3]float64{1, 0.3, -3}, Intensity: 0.3},
	}
}

// inFront adds an image behind the object to scenes.
func inFront(t testing.TB) func(s *render.Scene) {
	t.Helper()
	backdrop, err := render.NewBackdrop(painted(50, 30))
	if err != nil {
		t.Fatal(err)
	}
	return func(s *render.Scene) { s.Background, s.Backdrop = [3]float64{}, backdrop }
}

// everything is a scene of all there is.
func everything(t testing.TB) func(s *render.Scene) {
	behind := inFront(t)
	return func(s *render.Scene) { lit(s); behind(s) }
}

// dressed is a mesh with materials, smooth shading, lights or an image behind
// it.
type dressed struct {
	name    string
	mesh    *mesh.Mesh
	options render.Options
	dress   func(*render.Scene) // nil for nothing
}

// TestDressedPicturesAreTheHosts compares pictures with materials, textures,
// smooth shading, further lights and an image behind the object with the host's.
func TestDressedPicturesAreTheHosts(t *testing.T) {
	mirrored := quad(t)
	mirrored.Materials[0].Texture.WrapU, mirrored.Materials[0].Texture.WrapV = mesh.Mirror, mesh.Clamp
	for i := range mirrored.TexCoords {
		for k := range 2 {
			mirrored.TexCoords[i][k] = 5*mirrored.TexCoords[i][k] - 2
		}
	}
	litBeforeImage := everything(t)
	for _, c := range []dressed{
		{"smooth teapot", mesh.Teapot(0), render.Options{Size: 56, Shading: render.Smooth}, nil},
		{"flat cup", mesh.Cup(), render.Options{Size: 24, Supersample: 3}, litBeforeImage},
		{"mirrored quad", mirrored, render.Options{Size: 48, Materials: true}, nil},
		{"perforated", perforated(t), render.Options{Size: 48, Materials: true}, nil},
		{"adorned", adorned(t), render.Options{Size: 56, Materials: true}, litBeforeImage},
		{"smooth adorned", adorned(t), render.Options{Size: 40, Materials: true, Shading: render.Smooth}, litBeforeImage},
		{"paper adorned", adorned(t), render.Options{Size: 40, Materials: true, Camera: render.Paper}, litBeforeImage},
		{"hull", hull(t), render.Options{Size: 40, Materials: true}, litBeforeImage},
		{"smooth hull", hull(t), render.Options{Size: 40, Materials: true, Shading: render.Smooth, Camera: render.Paper}, nil},
		{"sheets", sheets(t), render.Options{Size: 40, Materials: true}, nil},
		{"coloured teapot", coloured(mesh.Teapot(0)), render.Options{Size: 40, Materials: true}, nil},
		{"cube", cube(t), render.Options{Size: 56, Materials: true, Shading: render.Smooth}, litBeforeImage},
	} {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(11, 12))
			host, r := both(t, c.mesh, c.options)
			scenes := make([]render.Scene, 8)
			for i := range scenes {
				scenes[i] = randomScene(t, rng)
				if c.dress != nil {
					c.dress(&scenes[i])
				}
			}
			if c.options.Materials {
				scenes[0].Distance, scenes[0].FOV = 6, 100 // small levels of detail
			}
			want, got := make([]float32, len(scenes)*r.ImageLen()), make([]float32, len(scenes)*r.ImageLen())
			if err := host.Render(t.Context(), scenes, want); err != nil {
				t.Fatal(err)
			}
			if err := r.Render(t.Context(), scenes, got); err != nil {
				t.Fatal(err)
			}
			worst := 0.0
			for i := range want {
				d := math.Abs(float64(got[i] - want[i]))
				if !(d < 1e-5) {
					t.Fatalf("%s: scene %d, value %d: %g, want %g", c.name, i/r.ImageLen(), i%r.ImageLen(), got[i], want[i])
				}
				worst = max(worst, d)
			}
			t.Logf("%s: off by %.1e at most", c.name, worst)
		})
	}
}

// TestDressedDerivatives compares derivatives with smooth shading, with textures,
// and with further lights and a background image, with differences.
func TestDressedDerivatives(t *testing.T) {
	scenes := map[string]*mesh.Mesh{"perforated": perforated(t), "coloured teapot": coloured(mesh.Teapot(0))}
	if os.Getenv("SEMROB_LONG") != "" {
		scenes["hull"] = hull(t)
		teapot := dressed{"smooth teapot", mesh.Teapot(0), render.Options{Size: 80, Shading: render.Smooth}, nil}
		checkCamera(t, teapot.name, teapot.compare(t, 24, smoothStep, cameraParameters...), 0.97)
	}
	textured := dressed{"textured quad", quad(t), render.Options{Size: 80, Materials: true}, nil}
	checkCamera(t, textured.name, textured.compare(t, 24, flatStep, cameraParameters...), 0.97)
	for name, m := range scenes {
		d := dressed{name, m, render.Options{Size: 80, Materials: true}, nil}
		checkCamera(t, name, d.compare(t, 24, flatStep, cameraParameters...), 0.96)
	}
}

// TestDressedColours compares derivatives with respect to light and colours, of
// scenes with everything, with differences. Steps are fine: the direction of a short
// light turns fast.
func TestDressedColours(t *testing.T) {
	// Dim, as the derivative ends where colours reach 1, and sampled as finely as the
	// differences, as its patterns are fine.
	dim := func(s *render.Scene) { s.Directional, s.Ambient = 0.3*s.Directional, 0.3*s.Ambient }
	many := dressed{"adorned", adorned(t), render.Options{Size: 12, Supersample: 8, Materials: true, Shading: render.Smooth}, dim}
	checkColours(t, many.name, many.compare(t, 8, smoothStep, shadeParameters...))
	behind := everything(t)
	all := dressed{"cube", cube(t), render.Options{Size: 12, Supersample: 8, Materials: true, Shading: render.Smooth}, func(s *render.Scene) { dim(s); behind(s) }}
	checkColours(t, all.name, all.compare(t, 8, finestStep, shadeParameters...))
}

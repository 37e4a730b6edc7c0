package render

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qmuntal/gltf"
	"github.com/qmuntal/gltf/modeler"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// model is a textured model in numbers, to be written in several formats:
// triangles with a material each, no two corners sharing anything.
type model struct {
	positions [][3]float32 // [3·face + corner]
	places    [][2]float32 // v downwards
	normals   [][3]float32
	colours   [][3]float64
	material  []int // [face]: 0 textured, 1 plain
}

// bumpyModel is a sphere with a texture on one half.
func bumpyModel() model {
	m := bumpySphere(24)
	smooth := m.SmoothNormals()
	var made model
	for _, face := range m.Faces {
		material := 0
		for _, i := range face {
			p := m.Vertices[i]
			made.positions = append(made.positions, p)
			made.normals = append(made.normals, smooth[i])
			made.places = append(made.places, [2]float32{1.5 * (p[0] + 1), 0.75 * (p[1] + 1)})
			made.colours = append(made.colours, [3]float64{0.7 + 0.2*float64(p[0]), 0.6 - 0.25*float64(p[1]), 0.5 + 0.3*float64(p[2])})
			if p[2] > 0.5 {
				material = 1
			}
		}
		made.material = append(made.material, material)
	}
	return made
}

// pattern is a texture of 32 × 16 pixels without any symmetry.
func pattern(t *testing.T) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, 32, 16))
	rng := rand.New(rand.NewPCG(8, 8))
	for y := range 16 {
		for x := range 32 {
			picture.SetNRGBA(x, y, color.NRGBA{uint8(8 * x), uint8(16 * y), uint8(rng.IntN(256)), 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var modelColours = [2][3]float64{{0.9, 1, 0.8}, {0.2, 0.5, 0.7}}

// writeOBJ writes the model with a material file and an image beside it.
func (m *model) writeOBJ(t *testing.T) string {
	dir := t.TempDir()
	var obj, mtl strings.Builder
	obj.WriteString("mtllib model.mtl\n")
	for i, p := range m.positions {
		// Exact decimal texts of float32: %g of the float64 of it.
		c := m.colours[i]
		fmt.Fprintf(&obj, "v %v %v %v %.7f %.7f %.7f\nvn %v %v %v\nvt %.9g %.9g\n", p[0], p[1], p[2], c[0], c[1], c[2], m.normals[i][0], m.normals[i][1], m.normals[i][2], m.places[i][0], 1-float64(m.places[i][1]))
	}
	for f, material := range m.material {
		a := 3*f + 1
		fmt.Fprintf(&obj, "usemtl m%d\nf %d/%d/%d %d/%d/%d %d/%d/%d\n", material, a, a, a, a+1, a+1, a+1, a+2, a+2, a+2)
	}
	for i, c := range modelColours {
		fmt.Fprintf(&mtl, "newmtl m%d\nKd %g %g %g\n", i, c[0], c[1], c[2])
		if i == 0 {
			mtl.WriteString("map_Kd images/pattern.png\n")
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "images"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"model.obj": []byte(obj.String()), "model.mtl": []byte(mtl.String()), "images/pattern.png": pattern(t)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "model.obj")
}

// writeGLTF writes the model in one of the ways that glTF has for buffers and
// images, half its size under a node that doubles it.
func (m *model) writeGLTF(t *testing.T, way string) string {
	d := gltf.NewDocument()
	dir := t.TempDir()
	texture := pattern(t)
	switch way {
	case "glb":
		index, err := modeler.WriteImage(d, "pattern", "image/png", bytes.NewReader(texture))
		if err != nil {
			t.Fatal(err)
		}
		d.Textures = []*gltf.Texture{{Source: gltf.Index(index)}}
	case "embedded":
		d.Images = []*gltf.Image{{URI: "data:image/png;base64," + base64.StdEncoding.EncodeToString(texture)}}
		d.Textures = []*gltf.Texture{{Source: gltf.Index(0)}}
	case "external":
		if err := os.WriteFile(filepath.Join(dir, "a pattern.png"), texture, 0o600); err != nil {
			t.Fatal(err)
		}
		d.Images = []*gltf.Image{{URI: "./a%20pattern.png"}}
		d.Textures = []*gltf.Texture{{Source: gltf.Index(0)}}
	}
	var primitives []*gltf.Primitive
	for material, c := range modelColours {
		var positions, normals [][3]float32
		var places [][2]float32
		var colours [][3]float32
		var indices []uint16
		for f, of := range m.material {
			if of != material {
				continue
			}
			for k := range 3 {
				p := m.positions[3*f+k]
				indices = append(indices, uint16(len(positions)))
				positions = append(positions, [3]float32{p[0] / 2, p[1] / 2, p[2] / 2})
				normals, places = append(normals, m.normals[3*f+k]), append(places, m.places[3*f+k])
				var colour [3]float32
				for d := range 3 {
					colour[d] = float32(linear(c[d]*m.colours[3*f+k][d]) / linear(c[d]))
				}
				colours = append(colours, colour)
			}
		}
		pbr := &gltf.PBRMetallicRoughness{BaseColorFactor: &[4]float64{linear(c[0]), linear(c[1]), linear(c[2]), 1}}
		if material == 0 {
			pbr.BaseColorTexture = &gltf.TextureInfo{Index: 0}
		}
		d.Materials = append(d.Materials, &gltf.Material{PBRMetallicRoughness: pbr})
		primitives = append(primitives, &gltf.Primitive{
			Material: gltf.Index(material), Indices: gltf.Index(modeler.WriteIndices(d, indices)),
			Attributes: gltf.PrimitiveAttributes{
				gltf.POSITION: modeler.WritePosition(d, positions), gltf.NORMAL: modeler.WriteNormal(d, normals), gltf.TEXCOORD_0: modeler.WriteTextureCoord(d, places),
				gltf.COLOR_0: modeler.WriteAccessor(d, gltf.TargetArrayBuffer, colours),
			},
		})
	}
	d.Meshes = []*gltf.Mesh{{Primitives: primitives}}
	d.Nodes = []*gltf.Node{{Scale: [3]float64{2, 2, 2}, Children: []int{1}}, {Mesh: gltf.Index(0)}}
	d.Scenes[0].Nodes = []int{0}
	path := filepath.Join(dir, "model.gltf")
	var err error
	switch way {
	case "glb":
		path = filepath.Join(dir, "model.glb")
		err = gltf.SaveBinary(d, path)
	case "embedded":
		for _, b := range d.Buffers {
			b.EmbeddedResource()
		}
		err = gltf.Save(d, path)
	case "external":
		d.Buffers[0].URI = "geometry.bin"
		err = gltf.Save(d, path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// linear is the linear light of an sRGB value.
func linear(c float64) float64 {
	if c <= 0.04045 {
		return c / 12.92
	}
	return math.Pow((c+0.055)/1.055, 2.4)
}

// writePLY writes the model with the colours of materials in those of vertices.
func (m *model) writePLY(t *testing.T) string {
	dir := t.TempDir()
	var b strings.Builder
	fmt.Fprintf(&b, "ply\nformat ascii 1.0\ncomment TextureFile pattern.png\nelement vertex %d\n", len(m.positions))
	for _, name := range []string{"x", "y", "z", "nx", "ny", "nz", "s", "t", "red", "green", "blue"} {
		fmt.Fprintf(&b, "property float %s\n", name)
	}
	fmt.Fprintf(&b, "element face %d\nproperty list uchar int vertex_indices\nproperty int texnumber\nend_header\n", len(m.material))
	for i, p := range m.positions {
		c, of := m.colours[i], modelColours[m.material[i/3]]
		fmt.Fprintln(&b, p[0], p[1], p[2], m.normals[i][0], m.normals[i][1], m.normals[i][2], m.places[i][0], 1-float64(m.places[i][1]), c[0]*of[0], c[1]*of[1], c[2]*of[2])
	}
	for f, material := range m.material {
		fmt.Fprintln(&b, 3, 3*f, 3*f+1, 3*f+2, -material)
	}
	for name, data := range map[string][]byte{"model.ply": []byte(b.String()), "pattern.png": pattern(t)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "model.ply")
}

// TestFormatsAgree draws one textured and coloured model from an OBJ file with
// materials, from glTF files, single-sided, and from a PLY file.
func TestFormatsAgree(t *testing.T) {
	m := bumpyModel()
	load := func(path string) *mesh.Mesh {
		loaded, err := mesh.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(loaded.Warnings)+len(loaded.LookWarnings) > 0 {
			t.Errorf("%s: %q %q", path, loaded.Warnings, loaded.LookWarnings)
		}
		return loaded
	}
	obj := load(m.writeOBJ(t))
	white := render(t, newRenderer(t, obj, Options{Size: 64}), DefaultScene())
	for _, way := range []string{"glb", "embedded", "external", "ply"} {
		path := m.writePLY(t)
		if way != "ply" {
			path = m.writeGLTF(t, way)
		}
		other := load(path)
		for _, shading := range []Shading{Flat, Smooth} {
			options := Options{Size: 64, Materials: true, Shading: shading}
			a, b := newRenderer(t, obj, options), newRenderer(t, other, options)
			for _, azimuth := range []float64{0, 130, 250} {
				scene := DefaultScene()
				scene.Azimuth, scene.Elevation = azimuth, 20
				first, second := render(t, a, scene), render(t, b, scene)
				var square, painted float64
				for i := range first {
					square += float64(first[i]-second[i]) * float64(first[i]-second[i])
					painted += math.Abs(float64(first[i] - white[i]))
				}
				if psnr := 10 * math.Log10(float64(len(first))/square); psnr < 50 {
					t.Errorf("%s, %s, azimuth %g: %.1f dB", way, shading, azimuth, psnr)
				}
				if painted < 100 {
					t.Errorf("%s: the model is not painted", way)
				}
			}
		}
	}
}

// TestVisible checks that the hash depends on exactly what is drawn.
func TestVisible(t *testing.T) {
	m := bumpyModel()
	loaded, err := mesh.Load(m.writeOBJ(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := (Options{}).Visible(loaded).Hash(); got != loaded.Shape().Hash() {
		t.Error("a white flat picture depends on more than the shape")
	}
	seen := map[string]Options{}
	for _, o := range []Options{{}, {Shading: Smooth}, {Materials: true}, {Shading: Smooth, Materials: true}} {
		hash := o.Visible(loaded).Hash()
		if other, known := seen[hash]; known {
			t.Errorf("%+v and %+v have one hash", o, other)
		}
		seen[hash] = o
	}
}

func TestParseLight(t *testing.T) {
	for text, want := range map[string]Light{
		"1,2,-3":              {[3]float64{1, 2, -3}, 0.5, [3]float64{1, 1, 1}},
		" 0 , 1, 0, 2":        {[3]float64{0, 1, 0}, 2, [3]float64{1, 1, 1}},
		"0,1,0,.25,1,0.5,0.1": {[3]float64{0, 1, 0}, 0.25, [3]float64{1, 0.5, 0.1}},
	} {
		t.Run(text, func(t *testing.T) {
			if got, err := ParseLight(text); err != nil || got != want {
				t.Errorf("%q is %+v, %v", text, got, err)
			}
		})
	}
	for text, says := range map[string]string{
		"": "not a number", "1,2": "has 2 numbers", "0,0,0": "no direction", "1,0,0,-1": "intensity", "1,0,0,1,2,0,0": "colour",
		"1,0,0,1,0,0,0": "black", "1,0,nan": "finite", "1,0,0,1,1": "has 5 numbers",
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := ParseLight(text); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%q: error %v, want %q", text, err, says)
			}
		})
	}
}

// TestLightFormats checks that a light is an object in JSON, as in files of
// earlier versions, and a list of numbers as text.
func TestLightFormats(t *testing.T) {
	for text, c := range map[string]struct {
		light Light
		json  string
	}{
		"1,2,-3,0.25":            {Light{[3]float64{1, 2, -3}, 0.25, [3]float64{1, 1, 1}}, `{"direction":[1,2,-3],"intensity":0.25,"colour":[1,1,1]}`},
		"0,1e-300,0,0,1,0.5,0.1": {Light{[3]float64{0, 1e-300, 0}, 0, [3]float64{1, 0.5, 0.1}}, `{"direction":[0,1e-300,0],"intensity":0,"colour":[1,0.5,0.1]}`},
	} {
		t.Run(text, func(t *testing.T) {
			written, err := json.Marshal(Scene{Lights: []Light{c.light}}.Lights)
			if err != nil || string(written) != "["+c.json+"]" {
				t.Errorf("JSON %s, %v", written, err)
			}
			var fromJSON, fromText Light
			if err := json.Unmarshal([]byte(c.json), &fromJSON); err != nil || fromJSON != c.light {
				t.Errorf("%+v, %v from JSON", fromJSON, err)
			}
			if got, err := c.light.MarshalText(); err != nil || string(got) != text {
				t.Errorf("text %s, %v", got, err)
			}
			if err := fromText.UnmarshalText([]byte(text)); err != nil || fromText != c.light {
				t.Errorf("%+v, %v from text", fromText, err)
			}
		})
	}
	var l Light
	for _, wrong := range []string{`{"direction":[1,0,0],"angle":3}`, `"1,0,0"`} {
		if err := json.Unmarshal([]byte(wrong), &l); err == nil {
			t.Errorf("no error for %s", wrong)
		}
	}
	if text, err := (Light{Direction: [3]float64{1, 0, 0}, Intensity: 2}).MarshalText(); err != nil || string(text) != "1,0,0,2" {
		t.Errorf("a light without colour is %s, %v", text, err)
	}
}

func TestLoadBackdrop(t *testing.T) {
	dir := t.TempDir()
	huge := []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;")
	for name, data := range map[string][]byte{"good.png": pattern(t), "huge.gif": huge, "text.png": []byte("text")} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := LoadBackdrop(filepath.Join(dir, "good.png"))
	if err != nil {
		t.Fatal(err)
	}
	if w, h := b.Size(); w != 32 || h != 16 {
		t.Errorf("the image is %d × %d", w, h)
	}
	for name, says := range map[string]string{"huge.gif": "65535 × 65535", "text.png": "not a PNG, JPEG or GIF", "gone.png": "no such file"} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadBackdrop(filepath.Join(dir, name))
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v, want %q", err, says)
			}
			if errors.Is(err, image.ErrFormat) != (name == "text.png") || errors.Is(err, fs.ErrNotExist) != (name == "gone.png") {
				t.Errorf("%v is the wrong kind of error", err)
			}
		})
	}
	scene := DefaultScene()
	scene.Backdrop, scene.Background = b, [3]float64{0, 0.5, 0}
	if err := scene.Check(); err == nil || !strings.Contains(err.Error(), "both an image and a colour") {
		t.Errorf("a background twice: %v", err)
	}
}

var update = flag.Bool("update", false, "rewrite docs/parameters.md")

// aboutAzimuth is the end of docs/parameters.md, with ~ for `.
const aboutAzimuth = `
Lengths are in units of the mesh, whose longest side is 2.

## Azimuth

Seen from above, with y towards the reader:

                   azimuth 0
                  camera at −z
                       ↓
    azimuth 270 →   object   ← azimuth 90
    camera at −x       ↑       camera at +x
                  camera at +z
                  azimuth 180

The camera looks at the object; growing azimuth moves it clockwise. ~--front A~ turns the object so that azimuth 0 shows what azimuth A
showed: 180 for glTF files, whose front is +z.

Pictures are as a camera takes them (~--camera physical~, the default). The picture from azimuth 0 has +x, the side that azimuth 90 shows,
on its left. The reference renderer of the paper mirrors pictures: its camera is at the same place, but its x axis points to the left
of an observer there. With ~--camera paper~ the picture from azimuth 0 has +x on its right, and letters on a texture read backwards.
~offset-x~ and ~roll~ are those of the picture in both. So a map of one camera at azimuth φ is the other's for the mirrored object at
azimuth −φ. Compare published maps, pictures and regions with ~--camera paper~ only.
`

// TestParametersPage checks that docs/parameters.md agrees with the table in code.
func TestParametersPage(t *testing.T) {
	var page strings.Builder
	page.WriteString("# Semantic parameters\n\n" +
		"The parameters for `--set` and `--axis` on the command line, for `Subject.Set`, and for the axes of maps and regions. A point of\n" +
		"the semantic parameter space is a scene: parameters that are not an axis have their default, unless they are set.\n\n" +
		"Generated from `semrob/render/parameter.go` by `go test ./semrob/render -run ParametersPage -update`; do not edit.\n\n" +
		"| name | meaning | unit | default | default range of an axis | allowed values |\n|---|---|---|---|---|---|\n")
	for _, p := range Parameters() {
		unit := p.Unit
		if unit == "" {
			unit = "–"
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %g | %s | %s |\n", p.Name, p.Description, unit, p.Default, p.DomainText(), p.ValuesText())
	}
	page.WriteString(strings.ReplaceAll(aboutAzimuth, "~", "`"))
	path := filepath.Join("..", "..", "docs", "parameters.md")
	if *update {
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != page.String() {
		t.Errorf("docs/parameters.md differs from the table (%v): run go test ./semrob/render -run ParametersPage -update", err)
	}
}

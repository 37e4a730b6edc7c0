package mesh

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// writeFiles writes files, by name, to a new folder.
func writeFiles(t testing.TB, files map[string]string) (folder string) {
	t.Helper()
	folder = t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// warningsOf returns the warnings about the shape and the look of a mesh.
func warningsOf(m *Mesh) []string {
	return append(slices.Clone(m.Warnings), m.LookWarnings...)
}

// tinyPNG is an image of 2 × 1 pixels: red, and half transparent green.
func tinyPNG(t testing.TB) string {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	picture.SetNRGBA(0, 0, color.NRGBA{255, 0, 0, 255})
	picture.SetNRGBA(1, 0, color.NRGBA{0, 200, 0, 128})
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLookOfOBJ(t *testing.T) {
	m, err := ReadOBJ(strings.NewReader(square+"vt 0.25 0.75\nvt 1 0 0\nvt 0.5\nvn 0 0 2\nf 1 2 3\nf 1/1 2/2 -1/-1\nf 1/1/1 2//1 4/3/-1\n"), "x")
	if err != nil {
		t.Fatal(err)
	}
	want := &Mesh{
		Name: "x", Vertices: squareVertices, Faces: [][3]int32{{0, 1, 2}, {0, 1, 3}, {0, 1, 3}},
		TexCoords:     [][2]float32{{0.25, 0.25}, {1, 1}, {0.5, 1}}, // v downwards
		FaceTexCoords: [][3]int32{{-1, -1, -1}, {0, 1, 2}, {0, -1, 2}},
		Normals:       [][3]float32{{0, 0, 2}},
		FaceNormals:   [][3]int32{{-1, -1, -1}, {-1, -1, -1}, {0, 0, 0}},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v, want %+v", m, want)
	}

	for text, says := range map[string]string{
		"vt nan 0\nf 1/1 2/1 3/1\n":     `:5: the texture coordinate has "nan"`,
		"vn 1e99 0 0\nf 1//1 2 3\n":     `:5: the normal has "1e99"`,
		"vt 0 0\nf 1/-2 2 3\n":          `:6: the corner "1/-2" names`,
		"vt 0 0\nf 1/0 2 3\n":           `:6: the corner "1/0" names`,
		"vt 0 0\nf 1/2 2/7 3/1\n":       "up to number 7, but the file has 1",
		"f 1//99999999999 2 3\n":        "names a texture coordinate or normal that does not exist",
		"vt 0 0\nf 1/1 2 3\nf 1/9 2 3.": "",
	} {
		t.Run(text, func(t *testing.T) {
			m, err := ReadOBJ(strings.NewReader(square+text), "x")
			if says == "" {
				if err == nil {
					t.Errorf("%q: no error", text)
				}
				return
			}
			if err != nil || len(warningsOf(m)) != 1 || !strings.Contains(warningsOf(m)[0], says) || m.Check() != nil {
				t.Errorf("%q: warnings %q, errors %v and %v, want a warning that says %q", text, warningsOf(m), err, m.Check(), says)
			}
		})
	}
}

func TestMaterialsOfOBJ(t *testing.T) {
	folder := writeFiles(t, map[string]string{
		"sub/a.mtl": "# materials\r\nnewmtl red\r\nKd 0.5 0.25 2\r\nmap_Kd -clamp on -s 2 4 1 -o 0.5 pic tures\\t.png\r\n\r\nnewmtl grey\r\nKd 0.5\r\nillum 2\r\nnewmtl plain",
		"b.mtl":     "Kd 1 1 1\nnewmtl last one\nKd 1 x 1\nmap_Kd\nmap_Kd -bm 2 -imfchan r sub/pic tures/t.png\n",
		"x.obj": "mtllib sub/a.mtl b.mtl\n" + square + "vt 0 0\nvt 1 1\nf 1 2 3\nusemtl red\nf 1/1 2/2 3/1\nusemtl last one\nf 1/1 2/2 3/1\n" +
			"usemtl grey\nf 1/1 2 4\nusemtl unheard\nf 2 3 4\nusemtl plain\nf 2 3 4\n",
		"sub/pic tures/t.png": tinyPNG(t),
	})
	m, err := Load(filepath.Join(folder, "x.obj"))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	if want := []int32{-1, 0, 1, 2, -1, 3}; !reflect.DeepEqual(m.FaceMaterials, want) {
		t.Errorf("the faces have materials %v, want %v", m.FaceMaterials, want)
	}
	for i, want := range []struct {
		name   string
		colour [3]float32
		wrap   Wrap
		image  bool
	}{
		{"red", [3]float32{0.5, 0.25, 1}, Clamp, true},
		{"last one", [3]float32{1, 1, 1}, Repeat, true},
		{"grey", [3]float32{0.5, 0.5, 0.5}, Repeat, false},
		{"plain", [3]float32{1, 1, 1}, Repeat, false},
	} {
		got := m.Materials[i]
		if got.Name != want.name || got.Diffuse != want.colour || (got.Texture != nil) != want.image {
			t.Errorf("material %d is %+v, want %+v", i, got, want)
		}
		if got.Texture != nil && (got.Texture.WrapU != want.wrap || !bytes.Equal(got.Texture.Pixels, []uint8{255, 0, 0, 0, 200, 0})) {
			t.Errorf("%s: texture %+v", want.name, got.Texture)
		}
	}
	// u·2 + 0.5; v, upwards, ·4 (the offset of v is 0).
	for k, want := range map[int][2]float32{0: {0.5, 1}, 1: {2.5, -3}} {
		if got := m.TexCoords[m.FaceTexCoords[1][k]]; got != want {
			t.Errorf("corner %d of the red face is at %v of the texture, want %v", k, got, want)
		}
		if got, want := m.FaceTexCoords[2][k], int32(k); got != want {
			t.Errorf("corner %d of the next face moved too", k)
		}
	}
	for _, says := range []string{
		"b.mtl:1: kd comes before newmtl", `b.mtl:3: the colour Kd "1 x 1"`, "b.mtl:4: map_Kd names no file",
		"b.mtl:5: the option -imfchan", `the material "unheard" is in no material file`,
	} {
		found := 0
		for _, w := range warningsOf(m) {
			if strings.Contains(w, says) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%d warnings say %q: %q", found, says, warningsOf(m))
		}
	}
	if len(warningsOf(m)) != 5 {
		t.Errorf("%d warnings: %q", len(warningsOf(m)), warningsOf(m))
	}
}

// TestBlanksOfMTL writes the options of a texture with all kinds of blanks.
func TestBlanksOfMTL(t *testing.T) {
	for _, line := range []string{"map_Kd -s 2 3 -o 1 pic tures/t.png", "map_Kd\t-s\t2\t3\t-o\t1\tpic tures/t.png", " map_Kd  -s  2 \t3\t -o \t 1  pic tures/t.png \t"} {
		folder := writeFiles(t, map[string]string{
			"m.mtl": "newmtl m\n" + line + "\n", "pic tures/t.png": tinyPNG(t),
			"x.obj": "mtllib m.mtl\n" + square + "vt 1 1\nusemtl m\nf 1/1 2/1 3/1\n",
		})
		m, err := Load(filepath.Join(folder, "x.obj"))
		if err != nil || len(warningsOf(m)) > 0 || m.Materials[0].Texture == nil {
			t.Errorf("%q: got %+v, %v", line, m, err)
			continue
		}
		if got, want := m.TexCoords[m.FaceTexCoords[0][0]], [2]float32{3, -2}; got != want {
			t.Errorf("%q: the corner is at %v of the texture, want %v", line, got, want)
		}
	}
}

// TestNothingFromOutside names files outside of the mesh's folder in every way
// that the formats have: none may be read.
func TestNothingFromOutside(t *testing.T) {
	secret := t.TempDir()
	image := tinyPNG(t)
	for name, text := range map[string]string{"s.png": image, "s.mtl": "newmtl m\nKd 1 0 0\n", "s.bin": strings.Repeat("\x00", 36)} {
		if err := os.WriteFile(filepath.Join(secret, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	folder := writeFiles(t, map[string]string{"inside.mtl": "", "sub/none": ""})
	for link, target := range map[string]string{"link.png": filepath.Join(secret, "s.png"), "link.mtl": filepath.Join(secret, "s.mtl"), "link.bin": filepath.Join(secret, "s.bin"), "dir": secret} {
		if err := os.Symlink(target, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	up := strings.Repeat("../", 20) + strings.TrimPrefix(secret, "/")
	ways := []string{secret + "/s.", "link.", "dir/s.", up + "/s.", "sub/../" + up + "/s.", strings.ReplaceAll(up, "/", `\`) + `\s.`, "file://" + secret + "/s.", "C:/s.", "/../" + secret + "/s."}
	for _, way := range ways {
		write := func(name, text string) *Mesh {
			t.Helper()
			path := filepath.Join(folder, name)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := Load(path)
			if err != nil {
				return nil
			}
			return m
		}
		body := square + "vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n"
		if m := write("a.obj", "mtllib "+way+"mtl\n"+body); m == nil || m.Materials != nil || len(warningsOf(m)) == 0 {
			t.Errorf("mtllib %smtl: %+v", way, m)
		}
		write("inside.mtl", "newmtl m\nmap_Kd "+way+"png\n")
		if m := write("b.obj", "mtllib inside.mtl\n"+body); m == nil || m.Materials[0].Texture != nil || len(warningsOf(m)) == 0 {
			t.Errorf("map_Kd %spng: %+v", way, m)
		}
		uri := strings.ReplaceAll(way, `\`, `\\`)
		if m := write("a.gltf", triangleGLTF(`"uri":"`+uri+`bin",`, "")); m != nil {
			t.Errorf("the buffer %sbin was read", way)
		}
		escaped := strings.ReplaceAll(uri, "../", "%2e%2e%2F")
		if m := write("b.gltf", triangleGLTF(`"uri":"`+escaped+`bin",`, "")); m != nil {
			t.Errorf("the buffer %sbin was read", escaped)
		}
		m := write("c.gltf", triangleGLTF(`"uri":"data:application/octet-stream;base64,`+triangleBytes+`",`, uri+"png"))
		if m == nil || m.Materials[0].Texture != nil || len(warningsOf(m)) == 0 {
			t.Errorf("the image %spng: %+v", way, m)
		}
	}

	// The same files can be had from a folder that holds both.
	parent := writeFiles(t, map[string]string{
		"images/t.png":   image,
		"my data/b.bin":  string(floats(0, 0, 0, 1, 0, 0, 0, 1, 0)),
		"models/m.mtl":   "newmtl m\nmap_Kd ../images/t.png\n",
		"models/m.obj":   "mtllib m.mtl\n" + square + "vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n",
		"models/m.gltf":  triangleGLTF(`"uri":"../my%20data/b.bin",`, "../images/t.png"),
		"models/../none": "",
	})
	for _, name := range []string{"models/m.obj", "models/m.gltf"} {
		m, err := LoadIn(parent, name)
		if err != nil || len(warningsOf(m)) > 0 || m.Materials[0].Texture == nil {
			t.Errorf("LoadIn gives %+v, %v for %s", m, err, name)
		}
	}
	if _, err := Load(filepath.Join(parent, "models", "m.gltf")); err == nil || !strings.Contains(err.Error(), "mesh-root") {
		t.Errorf("Load of a glTF file with a buffer beside its folder: %v", err)
	}
	// images is known to belong to a mesh in a folder beside it.
	if m, err := Load(filepath.Join(parent, "models", "m.obj")); err != nil || len(warningsOf(m)) > 0 || m.Materials[0].Texture == nil {
		t.Errorf("Load gives %+v, %v", m, err)
	}
	if err := os.Rename(filepath.Join(parent, "images"), filepath.Join(parent, "pictures")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(parent, "images")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../pictures/t.png", "../images/s.png", "../images/../pictures/t.png", "../images/../../s.png"} {
		if err := os.WriteFile(filepath.Join(parent, "models", "m.mtl"), []byte("newmtl m\nmap_Kd "+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if m, err := Load(filepath.Join(parent, "models", "m.obj")); err != nil || len(warningsOf(m)) != 1 || !strings.Contains(warningsOf(m)[0], "mesh-root") || m.Materials[0].Texture != nil {
			t.Errorf("%s: Load gives %+v, %v", name, m, err)
		}
	}
}

// triangleBytes are three corners of three float32.
var triangleBytes = base64.StdEncoding.EncodeToString(floats(0, 0, 0, 1, 0, 0, 0, 1, 0))

func floats(values ...float32) []byte {
	var b []byte
	for _, v := range values {
		bits := math.Float32bits(v)
		b = append(b, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
	}
	return b
}

// triangleGLTF returns a glTF document of a triangle whose buffer has this
// member, and whose texture, unless it is empty, this URI; positions serve as
// texture coordinates.
func triangleGLTF(buffer, texture string) string {
	material, images := `{"pbrMetallicRoughness":{}}`, "[]"
	if texture != "" {
		material, images = `{"pbrMetallicRoughness":{"baseColorTexture":{"index":0}}}`, `[{"uri":"`+texture+`"}]`
	}
	return `{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],
		"meshes":[{"primitives":[{"attributes":{"POSITION":0,"TEXCOORD_0":1},"material":0}]}],
		"materials":[` + material + `],"textures":[{"source":0}],"images":` + images + `,
		"accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3"},{"bufferView":1,"componentType":5126,"count":3,"type":"VEC2"}],
		"bufferViews":[{"buffer":0,"byteLength":36},{"buffer":0,"byteLength":36,"byteStride":12}],
		"buffers":[{` + buffer + `"byteLength":36}]}`
}

// TestImageBombs loads textures that claim more than they should.
func TestImageBombs(t *testing.T) {
	claiming := func(width, height uint32) []byte { // a PNG, its header's checksum right
		file := []byte(tinyPNG(t))
		binary.BigEndian.PutUint32(file[16:], width)
		binary.BigEndian.PutUint32(file[20:], height)
		binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
		return file
	}
	huge := claiming(65535, 65535)
	gif := "GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;"
	large := claiming(6000, 6000) // each would fit
	files := map[string]string{
		"a.png": string(huge), "b.gif": gif, "c.png": string(large), "d.png": string(large), "e.txt": "text", "f.png": "", "g.png": tinyPNG(t),
	}
	var mtl, obj strings.Builder
	obj.WriteString("mtllib x.mtl\n" + square + "vt 0 0\n")
	for name := range files {
		fmt.Fprintf(&mtl, "newmtl %s\nmap_Kd %s\n", name, name)
		fmt.Fprintf(&obj, "usemtl %s\nf 1/1 2/1 3/1\n", name)
	}
	files["x.mtl"], files["x.obj"] = mtl.String(), obj.String()
	start := time.Now()
	m, err := Load(filepath.Join(writeFiles(t, files), "x.obj"))
	if err != nil {
		t.Fatal(err)
	}
	if time.Since(start) > time.Minute {
		t.Errorf("it took %v", time.Since(start))
	}
	for _, material := range m.Materials {
		if (material.Texture != nil) != (material.Name == "g.png") {
			t.Errorf("%s: texture %v; warnings %q", material.Name, material.Texture, warningsOf(m))
		}
	}
	many := 0
	for _, w := range warningsOf(m) {
		if strings.Contains(w, "pixels are too many") {
			many++
		}
	}
	if len(warningsOf(m)) != 6 || many != 2 {
		t.Errorf("%d of the warnings %q are about size, want 2 of 6", many, warningsOf(m))
	}
}

func TestHashOfLook(t *testing.T) {
	make := func() *Mesh {
		pixels := []uint8{1, 2, 3, 4, 5, 6}
		return &Mesh{
			Vertices: squareVertices, Faces: [][3]int32{{0, 1, 2}, {0, 2, 3}},
			Normals: [][3]float32{{0, 0, 1}}, FaceNormals: [][3]int32{{0, 0, 0}, {-1, 0, 0}},
			TexCoords: [][2]float32{{0, 0}, {1, 1}}, FaceTexCoords: [][3]int32{{0, 1, 0}, {0, 0, 0}},
			FaceMaterials: []int32{0, 1},
			Materials: []Material{
				{Name: "a", Diffuse: [3]float32{1, 0, 0}, Texture: &Texture{Width: 2, Height: 1, Pixels: pixels}},
				{Name: "b", Diffuse: [3]float32{1, 1, 1}},
			},
		}
	}
	if err := make().Check(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{make().Hash(): "the original"}
	for name, change := range map[string]func(m *Mesh){
		"no look":            func(m *Mesh) { *m = *m.Shape() },
		"a normal":           func(m *Mesh) { m.Normals[0][1] = 1 },
		"which normal":       func(m *Mesh) { m.FaceNormals[1][1] = -1 },
		"no normals":         func(m *Mesh) { m.Normals, m.FaceNormals = nil, nil },
		"a coordinate":       func(m *Mesh) { m.TexCoords[1][1] = 0.5 },
		"which coordinate":   func(m *Mesh) { m.FaceTexCoords[1][2] = 1 },
		"which material":     func(m *Mesh) { m.FaceMaterials[1] = 0 },
		"a colour":           func(m *Mesh) { m.Materials[1].Diffuse[2] = 0.5 },
		"a texel":            func(m *Mesh) { m.Materials[0].Texture.Pixels[5]++ },
		"the texture's size": func(m *Mesh) { t := m.Materials[0].Texture; t.Width, t.Height = 1, 2 },
		"the wrapping":       func(m *Mesh) { m.Materials[0].Texture.WrapV = Mirror },
		"another texture":    func(m *Mesh) { m.Materials[1].Texture = m.Materials[0].Texture },
		"no texture":         func(m *Mesh) { m.Materials[0].Texture = nil },
	} {
		t.Run(name, func(t *testing.T) {
			m := make()
			change(m)
			if err := m.Check(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if other, known := seen[m.Hash()]; known {
				t.Errorf("%s has the hash of %s", name, other)
			}
			seen[m.Hash()] = name
		})
	}
	renamed := make()
	renamed.Materials[0].Name, renamed.Materials[0].Texture.Name = "c", "d"
	if renamed.Hash() != make().Hash() {
		t.Error("the hash depends on names")
	}
	if m := make().MergeDuplicates(); m.Hash() != make().Hash() {
		t.Error("merging nothing changes the mesh")
	}
	twice := make()
	twice.Faces = append([][3]int32{{2, 1, 0}}, twice.Faces...)
	twice.FaceNormals = append([][3]int32{{-1, -1, -1}}, twice.FaceNormals...)
	twice.FaceTexCoords = append([][3]int32{{1, 1, 1}}, twice.FaceTexCoords...)
	twice.FaceMaterials = append([]int32{1}, twice.FaceMaterials...)
	merged := twice.MergeDuplicates()
	if err := merged.Check(); err != nil || len(merged.Faces) != 2 || merged.FaceMaterials[0] != 1 || merged.FaceTexCoords[0] != [3]int32{1, 1, 1} || merged.FaceMaterials[1] != 1 || merged.FaceNormals[1] != [3]int32{-1, 0, 0} {
		t.Errorf("merged to %+v, %v", merged, err)
	}
}

func TestCheckLook(t *testing.T) {
	nan := float32(math.NaN())
	for says, change := range map[string]func(m *Mesh){
		"normal 0 is":                    func(m *Mesh) { m.Normals = [][3]float32{{nan, 0, 0}} },
		"texture coordinate 0 is":        func(m *Mesh) { m.TexCoords = [][2]float32{{nan, 0}} },
		"face 0 names normal 0":          func(m *Mesh) { m.FaceNormals = [][3]int32{{0, 0, 0}} },
		"1 faces have 2 rows of normals": func(m *Mesh) { m.FaceNormals = [][3]int32{{-1, -1, -1}, {-1, -1, -1}} },
		"names texture coordinate -2":    func(m *Mesh) { m.FaceTexCoords = [][3]int32{{-1, -1, -2}} },
		"1 faces have 0 materials":       func(m *Mesh) { m.FaceMaterials = []int32{} },
		"face 0 names material 0":        func(m *Mesh) { m.FaceMaterials = []int32{0} },
		"has the colour":                 func(m *Mesh) { m.Materials = []Material{{Diffuse: [3]float32{0, nan, 0}}} },
		"each side must be":              func(m *Mesh) { m.Materials = []Material{{Texture: &Texture{}}} },
		"1 × 2 × 3 are needed":           func(m *Mesh) { m.Materials = []Material{{Texture: &Texture{Width: 2, Height: 1}}} },
		"wraps in an unknown way": func(m *Mesh) {
			m.Materials = []Material{{Texture: &Texture{Width: 1, Height: 1, Pixels: []uint8{0, 0, 0}, WrapU: 9}}}
		},
	} {
		t.Run(says, func(t *testing.T) {
			m := &Mesh{Name: "m", Vertices: squareVertices, Faces: [][3]int32{{0, 1, 2}}}
			change(m)
			if err := m.Check(); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("error %v, want one that says %q", err, says)
			}
		})
	}
}

// TestSmoothNormals compares a cube's corners, cut into triangles unevenly, with
// the diagonals, and a vertex among faces that cancel out with none.
func TestSmoothNormals(t *testing.T) {
	cube := &Mesh{}
	for i := range 8 {
		cube.Vertices = append(cube.Vertices, [3]float32{float32(i&1*2 - 1), float32(i>>1&1*2 - 1), float32(i>>2&1*2 - 1)})
	}
	for _, q := range [][4]int32{{0, 2, 3, 1}, {4, 5, 7, 6}, {0, 1, 5, 4}, {2, 6, 7, 3}, {0, 4, 6, 2}, {1, 3, 7, 5}} {
		cube.Faces = append(cube.Faces, [3]int32{q[0], q[1], q[2]}, [3]int32{q[0], q[2], q[3]})
	}
	for i, n := range cube.SmoothNormals() {
		for d := range n {
			if want := float64(cube.Vertices[i][d]) / math.Sqrt(3); math.Abs(float64(n[d])-want) > 1e-6 {
				t.Errorf("vertex %d at %v has the normal %v", i, cube.Vertices[i], n)
				break
			}
		}
	}
	// Faces wound against their neighbours must not matter.
	want := cube.SmoothNormals()
	for _, turned := range [][]int{{0}, {3, 7, 8}, {1, 2, 5, 6, 11}} {
		mixed := cube.clone()
		for _, f := range turned {
			mixed.Faces[f][0], mixed.Faces[f][2] = mixed.Faces[f][2], mixed.Faces[f][0]
		}
		for i, n := range mixed.SmoothNormals() {
			for d := range n {
				if math.Abs(float64(n[d]-want[i][d])) > 1e-6 {
					t.Errorf("with faces %v turned round vertex %d has the normal %v, want %v", turned, i, n, want[i])
					break
				}
			}
		}
	}
	inside := cube.clone() // most faces say that the inside is the outside
	for f := range 9 {
		inside.Faces[f][0], inside.Faces[f][2] = inside.Faces[f][2], inside.Faces[f][0]
	}
	if n := inside.SmoothNormals(); math.Abs(float64(n[7][0]+want[7][0])) > 1e-6 {
		t.Errorf("with most faces turned round vertex 7 has the normal %v, want the opposite of %v", n[7], want[7])
	}
	both := &Mesh{Vertices: squareVertices, Faces: [][3]int32{{0, 1, 2}, {2, 1, 0}}}
	for i, n := range both.SmoothNormals() {
		if n != [3]float32{} {
			t.Errorf("vertex %d of a face in both windings has the normal %v", i, n)
		}
	}
}

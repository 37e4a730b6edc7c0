package mesh

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// TestWhatItIs checks the messages for files that cannot be read.
func TestWhatItIs(t *testing.T) {
	for name, says := range map[string]string{
		"draco_used.glb":      "npx @gltf-transform/cli copy draco_used.glb",
		"nobin.gltf":          `"absent.bin", which holds its shape, is missing`,
		"v1.gltf":             "glTF 1.0",
		"git_lfs_pointer.glb": "git lfs pull",
		"m.obj.gz":            "gunzip",
		"m.zip":               "unzip m.zip",
	} {
		_, err := Open(filepath.Join("testdata", "failing", name))
		var format *FormatError
		if err == nil || !strings.Contains(err.Error(), says) || !errors.As(err, &format) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
}

// TestWhatIsLeftOut checks that whatever is left out or changed has one warning, with
// its place.
func TestWhatIsLeftOut(t *testing.T) {
	for name, says := range map[string]string{
		"obj_two_corner_face.obj":       "obj_two_corner_face.obj:6: a face with fewer than three corners",
		"obj_nan_unused_vertex.obj":     "obj_nan_unused_vertex.obj:5: a vertex with a coordinate",
		"ply_nan_normals.ply":           "ply_nan_normals.ply:13: a normal that is not finite is left out (the first of 4)",
		"stl_binary_trailing_bytes.stl": "the 8 bytes after the last triangle",
		"case_differs/m.obj":            "the texture T.PNG: the file is called t.png",
		"kd0_with_map/m.obj":            "Kd 0 0 0",
	} {
		m, err := Load(filepath.Join("testdata", "failing", filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := warningsOf(m); len(got) != 1 || !strings.Contains(got[0], says) || len(m.Faces) != 2 || m.Check() != nil {
			t.Errorf("%s: %d faces and the warnings %q, want one that says %q", name, len(m.Faces), got, says)
		}
	}
}

// TestCentring compares a mesh far from its origin with the same one near it.
func TestCentring(t *testing.T) {
	near := Teapot(4)
	var obj strings.Builder
	ply := []byte(fmt.Sprintf("ply\nformat binary_little_endian 1.0\nelement vertex %d\nproperty double x\nproperty double y\nproperty double z\nelement face %d\nproperty list uchar int vertex_indices\nend_header\n", len(near.Vertices), len(near.Faces)))
	for _, v := range near.Vertices {
		x, y, z := 499999.5+float64(v[0]), 100+float64(v[1]), 4e6+float64(v[2])
		fmt.Fprintf(&obj, "v %.9f %.9f %.9f\n", x, y, z)
		for _, c := range []float64{x, y, z} {
			ply = binary.LittleEndian.AppendUint64(ply, math.Float64bits(c))
		}
	}
	for _, f := range near.Faces {
		fmt.Fprintf(&obj, "f %d %d %d\n", f[0]+1, f[1]+1, f[2]+1)
		ply = append(ply, 3)
		for _, i := range f {
			ply = binary.LittleEndian.AppendUint32(ply, uint32(i))
		}
	}
	want := near.Normalized()
	for name, text := range map[string]string{"x.obj": obj.String(), "x.ply": string(ply)} {
		m, err := loadText(t, name, text)
		if err != nil {
			t.Fatal(err)
		}
		var worst float64
		for i, v := range m.Normalized().Vertices {
			worst = max(worst, vec3.Length(vec3.Sub(vec3.Of(v), vec3.Of(want.Vertices[i]))))
		}
		if worst > 1e-6 {
			t.Errorf("%s: a vertex is %g off", name, worst)
		}
	}
}

// TestPolygons triangulates stars, whose area is known, from every corner.
func TestPolygons(t *testing.T) {
	for _, n := range []int{2, 3, 5, 8} {
		var star []vec3.V
		var area float64
		for i := range 2 * n {
			radius := 1.0
			if i%2 == 1 {
				radius = 0.3
			}
			sin, cos := math.Sincos(math.Pi * float64(i) / float64(n))
			star = append(star, vec3.V{radius * cos, radius * sin, 0.5})
		}
		for i := range star {
			j := (i + 1) % len(star)
			area += (star[i][0]*star[j][1] - star[j][0]*star[i][1]) / 2
		}
		for start := range star {
			corners := append(append([]vec3.V(nil), star[start:]...), star[:start]...)
			var sum float64
			triangles := triangulated(corners)
			for _, c := range triangles {
				part := vec3.Cross(vec3.Sub(corners[c[1]], corners[c[0]]), vec3.Sub(corners[c[2]], corners[c[0]]))[2] / 2
				if part < 0 {
					t.Errorf("%d points from corner %d: the triangle %v is folded", n, start, c)
				}
				sum += part
			}
			if len(triangles) != len(star)-2 || math.Abs(sum-area) > 1e-12 {
				t.Errorf("%d points from corner %d: %d triangles of area %g, want %d of %g", n, start, len(triangles), sum, len(star)-2, area)
			}
		}
	}
	if got := unfolded([]vec3.V{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}}); got != nil {
		t.Errorf("a square is not a fan, but %v", got)
	}
}

// TestFit halves textures until they fit.
func TestFit(t *testing.T) {
	texture := func(side int) []*Texture {
		t := &Texture{Width: side, Height: side, Pixels: bytes.Repeat([]uint8{1, 2, 3}, side*side), Alpha: make([]uint8, side*side)}
		wrapped := *t
		wrapped.WrapU = Mirror
		return []*Texture{t, &wrapped}
	}
	i := images{known: map[string][]*Texture{"a": texture(8), "b": texture(4), "c": nil}, texels: maxTexels + 40}
	i.fit()
	if a, b := i.known["a"][1], i.known["b"][0]; !i.shrunk || i.texels > maxTexels || a.Width != 4 || a.WrapU != Mirror || a.check() != nil || a.Pixels[5] != 3 || b.Width != 4 {
		t.Errorf("%+v, %+v with %d texels", a, b, i.texels)
	}
}

// TestTGA decodes images of the kinds that there are.
func TestTGA(t *testing.T) {
	header := func(kind, bits, flags byte, more ...byte) []byte {
		h := []byte{0, 0, kind, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 0, bits, flags}
		return append(h, more...)
	}
	red, green, blue, white := color.NRGBA{255, 0, 0, 255}, color.NRGBA{0, 255, 0, 255}, color.NRGBA{0, 0, 255, 255}, color.NRGBA{255, 255, 255, 255}
	palette := header(1, 8, 32, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 0, 1, 2, 3)
	palette[1], palette[5], palette[7] = 1, 4, 24
	for name, c := range map[string]struct {
		data []byte
		want [4]color.NRGBA // row by row from the top
	}{
		"true colour":  {header(2, 24, 32, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255), [4]color.NRGBA{red, green, blue, white}},
		"from below":   {header(2, 24, 0, 255, 0, 0, 255, 255, 255, 0, 0, 255, 0, 255, 0), [4]color.NRGBA{red, green, blue, white}},
		"from right":   {header(2, 24, 48, 0, 255, 0, 0, 0, 255, 255, 255, 255, 255, 0, 0), [4]color.NRGBA{red, green, blue, white}},
		"alpha":        {header(2, 32, 40, 0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 255, 255, 255, 255, 7), [4]color.NRGBA{red, green, blue, {255, 255, 255, 7}}},
		"16 bits":      {header(2, 16, 32, 0, 124, 224, 3, 31, 0, 255, 127), [4]color.NRGBA{red, green, blue, white}},
		"grey in runs": {header(11, 8, 32, 0x81, 255, 0x01, 0, 255), [4]color.NRGBA{white, white, {0, 0, 0, 255}, white}},
		"palette":      {palette, [4]color.NRGBA{red, green, blue, white}},
	} {
		config, decode, err := open("x.TGA", c.data)
		if err != nil || config.Width != 2 || config.Height != 2 {
			t.Fatalf("%s: %+v, %v", name, config, err)
		}
		picture, err := decode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i, want := range c.want {
			if got := picture.(*image.NRGBA).NRGBAAt(i%2, i/2); got != want {
				t.Errorf("%s: pixel %d is %v, want %v", name, i, got, want)
			}
		}
		for n := range c.data { // truncated
			if _, decode, err := open("x.tga", c.data[:n]); err == nil {
				if _, err := decode(); err == nil {
					t.Errorf("%s: %d of %d bytes are decoded", name, n, len(c.data))
				}
			}
		}
	}
}

// TestLayouts finds textures where common sources put them, and in a model hub's
// cache, whose links nothing else may follow.
func TestLayouts(t *testing.T) {
	obj := "mtllib m.mtl\n" + square + "vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n"
	mtl := func(texture string) string { return "newmtl m\nmap_Kd " + texture + "\n" }
	for name, c := range map[string]struct {
		files map[string]string
		mesh  string
		warns int
	}{
		"ShapeNet":      {map[string]string{"models/m.obj": obj, "models/m.mtl": mtl("../images/t.png"), "images/t.png": tinyPNG(t)}, "models/m.obj", 0},
		"Google":        {map[string]string{"meshes/m.obj": obj, "meshes/m.mtl": mtl("t.png"), "materials/textures/t.png": tinyPNG(t)}, "meshes/m.obj", 0},
		"Sketchfab":     {map[string]string{"source/m.obj": obj, "source/m.mtl": mtl(`C:\Users\me\t.png`), "textures/t.png": tinyPNG(t)}, "source/m.obj", 1},
		"absolute path": {map[string]string{"m.obj": obj, "m.mtl": mtl("/home/me/t.png"), "t.png": tinyPNG(t)}, "m.obj", 1},
		"quoted":        {map[string]string{"m.obj": obj, "m.mtl": mtl(`"a b/t.png"`), "a b/t.png": tinyPNG(t)}, "m.obj", 0},
	} {
		path := filepath.Join(writeFiles(t, c.files), filepath.FromSlash(c.mesh))
		m, err := Load(path)
		if err != nil || len(m.Materials) != 1 || m.Materials[0].Texture == nil || len(warningsOf(m)) != c.warns {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		if found, absent := Files(path); len(found) != 3 || absent != nil {
			t.Errorf("%s: the files %q, absent %q", name, found, absent)
		}
	}

	root := writeFiles(t, map[string]string{
		"models--me--it/blobs/1": obj, "models--me--it/blobs/2": mtl("t.png"), "models--me--it/blobs/3": tinyPNG(t),
		"models--me--it/snapshots/rev/none": "", "secret.png": tinyPNG(t),
	})
	snapshot := filepath.Join(root, "models--me--it", "snapshots", "rev")
	for name, target := range map[string]string{"m.obj": "../../blobs/1", "m.mtl": "../../blobs/2", "t.png": "../../blobs/3"} {
		if err := os.Symlink(target, filepath.Join(snapshot, name)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(snapshot, "m.obj")
	if m, err := Load(path); err != nil || len(m.Materials) != 1 || m.Materials[0].Texture == nil || len(warningsOf(m)) > 0 {
		t.Errorf("hub: %+v, %v", m, err)
	}
	for _, target := range []string{"../../../secret.png", filepath.Join(root, "secret.png"), "../../blobs/../../secret.png", "../../blobs/link"} {
		if target == "../../blobs/link" {
			if err := os.Symlink(filepath.Join(root, "secret.png"), filepath.Join(root, "models--me--it", "blobs", "link")); err != nil {
				t.Fatal(err)
			}
		}
		link := filepath.Join(snapshot, "t.png")
		if err := errors.Join(os.Remove(link), os.Symlink(target, link)); err != nil {
			t.Fatal(err)
		}
		if m, err := Load(path); err != nil || m.Materials[0].Texture != nil || len(warningsOf(m)) != 1 {
			t.Errorf("a link to %s: %+v, %v", target, m, err)
		}
	}
}

// TestMapD cuts holes out by an image of its own, and by the alpha of the texture.
func TestMapD(t *testing.T) {
	var dark bytes.Buffer
	picture := image.NewGray(image.Rect(0, 0, 4, 2))
	copy(picture.Pix, []uint8{0, 0, 255, 255, 0, 0, 255, 255})
	if err := png.Encode(&dark, picture); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		mtl   string
		alpha []uint8
		warns int
	}{
		"grey":        {"map_Kd t.png\nmap_d dark.png\n", []uint8{0, 255}, 1},
		"alpha":       {"map_Kd t.png\nmap_d -imfchan m t.png\n", []uint8{255, 128}, 1},
		"mask alone":  {"map_d dark.png\n", []uint8{0, 0, 255, 255, 0, 0, 255, 255}, 1},
		"transparent": {"map_Kd t.png\nd 0.3\n", []uint8{255, 128}, 1},
		"opaque":      {"map_Kd t.png\nd 1.0\nTr 0\n", []uint8{255, 128}, 0},
	} {
		folder := writeFiles(t, map[string]string{
			"m.mtl": "newmtl m\n" + c.mtl, "t.png": tinyPNG(t), "dark.png": dark.String(),
			"x.obj": "mtllib m.mtl\n" + square + "vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n",
		})
		m, err := Load(filepath.Join(folder, "x.obj"))
		if err != nil || m.Check() != nil {
			t.Fatal(err, m.Check())
		}
		got := m.Materials[0]
		if !bytes.Equal(got.Texture.Alpha, c.alpha) || (got.Cutoff > 0) != strings.Contains(c.mtl, "map_d") || len(m.Warnings) > 0 || len(m.LookWarnings) != c.warns {
			t.Errorf("%s: %+v of %+v, warnings %q", name, got.Texture, got, m.LookWarnings)
		}
	}
}

// TestErrorsKeepSecrets reads files that are no meshes: messages, which get into the
// tables of studies, say nothing of their contents.
func TestErrorsKeepSecrets(t *testing.T) {
	dir := t.TempDir()
	many := strings.Repeat("token=hunter2hunter2\n", 200)
	for name, text := range map[string]string{
		"passwd.obj": "root:hunter2:0:0\n", "v.obj": "v hunter2hunter2 0 0\n", "v4.obj": "v 0 0 0hunter2hunter2\n", "f.obj": "f hunter2hunter2 2 3\n",
		"normal.obj": "vn hunter2hunter2 0 0\n", "texture.obj": "vt hunter2hunter2\n", "joined.obj": "v \\\nhunter2hunter2\n",
		"tokens.stl": many, "vertex.stl": "solid\nvertex hunter2hunter2 0 0\n", "x.stl": many[:84], "tokens.ply": many, "tokens.gltf": many, "brace.gltf": "{" + many, "tokens": many, "json": `{"asset": {"hunter2": 1}}`,
		"long.obj": "v 1 2 3\nf 1 1 1\n" + many,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Load(path)
		if err == nil {
			t.Errorf("%s was read as a mesh", name)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error tells its content: %v", name, err)
		}
	}
}

package mesh

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hschendel/stl"
)

// TestSTL reads a tetrahedron back that the library wrote, binary and text.
func TestSTL(t *testing.T) {
	want := &Mesh{Vertices: [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1.5}}, Faces: [][3]int32{{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {0, 3, 2}}}
	for _, ascii := range []bool{false, true} {
		solid := stl.Solid{IsAscii: ascii, Name: "x"}
		for _, f := range want.Faces {
			var triangle stl.Triangle
			for k, i := range f {
				triangle.Vertices[k] = want.Vertices[i]
			}
			solid.AppendTriangle(triangle)
		}
		path := filepath.Join(t.TempDir(), "x.STL")
		if err := solid.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		m, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Vertices) != 4 || len(m.Faces) != 4 || m.Name != "x.STL" || m.Normals != nil {
			t.Fatalf("text %v: got %+v", ascii, m)
		}
		for f, face := range m.Faces {
			for k, i := range face {
				if m.Vertices[i] != want.Vertices[want.Faces[f][k]] {
					t.Errorf("text %v: corner %d of face %d is %v", ascii, k, f, m.Vertices[i])
				}
			}
		}
	}
}

func TestHostileSTL(t *testing.T) {
	header := make([]byte, 80)
	lying := binary.LittleEndian.AppendUint32(header, math.MaxUint32)
	nan := append(binary.LittleEndian.AppendUint32(header, 1), floats(0, 0, 1, 0, 0, 0, float32(math.NaN()), 0, 0, 0, 1, 0)...)
	flat := append(binary.LittleEndian.AppendUint32(header, 1), floats(0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)...)
	for name, text := range map[string]string{
		"a header that lies":         string(lying) + strings.Repeat("x", 100),
		"NaN":                        string(nan) + "\x00\x00",
		"one point":                  string(flat) + "\x00\x00",
		"nothing":                    "",
		"cut off":                    "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\n",
		"no triangle":                "solid x\nendsolid x\n",
		"not a number":               "solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 z\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid x\n",
		"many lines without a sense": "solid x\n" + strings.Repeat("nonsense\n", 1000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadText(t, "x.stl", text)
			if err == nil || !strings.Contains(err.Error(), "x.stl") || len(err.Error()) > 600 || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: error %q", name, err)
			}
		})
	}
}

// TestLongSTL loads a file of which only the length is there.
func TestLongSTL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.stl")
	for size, says := range map[int64]string{stlHeader - 1: "shorter than a header", 1 << 20: "has no face", maxSTL + 1: "simplify the mesh first"} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%d bytes: error %v, want %q", size, err, says)
		}
	}
}

// plyText is a pyramid's side and base with all that is read, and more.
const plyText = "ply\r\nformat ascii 1.0\ncomment a pyramid\nobj_info none\nelement vertex 5\nproperty float x\nproperty double y\nproperty float z\n" +
	"property float nx\nproperty float ny\nproperty float nz\nproperty uchar red\nproperty float s\nproperty float t\n" +
	"element edge 1\nproperty int vertex1\nproperty list uchar int other\nelement face 2\nproperty list uchar float weights\nproperty list uchar int vertex_indices\nend_header\n" +
	"0 0 0 0 0 1 255 0 0\n1 0 0 0 0 1 0 1 0\n1 1 0 0 0 1 0 1 1\n0 1 0 0 0 1 0 0 1\n 0.5 0.5 1e0 1 0 0 0 0.5 0.25\n7 2 1 2\n1 0.5 4 0 1 2 3\n0 3 0 1 4\n"

func TestPLY(t *testing.T) {
	m, err := loadText(t, "x.ply", plyText)
	if err != nil {
		t.Fatal(err)
	}
	faces := [][3]int32{{0, 1, 2}, {0, 2, 3}, {0, 1, 4}}
	want := &Mesh{
		Name: "x.ply", Vertices: [][3]float32{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}, {0.5, 0.5, 1}}, Faces: faces,
		Normals: [][3]float32{{0, 0, 1}, {0, 0, 1}, {0, 0, 1}, {0, 0, 1}, {1, 0, 0}}, FaceNormals: faces,
		TexCoords: [][2]float32{{0, 1}, {1, 1}, {1, 0}, {0, 0}, {0.5, 0.75}}, FaceTexCoords: faces,
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got %+v, want %+v", m, want)
	}

	// The same in binary, in both orders.
	for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		t.Run(name, func(t *testing.T) {
			body := []byte(strings.Replace(plyText[:strings.Index(plyText, "end_header\n")]+"end_header\n", "ascii", "binary_"+name+"_endian", 1))
			single := func(values ...float32) {
				for _, v := range values {
					body = order.AppendUint32(body, math.Float32bits(v))
				}
			}
			for i, v := range want.Vertices {
				single(v[0])
				body = order.AppendUint64(body, math.Float64bits(float64(v[1])))
				single(v[2])
				single(want.Normals[i][:]...)
				body = append(body, 200)
				single(want.TexCoords[i][0], 1-want.TexCoords[i][1])
			}
			list := func(indices ...uint32) {
				body = append(body, byte(len(indices)))
				for _, i := range indices {
					body = order.AppendUint32(body, i)
				}
			}
			body = order.AppendUint32(body, 7)
			list(1, 2)
			list(math.Float32bits(0.5))
			list(0, 1, 2, 3)
			list()
			list(0, 1, 4)
			if m, err := loadText(t, "x.ply", string(body)); err != nil || !reflect.DeepEqual(m, want) {
				t.Errorf("%s: got %+v, %v", name, m, err)
			}
		})
	}
}

// TestColoursOfPLY reads colours of vertices.
func TestColoursOfPLY(t *testing.T) {
	text := strings.Replace(plyText, "property uchar red\n", "property uchar red\nproperty uchar green\nproperty uchar blue\n", 1)
	for _, line := range []string{" 255 0 0\n", " 0 1 0\n", " 0 1 1\n", " 0 0 1\n", " 0 0.5 0.25\n"} {
		text = strings.Replace(text, line, " 51 102"+line, 1)
	}
	m, err := loadText(t, "x.ply", text)
	if err != nil || len(warningsOf(m)) > 0 || len(m.Colours) != 5 || m.Colours[1] != [3]float32{0.2, 0.4, 0} || !reflect.DeepEqual(m.FaceColours, m.Faces) {
		t.Errorf("got %+v, %v", m, err)
	}
}

func TestHostilePLY(t *testing.T) {
	header := func(vertices, faces string) string {
		return "ply\nformat binary_little_endian 1.0\nelement vertex " + vertices + "\nproperty float x\nproperty float y\nproperty float z\nelement face " + faces + "\nproperty list uint int vertex_indices\nend_header\n"
	}
	three := string(floats(0, 0, 0, 1, 0, 0, 0, 1, 0))
	for says, text := range map[string]string{
		"is this a PLY file":                 "PLY\n",
		"end_header":                         "ply\nformat ascii 1.0\n" + strings.Repeat("x", 1<<20),
		`element "vertex" has "99999999999"`: header("99999999999", "1"),
		"item 4 of 30000000":                 header("30000000", "1") + three,
		"has 4.294967295e+09 values":         header("3", "1") + three + "\xff\xff\xff\xff",
		"names vertex -1":                    header("3", "1") + three + "\x03\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00",
		"face 0 names vertex 3":              header("3", "1") + three + "\x03\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00",
		"fewer than three corners":           header("3", "1") + three + "\x02\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00",
		"a coordinate that is not finite":    header("3", "1") + string(floats(0, 0, 0, 1, 0, 0, 0, float32(math.NaN()), 0)) + "\x03\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00",
		"no face":                            header("3", "0") + three,
		"has no x, y and z":                  "ply\nformat ascii 1.0\nelement vertex 1\nproperty int x\nend_header\n1\n",
		`"z" is not a number`:                strings.Replace(plyText, "1e0", "z", 1),
		"the file ends too early":            plyText[:len(plyText)-8],
		`the format "utf8"`:                  "ply\nformat utf8 1.0\n",
		"cannot be read":                     "ply\nelement vertex 1\nproperty list float\n",
		`the line "end_header"`:              "ply\nend_header\n",
	} {
		t.Run(says, func(t *testing.T) {
			if _, err := loadText(t, "x.ply", text); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "x.ply") {
				t.Errorf("error %v, want one that says %q", err, says)
			}
		})
	}
}

// checkLoaded checks the result of loading in fuzz tests.
func checkLoaded(t *testing.T, m *Mesh, err error) {
	t.Helper()
	if err != nil {
		if !strings.Contains(err.Error(), "fuzz.") || strings.Contains(err.Error(), "\n\n") {
			t.Fatalf("the error does not name the file: %q", err)
		}
		return
	}
	if err := m.Check(); err != nil {
		t.Fatalf("a mesh was read that cannot be drawn: %v", err)
	}
	if len(warningsOf(m)) > maxWarnings+1 {
		t.Fatalf("%d warnings", len(warningsOf(m)))
	}
	m.Normalized().MergeDuplicates().SmoothNormals()
	m.Hash()
}

func FuzzMTL(f *testing.F) {
	picture := tinyPNG(f)
	for _, seed := range []string{
		"", "newmtl m\nKd 1 0.5 0\nmap_Kd t.png\n", "newmtl m\nmap_Kd -s 2 2 2 -o 1 -clamp on -bm 1 t.png", "newmtl m\nKd nan inf -1\nKd\nKd 1\n",
		"Kd 1 1 1\nmap_Kd ../../t.png\nmap_Kd /etc/t.png\n", "newmtl m\r\nmap_Kd -o t.png\rnewmtl\tm\nmap_Kd -s 1e99 nan t.png", "\xef\xbb\xbfnewmtl m\nmap_Kd -mm 0 t.png\x00",
	} {
		f.Add([]byte(seed), []byte(picture))
	}
	f.Fuzz(func(t *testing.T, mtl, picture []byte) {
		if len(picture) > 1<<16 {
			return
		}
		folder := writeFiles(t, map[string]string{"fuzz.mtl": string(mtl), "t.png": string(picture), "fuzz.obj": "mtllib fuzz.mtl\n" + square + "vt 0 0\nvt 1 1\nusemtl m\nf 1/1 2/2 3\nusemtl\nf 1/1 2/2 3/1\n"})
		m, err := Load(filepath.Join(folder, "fuzz.obj"))
		if err != nil {
			t.Fatalf("a material file makes an error: %v", err)
		}
		checkLoaded(t, m, err)
	})
}

func FuzzGLTF(f *testing.F) {
	good := triangleGLTF(`"uri":"data:application/octet-stream;base64,`+triangleBytes+`",`, "data:image/png;base64,"+base64Of([]byte(tinyPNG(f))))
	f.Add([]byte(good))
	for _, c := range hostile() {
		if len(c[0]) < 1<<14 {
			f.Add([]byte(c[0]))
		}
	}
	text := []byte(good)
	glb := binary.LittleEndian.AppendUint32([]byte("glTF\x02\x00\x00\x00"), uint32(20+len(text)))
	f.Add(append(append(binary.LittleEndian.AppendUint32(glb, uint32(len(text))), "JSON"...), text...))
	f.Fuzz(func(t *testing.T, text []byte) {
		name := "fuzz.gltf"
		if bytes.HasPrefix(text, []byte("glTF")) {
			name = "fuzz.glb"
		}
		m, err := loadText(t, name, string(text))
		checkLoaded(t, m, err)
	})
}

func FuzzPLY(f *testing.F) {
	f.Add([]byte(plyText))
	f.Add([]byte("ply\nformat binary_big_endian 1.0\nelement vertex 1\nproperty uchar x\nproperty char y\nproperty ushort z\nelement face 1\nproperty list uchar uchar vertex_index\nend_header\n1234\x03012"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := loadText(t, "fuzz.ply", string(text))
		checkLoaded(t, m, err)
	})
}

func FuzzSTL(f *testing.F) {
	f.Add([]byte("solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid x\n"))
	f.Add(append(append(append(make([]byte, 80), 1, 0, 0, 0), floats(0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0)...), 0, 0))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := loadText(t, "fuzz.stl", string(text))
		checkLoaded(t, m, err)
	})
}

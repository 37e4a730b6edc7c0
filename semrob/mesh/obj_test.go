package mesh

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/vec3"
	"testing/iotest"

	"github.com/semrob/gonb-semrob/internal/testdata"
)

// square holds four vertices for faces to be written after it.
const square = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"

var squareVertices = [][3]float32{{0, 0, 0}, {1, 0, 0}, {1, 1, 0}, {0, 1, 0}}

func TestReadOBJ(t *testing.T) {
	first := [][3]int32{{0, 1, 2}}
	fan := [][3]int32{{0, 1, 2}, {0, 2, 3}}
	cases := []struct {
		name, text string
		vertices   [][3]float32 // nil is squareVertices
		faces      [][3]int32
	}{
		{"plain", square + "f 1 2 3\n", nil, first},
		{"no newline at the end", square + "f 1 2 3", nil, first},
		{"CR LF", strings.ReplaceAll(square+"f 1 2 3\n", "\n", "\r\n"), nil, first},
		{"CR", strings.ReplaceAll(square+"f 1 2 3\n", "\n", "\r"), nil, first},
		{"byte order mark", "\xef\xbb\xbf" + square + "f 1 2 3\n", nil, first},
		{"quadrilateral", square + "f 1 2 3 4\n", nil, fan},
		{"pentagon", square + "v 2 2 0\nf 5 4 3 2 1\n", append(squareVertices[:4:4], [3]float32{2, 2, 0}), [][3]int32{{4, 3, 2}, {4, 2, 1}, {4, 1, 0}}},
		{"v/vt", square + "vt 0 0\nf 1/1 2/1 3/1\n", nil, first},
		{"v//vn", square + "vn 0 0 1\nf 1//1 2//1 3//1\n", nil, first},
		{"v/vt/vn", square + "f 1/1/1 2/1/1 3/1/1\n", nil, first},
		{"trailing separators", square + "f 1/ 2// 3/1/\n", nil, first},
		{"mixed forms", square + "f 1 2/1 3//1 4/1/1\n", nil, fan},
		{"negative", square + "f -4 -3 -2\n", nil, first},
		{"mixed signs", square + "f -4//-1 2 +3/-7/2 -1\n", nil, fan},
		{"negative counts from its own place", "v 0 0 0\nv 1 0 0\nv 1 1 0\nf -3 -2 -1\nv 0 1 0\nf -3 -2 -1\n", nil, [][3]int32{{0, 1, 2}, {1, 2, 3}}},
		{"face before its vertices", "f 1 2 4\n" + square, nil, [][3]int32{{0, 1, 3}}},
		{"blanks", "  v\t0  0 0 \n\tv 1 0 0\nv 1 1 0\t\nv 0 1 0\n\n f   1  2\t3  \n", nil, first},
		{"comments", "# head\n" + square + "   # f 1 2 4\nf 1 2 3 # f 1 2 4\n#f 1 2 4\nv 5 5 5 # v\n", append(squareVertices[:4:4], [3]float32{5, 5, 5}), first},
		{"comment ending with a backslash", "# C:\\meshes\\\n" + square + "f 1 2 3\n", nil, first},
		{"continued line", square + "f 1 2 \\\n 3 \\\n4\n", nil, fan},
		{"continued without blanks, CR LF", "v 0 0\\\r\n0\r\nv 1 0 0\r\nv 1 1 0\r\nv 0 1 0\r\nf 1\\\r\n2\\\r\n3", nil, first},
		{"continued at the end", square + "f 1 2 3\\", nil, first},
		{"weights", "v 0 0 0 1\nv 1 0 0 1.0\nv 1 1 0 1\nv 0 1 0 1\nf 1 2 3\n", nil, first},
		{"colours", "v 0 0 0 1 0 0\nv 1 0 0 .5 .5 .5\nv 1 1 0 1 1 1\nv 0 1 0 1 1 1 1\nf 1 2 3\n", nil, first},
		{"number formats", "v -0.5 +2. .25\nv 1e2 -1E-2 3e+1\nv 0 0 0\nf 1 2 3\n", [][3]float32{{-0.5, 2, 0.25}, {100, -0.01, 30}, {0, 0, 0}}, first},
		{"objects, groups and unknown lines", "o a\ng x y\n" + square + "s off\nusemtl red\nvn 0 0 1\nvt 0 0\nvp 1\nl 1 2\np 1\ncurv 0 1 1 2\nfoo bar\nfo 1 2 3\nf 1 2 3\ng\n", nil, first},
		{"unused vertices stay", square + "v 9 9 9\nf 1 2 3\n", append(squareVertices[:4:4], [3]float32{9, 9, 9}), first},
		{"repeated corner stays", square + "f 1 1 2\n", nil, [][3]int32{{0, 0, 1}}},
		{"mtllib is not looked for", "mtllib nowhere.mtl\n" + square + "f 1 2 3\n", nil, first},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.vertices == nil {
				c.vertices = squareVertices
			}
			want := &Mesh{Name: "x", Vertices: c.vertices, Faces: c.faces}
			for _, r := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
				got, err := ReadOBJ(r, "x")
				if err != nil {
					t.Fatal(err)
				}
				if !sameShape(got, want) {
					t.Errorf("got %+v, want %+v", got, want)
				}
				if err := got.Check(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// sameShape compares names and shapes.
func sameShape(a, b *Mesh) bool {
	return a.Name == b.Name && reflect.DeepEqual(a.Vertices, b.Vertices) && reflect.DeepEqual(a.Faces, b.Faces)
}

func TestReadOBJErrors(t *testing.T) {
	cases := []struct {
		name, text string
		line       int
		says       string
	}{
		{"empty", "", 1, "without a face"},
		{"no faces", square + "l 1 2\n", 5, "without a face (4 vertices read)"},
		{"no vertices", "\nf 1 2 3\n", 2, "names vertex 1, but the file has 0"},
		{"one point", "v 1 1 1\nv 1 1 1\nf 1 2 1\n", 3, "at one point"},
		{"two coordinates", "v 0 0\n", 1, "three coordinates, not 2"},
		{"no coordinates", "v\n", 1, "three coordinates, not 0"},
		{"coordinate is a word", "v 0 0 0\nv 0 zero 0\n", 2, `"zero" is not a number`},
		{"run-together lines", "v 0 0 0v 1 1 1\n", 1, `"0v" is not a number`},
		{"word after the coordinates", "v 0 0 0 red\n", 1, `"red" after a vertex's coordinates`},
		{"NaN", square + "\nv 0 nan 0\nf 1 2 5\n", 7, "x.obj:6: a vertex with a coordinate that is not a finite number"},
		{"Inf", square + "v 0 0 -Inf\nf 1 2 5\n", 6, "x.obj:5: a vertex with a coordinate that is not a finite number"},
		{"overflow", square + "v 0 0 1e39\nf 1 2 5\n", 6, "x.obj:5: a vertex with a coordinate that is not a finite number"},
		{"huge", square + "v 0 0 1e20\n", 5, `"1e20" is beyond ±1e+15`},
		{"two corners", square + "f 1 2\n", 5, "fewer than three corners"},
		{"no corners", square + "f # 1 2 3\n", 5, "fewer than three corners"},
		{"index zero", square + "f 0 1 2\n", 5, "count from 1"},
		{"index beyond the end", square + "f 1 2 3\nf 1 2 5\nf 1 2 6\n", 6, "names vertex 5, but the file has 4"},
		{"index beyond the end, after a good forward one", "f 1 2 4\nf 1 2 9\nf 1 2 5\n" + square, 2, "names vertex 9, but the file has 4"},
		{"negative beyond the start", square + "f -1 -2 -5\n", 5, "counts back 5 vertices, but only 4"},
		{"huge index", square + "f 1 2 99999999999999999999\n", 5, "beyond the largest number supported"},
		{"huge negative index", square + "f 1 2 -99999999999999999999\n", 5, "only 4 come before it"},
		{"corner is a word", square + "f 1 2 x\n", 5, `"x" is not v, v/vt, v//vn or v/vt/vn`},
		{"fraction", square + "f 1 2 3.5\n", 5, `"3.5" is not v`},
		{"sign alone", square + "f 1 2 -\n", 5, `"-" is not v`},
		{"empty index", square + "f 1 2 /1\n", 5, `"/1" is not v`},
		{"texture is a word", square + "f 1 2 3/a\n", 5, `"3/a" is not v`},
		{"normal is a word", square + "f 1 2 3//a\n", 5, `"3//a" is not v`},
		{"four parts", square + "f 1 2 3/1/1/1\n", 5, `"3/1/1/1" is not v`},
		{"continued line counts from its start", square + "f 1 \\\n2 \\\nx\n", 5, `"x" is not v`},
		{"line after a continued one", square + "f 1 \\\n2 3\nf 1 2 x\n", 7, `"x" is not v`},
		{"CR LF", strings.ReplaceAll(square+"f 1 2 x\n", "\n", "\r\n"), 5, `"x" is not v`},
		{"binary", "\x00\x01\x02\x03\n", 1, "zero byte"},
		{"UTF-16", "v\x00 \x000\x00\n", 1, "zero byte"},
		{"long field is cut", square + "f 1 2 " + strings.Repeat("x", 1000) + "\n", 5, strings.Repeat("x", 40) + "…"},
		{"long line", square + "# " + strings.Repeat("x", maxLine), 5, "exceeds 16 MiB"},
		{"long continued line", square + strings.Repeat("f "+strings.Repeat("1 ", 1<<20)+"\\\n", 9), 5, "exceed 16 MiB"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, err := ReadOBJ(strings.NewReader(c.text), "dir/x.obj")
			if err == nil {
				t.Fatalf("no error, but a mesh of %d vertices and %d faces", len(m.Vertices), len(m.Faces))
			}
			if where := fmt.Sprintf("dir/x.obj:%d: ", c.line); !strings.HasPrefix(err.Error(), where) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, want %q and %q in it", err, where, c.says)
			}
			if len(err.Error()) > 300 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestReadOBJLimits(t *testing.T) {
	for text, says := range map[string]string{
		square + "v 0 0 1\nf 1 2 3\n":           "x:5: the mesh has more than 4 vertices",
		square + strings.Repeat("f 1 2 3\n", 5): "x:9: the mesh has more than 4 triangles",
		square + "f 1 2 3 4 1 2 3\n":            "x:5: the mesh has more than 4 triangles",
		strings.Repeat("vt 0 0\n", 5):           "x:5: the mesh has more than 4 texture coordinates",
		strings.Repeat("vn 0 0 1\n", 5):         "x:5: the mesh has more than 4 normals",
		strings.Repeat("mtllib a\n", 5000):      "x:4097: the file refers to more than 4096 material files",
		distinct("usemtl", maxMaterials+1):      "x:65537: the file uses more than 65536 materials",
	} {
		t.Run(says, func(t *testing.T) {
			p := newOBJParser("x")
			p.limit = 4
			if err := p.read(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), says) {
				t.Errorf("got %v, want %q", err, says)
			}
		})
	}
}

// distinct returns n lines of a keyword and different names.
func distinct(keyword string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s m%d\n", keyword, i)
	}
	return b.String()
}

func TestReadOBJReaderFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := ReadOBJ(io.MultiReader(strings.NewReader(square), iotest.ErrReader(broken)), "x")
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "x:4: ") {
		t.Errorf("got %v", err)
	}
}

// TestReadOBJRandom compares with a reader of the plainest kind on random files.
func TestReadOBJRandom(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 200 {
		var text bytes.Buffer
		want := &Mesh{Name: "x"}
		seen := map[string]bool{}
		for range 4 + random.Intn(20) {
			position := [3]float32{random.Float32()*2 - 1, random.Float32() * 1e-3, float32(random.NormFloat64() * 1e5)}
			fmt.Fprintf(&text, "v %g %.9f %e\n", position[0], position[1], position[2])
			var parsed [3]float32
			fmt.Sscan(fmt.Sprintf("%g %.9f %e", position[0], position[1], position[2]), &parsed[0], &parsed[1], &parsed[2])
			want.Vertices = append(want.Vertices, parsed)
			count := len(want.Vertices)
			if count < 4 {
				continue
			}
			text.WriteString("f")
			var corners []int32
			for range 3 + random.Intn(4) {
				corners = append(corners, int32(random.Intn(count)))
			}
			set := slices.Clone(corners)
			slices.Sort(set)
			if again := fmt.Sprint(set); folds(want.Vertices, corners) || seen[again] { // other tests' matter
				corners = corners[:3]
			} else {
				seen[again] = true
			}
			for _, corner := range corners {
				corner := int(corner)
				if random.Intn(2) == 0 {
					corner -= count + 1
				}
				fmt.Fprintf(&text, " %d%s", corner+1, []string{"", "/7", "//-2", "/1/2"}[random.Intn(4)])
			}
			text.WriteString([]string{"\n", "\r\n", " # end\n"}[random.Intn(3)])
			for i := range corners[2:] {
				want.Faces = append(want.Faces, [3]int32{corners[0], corners[i+1], corners[i+2]})
			}
		}
		got, err := ReadOBJ(&text, "x")
		if err != nil {
			t.Fatal(err)
		}
		if !sameShape(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
}

// folds reports whether a fan of triangles has normals on both sides.
func folds(vertices [][3]float32, corners []int32) bool {
	var normals []vec3.V
	for i := range corners[2:] {
		a, b, c := vec3.Of(vertices[corners[0]]), vec3.Of(vertices[corners[i+1]]), vec3.Of(vertices[corners[i+2]])
		normals = append(normals, vec3.Unit(vec3.Cross(vec3.Sub(b, a), vec3.Sub(c, a))))
	}
	for _, n := range normals {
		for _, other := range normals {
			if vec3.Dot(n, other) < 0 {
				return true
			}
		}
	}
	return false
}

// naiveOBJ reads a file of triangles, all of whose indices are positive, in the
// plainest way.
func naiveOBJ(t *testing.T, path string) *Mesh {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m := &Mesh{Name: filepath.Base(path)}
	for line := range strings.SplitSeq(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		switch fields[0] {
		case "mtllib":
			m.Warnings = append(warningsOf(m), fields[1])
		case "v":
			var position [3]float32
			for axis := range position {
				value, err := strconv.ParseFloat(fields[1+axis], 64)
				if err != nil {
					t.Fatal(err)
				}
				position[axis] = float32(value)
			}
			m.Vertices = append(m.Vertices, position)
		case "f":
			if len(fields) != 4 {
				t.Fatalf("not a triangle: %s", line)
			}
			var face [3]int32
			for i := range face {
				index, err := strconv.Atoi(strings.Split(fields[1+i], "/")[0])
				if err != nil {
					t.Fatal(err)
				}
				face[i] = int32(index - 1)
			}
			m.Faces = append(m.Faces, face)
		}
	}
	return m
}

func TestLoadReferenceMeshes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testdata.Dir(t), "meshes", "*.obj"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no meshes beside the golden files: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			m, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			want := naiveOBJ(t, path)
			if len(m.Vertices) != len(want.Vertices) || len(m.Faces) != len(want.Faces) {
				t.Fatalf("%d vertices and %d faces, want %d and %d", len(m.Vertices), len(m.Faces), len(want.Vertices), len(want.Faces))
			}
			if !reflect.DeepEqual(m.Vertices, want.Vertices) || !reflect.DeepEqual(m.Faces, want.Faces) {
				t.Error("vertices or faces differ from the file's")
			}
			// The material files that these name are absent.
			if len(warningsOf(m)) != len(want.Warnings) || m.Name != want.Name {
				t.Errorf("name %q, warnings %q, want %q and %d", m.Name, warningsOf(m), want.Name, len(want.Warnings))
			}
			for i := range warningsOf(m) {
				if !strings.Contains(warningsOf(m)[i], want.Warnings[i]) {
					t.Errorf("warning %q does not name %s", warningsOf(m)[i], want.Warnings[i])
				}
			}
			if err := m.Check(); err != nil {
				t.Error(err)
			}
			if got, want := len(m.MergeDuplicates().Faces), naiveDistinct(m); got != want {
				t.Errorf("%d faces after merging, want %d", got, want)
			}
		})
	}
}

func FuzzReadOBJ(f *testing.F) {
	for _, seed := range []string{
		"", square, square + "f 1 2 3\n", square + "f 1 2 3 4\r\n", square + "f -1/1 -2//1 -3/1/1\n", square + "f 1 \\\n2 3",
		"\xef\xbb\xbf" + square + "f 1 2 3", "f 1 2 4\n" + square, "v 0 0 nan\n", "v 1e39 0 0\nf 1 1 1\n", square + "f 1 2 99999999999\n",
		"mtllib a b.mtl\nv 0 0 0 1\nl 1\np 1\ns off\no\ng\n\\", "v\r\rv 1\\", "\x00\xff\\\n\r", square + "f 0 0 0\n", square + "f 1// 2/ 3\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ReadOBJ(bytes.NewReader(text), "x")
		if err != nil {
			if !regexp.MustCompile(`^x:[1-9][0-9]*: `).MatchString(err.Error()) {
				t.Fatalf("no file and line in %q", err)
			}
			return
		}
		if err := m.Check(); err != nil {
			t.Fatalf("a mesh was read that cannot be drawn: %v", err)
		}
		low, high := bounds(m.Normalized().Vertices)
		for axis := range low {
			if !(low[axis] >= -1.000001 && high[axis] <= 1.000001) {
				t.Fatalf("normalised to %v…%v", low, high)
			}
		}
		if merged := m.MergeDuplicates(); len(merged.Faces) == 0 || len(merged.Faces) > len(m.Faces) {
			t.Fatalf("%d faces merged to %d", len(m.Faces), len(merged.Faces))
		}
	})
}

func BenchmarkReadOBJ(b *testing.B) {
	var text bytes.Buffer
	const side = 710 // 1.0 million triangles
	for i := range side * side {
		fmt.Fprintf(&text, "v %.6f %.6f %.6f\n", float64(i%side)/side, float64(i/side)/side, float64(i)*1e-7)
	}
	for i := range (side - 1) * (side - 1) {
		v := i/(side-1)*side + i%(side-1) + 1
		fmt.Fprintf(&text, "f %d//%d %d//%d %d//%d\nf %d//%d %d//%d %d//%d\n", v, v, v+1, v+1, v+side, v+side, v+1, v+1, v+side, v+side, v+side+1, v+side+1)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadOBJ(bytes.NewReader(text.Bytes()), "x"); err != nil {
			b.Fatal(err)
		}
	}
}

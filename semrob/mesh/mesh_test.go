package mesh

import (
	"errors"
	"io/fs"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// randomMesh has vertices of random size and place, and random faces.
func randomMesh(random *rand.Rand) *Mesh {
	m := &Mesh{Name: "random", Warnings: []string{"w"}}
	size, shift := math.Pow(10, random.Float64()*8-4), random.NormFloat64()*100
	for range 3 + random.Intn(50) {
		m.Vertices = append(m.Vertices, [3]float32{
			float32(random.NormFloat64()*size + shift), float32(random.NormFloat64() * size), float32(random.Float64() * size * 3)})
	}
	for range 1 + random.Intn(50) {
		n := len(m.Vertices)
		m.Faces = append(m.Faces, [3]int32{int32(random.Intn(n)), int32(random.Intn(n)), int32(random.Intn(n))})
	}
	return m
}

// naiveNormalized follows the sentence of the reference step by step, over the
// whole mesh each time, in float32.
func naiveNormalized(m *Mesh) [][3]float32 {
	v := slices.Clone(m.Vertices)
	for axis := range 3 {
		least := v[0][axis]
		for i := range v {
			least = min(least, v[i][axis])
		}
		for i := range v {
			v[i][axis] -= least
		}
	}
	var most float32
	for i := range v {
		most = max(most, v[i][0], v[i][1], v[i][2])
	}
	for i := range v {
		for axis := range 3 {
			v[i][axis] /= most
			v[i][axis] *= 2
		}
	}
	for axis := range 3 {
		var most float32
		for i := range v {
			most = max(most, v[i][axis])
		}
		for i := range v {
			v[i][axis] -= most / 2
		}
	}
	return v
}

func TestNormalized(t *testing.T) {
	m := &Mesh{
		Name:     "box",
		Vertices: [][3]float32{{1, 10, -3}, {3, 14, -3}, {2, 12, -2}},
		Faces:    [][3]int32{{0, 1, 2}},
		Warnings: []string{"w"},
	}
	before := m.clone()
	got := m.Normalized()
	want := &Mesh{
		Name:     "box",
		Vertices: [][3]float32{{-0.5, -1, -0.25}, {0.5, 1, -0.25}, {0, 0, 0.25}},
		Faces:    m.Faces,
		Warnings: warningsOf(m),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got.Faces[0], got.Vertices[0], got.Warnings[0] = [3]int32{2, 2, 2}, [3]float32{9, 9, 9}, "changed"
	if !reflect.DeepEqual(m, before) {
		t.Errorf("the original changed to %+v", m)
	}

	random := rand.New(rand.NewSource(2))
	for range 300 {
		m := randomMesh(random)
		got := m.Normalized().Vertices
		if want := naiveNormalized(m); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		low, high := bounds(got)
		var longest float64
		for axis := range low {
			if sum := low[axis] + high[axis]; math.Abs(float64(sum)) > 1e-6 {
				t.Fatalf("axis %d is %g…%g, not centred", axis, low[axis], high[axis])
			}
			longest = max(longest, float64(high[axis]-low[axis]))
		}
		if math.Abs(longest-2) > 1e-6 {
			t.Fatalf("the longest side is %g, want 2", longest)
		}
	}
}

func TestNormalizedWithoutExtent(t *testing.T) {
	m := &Mesh{Vertices: [][3]float32{{5, 6, 7}, {5, 6, 7}}}
	if got := m.Normalized().Vertices; !reflect.DeepEqual(got, [][3]float32{{}, {}}) {
		t.Errorf("got %v", got)
	}
	if got := new(Mesh).Normalized(); len(got.Vertices) != 0 {
		t.Errorf("got %v", got)
	}
}

// naiveDistinct counts faces by their corner positions, sorted.
func naiveDistinct(m *Mesh) int {
	seen := map[[3][3]float32]bool{}
	for _, face := range m.Faces {
		corners := [3][3]float32{m.Vertices[face[0]], m.Vertices[face[1]], m.Vertices[face[2]]}
		slices.SortFunc(corners[:], func(a, b [3]float32) int { return slices.Compare(a[:], b[:]) })
		seen[corners] = true
	}
	return len(seen)
}

func TestMergeDuplicates(t *testing.T) {
	negativeZero := float32(math.Copysign(0, -1))
	m := &Mesh{
		Name:     "m",
		Vertices: [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 0, negativeZero}, {1, 0, 1e-9}},
		Faces: [][3]int32{
			{0, 1, 2},
			{2, 1, 0}, // the other winding
			{0, 1, 3},
			{1, 2, 0},            // turned
			{0, 4, 2},            // another vertex at the same position
			{0, 5, 2},            // nearly the same position
			{1, 1, 2}, {1, 2, 2}, // no area, but not the same corners
			{4, 2, 1},
		},
		Warnings: []string{"w"},
	}
	before := m.clone()
	got := m.MergeDuplicates()
	want := m.clone()
	want.Faces = [][3]int32{{0, 1, 2}, {0, 1, 3}, {0, 5, 2}, {1, 1, 2}, {1, 2, 2}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !reflect.DeepEqual(m, before) {
		t.Errorf("the original changed to %+v", m)
	}
	if again := got.MergeDuplicates(); !reflect.DeepEqual(again, got) {
		t.Errorf("merging again gives %+v", again)
	}
}

func TestCheck(t *testing.T) {
	good := func() *Mesh {
		return &Mesh{Name: "m", Vertices: slices.Clone(squareVertices), Faces: [][3]int32{{0, 1, 2}, {0, 2, 3}}}
	}
	if err := good().Check(); err != nil {
		t.Error(err)
	}
	nan := float32(math.NaN())
	cases := []struct {
		name  string
		spoil func(m *Mesh)
		says  string
	}{
		{"no faces", func(m *Mesh) { m.Faces = nil }, "has no face"},
		{"index too high", func(m *Mesh) { m.Faces[1][2] = 4 }, "face 1 names vertex 4, but there are 4"},
		{"negative index", func(m *Mesh) { m.Faces[0][0] = -1 }, "face 0 names vertex -1"},
		{"NaN", func(m *Mesh) { m.Vertices[2][1] = nan }, "coordinate y of vertex 2 is NaN"},
		{"Inf", func(m *Mesh) { m.Vertices[3][2] = float32(math.Inf(-1)) }, "coordinate z of vertex 3 is -Inf"},
		{"huge", func(m *Mesh) { m.Vertices[0][0] = 1e16 }, "coordinate x of vertex 0 is 1e+16"},
		{"one point", func(m *Mesh) { m.Vertices = make([][3]float32, 4) }, "at one point"},
		{"no vertices", func(m *Mesh) { m.Vertices = nil }, "face 0 names vertex 0, but there are 0"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := good()
			c.spoil(m)
			if err := m.Check(); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), `"m"`) {
				t.Errorf("%s: got %v, want %q", c.name, err, c.says)
			}
		})
	}
}

func TestHash(t *testing.T) {
	m := func() *Mesh {
		return &Mesh{Name: "m", Vertices: slices.Clone(squareVertices), Faces: [][3]int32{{0, 1, 2}, {0, 2, 3}}}
	}
	hash := m().Hash()
	// Made with Python: sha256(b"semrob mesh 1\n" + pack("<QQ12f6i", 4, 2, …)).
	if want := "3ac16704a0cf55483cf95f21effeceb4569834d85b388429e2d5c9d15aac5667"; hash != want {
		t.Errorf("got %s, want %s", hash, want)
	}
	renamed := m()
	renamed.Name, renamed.Warnings = "other", []string{"w"}
	if renamed.Hash() != hash {
		t.Error("the hash depends on name or warnings")
	}
	seen := map[string]string{hash: "the original"}
	for name, change := range map[string]func(m *Mesh){
		"a vertex":             func(m *Mesh) { m.Vertices[3][2] = math.SmallestNonzeroFloat32 },
		"a vertex more":        func(m *Mesh) { m.Vertices = append(m.Vertices, [3]float32{}) },
		"a face":               func(m *Mesh) { m.Faces[1][2] = 1 },
		"a winding":            func(m *Mesh) { m.Faces[1][1], m.Faces[1][2] = 3, 2 },
		"a face less":          func(m *Mesh) { m.Faces = m.Faces[:1] },
		"the order of faces":   func(m *Mesh) { slices.Reverse(m.Faces) },
		"vertices for a face":  func(m *Mesh) { m.Vertices = append(m.Vertices, [3]float32{}); m.Faces = m.Faces[:1] },
		"the normalised shape": func(m *Mesh) { *m = *m.Normalized() },
	} {
		t.Run(name, func(t *testing.T) {
			changed := m()
			change(changed)
			if other, known := seen[changed.Hash()]; known {
				t.Errorf("%s has the hash of %s", name, other)
			}
			seen[changed.Hash()] = name
		})
	}
	if got := new(Mesh).Hash(); !regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(got) {
		t.Errorf("the empty mesh has hash %q", got)
	}
}

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("here.mtl", "")
	write("with blanks.mtl", "")
	face := square + "f 1 2 3\n"
	cases := []struct {
		name, text string
		warnings   []string // file:line: and name
	}{
		{"none", face, nil},
		{"here", "mtllib here.mtl\n" + face, nil},
		{"relative", "mtllib ./here.mtl\nmtllib .\\here.mtl\n" + face, nil},
		{"blanks in the name", "mtllib  with blanks.mtl \n" + face, nil},
		{"no name", "mtllib\n" + face, nil},
		{"absent", "\n\nmtllib gone.mtl\n" + face, []string{":3: the material file gone.mtl "}},
		{"some absent", "mtllib here.mtl gone.mtl\nmtllib gone.mtl\n" + face + "mtllib late.mtl", []string{":1: the material file gone.mtl ", ":8: the material file late.mtl "}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := write(c.name+".obj", c.text)
			m, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if m.Name != c.name+".obj" || len(m.Faces) != 1 {
				t.Errorf("%s: name %q, %d faces", c.name, m.Name, len(m.Faces))
			}
			if len(warningsOf(m)) != len(c.warnings) {
				t.Errorf("%s: warnings %q, want %q", c.name, warningsOf(m), c.warnings)
				return
			}
			for i, want := range c.warnings {
				if !strings.HasPrefix(warningsOf(m)[i], path+want) || !strings.HasSuffix(warningsOf(m)[i], ".") {
					t.Errorf("%s: warning %q, want %q", c.name, warningsOf(m)[i], want)
				}
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"broken.obj": square + "f 1 2 9\n", "empty.obj": "", "mesh.stl": "liquid\n", "mesh.fbx": "", "mesh.glb": "glTF", "mesh.ply": "ply\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, says := range map[string]string{
		"broken.obj":  "broken.obj:5: a face names vertex 9",
		"empty.obj":   "empty.obj:1: the file ends without a face",
		"mesh.stl":    "mesh.stl: not an STL file",
		"mesh.fbx":    "mesh.fbx: FBX files are not supported: convert it",
		"mesh.glb":    "mesh.glb: the GLB file ends within its header",
		"mesh.ply":    "mesh.ply: reading the header: it does not end with end_header",
		"missing.obj": "no such mesh file",
		".":           "this is a folder",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(folder, name)
			_, err := Load(path)
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: got %v, want %q", name, err, says)
			}
			var unknown *UnknownError
			var format *FormatError
			missing := name == "missing.obj"
			if errors.As(err, &unknown) != missing || errors.Is(err, fs.ErrNotExist) != missing || errors.As(err, &format) == missing {
				t.Errorf("%v is the wrong kind of error: %T", err, errors.Unwrap(err))
			}
			if missing && unknown.Name != path || !missing && format.Path != path {
				t.Errorf("%v names %+v, %+v", err, unknown, format)
			}
			if got := errors.Is(err, ErrEmpty); got != (name == "empty.obj") {
				t.Errorf("%v is ErrEmpty: %v", err, got)
			}
		})
	}
	if _, err := Load(""); err == nil {
		t.Error("an empty path gives no error")
	}
}

func TestOpen(t *testing.T) {
	want := []string{"bottle", "cup", "teapot", "vase"}
	if got := Generated(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, name := range Generated() {
		m, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != name || m.Check() != nil {
			t.Errorf("%s: name %q, %v", name, m.Name, m.Check())
		}
	}
	_, err := Open("samovar")
	var unknown *UnknownError
	if !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &unknown) || unknown.Name != "samovar" || !reflect.DeepEqual(unknown.Generated, want) {
		t.Fatalf("got %v", err)
	}
	for _, name := range Generated() {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	path := filepath.Join(t.TempDir(), "x.obj")
	if err := os.WriteFile(path, []byte(square+"f 1 2 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := Open(path); err != nil || m.Name != "x.obj" {
		t.Errorf("got %v, %v", m, err)
	}
	if _, err := LoadIn(filepath.Dir(path), "y.obj"); !errors.As(err, &unknown) || unknown.Name != filepath.Join(filepath.Dir(path), "y.obj") {
		t.Errorf("got %v for a file that LoadIn does not find", err)
	}
	// The mesh is there, only its buffer is missing.
	path = filepath.Join(filepath.Dir(path), "x.gltf")
	if err := os.WriteFile(path, []byte(triangleGLTF(`"uri":"gone.bin",`, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	var format *FormatError
	if _, err := Open(path); errors.As(err, &unknown) || !errors.As(err, &format) || !strings.Contains(err.Error(), "gone.bin") {
		t.Errorf("got %v for a missing buffer", err)
	}
}

func BenchmarkMillionFaces(b *testing.B) {
	m := Teapot(125) // 999 000 triangles
	for name, work := range map[string]func(){
		"MergeDuplicates": func() { m.MergeDuplicates() },
		"Normalized":      func() { m.Normalized() },
		"Hash":            func() { m.Hash() },
		"Check":           func() { m.Check() },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				work()
			}
		})
	}
}

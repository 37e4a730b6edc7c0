package mesh

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/qmuntal/gltf"
	"github.com/qmuntal/gltf/modeler"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// loadText loads a mesh from a file of that name with that text.
func loadText(t testing.TB, name, text string) (*Mesh, error) {
	t.Helper()
	return Load(filepath.Join(writeFiles(t, map[string]string{name: text}), name))
}

// saveGLB writes a document as the library encodes it.
func saveGLB(t testing.TB, document *gltf.Document) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.glb")
	if err := gltf.SaveBinary(document, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// rotated turns a vector by an angle about an axis of length 1 (Rodrigues).
func rotated(v, axis [3]float64, angle float64) [3]float64 {
	sin, cos := math.Sincos(angle)
	c := vec3.Cross(axis, v)
	d := axis[0]*v[0] + axis[1]*v[1] + axis[2]*v[2]
	for k := range v {
		v[k] = v[k]*cos + c[k]*sin + axis[k]*d*(1-cos)
	}
	return v
}

// TestNodes hangs a triangle under nodes and compares with transforming its
// corners by hand: scaled, turned, moved, then by the parent's matrix.
func TestNodes(t *testing.T) {
	d := gltf.NewDocument()
	corners := [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 2, 0.5}}
	normal := [][3]float32{{0, 0, 1}, {0.6, 0, 0.8}, {1, 0, 0}}
	attributes := gltf.PrimitiveAttributes{gltf.POSITION: modeler.WritePosition(d, corners), gltf.NORMAL: modeler.WriteNormal(d, normal)}
	d.Meshes = []*gltf.Mesh{{Primitives: []*gltf.Primitive{{Attributes: attributes, Indices: gltf.Index(modeler.WriteIndices(d, []uint16{0, 1, 2}))}}}}
	angle := 0.7
	axis := [3]float64{1 / math.Sqrt(14), 2 / math.Sqrt(14), -3 / math.Sqrt(14)}
	sin, cos := math.Sincos(angle / 2)
	d.Nodes = []*gltf.Node{
		{Matrix: [16]float64{2, 0, 0, 0, 0, 1, 1, 0, 0, 0, -1, 0, 5, 6, 7, 1}, Children: []int{1, 2}},
		{Mesh: gltf.Index(0), Rotation: [4]float64{sin * axis[0], sin * axis[1], sin * axis[2], cos}, Scale: [3]float64{1, 2, 3}, Translation: [3]float64{-1, 0, 4}},
		{Mesh: gltf.Index(0)},
		{Mesh: gltf.Index(0)}, // not in the scene
	}
	d.Scenes[0].Nodes = []int{0}
	m, err := Load(saveGLB(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Vertices) != 6 || len(m.Faces) != 2 || len(warningsOf(m)) > 0 {
		t.Fatalf("got %+v", m)
	}
	parent := func(v [3]float64) [3]float64 { return [3]float64{2*v[0] + 5, v[1] + 6, v[1] - v[2] + 7} }
	child := func(v [3]float64) [3]float64 {
		v = rotated([3]float64{v[0], 2 * v[1], 3 * v[2]}, axis, angle)
		return [3]float64{v[0] - 1, v[1], v[2] + 4}
	}
	for i := range 6 {
		c := corners[i%3]
		want := [3]float64{float64(c[0]), float64(c[1]), float64(c[2])}
		if i < 3 {
			want = child(want)
		}
		want = parent(want)
		for k := range want {
			if math.Abs(float64(m.Vertices[i][k])-want[k]) > 1e-5 {
				t.Errorf("vertex %d is %v, want %v", i, m.Vertices[i], want)
				break
			}
		}
	}
	// A normal stays perpendicular to its face.
	for i := range 6 {
		n := normal[i%3]
		along := [2][3]float64{{0, 1, 0}, {float64(n[2]), 0, -float64(n[0])}}
		for _, a := range along {
			origin, end := [3]float64{}, a
			if i < 3 {
				origin, end = child(origin), child(end)
			}
			edge := vec3.Sub(parent(end), parent(origin))
			got := m.Normals[i]
			if dot := edge[0]*float64(got[0]) + edge[1]*float64(got[1]) + edge[2]*float64(got[2]); math.Abs(dot) > 1e-5 {
				t.Errorf("normal %d is %v, which is not upright on %v (%g)", i, got, edge, dot)
			}
		}
	}
	// The parent mirrors: the winding must go with it, so that the faces' normals
	// stay on the side of the third corner's.
	for f, face := range m.Faces {
		p := func(k int) [3]float64 {
			v := m.Vertices[face[k]]
			return [3]float64{float64(v[0]), float64(v[1]), float64(v[2])}
		}
		n := vec3.Cross(vec3.Sub(p(1), p(0)), vec3.Sub(p(2), p(0)))
		g := m.Normals[m.FaceNormals[f][0]]
		if n[0]*float64(g[0])+n[1]*float64(g[1])+n[2]*float64(g[2]) <= 0 {
			t.Errorf("face %d is wound against its normals", f)
		}
	}
}

// TestNodeVisibility leaves out nodes that KHR_node_visibility hides, and all below
// them, also those that say they are visible.
func TestNodeVisibility(t *testing.T) {
	d := gltf.NewDocument()
	d.ExtensionsUsed = []string{"KHR_node_visibility"}
	attributes := gltf.PrimitiveAttributes{gltf.POSITION: modeler.WritePosition(d, [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}})}
	d.Meshes = []*gltf.Mesh{{Primitives: []*gltf.Primitive{{Attributes: attributes}}}}
	says := func(visible bool) gltf.Extensions {
		return gltf.Extensions{"KHR_node_visibility": map[string]bool{"visible": visible}}
	}
	at := func(x float64, e gltf.Extensions, children ...int) *gltf.Node {
		return &gltf.Node{Mesh: gltf.Index(0), Translation: [3]float64{x, 0, 0}, Scale: [3]float64{1, 1, 1}, Rotation: [4]float64{0, 0, 0, 1}, Extensions: e, Children: children}
	}
	d.Nodes = []*gltf.Node{
		at(10, nil, 1, 2), at(1, says(false), 3), at(2, says(true)), at(100, says(true)), // 10, not 11, 12, not 111
		at(20, says(false)), at(30, gltf.Extensions{"KHR_node_visibility": map[string]bool{}}), // not 20, 30
	}
	d.Scenes[0].Nodes = []int{0, 4, 5}
	m, err := Load(saveGLB(t, d))
	if err != nil {
		t.Fatal(err)
	}
	var places []float32
	for i := 0; i < len(m.Vertices); i += 3 {
		places = append(places, m.Vertices[i][0])
	}
	slices.Sort(places)
	if !slices.Equal(places, []float32{10, 12, 30}) || len(m.Faces) != 3 || len(warningsOf(m)) > 0 {
		t.Errorf("the triangles at %v are drawn, want those at 10, 12 and 30; warnings %q", places, warningsOf(m))
	}
}

// TestModes compares strips and fans with their triangles.
func TestModes(t *testing.T) {
	for mode, want := range map[gltf.PrimitiveMode][][3]int32{
		gltf.PrimitiveTriangles:     {{0, 1, 2}},
		gltf.PrimitiveTriangleStrip: {{0, 1, 2}, {1, 3, 2}, {2, 3, 4}},
		gltf.PrimitiveTriangleFan:   {{1, 2, 0}, {2, 3, 0}, {3, 4, 0}},
	} {
		for _, indexed := range []bool{true, false} {
			d := gltf.NewDocument()
			p := &gltf.Primitive{Mode: mode, Attributes: gltf.PrimitiveAttributes{gltf.POSITION: modeler.WritePosition(d, [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0}, {0, 2, 0}})}}
			if indexed {
				p.Indices = gltf.Index(modeler.WriteIndices(d, []uint16{0, 1, 2, 3, 4}))
			}
			lines := &gltf.Primitive{Mode: gltf.PrimitiveLines, Attributes: p.Attributes}
			d.Meshes, d.Nodes, d.Scenes[0].Nodes = []*gltf.Mesh{{Primitives: []*gltf.Primitive{lines, p}}}, []*gltf.Node{{Mesh: gltf.Index(0)}}, []int{0}
			m, err := Load(saveGLB(t, d))
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(m.Faces) != fmt.Sprint(want) || len(warningsOf(m)) != 1 || !strings.Contains(warningsOf(m)[0], "lines") {
				t.Errorf("mode %v, indices %v: faces %v, want %v; warnings %q", mode, indexed, m.Faces, want, warningsOf(m))
			}
		}
	}
}

// TestAccessors reads positions of every kind that glTF and
// KHR_mesh_quantization allow, interleaved, and a sparse one.
func TestAccessors(t *testing.T) {
	document := func(accessor string, data []byte, views string) string {
		return `{"asset":{"version":"2.0"},"nodes":[{"mesh":0}],"meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],
			"accessors":[` + accessor + `],"bufferViews":[` + views + `],
			"buffers":[{"byteLength":` + fmt.Sprint(len(data)) + `,"uri":"data:application/gltf-buffer;base64,` + base64Of(data) + `"}]}`
	}
	want := [3][3]float64{{0, 0, 0}, {100, -20, 0}, {1, 2, 127}}
	for _, kind := range []struct {
		code       int
		size       int
		signed     bool
		normalized float64
	}{{5120, 1, true, 127}, {5121, 1, false, 255}, {5122, 2, true, 32767}, {5123, 2, false, 65535}, {5126, 4, true, 0}} {
		for _, normalized := range []bool{false, true} {
			if normalized && kind.normalized == 0 {
				continue
			}
			for _, padding := range []int{0, 1, 8} {
				data := []byte{9, 9, 9, 9}
				for _, corner := range want {
					for _, c := range corner {
						if !kind.signed {
							c = math.Abs(c)
						}
						switch kind.size {
						case 1:
							data = append(data, byte(int(c)))
						case 2:
							data = binary.LittleEndian.AppendUint16(data, uint16(int(c)))
						case 4:
							data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(c)))
						}
					}
					data = append(data, make([]byte, padding)...)
				}
				stride := ""
				if padding > 0 {
					stride = fmt.Sprintf(`,"byteStride":%d`, 3*kind.size+padding)
				}
				text := document(fmt.Sprintf(`{"bufferView":0,"byteOffset":4,"componentType":%d,"normalized":%v,"count":3,"type":"VEC3"}`, kind.code, normalized),
					data, fmt.Sprintf(`{"buffer":0,"byteLength":%d%s}`, len(data), stride))
				m, err := loadText(t, "x.gltf", text)
				if err != nil {
					t.Fatalf("%+v, %d bytes between: %v", kind, padding, err)
				}
				for i, corner := range want {
					for k, c := range corner {
						if !kind.signed {
							c = math.Abs(c)
						}
						if normalized {
							c /= kind.normalized
						}
						if math.Abs(float64(m.Vertices[i][k])-c) > 1e-6 {
							t.Errorf("%+v, %d bytes between: vertex %d is %v, want %v", kind, padding, i, m.Vertices[i], corner)
						}
					}
				}
			}
		}
	}
	// Three corners in the origin, the last two put elsewhere.
	data := append([]byte{1, 2, 0, 0}, floats(5, 0, 0, 0, 6, 0)...)
	sparse := `{"componentType":5126,"count":3,"type":"VEC3","sparse":{"count":2,"indices":{"bufferView":0,"componentType":5121},"values":{"bufferView":0,"byteOffset":4}}}`
	m, err := loadText(t, "x.gltf", document(sparse, data, `{"buffer":0,"byteLength":28}`))
	if err != nil || m.Vertices[0] != [3]float32{} || m.Vertices[1] != [3]float32{5, 0, 0} || m.Vertices[2] != [3]float32{0, 6, 0} {
		t.Errorf("the sparse accessor gives %+v, %v", m, err)
	}
}

// hostile are glTF documents that contradict themselves or ask for too much,
// and what the error must say.
func hostile() map[string][2]string {
	good := triangleGLTF(`"uri":"data:application/octet-stream;base64,`+triangleBytes+`",`, "")
	change := func(from, to string) string {
		if !strings.Contains(good, from) {
			panic(from)
		}
		return strings.Replace(good, from, to, 1)
	}
	cycle := change(`"nodes":[{"mesh":0}]`, `"nodes":[{"mesh":0,"children":[0]}]`)
	var laughs []string // 2⁵⁰ triangles
	for i := range 50 {
		laughs = append(laughs, fmt.Sprintf(`{"children":[%d,%d]}`, i+1, i+1))
	}
	// Each of many nodes draws the same mesh of many primitives.
	many := `"meshes":[{"primitives":[` + strings.Repeat(`{"mode":1,"attributes":{}},`, 60000) + `{"attributes":{}}]}]`
	crowd := strings.Repeat(`{"mesh":0},`, 3000)
	var children []string
	for i := range 3001 {
		children = append(children, fmt.Sprint(i))
	}
	manyTimes := strings.Replace(change(`"nodes":[{"mesh":0}]`, `"nodes":[`+crowd+`{"mesh":0}]`), `"scenes":[{"nodes":[0]}]`, `"scenes":[{"nodes":[`+strings.Join(children, ",")+`]}]`, 1)
	manyTimes = strings.Replace(manyTimes, `"meshes":[{"primitives":[{"attributes":{"POSITION":0,"TEXCOORD_0":1},"material":0}]}]`, many, 1)
	var deep []string
	for i := range 200000 {
		deep = append(deep, fmt.Sprintf(`{"children":[%d]}`, i+1))
	}
	nan := strings.Replace(good, triangleBytes, base64Of(floats(0, 0, 0, 1, 0, 0, 0, float32(math.NaN()), 0)), 1)
	return map[string][2]string{
		"count beyond the buffer":   {change(`"count":3`, `"count":4`), "more than the 36 bytes"},
		"count beyond memory":       {change(`"count":3`, `"count":1000000000`), "1…"},
		"negative count":            {change(`"count":3`, `"count":-3`), "1…"},
		"count without data":        {change(`"bufferView":0,"componentType":5126,"count":3`, `"componentType":5126,"count":30000000`), "if they are not in the file"},
		"view beyond the buffer":    {change(`"byteLength":36}`, `"byteLength":37}`), "outside its buffer"},
		"negative offset":           {change(`"buffer":0,`, `"buffer":0,"byteOffset":-1,`), "outside its buffer"},
		"huge stride":               {change(`"bufferViews":[{`, `"bufferViews":[{"byteStride":9223372036854775807,`), "more than the"},
		"no such view":              {change(`"bufferView":0`, `"bufferView":7`), "no buffer view 7"},
		"no such buffer":            {change(`"buffer":0`, `"buffer":7`), "refers to buffer 7"},
		"no such accessor":          {change(`"POSITION":0`, `"POSITION":7`), "no accessor 7"},
		"wrong type":                {change(`"VEC3"`, `"VEC2"`), "components"},
		"no such mesh":              {change(`{"mesh":0}`, `{"mesh":-1}`), "no mesh -1"},
		"no such node":              {change(`"nodes":[0]`, `"nodes":[5]`), "no node 5"},
		"no such scene":             {change(`"scene":0`, `"scene":5`), "no scene 5"},
		"no such material":          {change(`"material":0`, `"material":5`), "no material 5"},
		"null node":                 {change(`"nodes":[{"mesh":0}]`, `"nodes":[null]`), "no node 0"},
		"null accessor":             {change(`"accessors":[{`, `"accessors":[null,{`), "no accessor 0"},
		"null in the buffers":       {change(`"buffers":[{`, `"buffers":[null,{`), "buffer 0"},
		"cycle":                     {cycle, "more than once"},
		"a billion laughs":          {strings.Replace(good, `"nodes":[{"mesh":0}]`, `"nodes":[`+strings.Join(laughs, ",")+`,{"mesh":0}]`, 1), "more than once"},
		"many times many":           {manyTimes, "more than"},
		"deep":                      {strings.Replace(good, `"nodes":[{"mesh":0}]`, `"nodes":[`+strings.Join(deep, ",")+`,{"mesh":9}]`, 1), "no mesh 9"},
		"deep JSON":                 {`{"asset":{"version":"2.0","extras":` + strings.Repeat("[", 1<<20) + "}}", "JSON"},
		"many objects":              {`{"asset":{"version":"2.0"},"nodes":[` + strings.Repeat("{},", 1<<20) + "{}]}", "objects"},
		"index out of range":        {change(`"attributes":{"POSITION":0,"TEXCOORD_0":1}`, `"indices":2,"attributes":{"POSITION":0}`), "no accessor 2"},
		"a vertex that is NaN":      {nan, "finite"},
		"a node that is huge":       {change(`{"mesh":0}`, `{"mesh":0,"scale":[1e300,1e300,1]}`), "finite"},
		"a buffer beyond memory":    {change(`,"byteLength":36}]`, `,"byteLength":1099511627776}]`), "has no length, or one beyond"},
		"a buffer without bytes":    {change(`,"byteLength":36}]`, `,"byteLength":0}]`), "has no length"},
		"a buffer that is not text": {strings.Replace(good, triangleBytes, "%%%", 1), "cannot be read"},
		"a buffer that is absent":   {triangleGLTF(`"uri":"gone.bin",`, ""), "gone.bin"},
		"a buffer from nowhere":     {triangleGLTF("", ""), "is not in the file"},
		"version 1":                 {change(`"2.0"`, `"1.0"`), "glTF 2.0"},
		"a compressed mesh":         {change(`{"asset"`, `{"extensionsRequired":["KHR_draco_mesh_compression"],"asset"`), "KHR_draco_mesh_compression"},
		"no triangles":              {change(`"nodes":[0]`, `"nodes":[]`), "no face"},
		"not JSON":                  {"hello", "JSON"},
		"nothing":                   {"", "JSON"},
	}
}

func TestHostileGLTF(t *testing.T) {
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := loadText(t, "x.gltf", c[0])
			runtime.ReadMemStats(&after)
			// All that was ever taken, which is more than was held at once.
			if taken := after.TotalAlloc - before.TotalAlloc; taken > 64<<20+100*uint64(len(c[0])) {
				t.Errorf("%s: %d bytes of text took %d MiB", name, len(c[0]), taken>>20)
			}
			if err == nil || !strings.Contains(err.Error(), c[1]) || !strings.Contains(err.Error(), "x.gltf") {
				t.Errorf("%s: error %.300v, want one that says %q", name, err, c[1])
			}
		})
	}
	indices := gltf.NewDocument()
	p := &gltf.Primitive{Attributes: gltf.PrimitiveAttributes{gltf.POSITION: modeler.WritePosition(indices, squareVertices)}, Indices: gltf.Index(modeler.WriteIndices(indices, []uint16{0, 1, 4}))}
	indices.Meshes, indices.Nodes, indices.Scenes[0].Nodes = []*gltf.Mesh{{Primitives: []*gltf.Primitive{p}}}, []*gltf.Node{{Mesh: gltf.Index(0)}}, []int{0}
	if _, err := Load(saveGLB(t, indices)); err == nil || !strings.Contains(err.Error(), "index 2 is 4, but there are 4 vertices") {
		t.Errorf("an index out of range: %v", err)
	}
}

// TestHostileGLB changes the lengths in a GLB file, and cuts it off.
func TestHostileGLB(t *testing.T) {
	d := gltf.NewDocument()
	p := &gltf.Primitive{Attributes: gltf.PrimitiveAttributes{gltf.POSITION: modeler.WritePosition(d, squareVertices)}}
	d.Meshes, d.Nodes, d.Scenes[0].Nodes = []*gltf.Mesh{{Primitives: []*gltf.Primitive{p}}}, []*gltf.Node{{Mesh: gltf.Index(0)}}, []int{0}
	good, err := os.ReadFile(saveGLB(t, d))
	if err != nil {
		t.Fatal(err)
	}
	if m, err := loadText(t, "x.glb", string(good)); err != nil || len(m.Faces) != 1 {
		t.Fatalf("the unchanged file gives %+v, %v", m, err)
	}
	for n := range len(good) {
		if _, err := loadText(t, "x.glb", string(good[:n])); err == nil && n < len(good)-8 {
			t.Errorf("no error after %d of %d bytes", n, len(good))
		}
	}
	huge := bytes.Replace(good, []byte(`"byteLength":48}],"acc`), []byte(`"byteLength":4294967343}],"acc`), 1)
	if bytes.Equal(huge, good) {
		t.Fatalf("the buffer's length is not where it was: %s", good)
	}
	binary.LittleEndian.PutUint32(huge[12:], binary.LittleEndian.Uint32(good[12:])+uint32(len(huge)-len(good)))
	if _, err := loadText(t, "x.glb", string(huge)); err == nil || !strings.Contains(err.Error(), "has no length, or one beyond") {
		t.Errorf("a buffer of 4 GiB and 47 bytes: %v", err)
	}
}

func base64Of(data []byte) string {
	text, _ := json.Marshal(data)
	return string(text[1 : len(text)-1])
}

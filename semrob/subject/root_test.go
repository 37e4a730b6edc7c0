package subject

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scattered returns a folder with a mesh, models/m.obj, whose material and texture lie
// in other folders: lib/m.mtl and pictures/deep/wood.png.
func scattered(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("models/m.obj", "mtllib ../lib/m.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 1\nusemtl a\nf 1/1 3/2 2/1\nf 1/1 2/2 4/1\nf 1/1 4/2 3/1\nf 2/2 3/1 4/1\n")
	write("lib/m.mtl", "newmtl a\nmap_Kd wood.png\n")
	write("pictures/deep/wood.png", "")
	file, err := os.Create(filepath.Join(dir, "pictures", "deep", "wood.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture := image.NewGray(image.Rect(0, 0, 2, 2))
	picture.SetGray(0, 0, color.Gray{200})
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestMeshRoot describes a mesh whose files lie in several folders, and finds it
// again elsewhere: what the description lists is all that the mesh needs.
func TestMeshRoot(t *testing.T) {
	dir := scattered(t)
	s := Subject{Mesh: filepath.Join(dir, "models", "m.obj"), MeshRoot: dir, Class: "teapot", Materials: true}
	d := describe(t, s)
	var names []string
	for _, f := range d.MeshFiles {
		names = append(names, f.Path)
	}
	if want := []string{"models/m.obj", "lib/m.mtl", "pictures/deep/wood.png"}; !slices.Equal(names, want) || d.MeshRoot != "." {
		t.Errorf("the files %q in %q, want %q", names, d.MeshRoot, want)
	}
	white := s
	white.Materials = false
	alone := white
	alone.MeshRoot = ""
	if with, without := describe(t, white), describe(t, alone); with.Key() != without.Key() {
		t.Errorf("a white mesh has another key with a root:\n%s\n%s", with.Key(), without.Key())
	}

	elsewhere := t.TempDir()
	for _, f := range d.MeshFiles {
		to := filepath.Join(elsewhere, "copy", filepath.FromSlash(f.Path))
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for what, find := range map[string]Finder{
		"named": NewDirs([]string{filepath.Join(elsewhere, "copy")}, nil), "searched": NewDirs(nil, []string{elsewhere}),
	} {
		m, err := Found(find).loadMesh(t.Context(), &d)
		if err != nil || m.Materials[0].Texture == nil {
			t.Errorf("%s: %+v, %v", what, m, err)
		}
	}
	if err := os.Remove(filepath.Join(elsewhere, "copy", "pictures", "deep", "wood.png")); err != nil {
		t.Fatal(err)
	}
	if _, err := Found(NewDirs(nil, []string{elsewhere})).loadMesh(t.Context(), &d); err == nil {
		t.Error("the mesh was found without its texture")
	}

	s.MeshRoot = filepath.Join(dir, "lib")
	if _, err := s.Resolve(t.Context()); err == nil || !strings.Contains(err.Error(), "is not in the folder") {
		t.Errorf("a root beside the mesh: %v", err)
	}
}

// TestLayout places the files of meshes below one folder.
func TestLayout(t *testing.T) {
	for _, c := range []struct {
		root        string
		files, want []string
	}{
		{"", []string{"m.obj", "m.mtl", "tex/t.png"}, []string{"m.obj", "m.mtl", "tex/t.png"}},
		{"", []string{"a/b/m.obj", "a/b/m.mtl"}, []string{"m.obj", "m.mtl"}},
		{"", []string{"a/models/m.obj", "a/images/t.png"}, []string{"models/m.obj", "images/t.png"}},
		{"", []string{"m.obj", "../images/t.png"}, []string{"mesh/m.obj", "images/t.png"}},
		{"", []string{"../m.obj", "../../images/t.png"}, []string{"mesh/m.obj", "images/t.png"}},
		{"", []string{"/x/models/m.obj", "/x/images/t.png"}, []string{"models/m.obj", "images/t.png"}},
		{".", []string{"a/b/m.obj", "tex/t.png"}, []string{"a/b/m.obj", "tex/t.png"}},
		{"/x", []string{"/x/a/m.obj", "/x/tex/t.png"}, []string{"a/m.obj", "tex/t.png"}},
		{"", []string{"a/m.obj", "../../etc/t.png"}, nil},
		{"a", []string{"a/m.obj", "b/t.png"}, nil},
		{".", []string{"a/m.obj", "../t.png"}, nil},
	} {
		var files []File
		for _, path := range c.files {
			files = append(files, File{Path: filepath.FromSlash(path)})
		}
		got, err := Layout(files, c.root)
		for i := range got {
			got[i] = filepath.ToSlash(got[i])
		}
		if !slices.Equal(got, c.want) || (err != nil) != (c.want == nil) {
			t.Errorf("%q in %q: %q, %v; want %q", c.files, c.root, got, err, c.want)
		}
	}
}

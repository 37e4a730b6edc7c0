package mesh

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

// TestLinksAreTheSameEverywhere has meshes whose files are symbolic links. A copy of the
// files that Files lists, as a worker of a study gets it, is the mesh that Load reads
// here: what is not drawn is not shipped, and nothing from outside the folder is.
func TestLinksAreTheSameEverywhere(t *testing.T) {
	const (
		obj = "mtllib m.mtl\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvt 0 0\nvt 1 0\nvt 0 1\nf 1/1 3/2 2/3\nf 1/1 2/2 4/3\nf 1/1 4/2 3/3\n"
		mtl = "newmtl a\nKd 0.5 0.5 0.5\nmap_Kd cloth.png\n"
	)
	for name, c := range map[string]struct {
		links   map[string]string // from a path in the folder of all to a target
		mtl     string
		shipped []string
	}{
		"no links":                       {nil, mtl, []string{"m.obj", "m.mtl", "cloth.png"}},
		"material out of the folder":     {map[string]string{"model/m.mtl": "../outside/m.mtl"}, mtl, []string{"m.obj"}},
		"texture out of the folder":      {map[string]string{"model/cloth.png": "../outside/cloth.png"}, mtl, []string{"m.obj", "m.mtl"}},
		"absolute link":                  {map[string]string{"model/cloth.png": "/outside/cloth.png"}, mtl, []string{"m.obj", "m.mtl"}},
		"folder out of the folder":       {map[string]string{"model/textures": "../outside"}, strings.Replace(mtl, "cloth", "textures/cloth", 1), []string{"m.obj", "m.mtl", "cloth.png"}},
		"chain that ends outside":        {map[string]string{"model/cloth.png": "step.png", "model/step.png": "../outside/cloth.png"}, mtl, []string{"m.obj", "m.mtl"}},
		"link within the folder":         {map[string]string{"model/cloth.png": "deep/cloth.png"}, mtl, []string{"m.obj", "m.mtl", "cloth.png"}},
		"neighbour that is a link":       {map[string]string{"textures": "outside", "model/cloth.png": "missing"}, strings.Replace(mtl, "cloth", "../textures/cloth", 1), []string{"m.obj", "m.mtl"}},
		"link out of a neighbour":        {map[string]string{"images/cloth.png": "../outside/cloth.png", "model/cloth.png": "missing"}, strings.Replace(mtl, "cloth", "../images/cloth", 1), []string{"m.obj", "m.mtl"}},
		"neighbour with its own texture": {map[string]string{"model/cloth.png": "missing"}, strings.Replace(mtl, "cloth", "../materials/cloth", 1), []string{"m.obj", "m.mtl", "../materials/cloth.png"}},
		"link to nowhere":                {map[string]string{"model/cloth.png": "missing"}, mtl, []string{"m.obj", "m.mtl"}},
		"other case, out of the folder":  {map[string]string{"model/cloth.png": "missing", "model/Cloth.png": "../outside/cloth.png"}, mtl, []string{"m.obj", "m.mtl"}},
		"link to itself":                 {map[string]string{"model/cloth.png": "cloth.png"}, mtl, []string{"m.obj", "m.mtl"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write := func(name, text string) {
				t.Helper()
				path := filepath.Join(root, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			write("model/m.obj", obj)
			write("model/m.mtl", c.mtl)
			write("outside/m.mtl", "newmtl a\nKd 1 0 0\n")
			write("images/other.png", "")
			write("materials/other.png", "")
			write("model/deep/other.png", "")
			for at, tint := range map[string]uint8{"model/cloth.png": 40, "outside/cloth.png": 90, "materials/cloth.png": 140, "model/deep/cloth.png": 200} {
				if folder, _, _ := strings.Cut(at, "/"); folder != "materials" || strings.Contains(c.mtl, folder) {
					write(at, onePixel(t, tint))
				}
			}
			for at, target := range c.links {
				path := filepath.Join(root, filepath.FromSlash(at))
				if strings.HasPrefix(target, "/") {
					target = root + target
				}
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(target, path); err != nil {
					t.Skipf("no symbolic links here: %v", err)
				}
			}
			mesh := filepath.Join(root, "model", "m.obj")
			here, err := Load(mesh)
			if err != nil {
				t.Fatal(err)
			}
			shipped, _ := Files(mesh)
			if !slices.Equal(shipped, c.shipped) {
				t.Errorf("%v belong to the mesh, want %v", shipped, c.shipped)
			}
			there := filepath.Join(t.TempDir(), "mesh")
			for _, name := range shipped {
				data, err := os.ReadFile(filepath.Join(root, "model", filepath.FromSlash(name)))
				if err != nil {
					t.Fatal(err)
				}
				to := filepath.Join(there, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(to, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			far, err := Load(filepath.Join(there, "m.obj"))
			if err != nil {
				t.Fatal(err)
			}
			if here.Hash() != far.Hash() {
				t.Errorf("a worker draws another mesh: here %v, there %v", here.LookWarnings, far.LookWarnings)
			}
		})
	}
}

// onePixel returns a PNG of one grey pixel.
func onePixel(t *testing.T, grey uint8) string {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, 1, 1))
	picture.SetGray(0, 0, color.Gray{Y: grey})
	var text strings.Builder
	if err := png.Encode(&text, picture); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

package mesh

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNamedRoot finds the files of a mesh anywhere in a folder that a person names,
// and nowhere else.
func TestNamedRoot(t *testing.T) {
	obj := "mtllib ../lib/m.mtl\n" + square + "vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n"
	for name, c := range map[string]struct {
		texture, at string // what the material says, and where the file is; "" for nowhere
		says        string // the warning
	}{
		"beside the material":     {"t.png", "lib/t.png", ""},
		"below the material":      {"tex/t.png", "lib/tex/t.png", ""},
		"up and down":             {"../pictures/t.png", "pictures/t.png", ""},
		"elsewhere":               {"t.png", "store/deep/t.png", "store/deep/t.png is drawn in its place"},
		"relative to the root":    {"store/deep/t.png", "store/deep/t.png", "store/deep/t.png is drawn"},
		"another case":            {"T.PNG", "store/t.png", "store/t.png is drawn"},
		"an absolute path":        {"/home/me/t.png", "store/t.png", "store/t.png is drawn"},
		"a path of Windows":       {`C:\me\t.png`, "store/t.png", "store/t.png is drawn"},
		"beyond the root":         {"../../../../store/t.png", "store/t.png", "store/t.png is drawn"},
		"nowhere":                 {"t.png", "", "name one that contains it, too"},
		"nowhere, beyond":         {"../../../t.png", "", "name one that contains it, too"},
		"an address":              {"file:///store/t.png", "store/t.png", "not drawn"},
		"an address of a website": {"https://a.example/t.png", "store/t.png", "not drawn"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"root/models/deep/m.obj": strings.Replace(obj, "../lib", "../../lib", 1), "root/lib/m.mtl": "newmtl m\nmap_Kd " + c.texture + "\n", "t.png": tinyPNG(t), "store/t.png": tinyPNG(t)}
			if c.at != "" {
				files["root/"+c.at] = tinyPNG(t)
			}
			root := filepath.Join(writeFiles(t, files), "root")
			path := filepath.Join(root, "models", "deep", "m.obj")
			m, err := OpenIn(root, path)
			if err != nil || len(m.Materials) != 1 {
				t.Fatalf("%+v, %v", m, err)
			}
			drawn := c.at != "" && !strings.Contains(c.says, "not drawn")
			if warnings := strings.Join(warningsOf(m), " "); (m.Materials[0].Texture != nil) != drawn || (warnings == "") != (c.says == "") || !strings.Contains(warnings, c.says) {
				t.Errorf("the texture %v with the warnings %q, want %q", m.Materials[0].Texture, warnings, c.says)
			}
			found, absent := FilesIn(root, path)
			if want := 2 + map[bool]int{true: 1}[drawn]; len(found) != want || (len(absent) == 0) != drawn {
				t.Errorf("the files %q, absent %q", found, absent)
			}
			// What is listed is all that the mesh needs.
			copied := t.TempDir()
			for _, name := range found {
				from := filepath.Join(filepath.Dir(path), filepath.FromSlash(name))
				within, err := filepath.Rel(root, from)
				if err != nil || !filepath.IsLocal(within) {
					t.Fatalf("%s is outside the root", name)
				}
				data, err := os.ReadFile(from)
				if err := errors.Join(err, os.MkdirAll(filepath.Dir(filepath.Join(copied, within)), 0o755), os.WriteFile(filepath.Join(copied, within), data, 0o600)); err != nil {
					t.Fatal(err)
				}
			}
			again, err := LoadIn(copied, "models/deep/m.obj")
			if err != nil || again.Hash() != m.Hash() {
				t.Errorf("the copy of the files is another mesh: %v", err)
			}
		})
	}
	if _, err := OpenIn("a", "b/m.obj"); err == nil || !strings.Contains(err.Error(), "is not in the folder") {
		t.Errorf("a mesh outside its root: %v", err)
	}
	if m, err := OpenIn("a", "cup"); err != nil || m.Name != "cup" {
		t.Errorf("a generated mesh with a root: %v", err)
	}
}

// TestSeveralOfOneName takes the file with the most folders in common.
func TestSeveralOfOneName(t *testing.T) {
	root := writeFiles(t, map[string]string{
		"models/m.obj": "mtllib m.mtl\n" + square + "vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n", "models/m.mtl": "newmtl m\nmap_Kd game/wood/t.png\n",
		"a/t.png": tinyPNG(t), "z/wood/t.png": tinyPNG(t), "b/stone/t.png": tinyPNG(t),
	})
	m, err := LoadIn(root, "models/m.obj")
	if warnings := strings.Join(warningsOf(m), " "); err != nil || m.Materials[0].Texture == nil || !strings.Contains(warnings, "z/wood/t.png is drawn in its place, one of 3 files") {
		t.Errorf("%q, %v", warnings, err)
	}
}

// TestNoLinksOutOfARoot follows no link that leads out of a root.
func TestNoLinksOutOfARoot(t *testing.T) {
	parent := writeFiles(t, map[string]string{
		"secret/t.png": tinyPNG(t), "root/models/m.obj": "mtllib m.mtl\n" + square + "vt 0 0\nusemtl m\nf 1/1 2/1 3/1\n",
		"root/models/m.mtl": "newmtl m\nmap_Kd t.png\n", "root/store/none": "",
	})
	for link, target := range map[string]string{"root/models/t.png": "../../secret/t.png", "root/store/t.png": filepath.Join(parent, "secret", "t.png"), "root/images": "../secret"} {
		at := filepath.Join(parent, filepath.FromSlash(link))
		if err := os.Symlink(target, at); err != nil {
			t.Fatal(err)
		}
		m, err := LoadIn(filepath.Join(parent, "root"), "models/m.obj")
		if err != nil || m.Materials[0].Texture != nil || len(warningsOf(m)) != 1 {
			t.Errorf("%s: %+v, %v", link, m, err)
		}
		if err := os.Remove(at); err != nil {
			t.Fatal(err)
		}
	}
}

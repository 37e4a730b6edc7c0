package predict

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// meshEndings are the file extensions of meshes.
var meshEndings = []string{".obj", ".gltf", ".glb", ".stl", ".ply"}

// Shapes finds the meshes of a study's objects below a folder by the hashes of their
// files, with those that they name, and returns their shape features by hash. Generated
// meshes need no file. The folder is that of the plan's layout, or its mesh-root, if
// textures lie outside the meshes' folders.
func Shapes(t *results.Table, dir string) (map[string]mesh.ShapeFeatures, error) {
	wanted := map[string]bool{}
	for _, r := range t.Rows {
		wanted[r.MeshHash] = true
	}
	shapes := map[string]mesh.ShapeFeatures{}
	for _, name := range mesh.Generated() {
		m, err := mesh.Open(name)
		if err != nil {
			return nil, err
		}
		if hash := m.Hash(); wanted[hash] {
			shapes[hash] = m.ShapeFeatures()
		}
	}
	if dir == "" {
		return shapes, nil
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains(meshEndings, strings.ToLower(filepath.Ext(path))) {
			return err
		}
		hash, err := contentOf(path, dir, wanted)
		if _, known := shapes[hash]; err != nil || known || hash == "" {
			return err
		}
		m, err := mesh.Load(path)
		if err != nil {
			return err
		}
		shapes[hash] = m.ShapeFeatures()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("searching %s for the meshes of a study: %w", dir, err)
	}
	return shapes, nil
}

// contentOf returns the hash by which a table knows a mesh, or "": that of the file alone
// or of all its files, found in its own folder or in root.
func contentOf(path, root string, wanted map[string]bool) (string, error) {
	for _, from := range []string{"", root} {
		var d subject.Description
		paths, _ := subject.MeshFiles("", path, from)
		for _, file := range paths {
			hash, err := subject.HashFile(file)
			if err != nil {
				return "", err
			}
			d.MeshFiles = append(d.MeshFiles, subject.File{Path: file, Hash: hash})
		}
		alone := subject.Description{MeshFiles: d.MeshFiles[:1]}
		for _, hash := range []string{d.MeshContent(), alone.MeshContent(), d.MeshFiles[0].Hash} {
			if wanted[hash] {
				return hash, nil
			}
		}
	}
	return "", nil
}

package predict

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// meshEndings are the file extensions of meshes.
var meshEndings = []string{".obj", ".gltf", ".glb", ".stl", ".ply"}

// Shapes finds the meshes of a study's objects below a folder by the hashes of their
// files and returns their shape features by hash. Generated meshes need no file.
// Meshes with material files are not found: their hash includes those files.
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
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		hash := hex.EncodeToString(sum[:])
		if _, known := shapes[hash]; known || !wanted[hash] {
			return nil
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

package subject

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
)

// File is a file by its content.
type File struct {
	// Path is where it was: relative to the folder of a plan, or its name alone.
	Path string `json:"path,omitempty"`
	// Hash is the SHA-256 of its content, in hexadecimal digits.
	Hash string `json:"sha256,omitempty"`
}

// HashFile returns the SHA-256 of a file's content, in hexadecimal digits.
func HashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hashing a file: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("hashing %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// At returns path from a folder, unless it is absolute.
func At(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// In returns the subject with the relative paths of its files starting from a
// folder.
func (s Subject) In(dir string) Subject {
	if dir == "" {
		return s
	}
	if s.Mesh != "" && !slices.Contains(mesh.Generated(), s.Mesh) {
		s.Mesh = At(dir, s.Mesh)
	}
	if architecture, path, ok := weightsPath(s.Network); ok {
		s.Network = joined(architecture, At(dir, path))
	}
	if s.Open.Labels != "" {
		s.Open.Labels = At(dir, s.Open.Labels)
	}
	if s.Background != "" {
		s.Background = At(dir, s.Background)
	}
	return s
}

// weightsPath returns the parts of a network's name that names a file of weights.
func weightsPath(name string) (architecture, path string, ok bool) {
	architecture, path, named := strings.Cut(name, "=")
	if !named {
		architecture, path = "", name
	}
	if strings.HasPrefix(path, hub.Prefix) {
		return "", "", false
	}
	endings := []string{".safetensors", ".pth", ".pt", ".bin", ".onnx"}
	return architecture, path, slices.Contains(endings, strings.ToLower(filepath.Ext(path)))
}

func joined(architecture, path string) string {
	if architecture == "" {
		return path
	}
	return architecture + "=" + path
}

// WeightsFile returns the path of the file with a network's weights: the one that
// its name names, or the fetched one; ok is false if it has none.
func WeightsFile(name string) (path string, ok bool) {
	if _, path, ok := weightsPath(name); ok {
		return path, true
	}
	path, err := fetch.Path(name)
	return path, err == nil
}

// opensWith returns the name by which network.OpenWith opens a network of this
// name from its file, wherever that is.
func opensWith(name, path string) string {
	architecture, _, ok := weightsPath(name)
	if !ok {
		architecture = name
	}
	return joined(architecture, path)
}

// MeshFiles returns the paths of the files of a mesh, relative to dir as path is:
// path itself, then the files that it names, such as materials, textures and
// buffers. absent are the names of visible ones that are not there.
func MeshFiles(dir, path string) (found, absent []string) {
	found, absent = mesh.Files(At(dir, path))
	for i, name := range found {
		found[i] = filepath.Join(filepath.Dir(path), filepath.FromSlash(name))
	}
	return found, absent
}

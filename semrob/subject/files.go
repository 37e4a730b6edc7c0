package subject

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
)

// File identifies a file by its content.
type File struct {
	// Path is the path relative to the plan's folder, or the name alone.
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

// At joins dir and path, unless path is absolute.
func At(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// In returns the subject with its relative paths joined to a folder.
func (s Subject) In(dir string) Subject {
	if dir == "" {
		return s
	}
	if s.Mesh != "" && !slices.Contains(mesh.Generated(), s.Mesh) {
		s.Mesh = At(dir, s.Mesh)
	}
	if before, path, after, ok := network.SplitFile(s.Network); ok {
		s.Network = before + At(dir, path) + after
	}
	if s.Open.Labels != "" {
		s.Open.Labels = At(dir, s.Open.Labels)
	}
	if s.Background != "" {
		s.Background = At(dir, s.Background)
	}
	return s
}

// WeightsFile returns the path of the file with a network's weights or code, named or
// fetched; ok is false if there is none.
func WeightsFile(name string) (path string, ok bool) {
	if _, path, _, ok := network.SplitFile(name); ok {
		return path, true
	}
	if network.KindOf(name).Outside != "" {
		return "", false
	}
	path, err := fetch.Path(name)
	return path, err == nil
}

// opensWith returns the name for network.OpenWith of a network whose file is at path.
func opensWith(name, path string) string {
	before, _, after, ok := network.SplitFile(name)
	if !ok {
		before = name + "="
	}
	return before + path + after
}

// MeshFiles returns the paths of the files of a mesh, relative to dir like path: path
// itself, then the files that it names, such as materials, textures and buffers.
// absent are the names of missing files that pictures would show.
func MeshFiles(dir, path string) (found, absent []string) {
	found, absent = mesh.Files(At(dir, path))
	for i, name := range found {
		found[i] = filepath.Join(filepath.Dir(path), filepath.FromSlash(name))
	}
	return found, absent
}

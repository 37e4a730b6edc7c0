package subject

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/classset"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network/fetch"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
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
	file, err := limit.Open(path)
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
	if architecture, path, ok := weightsPath(s.Network); ok {
		s.Network = joined(architecture, At(dir, path))
	}
	if s.Open.Labels != "" {
		s.Open.Labels = At(dir, s.Open.Labels)
	}
	if !slices.Contains([]string{"", classset.Paper, classset.Entry}, s.ClassSets) {
		s.ClassSets = At(dir, s.ClassSets)
	}
	if s.Background != "" {
		s.Background = At(dir, s.Background)
	}
	return s
}

// weightsPath splits the name of a network that is a file of weights; ok is false for
// other names.
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

// CheckFiles returns an error if the description names a file without the hash of its
// content, and would therefore read whatever lies at that path.
func (d *Description) CheckFiles() error {
	if len(d.MeshFiles) == 0 && !slices.Contains(mesh.Generated(), d.Mesh) {
		return fmt.Errorf("the mesh %s: %w: its description has no file", d.Mesh, ErrNotFound)
	}
	pinned := slices.Clone(d.MeshFiles)
	for _, f := range []struct {
		what, path string
		file       *File
	}{
		{"network", pathOf(d.Network), d.Weights}, {"labels file", d.Open.Labels, d.LabelsFile}, {"background", d.Background, d.BackgroundFile},
	} {
		switch {
		case f.file != nil:
			pinned = append(pinned, *f.file)
		case f.path != "":
			return fmt.Errorf("the %s %s: %w: its description has no hash of its content", f.what, f.path, ErrNotFound)
		}
	}
	for _, f := range pinned {
		if sum, err := hex.DecodeString(f.Hash); err != nil || len(sum) != sha256.Size {
			return fmt.Errorf("the file %s: %w: its description has no SHA-256 of it", f.Path, ErrNotFound)
		}
	}
	return nil
}

// pathOf returns the path of a network that is a file, "" for others.
func pathOf(name string) string {
	_, path, ok := weightsPath(name)
	if !ok || Scheme(name) != "" {
		return ""
	}
	return path
}

var scheme = regexp.MustCompile(`^[a-z][a-z0-9+.-]+:`)

// Scheme returns what precedes the colon in the name of a network from elsewhere, such
// as hf in hf:owner/name, or "" for a network with a plain name, or a file.
func Scheme(name string) string {
	if _, source, named := strings.Cut(name, "="); named && !scheme.MatchString(name) {
		name = source
	}
	return strings.TrimSuffix(scheme.FindString(name), ":")
}

// WeightsFile returns the path of the file with a network's weights, named or
// fetched; ok is false if there is none.
func WeightsFile(name string) (path string, ok bool) {
	if _, path, ok := weightsPath(name); ok {
		return path, true
	}
	path, err := fetch.Path(name)
	return path, err == nil
}

// opensWith returns the name for network.OpenWith of a network whose file is at path.
func opensWith(name, path string) string {
	architecture, _, ok := weightsPath(name)
	if !ok {
		architecture = name
	}
	return joined(architecture, path)
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

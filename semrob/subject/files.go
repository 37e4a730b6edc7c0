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
	if s.MeshRoot != "" {
		s.MeshRoot = At(dir, s.MeshRoot)
	}
	if before, path, after, ok := network.SplitFile(s.Network); ok {
		s.Network = before + At(dir, path) + after
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

// pathOf returns the path of a network in a file, "" for others.
func pathOf(name string) string {
	_, path, _, _ := network.SplitFile(name)
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
// absent are the names of missing files that pictures would show. root is the
// subject's MeshRoot, relative to dir, or "".
func MeshFiles(dir, path, root string) (found, absent []string) {
	if root != "" {
		root = At(dir, root)
	}
	found, absent = mesh.FilesIn(root, At(dir, path))
	for i, name := range found {
		found[i] = filepath.Join(filepath.Dir(path), filepath.FromSlash(name))
	}
	return found, absent
}

// RootOf returns a subject's MeshRoot as a folder of path, the mesh's file, lexically:
// both are relative to dir. It is an error if the mesh is not in it.
func RootOf(dir, path, root string) (string, error) {
	within, err := mesh.Within(At(dir, root), At(dir, path))
	if err != nil {
		return "", err
	}
	return top(path, within), nil
}

// Layout returns paths below any one folder, where the files of a mesh find each
// other as they do at their own paths: relative to root, the subject's MeshRoot, or
// else to the mesh's folder or the one above it. It is an error if a file is
// elsewhere.
func Layout(files []File, root string) ([]string, error) {
	paths, from := make([]string, len(files)), root
	if root == "" {
		from = filepath.Dir(files[0].Path)
	}
	above := false // a file lies in a folder beside the mesh's
	for i, f := range files {
		path, err := filepath.Rel(from, f.Path)
		if err != nil {
			return nil, fmt.Errorf("the file %s is not in the folder of %s", f.Path, files[0].Path)
		}
		above = above || !filepath.IsLocal(path)
		paths[i] = path
	}
	for i := range paths {
		if above && root == "" {
			name := filepath.Base(from)
			if !filepath.IsLocal(name) || name == "." {
				name = "mesh"
			}
			paths[i] = filepath.Join(name, paths[i])
		}
		if !filepath.IsLocal(paths[i]) {
			return nil, fmt.Errorf("the file %s is not in the folder of %s", files[i].Path, files[0].Path)
		}
	}
	return paths, nil
}

// top returns the folder whose file name, a local path, is at path: path without it.
func top(path, name string) string {
	folder := filepath.Dir(path)
	for dir := filepath.Dir(filepath.FromSlash(name)); dir != "."; dir = filepath.Dir(dir) {
		folder = filepath.Join(folder, "..")
	}
	return folder
}

package subject

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

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
// itself, then the files below its folder that it names, such as materials, textures
// and buffers. absent are the names of missing files that pictures would show.
func MeshFiles(dir, path string) (found, absent []string) {
	found = []string{path}
	seen := map[string]bool{path: true}
	var add func(of string, deeper bool)
	add = func(of string, deeper bool) {
		for _, m := range named(At(dir, of)) {
			there := false
			for _, name := range m.names {
				name = filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))
				next := filepath.Join(filepath.Dir(path), name)
				if !filepath.IsLocal(name) || !isFile(At(dir, next)) {
					continue
				}
				there = true
				if seen[next] {
					continue
				}
				seen[next] = true
				found = append(found, next)
				if deeper {
					add(next, false)
				}
			}
			if !there && m.shown {
				absent = append(absent, m.names[0])
			}
		}
	}
	add(path, true)
	return found, absent
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// mention is a file name in a mesh or material file.
type mention struct {
	// names are the possible readings: the whole text, and its words.
	names []string
	// shown reports whether pictures show the file's content.
	shown bool
}

// uris matches the file names in glTF's JSON, also inside a .glb.
var uris = regexp.MustCompile(`"uri"\s*:\s*"([^"]{1,1000})"`)

// named returns the file names in a mesh or material file.
func named(path string) []mention {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".obj":
		return lines(path, "mtllib", "mtllib")
	case ".mtl":
		return lines(path, "map_Kd", "map_", "bump", "disp", "decal", "norm")
	case ".gltf", ".glb":
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		var all []mention
		for _, match := range uris.FindAllSubmatch(data, -1) {
			if !bytes.HasPrefix(match[1], []byte("data:")) {
				all = append(all, mention{[]string{string(match[1])}, true})
			}
		}
		return all
	}
	return nil
}

// lines returns the text after each keyword, whole and word by word, since names may
// contain blanks, and options may precede them. Only files after the keyword shown
// are visible.
func lines(path, shown string, keywords ...string) []mention {
	file, err := os.Open(path)
	if err != nil {
		return nil // reported when it is hashed
	}
	defer file.Close()
	var all []mention
	reader := bufio.NewReaderSize(file, 1<<16)
	for {
		line, tooLong, err := reader.ReadLine()
		if err != nil {
			return all
		}
		for tooLong && err == nil {
			_, tooLong, err = reader.ReadLine()
		}
		if len(line) == 0 || line[0] == 'v' || line[0] == 'f' {
			continue // most lines: vertices and faces
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		if slices.ContainsFunc(keywords, func(k string) bool { return strings.HasPrefix(word, k) }) {
			rest = strings.TrimSpace(rest)
			all = append(all, mention{append([]string{rest}, strings.Fields(rest)...), word == shown})
		}
	}
}

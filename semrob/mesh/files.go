package mesh

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Files returns the paths of the files of a mesh, relative to its folder, with
// slashes: the mesh itself, then those that it names and that Load would read, such
// as materials, textures and buffers. absent are the names of visible ones that are
// not there.
func Files(path string) (found, absent []string) { return FilesIn("", path) }

// FilesIn is Files for OpenIn: the files are those that it would read.
func FilesIn(dir, file string) (found, absent []string) {
	found = []string{filepath.Base(file)}
	from := &folder{dir: ".", path: filepath.Dir(file)}
	if dir != "" {
		name, err := Within(dir, file)
		if err != nil {
			return found, nil // reported when it is loaded
		}
		from = &folder{dir: path.Dir(name), named: true}
	} else {
		dir = from.path
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return found, nil
	}
	defer root.Close()
	from.root = root
	defer from.close()
	opened, err := os.Open(file)
	if err != nil {
		return found, nil
	}
	defer opened.Close()
	r := bufio.NewReaderSize(opened, sniffed)
	head, _ := r.Peek(sniffed)
	format, err := formatOf(file, head)
	if err != nil {
		return found, nil
	}
	add := func(m mention, dir string) (at []string) {
		at, ok := m.find(from, dir)
		if !ok && m.shown {
			absent = append(absent, m.names[0])
		}
		for _, name := range at {
			if !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
		return at
	}
	for _, m := range mentioned(r, format) {
		for _, name := range add(m, ".") {
			if format != ".obj" {
				continue
			}
			data, _, err := from.read(name, maxMTL)
			if err != nil {
				continue
			}
			for _, m := range mentioned(bytes.NewReader(data), ".mtl") {
				add(m, path.Dir(name))
			}
		}
	}
	return found, absent
}

// mention is a place where a file names others.
type mention struct {
	// names are the possible meanings: the whole text, and its words.
	names []string
	// shown reports whether pictures show the content.
	shown bool
}

// find returns the files that are there, and whether there is any. Names are
// relative to a folder, which is relative to the mesh's.
func (m *mention) find(from *folder, dir string) (at []string, ok bool) {
	for _, name := range m.names {
		if local, ok := localName(name); ok {
			name = path.Join(dir, local)
		}
		if name, _, err := from.find(name); err == nil {
			at = append(at, name)
		}
	}
	return at, len(at) > 0
}

// uris finds the names in a glTF file's JSON, also inside a .glb.
var uris = regexp.MustCompile(`"uri"\s*:\s*("[^"]{1,1000}")`)

// mentioned returns the files that a mesh or material file names.
func mentioned(r io.Reader, format string) (all []mention) {
	switch format {
	case ".obj":
		return lines(r, "mtllib", "mtllib")
	case ".mtl":
		return lines(r, "map_kd", "map_", "bump", "disp", "decal", "norm")
	case ".ply":
		head, _ := io.ReadAll(io.LimitReader(r, maxPLYLine))
		head, _, _ = bytes.Cut(head, []byte("end_header"))
		for _, m := range lines(bytes.NewReader(head), "comment", "comment") {
			if name, ok := cutKeyword(m.names[0], "TextureFile"); ok {
				all = append(all, mention{[]string{name}, true})
			}
		}
	case ".gltf":
		data, err := io.ReadAll(io.LimitReader(r, maxGLTF))
		if err != nil {
			return nil
		}
		for _, match := range uris.FindAllSubmatch(data, -1) {
			var name string
			if json.Unmarshal(match[1], &name) != nil || strings.HasPrefix(name, "data:") {
				continue
			}
			if plain, err := url.PathUnescape(name); err == nil {
				name = plain
			}
			all = append(all, mention{[]string{name}, true})
		}
	}
	return all
}

// cutKeyword returns what follows a keyword.
func cutKeyword(text, keyword string) (rest string, ok bool) {
	word, rest := cutField(text)
	return unquoted(rest), strings.EqualFold(word, keyword) && rest != ""
}

// lines returns what follows the keywords, whole and word by word: names may
// contain blanks, and options may precede them. Pictures show what follows the
// keyword shown.
func lines(r io.Reader, shown string, keywords ...string) []mention {
	var all []mention
	reader := bufio.NewReaderSize(r, 1<<16)
	for {
		line, tooLong, err := reader.ReadLine()
		if err != nil {
			return all
		}
		for tooLong && err == nil {
			_, tooLong, err = reader.ReadLine()
		}
		if len(line) == 0 || line[0] == 'v' || line[0] == 'f' {
			continue // nearly all lines
		}
		field, rest := nextField(line)
		word := strings.ToLower(string(field))
		if !slices.ContainsFunc(keywords, func(k string) bool { return strings.HasPrefix(word, k) }) {
			continue
		}
		if text := strings.TrimSpace(string(rest)); text != "" {
			names := []string{unquoted(text)}
			for _, name := range namesIn(text) {
				if !slices.Contains(names, name) {
					names = append(names, name)
				}
			}
			all = append(all, mention{names, word == shown})
		}
	}
}

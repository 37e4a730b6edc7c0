package plan

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
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

func cut(text string) (name, rest string, ok bool) {
	name, rest, ok = strings.Cut(text, "=")
	return strings.TrimSpace(name), strings.TrimSpace(rest), ok
}

// hash returns the hash of a file and remembers where that lies.
func (r *Prepared) hash(path string) (string, error) {
	file, err := os.Open(At(r.Dir, path))
	if err != nil {
		return "", fmt.Errorf("hashing a file of the study: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("hashing %s: %w", path, err)
	}
	hash := hex.EncodeToString(sum.Sum(nil))
	r.Files[hash] = At(r.Dir, path)
	return hash, nil
}

// thing returns an object with the hashes of its files.
func (r *Prepared) thing(o Object) (Thing, error) {
	t := Thing{ID: o.ID, Group: o.Group, Generated: o.Generated}
	if o.Generated != "" {
		m, err := mesh.Open(o.Generated)
		if err != nil {
			return t, err
		}
		t.Hash = m.Hash()
		return t, nil
	}
	all := sha256.New()
	for _, path := range append([]string{o.Path}, companions(r.Dir, o.Path)...) {
		hash, err := r.hash(path)
		if err != nil {
			return t, err
		}
		t.Files = append(t.Files, File{Path: path, Hash: hash})
		fmt.Fprintln(all, hash)
	}
	t.Hash = t.Files[0].Hash
	if len(t.Files) > 1 {
		t.Hash = hex.EncodeToString(all.Sum(nil))
	}
	return t, nil
}

// companions returns the files in a mesh's folder that it names: materials and
// their textures, buffers and images. Those that are not there do not count;
// what the mesh is drawn with then is the loader's business.
func companions(dir, path string) []string {
	var found []string
	seen := map[string]bool{path: true}
	var add func(names []string, deeper bool)
	add = func(names []string, deeper bool) {
		for _, name := range names {
			name = filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))
			next := filepath.Join(filepath.Dir(path), name)
			if !filepath.IsLocal(name) || seen[next] || !isFile(At(dir, next)) {
				continue
			}
			seen[next] = true
			found = append(found, next)
			if deeper {
				add(named(At(dir, next)), false)
			}
		}
	}
	add(named(At(dir, path)), true)
	return found
}

// uris finds what a glTF file names, in its JSON, be it in a .glb.
var uris = regexp.MustCompile(`"uri"\s*:\s*"([^"]{1,1000})"`)

// named returns the files that a mesh or material file names.
func named(path string) []string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".obj":
		return lines(path, "mtllib")
	case ".mtl":
		return lines(path, "map_", "bump", "disp", "decal", "norm")
	case ".gltf", ".glb":
		data, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		var names []string
		for _, match := range uris.FindAllSubmatch(data, -1) {
			if !bytes.HasPrefix(match[1], []byte("data:")) {
				names = append(names, string(match[1]))
			}
		}
		return names
	}
	return nil
}

// lines returns what stands behind the keywords, whole, and its words: names
// may hold blanks, and options may stand before them.
func lines(path string, keywords ...string) []string {
	file, err := os.Open(path)
	if err != nil {
		return nil // Prepare reports it when it hashes the file
	}
	defer file.Close()
	var names []string
	reader := bufio.NewReaderSize(file, 1<<16)
	for {
		line, tooLong, err := reader.ReadLine()
		if err != nil {
			return names
		}
		for tooLong && err == nil {
			_, tooLong, err = reader.ReadLine()
		}
		if len(line) == 0 || line[0] == 'v' || line[0] == 'f' {
			continue // nearly all lines
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		for _, keyword := range keywords {
			if strings.HasPrefix(word, keyword) {
				rest = strings.TrimSpace(rest)
				names = append(append(names, rest), strings.Fields(rest)...)
				break
			}
		}
	}
}

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
	beside, _ := companions(r.Dir, o.Path)
	for _, path := range append([]string{o.Path}, beside...) {
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
// what the mesh is drawn with then is the loader's business. absent are the names
// of those among them that pictures would show.
func companions(dir, path string) (found, absent []string) {
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

// mention is where a file names another one.
type mention struct {
	// names are what may be meant: all that stands there, and its words.
	names []string
	// shown reports whether pictures show what is in it.
	shown bool
}

// uris finds what a glTF file names, in its JSON, be it in a .glb.
var uris = regexp.MustCompile(`"uri"\s*:\s*"([^"]{1,1000})"`)

// named returns the files that a mesh or material file names.
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

// lines returns what stands behind the keywords, whole, and its words: names
// may hold blanks, and options may stand before them. What stands behind shown is
// shown.
func lines(path, shown string, keywords ...string) []mention {
	file, err := os.Open(path)
	if err != nil {
		return nil // Prepare reports it when it hashes the file
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
			continue // nearly all lines
		}
		word, rest, _ := strings.Cut(strings.TrimSpace(string(line)), " ")
		for _, keyword := range keywords {
			if strings.HasPrefix(word, keyword) {
				rest = strings.TrimSpace(rest)
				all = append(all, mention{append([]string{rest}, strings.Fields(rest)...), word == shown})
				break
			}
		}
	}
}

package mesh

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile bounds the size of a file that Load opens, in bytes.
const maxFile = 8 << 30

// Open returns the generated mesh of that name, or else the mesh in the file of
// that path. Write ./teapot for a file that has the name of a generated mesh.
func Open(nameOrPath string) (*Mesh, error) {
	if generate, ok := generators[nameOrPath]; ok {
		return generate(), nil
	}
	m, err := Load(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no generated mesh and no file is called %q: name one of %s, or give the path of an OBJ file: %w",
			nameOrPath, strings.Join(Generated(), ", "), fs.ErrNotExist)
	}
	return m, err
}

// Load reads the mesh in an OBJ file, as ReadOBJ does. A material file that the
// OBJ file names and that does not exist is a warning: pictures have one
// material, which is chosen when they are rendered.
func Load(path string) (*Mesh, error) {
	if path == "" {
		return nil, errors.New("loading a mesh: the path is empty: give the path of an OBJ file")
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("loading the mesh %s: there is no such file: check the path: %w", path, fs.ErrNotExist)
	} else if err != nil {
		return nil, fmt.Errorf("loading the mesh: %w", err)
	}
	defer file.Close()
	if err := checkFile(path, file); err != nil {
		return nil, fmt.Errorf("loading the mesh %s: %w", path, err)
	}
	p := newOBJParser(path)
	if err := p.read(file); err != nil {
		return nil, fmt.Errorf("loading the mesh: %w", err)
	}
	p.mesh.Name = filepath.Base(path)
	p.mesh.Warnings = p.absentLibraries(filepath.Dir(path))
	return p.mesh, nil
}

// checkFile rejects what cannot be an OBJ file, before it is read.
func checkFile(path string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return errors.New("it is a folder: give the path of an OBJ file in it")
	case info.Size() > maxFile:
		return fmt.Errorf("it has %d GiB, more than the %d supported: simplify the mesh first", info.Size()>>30, int64(maxFile)>>30)
	}
	switch extension := strings.ToLower(filepath.Ext(path)); extension {
	case ".gltf", ".glb", ".stl", ".ply", ".off", ".fbx", ".dae", ".3ds", ".blend", ".mtl", ".zip", ".gz":
		return fmt.Errorf("%s files are not read: convert it to an OBJ file", extension)
	}
	return nil
}

// absentLibraries returns a warning for each material file that is named in the
// OBJ file and is not found from its folder.
func (p *objParser) absentLibraries(folder string) (warnings []string) {
	seen := map[string]bool{}
	exists := func(name string) bool {
		name = filepath.FromSlash(strings.ReplaceAll(name, `\`, "/"))
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		_, err := os.Stat(name)
		return err == nil
	}
	for _, library := range p.libraries {
		// One name may hold blanks; several names are separated by them.
		if library.names == "" || exists(library.names) {
			continue
		}
		for _, name := range strings.Fields(library.names) {
			if !seen[name] && !exists(name) {
				seen[name] = true
				warnings = append(warnings, fmt.Sprintf("%s:%d: the material file %s is absent; the mesh is drawn without it.", p.file, library.line, name))
			}
		}
	}
	return warnings
}

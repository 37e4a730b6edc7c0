package mesh

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// maxFile bounds the size of a file that Load opens, in bytes.
const maxFile = 8 << 30

// Open returns the generated mesh with this name, or else the mesh in the file
// with this path; it returns an *UnknownError if there is neither. Write ./teapot
// for a file that has the name of a generated mesh.
func Open(nameOrPath string) (*Mesh, error) {
	if generate, ok := generators[nameOrPath]; ok {
		return generate(), nil
	}
	m, err := Load(nameOrPath)
	var unknown *UnknownError
	if errors.As(err, &unknown) {
		return nil, &UnknownError{nameOrPath, Generated()}
	}
	return m, err
}

// formats names the file formats in messages.
const formats = "OBJ, glTF, GLB, STL or PLY"

// Load reads a mesh file. Its content decides the format, or else its extension:
// glTF 2.0 (.gltf and .glb), STL, PLY, and OBJ for all others. Materials, textures
// and colours are loaded too: those in an OBJ file's MTL files, the base colours of
// a glTF file, the images that a PLY file names.
//
// Files that the mesh refers to are read from its own folder and those below it,
// from the folders images, textures, texture and materials beside it, and from
// nowhere else (see LoadIn); from a snapshot in a model hub's cache also through its links. If
// one cannot be read, the mesh is loaded without it and gets a warning; a missing
// buffer of a glTF file, which holds the shape, is an error.
//
// Errors are an *UnknownError if there is no such file, and a *FormatError if it
// cannot be used as a mesh.
func Load(path string) (*Mesh, error) {
	if path == "" {
		return nil, fmt.Errorf("loading a mesh: the path is empty: give the path of a mesh file (%s)", formats)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UnknownError{Name: path}
	} else if err != nil {
		return nil, fmt.Errorf("loading the mesh: %w", err)
	}
	defer file.Close()
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("loading the mesh %s: opening its folder: %w", path, err)
	}
	defer root.Close()
	return load(path, file, &folder{root: root, dir: ".", path: filepath.Dir(path)})
}

// OpenIn is Open for a mesh whose files lie in several folders below root, which
// contains the mesh itself; see LoadIn. If root is "", it is Open.
func OpenIn(root, nameOrPath string) (*Mesh, error) {
	if _, generated := generators[nameOrPath]; generated || root == "" || nameOrPath == "" {
		return Open(nameOrPath)
	}
	name, err := Within(root, nameOrPath)
	if err != nil {
		return nil, fmt.Errorf("loading the mesh: %w", err)
	}
	m, err := LoadIn(root, name)
	var unknown *UnknownError
	if errors.As(err, &unknown) {
		return nil, &UnknownError{nameOrPath, Generated()}
	}
	return m, err
}

// Within returns the path of a file relative to a folder that contains it, with
// slashes; an error if it does not.
func Within(root, file string) (string, error) {
	if filepath.IsAbs(root) != filepath.IsAbs(file) {
		absolute, err := filepath.Abs(root)
		if err != nil {
			return "", err
		}
		if root = absolute; !filepath.IsAbs(file) {
			if file, err = filepath.Abs(file); err != nil {
				return "", err
			}
		}
	}
	name, err := filepath.Rel(root, file)
	if err != nil || !filepath.IsLocal(name) {
		return "", fmt.Errorf("%s is not in the folder %s: name one that contains both the mesh and its textures (mesh-root)", file, root)
	}
	return filepath.ToSlash(name), nil
}

// LoadIn is Load for a mesh whose files are spread over several folders: name is
// the mesh file, relative to dir with slashes, and the files it refers to may be
// anywhere in dir. One that is not where the mesh says is searched for by its name;
// if it is elsewhere, there is a warning.
func LoadIn(dir, name string) (*Mesh, error) {
	shown := filepath.Join(dir, filepath.FromSlash(name))
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("loading the mesh %s: opening the folder: %w", shown, err)
	}
	defer root.Close()
	file, err := root.Open(filepath.FromSlash(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &UnknownError{Name: shown}
	} else if err != nil {
		return nil, fmt.Errorf("loading the mesh %s: %w", shown, err)
	}
	defer file.Close()
	return load(shown, file, &folder{root: root, dir: path.Dir(path.Clean(name)), named: true})
}

// load reads an open file, called path in messages.
func load(path string, file *os.File, from *folder) (*Mesh, error) {
	size, err := checkFile(file)
	if err != nil {
		return nil, fmt.Errorf("loading the mesh: %w", formatError(path, err))
	}
	defer from.close()
	r := bufio.NewReaderSize(file, sniffed)
	head, err := r.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("loading the mesh: %s: reading it failed: %w", path, err)
	}
	format, err := formatOf(path, head)
	if err != nil {
		return nil, fmt.Errorf("loading the mesh: %w", formatError(path, err))
	}
	var m *Mesh
	switch format {
	case ".gltf":
		m, err = readGLTF(path, r, size, from)
	case ".stl":
		m, err = readSTL(path, r, size)
	case ".ply":
		m, err = readPLY(path, r, from)
	default:
		m, err = readOBJ(path, r, from)
	}
	if err != nil {
		return nil, fmt.Errorf("loading the mesh: %w", formatError(path, err))
	}
	m.Name = filepath.Base(path)
	return m, nil
}

// readOBJ reads an OBJ file with its materials.
func readOBJ(path string, file io.Reader, from *folder) (*Mesh, error) {
	p := newOBJParser(path)
	if err := p.read(file); err != nil {
		return nil, err
	}
	p.addMaterials(from)
	p.warn.give(p.mesh)
	return p.mesh, nil
}

// checkFile rejects a file that cannot be a mesh before it is read, and returns
// its size.
func checkFile(file *os.File) (size int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	switch {
	case info.IsDir():
		return 0, errors.New("this is a folder: give the path of a mesh file in it")
	case info.Size() > maxFile:
		return 0, fmt.Errorf("the file has %d GiB, more than the %d supported: simplify the mesh first", info.Size()>>30, int64(maxFile)>>30)
	}
	return info.Size(), nil
}

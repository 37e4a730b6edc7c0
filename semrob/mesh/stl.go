package mesh

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hschendel/stl"
)

const (
	// maxSTL bounds an STL file in bytes: maxElements triangles in the binary
	// form.
	maxSTL = 84 + 50*maxElements
	// maxSTLText bounds one in text form: the library remembers every line that
	// it does not understand.
	maxSTLText = 128 << 20
)

// readSTL reads a mesh in the STL format, binary or text. Corners at the same
// position become one vertex. Names, attributes and the normals of triangles are
// ignored.
func readSTL(path string, file io.ReadSeeker, size int64) (m *Mesh, err error) {
	if size > maxSTL {
		return nil, fmt.Errorf("%s: the file has more than %d MiB: simplify the mesh first", path, maxSTL>>20)
	}
	if size > maxSTLText {
		header := make([]byte, 84)
		if _, err := io.ReadFull(file, header); err != nil {
			return nil, fmt.Errorf("%s: reading it failed: %w", path, err)
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, fmt.Errorf("%s: reading it failed: %w", path, err)
		}
		if int64(binary.LittleEndian.Uint32(header[80:]))*50+84 != size {
			return nil, fmt.Errorf("%s: the file has more than %d MiB of text: save it as binary STL", path, maxSTLText>>20)
		}
	}
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, fmt.Errorf("%s: not an STL file, or a damaged one: %v", path, r)
		}
	}()
	collected := stlMesh{builder: newBuilder(path)}
	if err := stl.CopyAll(file, &collected); err != nil {
		return nil, fmt.Errorf("%s: not an STL file, or a damaged one: %w", path, shortened(err))
	}
	m = collected.builder.mesh
	if err := m.Check(); err != nil {
		return nil, err
	}
	return m, nil
}

// shortened joins the lines of an error and truncates it.
func shortened(err error) error {
	const most = 200
	text := strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; ")
	if len(text) > most {
		return fmt.Errorf("%s …", text[:most])
	}
	return errors.New(text)
}

// stlMesh is an stl.Writer that collects the triangles of a file, whatever number
// its header claims.
type stlMesh struct{ builder *builder }

func (*stlMesh) SetName(string)          {}
func (*stlMesh) SetBinaryHeader([]byte)  {}
func (*stlMesh) SetASCII(bool)           {}
func (*stlMesh) SetTriangleCount(uint32) {}

func (s *stlMesh) AppendTriangle(t stl.Triangle) {
	var corners [3]int32
	for k, v := range t.Vertices {
		if !finite(v[:]) {
			panic(fmt.Sprintf("triangle %d has a corner at %v", len(s.builder.mesh.Faces)+1, v))
		}
		corners[k] = s.builder.vertex([3]float64{float64(v[0]), float64(v[1]), float64(v[2])})
	}
	s.builder.triangle(corners[0], corners[1], corners[2])
}

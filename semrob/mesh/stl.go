package mesh

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

const (
	// stlHeader is the size of the header of a binary STL file, with the number of
	// triangles, and stlTriangle that of a triangle.
	stlHeader   = 84
	stlTriangle = 50
	// maxSTL bounds an STL file in bytes: maxElements triangles in the binary
	// form.
	maxSTL = stlHeader + stlTriangle*maxElements
	// maxSTLLine bounds a line of a text file.
	maxSTLLine = 64 << 10
)

// stlReader is the state of reading an STL file.
type stlReader struct {
	path string
	*builder
	warn warnings
}

// readSTL reads a mesh in the STL format, binary or text: all solids of the file.
// Corners at the same position become one vertex. Names, attributes and the normals
// of triangles are ignored. A triangle with a corner that is not a finite number is
// left out.
//
// Source: 3D Systems, "StereoLithography Interface Specification", 1989.
func readSTL(path string, file io.Reader, size int64) (*Mesh, error) {
	if size > maxSTL {
		return nil, fmt.Errorf("%s: the file has more than %d MiB: simplify the mesh first", path, maxSTL>>20)
	}
	s := stlReader{path: path, builder: newBuilder(path)}
	r := bufio.NewReaderSize(file, maxSTLLine)
	head, err := r.Peek(int(min(size, maxSTLLine)))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: reading it failed: %w", path, err)
	}
	if isTextSTL(head, size) {
		err = s.text(r)
	} else {
		err = s.binary(r, size)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: not an STL file, or a damaged one: %w", path, err)
	}
	s.warn.give(s.mesh)
	if err := s.mesh.Check(); err != nil {
		return nil, err
	}
	return s.mesh, nil
}

// isTextSTL reports whether a file of a size that begins with head is text. Binary
// files may begin with "solid", too.
func isTextSTL(head []byte, size int64) bool {
	if len(head) >= stlHeader && int64(binary.LittleEndian.Uint32(head[80:]))*stlTriangle+stlHeader == size {
		return false
	}
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	return bytes.HasPrefix(text, []byte("solid")) && bytes.IndexByte(text, 0) < 0
}

// binary reads the binary form.
func (s *stlReader) binary(r io.Reader, size int64) error {
	var header [stlHeader]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return errors.New("the file is shorter than a header")
	}
	n := int64(binary.LittleEndian.Uint32(header[80:]))
	switch rest := size - stlHeader - n*stlTriangle; {
	case rest < 0:
		return fmt.Errorf("its header says %d triangles, but %d are there: copy or export it again", n, (size-stlHeader)/stlTriangle)
	case rest > 0:
		s.warn.add("%s: the %d bytes after the last triangle are ignored.", s.path, rest)
	}
	var b [stlTriangle]byte
	for i := range n {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return err
		}
		var corners [3][3]float64
		for k := range corners {
			for d := range 3 {
				corners[k][d] = float64(math.Float32frombits(binary.LittleEndian.Uint32(b[12+12*k+4*d:])))
			}
		}
		s.add(corners, plain(s.path)+", triangle %d", int(i)+1)
	}
	return nil
}

// add adds a triangle; where and place are for warnings.
func (s *stlReader) add(corners [3][3]float64, where string, place int) {
	var indices [3]int32
	for _, v := range corners {
		for _, x := range v {
			if !(math.Abs(x) <= maxCoordinate) {
				s.warn.drop(where, place, "a triangle with a corner that is not finite is left out")
				return
			}
		}
	}
	for k, v := range corners {
		indices[k] = s.vertex(v)
	}
	s.triangle(indices[0], indices[1], indices[2])
}

// text reads the text form. Only vertex lines matter, and where facets end.
func (s *stlReader) text(r *bufio.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4<<10), maxSTLLine)
	lines.Split(splitLine)
	var corners [][3]float64
	from := 0
	line, senseless := 0, 0
	for lines.Scan() {
		line++
		keyword, rest := nextField(lines.Bytes())
		switch string(bytes.ToLower(keyword)) {
		case "vertex":
			v, err := s.numbers(rest)
			if err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			if len(corners) == 0 {
				from = line
			}
			corners = append(corners, v)
			if len(corners) > 3 {
				return fmt.Errorf("line %d: a facet has more than three corners", line)
			}
		case "endfacet":
			if len(corners) != 3 {
				return fmt.Errorf("line %d: a facet has %d corners instead of three", line, len(corners))
			}
			if len(s.mesh.Faces) == maxElements {
				return fmt.Errorf("line %d: more than %d triangles: simplify the mesh first", line, maxElements)
			}
			s.add([3][3]float64(corners), plain(s.path)+":%d", from)
			corners = corners[:0]
		case "solid", "endsolid", "facet", "outer", "endloop", "end", "color", "":
		default:
			if senseless++; senseless > 100 && len(s.mesh.Faces) == 0 {
				return fmt.Errorf("line %d: 100 lines before it are none of an STL file, and there is no triangle: is this an STL file?", line)
			}
			s.warn.drop(plain(s.path)+":%d", line, "a line that is not understood is ignored")
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if len(corners) > 0 {
		return fmt.Errorf("line %d: the file ends within a facet: copy or export it again", line)
	}
	return nil
}

// numbers reads three coordinates.
func (s *stlReader) numbers(rest []byte) (v [3]float64, err error) {
	for d := range v {
		var field []byte
		field, rest = nextField(rest)
		if v[d], err = strconv.ParseFloat(string(field), 64); err != nil && !errors.Is(err, strconv.ErrRange) {
			return v, fmt.Errorf("the coordinate %s is not a number", quoteNumber(field, len(s.mesh.Faces) > 0))
		}
	}
	return v, nil
}

package mesh

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Limits of a PLY file.
const (
	maxPLYLine       = 64 << 10 // bytes of a line of the header, or of a word
	maxPLYElements   = 64
	maxPLYProperties = 256 // of an element
	maxPLYList       = 1 << 16
)

// plyProperty is a column of an element: a value, or a list of values.
type plyProperty struct {
	name string
	kind string
	// count is the type of a list's length, "" for a single value.
	count string
}

// plyElement is a table of a PLY file.
type plyElement struct {
	name       string
	items      int
	properties []plyProperty
}

// plyReader reads values one after the other.
type plyReader struct {
	r     *bufio.Reader
	order binary.ByteOrder // nil for text
	mesh  *Mesh
	warn  warnings
}

// readPLY reads a mesh in the PLY format, text or binary: positions x, y, z,
// normals nx, ny, nz and texture coordinates (s, t) or (u, v) of vertices, and
// polygons vertex_indices of faces, which become fans. Everything else is
// skipped, colours with a warning.
//
// Source: Turk, "The PLY Polygon File Format", Stanford University 1994.
func readPLY(path string, file io.Reader) (*Mesh, error) {
	p := plyReader{r: bufio.NewReaderSize(file, maxPLYLine), mesh: &Mesh{Name: path}}
	elements, err := p.header()
	if err != nil {
		return nil, fmt.Errorf("%s: reading the header: %w", path, err)
	}
	for _, e := range elements {
		if err := p.element(&e); err != nil {
			return nil, fmt.Errorf("%s: reading element %s: %w", path, e.name, err)
		}
	}
	if p.mesh.Normals != nil {
		p.mesh.FaceNormals = slices.Clone(p.mesh.Faces)
	}
	if p.mesh.TexCoords != nil {
		p.mesh.FaceTexCoords = slices.Clone(p.mesh.Faces)
	}
	p.mesh.Warnings = p.warn.list()
	if err := p.mesh.Check(); err != nil {
		return nil, err
	}
	return p.mesh, nil
}

// line reads a line of the header.
func (p *plyReader) line() (string, error) {
	text, err := p.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || errors.Is(err, io.EOF) {
		return "", errors.New("it does not end with end_header: is this a PLY file?")
	}
	return strings.TrimRight(string(text), "\r\n"), err
}

func (p *plyReader) header() (elements []plyElement, err error) {
	if first, err := p.line(); err != nil || first != "ply" {
		return nil, errors.New(`it does not begin with "ply": is this a PLY file?`)
	}
	known := false
	for lines := 0; lines < maxPLYElements*maxPLYProperties; lines++ {
		text, err := p.line()
		if err != nil {
			return nil, err
		}
		fields := strings.Fields(text)
		switch {
		case len(fields) == 0 || fields[0] == "comment" || fields[0] == "obj_info":
		case fields[0] == "format" && len(fields) > 1:
			switch fields[1] {
			case "ascii":
			case "binary_little_endian":
				p.order = binary.LittleEndian
			case "binary_big_endian":
				p.order = binary.BigEndian
			default:
				return nil, fmt.Errorf("the format %s is unknown", quote([]byte(fields[1])))
			}
			known = true
		case fields[0] == "element" && len(fields) == 3 && len(elements) < maxPLYElements:
			items, err := strconv.Atoi(fields[2])
			if err != nil || items < 0 || items > maxElements {
				return nil, fmt.Errorf("element %s has %s items: 0…%d are supported", quote([]byte(fields[1])), quote([]byte(fields[2])), maxElements)
			}
			elements = append(elements, plyElement{name: fields[1], items: items})
		case fields[0] == "property" && len(elements) > 0:
			property, err := parseProperty(fields[1:])
			last := &elements[len(elements)-1]
			if err != nil || len(last.properties) == maxPLYProperties {
				return nil, fmt.Errorf("the property %s of element %s cannot be read", quote([]byte(text)), quote([]byte(last.name)))
			}
			last.properties = append(last.properties, property)
		case fields[0] == "end_header" && known:
			return elements, nil
		default:
			return nil, fmt.Errorf("the line %s cannot be read", quote([]byte(text)))
		}
	}
	return nil, errors.New("it has too many lines: is this a PLY file?")
}

// plySizes are the types of values and their sizes in bytes.
var plySizes = map[string]int{
	"char": 1, "int8": 1, "uchar": 1, "uint8": 1, "short": 2, "int16": 2, "ushort": 2, "uint16": 2,
	"int": 4, "int32": 4, "uint": 4, "uint32": 4, "float": 4, "float32": 4, "double": 8, "float64": 8,
}

// parseProperty reads "type name" or "list type type name".
func parseProperty(fields []string) (plyProperty, error) {
	var q plyProperty
	switch {
	case len(fields) == 2:
		q = plyProperty{name: fields[1], kind: fields[0]}
	case len(fields) == 4 && fields[0] == "list":
		q = plyProperty{name: fields[3], kind: fields[2], count: fields[1]}
	}
	if plySizes[q.kind] == 0 || q.count != "" && plySizes[q.count] == 0 {
		return q, errors.New("unknown type")
	}
	return q, nil
}

// element reads the items of an element. Memory grows with the items read, not
// with the header's claim.
func (p *plyReader) element(e *plyElement) error {
	if len(e.properties) == 0 {
		return nil
	}
	var take func(values map[string]float64, list []float64) error
	named := map[string]float64{}
	for _, q := range e.properties {
		named[q.name] = math.NaN()
	}
	switch e.name {
	case "vertex":
		take = p.takeVertex(named)
	case "face":
		take = p.takeFace
	}
	var list []float64
	for i := range e.items {
		polygon := list[:0]
		for _, q := range e.properties {
			if q.count == "" {
				value, err := p.value(q.kind)
				if err != nil {
					return fmt.Errorf("item %d of %d: %w", i+1, e.items, err)
				}
				if take != nil {
					named[q.name] = value
				}
				continue
			}
			values, err := p.list(q, list[:0])
			if err != nil {
				return fmt.Errorf("item %d of %d: %w", i+1, e.items, err)
			}
			if q.name == "vertex_indices" || q.name == "vertex_index" {
				polygon = slices.Clone(values)
			}
			list = values[:0]
		}
		if take == nil {
			continue
		}
		if err := take(named, polygon); err != nil {
			return fmt.Errorf("item %d of %d: %w", i+1, e.items, err)
		}
	}
	return nil
}

// list reads a length and that number of values.
func (p *plyReader) list(q plyProperty, to []float64) ([]float64, error) {
	n, err := p.value(q.count)
	if err != nil {
		return nil, err
	}
	if !(n >= 0 && n <= maxPLYList) || n != math.Trunc(n) {
		return nil, fmt.Errorf("a list %s has %g values: 0…%d are supported", q.name, n, maxPLYList)
	}
	for range int(n) {
		value, err := p.value(q.kind)
		if err != nil {
			return nil, err
		}
		to = append(to, value)
	}
	return to, nil
}

// takeVertex returns a function that adds a vertex, with its normal and texture
// coordinates if the element has such properties.
func (p *plyReader) takeVertex(named map[string]float64) func(map[string]float64, []float64) error {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, there := named[name]; !there {
				return false
			}
		}
		return true
	}
	normals := has("nx", "ny", "nz")
	var u, v string
	for _, pair := range [][2]string{{"s", "t"}, {"u", "v"}, {"texture_u", "texture_v"}} {
		if u == "" && has(pair[0], pair[1]) {
			u, v = pair[0], pair[1]
		}
	}
	if has("red", "green", "blue") {
		p.warn.add("%s: colours of vertices are not drawn.", p.mesh.Name)
	}
	m := p.mesh
	return func(values map[string]float64, _ []float64) error {
		if !has("x", "y", "z") {
			return errors.New("a vertex has no x, y and z")
		}
		m.Vertices = append(m.Vertices, [3]float32{float32(values["x"]), float32(values["y"]), float32(values["z"])})
		if normals {
			m.Normals = append(m.Normals, [3]float32{float32(values["nx"]), float32(values["ny"]), float32(values["nz"])})
		}
		if u != "" { // v runs upwards, as in OBJ files
			m.TexCoords = append(m.TexCoords, [2]float32{float32(values[u]), float32(1 - values[v])})
		}
		return nil
	}
}

// takeFace adds a polygon.
func (p *plyReader) takeFace(_ map[string]float64, polygon []float64) error {
	if len(polygon) < 3 {
		return fmt.Errorf("a face needs three corners or more, not %d", len(polygon))
	}
	if len(p.mesh.Faces)+len(polygon)-2 > maxElements {
		return fmt.Errorf("the mesh has more than %d triangles: simplify it first", maxElements)
	}
	for _, i := range polygon {
		if !(i >= 0 && i < maxElements) {
			return fmt.Errorf("a face names vertex %g", i)
		}
	}
	for i := 2; i < len(polygon); i++ {
		p.mesh.Faces = append(p.mesh.Faces, [3]int32{int32(polygon[0]), int32(polygon[i-1]), int32(polygon[i])})
	}
	return nil
}

// value reads one value.
func (p *plyReader) value(kind string) (float64, error) {
	if p.order == nil {
		return p.word()
	}
	var b [8]byte
	if _, err := io.ReadFull(p.r, b[:plySizes[kind]]); err != nil {
		return 0, fmt.Errorf("the file ends too early: %w", err)
	}
	switch kind {
	case "char", "int8":
		return float64(int8(b[0])), nil
	case "uchar", "uint8":
		return float64(b[0]), nil
	case "short", "int16":
		return float64(int16(p.order.Uint16(b[:]))), nil
	case "ushort", "uint16":
		return float64(p.order.Uint16(b[:])), nil
	case "int", "int32":
		return float64(int32(p.order.Uint32(b[:]))), nil
	case "uint", "uint32":
		return float64(p.order.Uint32(b[:])), nil
	case "double", "float64":
		return math.Float64frombits(p.order.Uint64(b[:])), nil
	}
	return float64(math.Float32frombits(p.order.Uint32(b[:]))), nil
}

// word reads a number of a text file.
func (p *plyReader) word() (float64, error) {
	var word []byte
	for {
		c, err := p.r.ReadByte()
		blank := c == ' ' || c == '\t' || c == '\n' || c == '\r'
		switch {
		case err != nil && len(word) == 0:
			return 0, fmt.Errorf("the file ends too early: %w", io.ErrUnexpectedEOF)
		case err == nil && blank && len(word) == 0:
			continue
		case err == nil && !blank && len(word) < maxPLYLine:
			word = append(word, c)
			continue
		}
		value, err := strconv.ParseFloat(string(word), 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0, fmt.Errorf("%s is not a number", quote(word))
		}
		return value, nil
	}
}

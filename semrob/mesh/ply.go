package mesh

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
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
	lines int              // read so far, of a text file
	mesh  *Mesh
	exact centring
	bad   map[int32]bool // vertices with a coordinate that is not finite
	// textures are the names in comments TextureFile.
	textures []string
	// colours are those of vertices, faceColours those of faces; nil for none.
	colours, faceColours [][3]float32
	warn                 warnings
}

// readPLY reads a mesh in the PLY format, text or binary: positions x, y, z,
// normals nx, ny, nz, texture coordinates (s, t), (u, v) or (texture_u, texture_v)
// and colours red, green, blue or diffuse_red, … of vertices; polygons
// vertex_indices of faces, with colours, texcoord and texnumber; tristrips; and the
// images that comments TextureFile name. Everything else is skipped.
//
// Source: Turk, "The PLY Polygon File Format", Stanford University 1994.
func readPLY(path string, file io.Reader, from *folder) (*Mesh, error) {
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
	if err := p.finish(from); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if reason := p.warn.reason(); len(p.mesh.Faces) == 0 && reason != "" {
		return nil, fmt.Errorf("%s has no face%s: %w", path, reason, ErrEmpty)
	}
	p.warn.give(p.mesh)
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
	p.lines++
	return strings.TrimRight(string(text), "\r\n \t"), err
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
		case len(fields) > 2 && fields[0] == "comment" && strings.EqualFold(fields[1], "TextureFile") && len(p.textures) < maxResourceFiles:
			_, name, _ := strings.Cut(text, fields[1])
			p.textures = append(p.textures, unquoted(name))
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

// item is the values of an item: those of single properties, and lists.
type item struct {
	values []float64
	lists  [][]float64
}

// at returns the place of the first property of e with one of these names, or −1.
func (e *plyElement) at(names ...string) int {
	for _, name := range names {
		for i, q := range e.properties {
			if q.name == name {
				return i
			}
		}
	}
	return -1
}

// all returns the places of single properties of these names, and whether they are
// all there.
func (e *plyElement) all(names ...string) (at []int, ok bool) {
	for _, name := range names {
		i := e.at(name)
		if i < 0 || e.properties[i].count != "" {
			return nil, false
		}
		at = append(at, i)
	}
	return at, true
}

// element reads the items of an element. Memory grows with the items read, not
// with the header's claim.
func (p *plyReader) element(e *plyElement) error {
	if len(e.properties) == 0 {
		return nil
	}
	var take func(number int, i *item) error
	switch e.name {
	case "vertex":
		if _, ok := e.all("x", "y", "z"); !ok && e.items > 0 {
			return errors.New("a vertex has no x, y and z")
		}
		take = p.takeVertex(e)
	case "face":
		take = p.takeFace(e)
	case "tristrips":
		take = p.takeStrip(e)
	}
	one := item{make([]float64, len(e.properties)), make([][]float64, len(e.properties))}
	for i := range e.items {
		for k, q := range e.properties {
			var err error
			if q.count == "" {
				one.values[k], err = p.value(q.kind)
			} else {
				one.lists[k], err = p.list(q, one.lists[k][:0])
			}
			if err != nil {
				return fmt.Errorf("item %d of %d: %w", i+1, e.items, err)
			}
		}
		if take == nil {
			continue
		}
		if err := take(i, &one); err != nil {
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
		if err == nil && c == '\n' {
			p.lines++
		}
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

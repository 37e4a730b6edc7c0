package mesh

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// Limits of an OBJ file, which protect the machine's memory.
const (
	// maxElements bounds the vertices, and the triangles.
	maxElements = 1 << 25
	// maxLine bounds a line, in bytes.
	maxLine = 16 << 20
	// maxMaterials bounds the materials that faces use.
	maxMaterials = 1 << 16
	// maxCoordinate bounds |x|, |y| and |z|: squares of lengths of a normalised
	// or unnormalised mesh then stay far from the largest float32 (3.4e38).
	maxCoordinate = 1e15
)

// ReadOBJ reads a mesh in the Wavefront OBJ format. name becomes the mesh's Name,
// and errors begin with it: "name:line: …".
//
// It reads positions, normals, texture coordinates and faces: v with or without a
// weight, or with a colour; vn; vt (whose v runs upwards in the file); f with corners v,
// v/vt, v//vn or v/vt/vn, counted from 1, or backwards from the latest one if
// negative; s, the smoothing group of the faces that follow. A polygon becomes a fan of triangles around its first corner, unless that
// would fold. Other lines are skipped; materials are in other files, which Load reads. Every v line
// becomes a vertex, whether or not a face uses it.
//
// An index without a vertex, a coordinate that is not a number and a file without
// faces are a *FormatError. There is a warning, and the mesh is without it, for a
// face with fewer than three corners, a vertex that is not finite, with its faces,
// and a normal or texture coordinate that is not a finite number or does not exist.
func ReadOBJ(r io.Reader, name string) (*Mesh, error) {
	p := newOBJParser(name)
	if err := p.read(r); err != nil {
		return nil, err
	}
	p.warn.give(p.mesh)
	return p.mesh, nil
}

// objParser is the state of reading one OBJ file.
type objParser struct {
	// file and line are the position for errors; line, counted from 1, is the
	// first of several joined by backslashes.
	file string
	line int
	// limit bounds the vertices, and the triangles.
	limit int

	mesh  *Mesh
	exact centring
	bad   map[int32]bool // vertices with a coordinate that is not finite
	// colours are those of vertices, as in the file, nil before the first one.
	colours [][3]float32
	bright  float32 // the largest value of colours
	// corners are those of the polygon being read.
	corners []objCorner
	at      []vec3.V // their positions
	fans    map[fan]int32
	// forward are references to vertices further down the file, each higher than
	// the one before: the first that is too high is the first mistake.
	forward []objReference
	// libraries are the arguments of mtllib lines.
	libraries []objLibrary
	// materialNames are the arguments of usemtl lines, material is the current
	// one, and faceMaterials are those of the faces, indices into the names, −1
	// for none; nil before the first.
	materialNames []string
	mtlBytes      int // of the material files read so far
	materialPlace map[string]int32
	material      int32
	faceMaterials []int32

	group int32 // the smoothing group, 0 for none

	warn warnings
}

// objCorner is a corner of a polygon: indices into vertices, texture coordinates
// and normals; −1 for none of the latter two.
type objCorner struct{ vertex, place, normal int32 }

// objReference is a reference to a vertex, counted from 0.
type objReference struct {
	vertex int
	line   int
}

// objLibrary is the argument of mtllib: one or more file names.
type objLibrary struct {
	names string
	line  int
}

func newOBJParser(file string) *objParser {
	return &objParser{file: file, limit: maxElements, mesh: &Mesh{Name: file}, material: -1, materialPlace: map[string]int32{}}
}

// errorf returns an error at the current line.
func (p *objParser) errorf(format string, args ...any) error {
	return &FormatError{p.file, fmt.Errorf("%s:%d: %w", p.file, max(p.line, 1), fmt.Errorf(format, args...))}
}

// read reads the whole file into p.mesh and checks it.
func (p *objParser) read(r io.Reader) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 0, 256<<10), maxLine)
	scanner.Split(splitLine)
	read := 0         // physical lines so far
	var joined []byte // lines before that ended with a backslash
	for scanner.Scan() {
		text := scanner.Bytes()
		read++
		if read == 1 {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		if len(joined) == 0 {
			p.line = read
		}
		if head, ok := continued(text, len(joined) > 0); ok {
			joined = append(append(joined, head...), ' ')
			if len(joined) > maxLine {
				return p.errorf("lines joined by backslashes exceed %d MiB: is this an OBJ file?", maxLine>>20)
			}
			continue
		}
		if len(joined) > 0 {
			text = append(joined, text...)
			joined = joined[:0]
		}
		if err := p.statement(text); err != nil {
			return err
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		p.line = read + 1
		return p.errorf("the line exceeds %d MiB: is this an OBJ file?", maxLine>>20)
	} else if err != nil {
		return fmt.Errorf("%s:%d: reading the OBJ file failed after this line: %w", p.file, read, err)
	}
	if len(joined) > 0 {
		if err := p.statement(joined); err != nil {
			return err
		}
	}
	p.line = read
	return p.finish()
}

// splitLine is a bufio.SplitFunc for lines that end with LF, CR LF or CR.
func splitLine(data []byte, atEOF bool) (advance int, token []byte, err error) {
	lf := bytes.IndexByte(data, '\n')
	line := data
	if lf >= 0 {
		line = data[:lf]
	}
	switch cr := bytes.IndexByte(line, '\r'); {
	case cr >= 0 && cr+1 < len(data):
		if data[cr+1] == '\n' {
			return cr + 2, data[:cr], nil
		}
		return cr + 1, data[:cr], nil
	case cr >= 0 && atEOF:
		return cr + 1, data[:cr], nil
	case cr >= 0:
		return 0, nil, nil // whether LF follows is not known yet
	case lf >= 0:
		return lf + 1, line, nil
	case atEOF && len(data) > 0:
		return len(data), data, nil
	}
	return 0, nil, nil
}

// continued reports whether a line ends with a backslash that joins the next one,
// and returns the text before it. A comment ends with its line unless it is in a
// statement already continued: a Windows path at the end of a comment must not
// swallow the vertex after it.
func continued(text []byte, within bool) (head []byte, ok bool) {
	trimmed := bytes.TrimRight(text, " \t")
	if len(trimmed) == 0 || trimmed[len(trimmed)-1] != '\\' {
		return nil, false
	}
	if start := bytes.TrimLeft(trimmed, " \t"); start[0] == '#' && !within {
		return nil, false
	}
	return trimmed[:len(trimmed)-1], true
}

// statement reads one logical line.
func (p *objParser) statement(text []byte) error {
	keyword, rest := nextField(text)
	switch {
	case len(keyword) == 1 && keyword[0] == 'v':
		return p.vertex(rest)
	case len(keyword) == 1 && keyword[0] == 'f':
		return p.face(rest)
	case string(keyword) == "vt":
		return p.texCoord(rest)
	case string(keyword) == "vn":
		return p.normal(rest)
	case string(keyword) == "usemtl":
		return p.useMaterial(unquoted(string(rest)))
	case len(keyword) == 1 && keyword[0] == 's':
		p.smoothing(rest)
	case string(keyword) == "mtllib":
		if len(p.libraries) == maxResourceFiles {
			return p.errorf("the file refers to more than %d material files: merge them", maxResourceFiles)
		}
		p.libraries = append(p.libraries, objLibrary{strings.TrimSpace(string(rest)), p.line})
	case bytes.IndexByte(keyword, 0) >= 0:
		return p.errorf("the line has a zero byte: save the mesh as an OBJ file in UTF-8")
	}
	return nil
}

// nextField splits a line after its first field. The field is empty at the end of
// the line and before a comment, which begins with #.
func nextField(line []byte) (field, rest []byte) {
	start := 0
	for start < len(line) && isBlank(line[start]) {
		start++
	}
	if start == len(line) || line[start] == '#' {
		return nil, nil
	}
	end := start + 1
	for end < len(line) && !isBlank(line[end]) {
		end++
	}
	return line[start:end], line[end:]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\v' || c == '\f' }

// vertex reads "x y z", an optional weight, which is ignored, and an optional
// colour, with or without alpha.
func (p *objParser) vertex(rest []byte) error {
	var position [3]float32
	var exact [3]float64
	finite := true
	for axis := range position {
		var field []byte
		if field, rest = nextField(rest); field == nil {
			return p.errorf("a vertex needs three coordinates, not %d: write \"v x y z\"", axis)
		}
		value, err := p.coordinate(field)
		if err != nil {
			return err
		}
		finite = finite && !math.IsNaN(float64(value)) && !math.IsInf(float64(value), 0)
		position[axis], exact[axis] = value, float64(value)
		if !p.exact.fine {
			exact[axis], _ = strconv.ParseFloat(string(field), 64)
		}
	}
	var further [4]float32
	n := 0
	for ; ; n++ {
		var field []byte
		if field, rest = nextField(rest); field == nil {
			break
		}
		value, err := strconv.ParseFloat(string(field), 32)
		if err != nil {
			return p.errorf("%s after a vertex's coordinates is not a number: write \"v x y z\", optionally with a weight or a colour", quote(field))
		}
		if n < len(further) {
			further[n] = float32(value)
		}
	}
	if len(p.mesh.Vertices) == p.limit {
		return p.errorf("the mesh has more than %d vertices: simplify it first", p.limit)
	}
	if n >= 3 {
		p.colour([3]float32(further[:]))
	}
	if !finite {
		if p.bad == nil {
			p.bad = map[int32]bool{}
		}
		p.bad[int32(len(p.mesh.Vertices))] = true
		p.drop("a vertex with a coordinate that is not a finite number is left out, with its faces")
		position, exact = [3]float32{}, [3]float64{math.NaN()}
	}
	p.exact.add(exact)
	p.mesh.Vertices = append(p.mesh.Vertices, position)
	return nil
}

// drop warns that the current line is left out.
func (p *objParser) drop(what string) { p.warn.drop(plain(p.file)+":%d", max(p.line, 1), what) }

// colour takes the colour of the next vertex.
func (p *objParser) colour(c [3]float32) {
	for k := range c {
		if !(c[k] > 0) { // NaN, too
			c[k] = 0
		}
		p.bright = max(p.bright, c[k])
	}
	for len(p.colours) < len(p.mesh.Vertices) {
		p.colours = append(p.colours, [3]float32{1, 1, 1})
	}
	p.colours = append(p.colours, c)
}

// giveColours gives the mesh the colours of its vertices, which are 0…1, or 0…255
// if one of them is far beyond 1.
func (p *objParser) giveColours() {
	if p.colours == nil {
		return
	}
	scale := float32(1)
	if p.bright > 2 {
		scale = 255
	}
	for i := range p.colours {
		for k, c := range p.colours[i] {
			p.colours[i][k] = min(c/scale, 1)
		}
	}
	p.mesh.coloursOfVertices(p.colours)
}

// coordinate reads one number of sensible size, or one that is not finite.
func (p *objParser) coordinate(field []byte) (float32, error) {
	value, err := strconv.ParseFloat(string(field), 32)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, p.errorf("the coordinate %s is not a number: write it like -1.25 or 3e-4", p.quote(field))
	case math.Abs(value) > maxCoordinate && !math.IsInf(value, 0):
		return 0, p.errorf("the coordinate %s is beyond ±%g: scale the mesh down", quote(field), float64(maxCoordinate))
	}
	return float32(value), nil
}

// finish checks what can be known only at the end of the file.
func (p *objParser) finish() error {
	vertices := len(p.mesh.Vertices)
	if len(p.mesh.Faces) == 0 {
		return p.errorf("the file ends without a face (%d vertices read%s): %w: export the mesh with its faces (\"f\" lines)", vertices, p.warn.reason(), ErrEmpty)
	}
	for _, reference := range p.forward {
		if reference.vertex >= vertices {
			p.line = reference.line
			return p.errorf("a face names vertex %d, but the file has %d: correct the index or add the vertices", reference.vertex+1, vertices)
		}
	}
	p.mesh.replace(p.bad)
	p.exact.apply(p.mesh)
	p.giveColours()
	if !p.mesh.hasExtent() {
		return p.errorf("all %d vertices are at one point: %w: correct the coordinates", vertices, ErrEmpty)
	}
	p.dropAbsent(&p.mesh.FaceTexCoords, len(p.mesh.TexCoords), "texture coordinate")
	p.dropAbsent(&p.mesh.FaceNormals, len(p.mesh.Normals), "normal")
	return nil
}

// dropAbsent replaces indices beyond count by −1, with one warning.
func (p *objParser) dropAbsent(rows *[][3]int32, count int, what string) {
	some, highest := false, int32(-1)
	for f := range *rows {
		for k, i := range (*rows)[f] {
			if int(i) >= count {
				highest = max(highest, i)
				(*rows)[f][k] = -1
			}
			some = some || (*rows)[f][k] >= 0
		}
	}
	if highest >= 0 {
		p.warn.addLook("%s: faces name %ss up to number %d, but the file has %d; missing ones are ignored.", p.file, what, highest+1, count)
	}
	if !some {
		*rows = nil
	}
}

// quote quotes a field for a message once a vertex has been read. Before that the file
// may be something else, such as a list of passwords that an item of a study names: then
// only a short field that begins like a number is quoted.
func (p *objParser) quote(field []byte) string {
	return quoteNumber(field, len(p.mesh.Vertices) > 0)
}

// quoteNumber quotes what should be a number, of a file that is known to be a mesh or not.
func quoteNumber(field []byte, known bool) string {
	const most = 12
	if known || len(field) <= most && len(field) > 0 && strings.IndexByte("0123456789+-.", field[0]) >= 0 {
		return quote(field)
	}
	return "(" + strconv.Itoa(len(field)) + " bytes)"
}

// quote quotes a field for a message, and truncates a long one.
func quote(field []byte) string {
	const most = 40
	if len(field) > most {
		return strconv.Quote(string(field[:most]) + "…")
	}
	return strconv.Quote(string(field))
}

package mesh

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strconv"
)

// face reads a polygon and appends its triangles.
func (p *objParser) face(rest []byte) error {
	p.corners, p.at = p.corners[:0], p.at[:0]
	known := true // all corners come before
	var bad bool
	for {
		var field []byte
		if field, rest = nextField(rest); field == nil {
			break
		}
		corner, err := p.corner(field)
		if err != nil {
			return err
		}
		p.corners = append(p.corners, corner)
		if bad = bad || p.bad[corner.vertex]; int(corner.vertex) >= len(p.mesh.Vertices) {
			known = false
		}
	}
	if len(p.corners) < 3 {
		p.drop("a face with fewer than three corners is left out")
		return nil
	}
	if bad {
		return nil // there is a warning for the vertex
	}
	if len(p.mesh.Faces)+len(p.corners)-2 > p.limit {
		return p.errorf("the mesh has more than %d triangles: simplify it first", p.limit)
	}
	if len(p.corners) > 3 && known {
		for _, c := range p.corners {
			p.at = append(p.at, p.exact.position(p.mesh, c.vertex))
		}
		if clipped := unfolded(p.at); clipped != nil {
			for _, t := range clipped {
				p.triangle(p.corners[t[0]], p.corners[t[1]], p.corners[t[2]])
			}
			return nil
		}
	}
	p.alignFan()
	for i := 2; i < len(p.corners); i++ {
		p.triangle(p.corners[0], p.corners[i-1], p.corners[i])
	}
	return nil
}

// fan is a polygon of more than three corners, but for their order; two have the
// same only by rare chance.
type fan struct {
	corners  int
	sum, mix uint64
}

// maxFans bounds the polygons that are remembered.
const maxFans = 1 << 22

// alignFan starts a polygon that repeats an earlier one, as exporters of two-sided
// surfaces write the back, at that one's first corner, so that both have the same
// triangles.
func (p *objParser) alignFan() {
	if len(p.corners) == 3 || p.material < 0 { // without materials both look the same
		return
	}
	key := fan{corners: len(p.corners)}
	for _, c := range p.corners {
		i := uint64(c.vertex) + 1
		key.sum += i
		key.mix += i * i * (i ^ 0x9e3779b97f4a7c15)
	}
	first, known := p.fans[key]
	if !known {
		if p.fans == nil {
			p.fans = map[fan]int32{}
		}
		if len(p.fans) < maxFans {
			p.fans[key] = p.corners[0].vertex
		}
		return
	}
	for k, c := range p.corners {
		if c.vertex == first {
			p.corners = append(slices.Clone(p.corners[k:]), p.corners[:k]...)
			return
		}
	}
}

// triangle appends a triangle.
func (p *objParser) triangle(a, b, c objCorner) {
	f := len(p.mesh.Faces)
	p.mesh.FaceTexCoords = appendRow(p.mesh.FaceTexCoords, f, [3]int32{a.place, b.place, c.place}, none)
	p.mesh.FaceNormals = appendRow(p.mesh.FaceNormals, f, [3]int32{a.normal, b.normal, c.normal}, none)
	p.faceMaterials = appendRow(p.faceMaterials, f, p.material, -1)
	p.mesh.FaceGroups = appendRow(p.mesh.FaceGroups, f, p.group, 0)
	p.mesh.Faces = append(p.mesh.Faces, [3]int32{a.vertex, b.vertex, c.vertex})
}

// none is the row of a face without normals or texture coordinates.
var none = [3]int32{-1, -1, -1}

// appendRow appends the row of face f. rows stays nil as long as all rows are
// empty.
func appendRow[T comparable](rows []T, f int, row, empty T) []T {
	if rows == nil && row == empty {
		return nil
	}
	for len(rows) < f {
		rows = append(rows, empty)
	}
	return append(rows, row)
}

// useMaterial reads the argument of usemtl.
func (p *objParser) useMaterial(name string) error {
	place, known := p.materialPlace[name]
	if !known {
		if len(p.materialNames) == maxMaterials {
			return p.errorf("the file uses more than %d materials: simplify it first", maxMaterials)
		}
		place = int32(len(p.materialNames))
		p.materialPlace[name] = place
		p.materialNames = append(p.materialNames, name)
	}
	p.material = place
	return nil
}

// smoothing reads the argument of s: a number, or off, which is 0. If all groups of
// a file are off, as some exporters write whatever the object, it has none.
func (p *objParser) smoothing(rest []byte) {
	field, _ := nextField(rest)
	p.group = 0
	if group, ok := parseIndex(field); ok {
		p.group = int32(group)
	} else if !bytes.EqualFold(field, []byte("off")) && len(field) > 0 {
		p.drop("a smoothing group that is neither a number nor off counts as off")
	}
}

// texCoord reads "u", "u v" or "u v w".
func (p *objParser) texCoord(rest []byte) error {
	var t [3]float32
	p.numbers(rest, t[:2], "texture coordinate")
	if len(p.mesh.TexCoords) == p.limit {
		return p.errorf("the mesh has more than %d texture coordinates: simplify it first", p.limit)
	}
	p.mesh.TexCoords = append(p.mesh.TexCoords, [2]float32{t[0], 1 - t[1]})
	return nil
}

// normal reads "x y z".
func (p *objParser) normal(rest []byte) error {
	var n [3]float32
	p.numbers(rest, n[:], "normal")
	if len(p.mesh.Normals) == p.limit {
		return p.errorf("the mesh has more than %d normals: simplify it first", p.limit)
	}
	p.mesh.Normals = append(p.mesh.Normals, n)
	return nil
}

// numbers reads finite numbers. Missing ones are 0. If one is not a finite number,
// there is a warning and all are 0, which counts as no normal.
func (p *objParser) numbers(rest []byte, values []float32, what string) {
	for i := range values {
		var field []byte
		if field, rest = nextField(rest); field == nil {
			return
		}
		value, err := strconv.ParseFloat(string(field), 32)
		if err != nil && !errors.Is(err, strconv.ErrRange) || !(math.Abs(value) <= maxCoordinate) {
			p.warn.addLook("%s:%d: the %s has %s instead of a finite number and counts as 0.", p.file, max(p.line, 1), what, p.quote(field))
			clear(values)
			return
		}
		values[i] = float32(value)
	}
}

// corner reads v, v/vt, v//vn or v/vt/vn. An empty index at the end, as in v/, is
// accepted.
func (p *objParser) corner(field []byte) (objCorner, error) {
	number, rest, separated := bytes.Cut(field, []byte("/"))
	index, ok := parseIndex(number)
	c := objCorner{-1, -1, -1}
	for part := 1; ok && separated; part++ {
		number, rest, separated = bytes.Cut(rest, []byte("/"))
		if len(number) > 0 {
			var other int
			other, ok = parseIndex(number)
			if part == 1 {
				c.place = p.optional(other, len(p.mesh.TexCoords), field)
			} else {
				c.normal = p.optional(other, len(p.mesh.Normals), field)
			}
		}
		ok = ok && part <= 2
	}
	if !ok {
		return c, p.errorf("the corner %s is not v, v/vt, v//vn or v/vt/vn with whole numbers: correct the face", p.quote(field))
	}
	var err error
	c.vertex, err = p.vertexIndex(index, field)
	return c, err
}

// optional turns the index of a texture coordinate or normal, counted from 1 or
// backwards, into one counted from 0; −1 and a warning if it does not exist.
// References further down the file are checked at the end.
func (p *objParser) optional(index, count int, field []byte) int32 {
	switch {
	case index > 0 && index <= p.limit:
		return int32(index - 1)
	case index < 0 && index >= -count:
		return int32(count + index)
	}
	p.warn.add("%s:%d: the corner %s names a texture coordinate or normal that does not exist; it is ignored.", p.file, p.line, quote(field))
	return -1
}

// vertexIndex turns the index of a vertex, counted from 1 or backwards, into one
// counted from 0.
func (p *objParser) vertexIndex(index int, field []byte) (int32, error) {
	count := len(p.mesh.Vertices)
	switch {
	case index == 0:
		return 0, p.errorf("the corner %s names vertex 0, but OBJ files count from 1: add 1 to every index", p.quote(field))
	case index < -count:
		return 0, p.errorf("the corner %s counts back %d vertices, but only %d come before it: correct the index or add the vertices", p.quote(field), -index, count)
	case index < 0:
		return int32(count + index), nil
	case index > p.limit:
		return 0, p.errorf("the corner %s names a vertex beyond the largest number supported, %d: correct the index", p.quote(field), p.limit)
	case index > count:
		if last := len(p.forward) - 1; last < 0 || p.forward[last].vertex < index-1 {
			p.forward = append(p.forward, objReference{index - 1, p.line})
		}
	}
	return int32(index - 1), nil
}

// parseIndex reads a whole number with an optional sign, at most MaxInt32.
func parseIndex(text []byte) (index int, ok bool) {
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		index = min(index*10+int(c-'0'), math.MaxInt32)
	}
	if negative {
		index = -index
	}
	return index, len(text) > 0
}

package mesh

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// drop warns that an item, counted from 0, is left out.
func (p *plyReader) drop(element string, number int, what string) {
	if p.order == nil {
		p.warn.drop(plain(p.mesh.Name)+":%d", p.lines, what)
		return
	}
	p.warn.drop(plain(p.mesh.Name)+", "+element+" %d", number, what)
}

// takeVertex returns a function that adds a vertex, with its normal, texture
// coordinates and colour if the element has such properties.
func (p *plyReader) takeVertex(e *plyElement) func(int, *item) error {
	position, _ := e.all("x", "y", "z")
	normal, hasNormal := e.all("nx", "ny", "nz")
	colour := colourOf(e)
	var place []int
	for _, pair := range [][2]string{{"s", "t"}, {"u", "v"}, {"texture_u", "texture_v"}} {
		if at, ok := e.all(pair[0], pair[1]); ok && place == nil {
			place = at
		}
	}
	m := p.mesh
	return func(number int, i *item) error {
		var v [3]float64
		for d, at := range position {
			v[d] = i.values[at]
		}
		p.exact.add(v)
		vertex := [3]float32{float32(v[0]), float32(v[1]), float32(v[2])}
		for _, x := range v {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				if p.bad == nil {
					p.bad = map[int32]bool{}
				}
				p.bad[int32(len(m.Vertices))] = true
				p.drop("vertex", number, "a vertex with a coordinate that is not finite is left out, with its faces")
				vertex = [3]float32{}
				break
			}
		}
		m.Vertices = append(m.Vertices, vertex)
		if hasNormal {
			n := [3]float32{float32(i.values[normal[0]]), float32(i.values[normal[1]]), float32(i.values[normal[2]])}
			if !finite(n[:]) {
				p.drop("vertex", number, "a normal that is not finite is left out")
				n = [3]float32{}
			}
			m.Normals = append(m.Normals, n)
		}
		if place != nil {
			m.TexCoords = append(m.TexCoords, p.texCoord(number, i.values[place[0]], i.values[place[1]]))
		}
		if colour != nil {
			p.colours = append(p.colours, colour(i))
		}
		return nil
	}
}

// texCoord returns a place on a texture; v runs upwards in the file, as in OBJ
// files.
func (p *plyReader) texCoord(number int, u, v float64) [2]float32 {
	t := [2]float32{float32(u), float32(1 - v)}
	if !finite(t[:]) {
		p.drop("item", number, "a texture coordinate that is not finite counts as 0")
		return [2]float32{}
	}
	return t
}

// colourOf returns a function that returns the colour of an item, or nil if the
// element has none.
func colourOf(e *plyElement) func(*item) [3]float32 {
	for _, prefix := range []string{"", "diffuse_"} {
		at, ok := e.all(prefix+"red", prefix+"green", prefix+"blue")
		if !ok && prefix == "" {
			at, ok = e.all("r", "g", "b")
		}
		if !ok {
			continue
		}
		largest := 1.0
		switch plySizes[e.properties[at[0]].kind] {
		case 1:
			largest = math.MaxUint8
		case 2:
			largest = math.MaxUint16
		}
		return func(i *item) (c [3]float32) {
			for k, at := range at {
				if value := i.values[at] / largest; value > 0 { // NaN is black
					c[k] = float32(min(value, 1))
				}
			}
			return c
		}
	}
	return nil
}

// takeFace returns a function that adds a polygon.
func (p *plyReader) takeFace(e *plyElement) func(int, *item) error {
	corners, places, image := e.at("vertex_indices", "vertex_index"), e.at("texcoord"), e.at("texnumber")
	colour := colourOf(e)
	m := p.mesh
	return func(number int, i *item) error {
		if corners < 0 {
			return nil
		}
		polygon := i.lists[corners]
		if len(polygon) < 3 {
			p.drop("face", number, "a face with fewer than three corners is left out")
			return nil
		}
		if len(m.Faces)+len(polygon)-2 > maxElements {
			return fmt.Errorf("the mesh has more than %d triangles: simplify it first", maxElements)
		}
		indices, at, err := p.vertices(polygon)
		if err != nil {
			return err
		}
		if indices == nil {
			return nil
		}
		first := int32(-1)
		if places >= 0 && len(i.lists[places]) == 2*len(polygon) {
			first = int32(len(m.TexCoords))
			for list := i.lists[places]; len(list) > 0; list = list[2:] {
				m.TexCoords = append(m.TexCoords, p.texCoord(number, list[0], list[1]))
			}
		}
		for _, t := range triangulated(at) {
			f := len(m.Faces)
			if first >= 0 {
				m.FaceTexCoords = appendRow(m.FaceTexCoords, f, [3]int32{first + int32(t[0]), first + int32(t[1]), first + int32(t[2])}, none)
			}
			if image >= 0 && e.properties[image].count == "" {
				m.FaceMaterials = appendRow(m.FaceMaterials, f, int32(min(max(i.values[image], -1), maxResourceFiles)), -1)
			}
			if colour != nil {
				p.faceColours = append(p.faceColours, colour(i))
			}
			m.Faces = append(m.Faces, [3]int32{indices[t[0]], indices[t[1]], indices[t[2]]})
		}
		return nil
	}
}

// vertices returns the corners of a polygon and their positions, which are 0 for
// vertices further down the file. It returns nil if one of them is not finite.
func (p *plyReader) vertices(polygon []float64) (indices []int32, at []vec3.V, err error) {
	for _, i := range polygon {
		if !(i >= 0 && i < maxElements) {
			return nil, nil, fmt.Errorf("a face names vertex %g", i)
		}
		v := vec3.V{}
		if int(i) < len(p.mesh.Vertices) {
			v = p.exact.position(p.mesh, int32(i))
		}
		indices, at = append(indices, int32(i)), append(at, v)
	}
	for _, i := range indices {
		if p.bad[i] {
			return nil, nil, nil
		}
	}
	return indices, at, nil
}

// takeStrip returns a function that adds a list of triangle strips, each ended by
// −1.
func (p *plyReader) takeStrip(e *plyElement) func(int, *item) error {
	corners := e.at("vertex_indices", "vertex_index")
	return func(_ int, i *item) error {
		if corners < 0 {
			return nil
		}
		start := 0
		list := i.lists[corners]
		for k, index := range list {
			if index < 0 {
				start = k + 1
				continue
			}
			if k-start < 2 {
				continue
			}
			if len(p.mesh.Faces) == maxElements {
				return fmt.Errorf("the mesh has more than %d triangles: simplify it first", maxElements)
			}
			indices, _, err := p.vertices(list[k-2 : k+1])
			if err != nil {
				return err
			}
			if indices == nil {
				continue
			}
			if (k-start)%2 == 1 { // every other triangle is wound the other way
				indices[0], indices[1] = indices[1], indices[0]
			}
			p.mesh.Faces = append(p.mesh.Faces, [3]int32(indices))
		}
		return nil
	}
}

// finish gives faces what was read for vertices, and textures.
func (p *plyReader) finish(from *folder) error {
	m := p.mesh
	if m.Normals != nil {
		m.FaceNormals = slices.Clone(m.Faces)
		for f := range m.FaceNormals {
			for k, i := range m.FaceNormals[f] {
				if int(i) >= len(m.Normals) { // Check refuses the face
					m.FaceNormals[f][k] = -1
				}
			}
		}
	}
	switch {
	case m.FaceTexCoords != nil:
		for len(m.FaceTexCoords) < len(m.Faces) {
			m.FaceTexCoords = append(m.FaceTexCoords, none)
		}
	case m.TexCoords != nil:
		m.FaceTexCoords = slices.Clone(m.Faces)
	}
	p.giveColours()
	m.replace(p.bad)
	p.exact.apply(m)
	p.giveTextures(from)
	return nil
}

// giveColours gives the mesh the colours of vertices or, if there are none but
// white ones, of faces.
func (p *plyReader) giveColours() {
	m := p.mesh
	white := !slices.ContainsFunc(p.colours, func(c [3]float32) bool { return c != [3]float32{1, 1, 1} })
	switch {
	case p.faceColours != nil && white:
		m.Colours = p.faceColours
		m.FaceColours = make([][3]int32, len(m.Faces))
		for f := range m.FaceColours {
			i := int32(f)
			if f >= len(m.Colours) { // of a strip
				i = -1
			}
			m.FaceColours[f] = [3]int32{i, i, i}
		}
	case p.colours != nil:
		m.coloursOfVertices(p.colours)
	}
}

// giveTextures gives faces with texture coordinates the images of the comments.
func (p *plyReader) giveTextures(from *folder) {
	m := p.mesh
	if len(p.textures) == 0 || m.FaceTexCoords == nil {
		m.FaceMaterials = nil
		return
	}
	var pictures images
	for _, name := range p.textures {
		texture, err := pictures.read(from, name, Repeat, &p.warn, m.Name)
		if err != nil {
			p.warn.addLook("%s: the texture %s is not drawn: %v.", m.Name, quote([]byte(name)), err)
		}
		m.Materials = append(m.Materials, Material{Name: name, Diffuse: [3]float32{1, 1, 1}, Texture: texture})
	}
	pictures.remark(m.Name, &p.warn)
	if m.FaceMaterials == nil {
		m.FaceMaterials = make([]int32, len(m.Faces))
		return
	}
	for len(m.FaceMaterials) < len(m.Faces) {
		m.FaceMaterials = append(m.FaceMaterials, 0)
	}
	for f, i := range m.FaceMaterials {
		if int(i) >= len(m.Materials) {
			m.FaceMaterials[f] = -1
		}
	}
}

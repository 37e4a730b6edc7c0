package mesh

import (
	"fmt"
	"math"

	"github.com/qmuntal/gltf"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// primitiveWork is the cost of a primitive in addition to its vertices and
// triangles, as a number of these.
const primitiveWork = 16

// instance adds the triangles of a node's mesh, transformed.
func (g *gltfReader) instance(node *gltf.Node, at transform) error {
	index := *node.Mesh
	if index < 0 || index >= len(g.document.Meshes) || g.document.Meshes[index] == nil {
		return fmt.Errorf("no mesh %d", index)
	}
	for i, p := range g.document.Meshes[index].Primitives {
		if p == nil {
			return fmt.Errorf("mesh %d has no primitive %d", index, i)
		}
		if g.work += primitiveWork; g.work > maxElements {
			return g.tooMany()
		}
		switch p.Mode {
		case gltf.PrimitiveTriangles, gltf.PrimitiveTriangleStrip, gltf.PrimitiveTriangleFan:
			if err := g.primitive(p, node, &at); err != nil {
				return fmt.Errorf("primitive %d of mesh %d: %w", i, index, err)
			}
		default:
			g.warn.add("%s: points and lines are not drawn.", g.path)
		}
	}
	return nil
}

func (g *gltfReader) tooMany() error {
	return fmt.Errorf("the scene has more than %d vertices or triangles: simplify it first", maxElements)
}

// primitive adds one set of triangles.
func (g *gltfReader) primitive(p *gltf.Primitive, node *gltf.Node, at *transform) error {
	position, ok := p.Attributes[gltf.POSITION]
	if !ok {
		g.warn.add("%s: triangles without positions are not drawn.", g.path)
		return nil
	}
	const draco = "KHR_draco_mesh_compression"
	if _, packed := p.Extensions[draco]; packed && !g.stored(position) {
		return errCompressed(draco, g.path)
	}
	positions, err := g.numbers(position, 3)
	if err != nil {
		return fmt.Errorf("the positions: %w", err)
	}
	count := len(positions) / 3
	indices, err := g.indices(p, count)
	if err != nil {
		return err
	}
	faces := triangles(indices, p.Mode)
	if g.work += count + len(faces); g.work > maxElements {
		return g.tooMany()
	}
	g.morph(p, node, gltf.POSITION, positions)
	posed := g.pose(p, node, at, count)

	m := g.mesh
	first := int32(len(m.Vertices))
	for i := range count {
		v := posed(i).point(positions[3*i:])
		near := [3]float32{float32(v[0]), float32(v[1]), float32(v[2])}
		if !finite(near[:]) {
			return fmt.Errorf("vertex %d is at %v: coordinates must be finite numbers within ±%g", i, v, float64(maxCoordinate))
		}
		g.exact.add(v)
		m.Vertices = append(m.Vertices, near)
	}
	normals, err := g.normals(p, node, count, posed)
	if err != nil {
		return err
	}
	material, places, err := g.dress(p, count)
	if err != nil {
		return err
	}
	colours, err := g.colours(p, count)
	if err != nil {
		return err
	}
	_, determinant := posed(0).cofactors()
	firstNormal, firstPlace, firstColour := int32(len(m.Normals)), int32(len(m.TexCoords)), int32(len(m.Colours))
	m.Normals, m.TexCoords, m.Colours = append(m.Normals, normals...), append(m.TexCoords, places...), append(m.Colours, colours...)
	for _, face := range faces {
		if determinant < 0 { // a mirror reverses the winding
			face[1], face[2] = face[2], face[1]
		}
		f := len(m.Faces)
		m.FaceNormals = appendRow(m.FaceNormals, f, shifted(face, firstNormal, normals != nil), none)
		m.FaceTexCoords = appendRow(m.FaceTexCoords, f, shifted(face, firstPlace, places != nil), none)
		m.FaceColours = appendRow(m.FaceColours, f, shifted(face, firstColour, colours != nil), none)
		m.FaceMaterials = appendRow(m.FaceMaterials, f, material, -1)
		m.Faces = append(m.Faces, shifted(face, first, true))
	}
	return nil
}

// shifted adds to a face's indices if they are there, or returns none.
func shifted(face [3]int32, by int32, there bool) [3]int32 {
	if !there {
		return none
	}
	return [3]int32{face[0] + by, face[1] + by, face[2] + by}
}

// triangles returns the faces of a primitive; incomplete ones at the end are
// dropped.
func triangles(indices []int32, mode gltf.PrimitiveMode) [][3]int32 {
	var faces [][3]int32
	switch mode {
	case gltf.PrimitiveTriangles:
		faces = make([][3]int32, 0, len(indices)/3)
		for ; len(indices) >= 3; indices = indices[3:] {
			faces = append(faces, [3]int32{indices[0], indices[1], indices[2]})
		}
	case gltf.PrimitiveTriangleStrip:
		for i := 2; i < len(indices); i++ {
			// Every other triangle is wound the other way.
			faces = append(faces, [3]int32{indices[i-2], indices[i-1+i%2], indices[i-i%2]})
		}
	case gltf.PrimitiveTriangleFan:
		for i := 2; i < len(indices); i++ {
			faces = append(faces, [3]int32{indices[i-1], indices[i], indices[0]})
		}
	}
	return faces
}

// normals returns the normals of a primitive's vertices, or nil.
func (g *gltfReader) normals(p *gltf.Primitive, node *gltf.Node, count int, posed func(int) *transform) ([][3]float32, error) {
	accessor, ok := p.Attributes[gltf.NORMAL]
	if !ok {
		return nil, nil
	}
	values, err := g.numbers(accessor, 3)
	if err != nil {
		return nil, fmt.Errorf("the normals: %w", err)
	}
	if len(values) != 3*count {
		return nil, fmt.Errorf("%d normals for %d vertices", len(values)/3, count)
	}
	g.morph(p, node, gltf.NORMAL, values)
	normals := make([][3]float32, count)
	var last *transform
	var cofactors [3][3]float64
	var determinant float64
	for i := range normals {
		if at := posed(i); at != last || node.Skin != nil { // whose transforms change
			last = at
			cofactors, determinant = at.cofactors()
		}
		var n [3]float64
		for row := range n {
			for k := range 3 {
				n[row] += cofactors[row][k] * values[3*i+k]
			}
		}
		if n = vec3.Unit(n); n != (vec3.V{}) && !math.IsNaN(n[0]+n[1]+n[2]) {
			sign := math.Copysign(1, determinant)
			normals[i] = [3]float32{float32(sign * n[0]), float32(sign * n[1]), float32(sign * n[2])}
		} // else it stays 0, which counts as none
	}
	return normals, nil
}

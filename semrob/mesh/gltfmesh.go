package mesh

import (
	"fmt"
	"math"

	"github.com/qmuntal/gltf"
	"github.com/qmuntal/gltf/ext/texturetransform"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// primitiveWork is the cost of a primitive in addition to its vertices and
// triangles, as a number of these.
const primitiveWork = 16

// instance adds the triangles of a mesh, transformed.
func (g *gltfReader) instance(index int, at transform) error {
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
			if err := g.primitive(p, &at); err != nil {
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
func (g *gltfReader) primitive(p *gltf.Primitive, at *transform) error {
	if _, ok := p.Attributes[gltf.POSITION]; !ok {
		g.warn.add("%s: triangles without positions are not drawn.", g.path)
		return nil
	}
	if _, ok := p.Attributes[gltf.COLOR_0]; ok {
		g.warn.add("%s: colours of vertices are not drawn.", g.path)
	}
	if len(p.Targets) > 0 {
		g.warn.add("%s: morph targets are ignored.", g.path)
	}
	positions, err := g.numbers(p.Attributes[gltf.POSITION], 3)
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

	m := g.mesh
	cofactors, determinant := at.cofactors()
	first := int32(len(m.Vertices))
	for i := range count {
		v := at.point(positions[3*i:])
		if !finite(v[:]) {
			return fmt.Errorf("vertex %d is at %v: coordinates must be finite numbers within ±%g", i, v, float64(maxCoordinate))
		}
		m.Vertices = append(m.Vertices, v)
	}
	normals, err := g.normals(p, count, &cofactors, determinant)
	if err != nil {
		return err
	}
	material, places, err := g.dress(p, count)
	if err != nil {
		return err
	}
	firstNormal, firstPlace := int32(len(m.Normals)), int32(len(m.TexCoords))
	m.Normals, m.TexCoords = append(m.Normals, normals...), append(m.TexCoords, places...)
	for _, face := range faces {
		if determinant < 0 { // a mirror reverses the winding
			face[1], face[2] = face[2], face[1]
		}
		f := len(m.Faces)
		m.FaceNormals = appendRow(m.FaceNormals, f, shifted(face, firstNormal, normals != nil), none)
		m.FaceTexCoords = appendRow(m.FaceTexCoords, f, shifted(face, firstPlace, places != nil), none)
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
func (g *gltfReader) normals(p *gltf.Primitive, count int, cofactors *[3][3]float64, determinant float64) ([][3]float32, error) {
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
	normals := make([][3]float32, count)
	for i := range normals {
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

// dress returns the material of a primitive, −1 for none, and its texture
// coordinates if it has a texture.
func (g *gltfReader) dress(p *gltf.Primitive, count int) (material int32, places [][2]float32, err error) {
	if p.Material == nil {
		return -1, nil, nil
	}
	index := *p.Material
	if index < 0 || index >= len(g.document.Materials) || g.document.Materials[index] == nil {
		return -1, nil, fmt.Errorf("no material %d", index)
	}
	material, err = g.material(index)
	if err != nil || g.mesh.Materials[material].Texture == nil {
		return material, nil, err
	}
	info := g.document.Materials[index].PBRMetallicRoughness.BaseColorTexture
	set, move := textureTransform(info)
	accessor, ok := p.Attributes[fmt.Sprintf("TEXCOORD_%d", set)]
	if !ok {
		g.warn.add("%s: triangles of material %s have no texture coordinates and are drawn without its texture.", g.path, quote([]byte(g.mesh.Materials[material].Name)))
		return material, nil, nil
	}
	values, err := g.numbers(accessor, 2)
	if err != nil {
		return material, nil, fmt.Errorf("the texture coordinates: %w", err)
	}
	if len(values) != 2*count {
		return material, nil, fmt.Errorf("%d texture coordinates for %d vertices", len(values)/2, count)
	}
	places = make([][2]float32, count)
	for i := range places {
		for row := range 2 {
			places[i][row] = float32(move[row][0]*values[2*i] + move[row][1]*values[2*i+1] + move[row][2])
		}
		if !finite(places[i][:]) {
			return material, nil, fmt.Errorf("texture coordinate %d is %v", i, places[i])
		}
	}
	return material, places, nil
}

// textureTransform returns the set of texture coordinates and the two rows of
// the matrix that KHR_texture_transform applies to them: scale, then rotation
// clockwise in the image, then offset.
func textureTransform(info *gltf.TextureInfo) (set int, rows [2][3]float64) {
	set, rows = info.TexCoord, [2][3]float64{{1, 0, 0}, {0, 1, 0}}
	t, ok := info.Extensions[texturetransform.ExtensionName].(*texturetransform.TextureTranform)
	if !ok {
		return set, rows
	}
	if t.TexCoord != nil {
		set = *t.TexCoord
	}
	sin, cos := math.Sincos(t.Rotation)
	scale := t.ScaleOrDefault()
	return set, [2][3]float64{
		{cos * scale[0], sin * scale[1], t.Offset[0]},
		{-sin * scale[0], cos * scale[1], t.Offset[1]},
	}
}

// material returns the index in Mesh.Materials of a material of the document.
func (g *gltfReader) material(index int) (int32, error) {
	if place, known := g.materials[index]; known {
		return place, nil
	}
	described := g.document.Materials[index]
	made := Material{Name: described.Name, Diffuse: [3]float32{1, 1, 1}}
	pbr := described.PBRMetallicRoughness
	if pbr != nil && pbr.BaseColorFactor != nil {
		for k := range made.Diffuse {
			c := pbr.BaseColorFactor[k]
			if math.IsNaN(c) {
				return 0, fmt.Errorf("material %d has the colour %v", index, *pbr.BaseColorFactor)
			}
			made.Diffuse[k] = float32(min(max(c, 0), 1))
		}
	}
	if described.AlphaMode != gltf.AlphaOpaque {
		g.warn.add("%s: the material %s is drawn opaque.", g.path, quote([]byte(described.Name)))
	}
	if pbr != nil && pbr.BaseColorTexture != nil {
		texture, err := g.texture(pbr.BaseColorTexture.Index)
		if err != nil {
			g.warn.add("%s: the texture of the material %s is not drawn: %v.", g.path, quote([]byte(described.Name)), err)
		}
		made.Texture = texture
	}
	place := int32(len(g.mesh.Materials))
	g.mesh.Materials = append(g.mesh.Materials, made)
	if g.materials == nil {
		g.materials = map[int]int32{}
	}
	g.materials[index] = place
	return place, nil
}

// texture returns a texture of the document.
func (g *gltfReader) texture(index int) (*Texture, error) {
	d := g.document
	if index < 0 || index >= len(d.Textures) || d.Textures[index] == nil || d.Textures[index].Source == nil {
		return nil, fmt.Errorf("texture %d has no image", index)
	}
	t := d.Textures[index]
	image := *t.Source
	if image < 0 || image >= len(d.Images) || d.Images[image] == nil {
		return nil, fmt.Errorf("no image %d", image)
	}
	u, v := Repeat, Repeat
	if t.Sampler != nil {
		if *t.Sampler < 0 || *t.Sampler >= len(d.Samplers) || d.Samplers[*t.Sampler] == nil {
			return nil, fmt.Errorf("no sampler %d", *t.Sampler)
		}
		u, v = gltfWrap(d.Samplers[*t.Sampler].WrapS), gltfWrap(d.Samplers[*t.Sampler].WrapT)
	}
	return g.pictures.texture(fmt.Sprint(image), u, v, func() (*Texture, error) {
		data, name, err := g.image(d.Images[image])
		if err != nil {
			return nil, err
		}
		return g.pictures.decode(name, data)
	})
}

// image returns the bytes of an image and a name for it.
func (g *gltfReader) image(i *gltf.Image) (data []byte, name string, err error) {
	if i.BufferView != nil {
		_, data, err = g.view(*i.BufferView)
		return data, i.Name, err
	}
	if len(i.URI) < 256 {
		name = i.URI
	}
	data, err = readURI(i.URI, maxImageFile, g.from)
	return data, name, err
}

func gltfWrap(mode gltf.WrappingMode) Wrap {
	switch mode {
	case gltf.WrapClampToEdge:
		return Clamp
	case gltf.WrapMirroredRepeat:
		return Mirror
	}
	return Repeat
}

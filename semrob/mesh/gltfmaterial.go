package mesh

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"github.com/qmuntal/gltf"
	"github.com/qmuntal/gltf/ext/texturetransform"
)

// dressed is a material of the document, with or without colours of vertices,
// which take its base colour's place.
type dressed struct {
	index    int
	coloured bool
}

// looks are the parts of a material of the document that are drawn.
type looks struct {
	factor   [4]float64 // in linear light
	base     *gltf.TextureInfo
	emission [3]float64
	emitted  *gltf.TextureInfo
	unlit    bool
}

// looksOf returns the parts of a material: the metallic-roughness model's or, with
// KHR_materials_pbrSpecularGlossiness, that one's.
func looksOf(m *gltf.Material) looks {
	l := looks{factor: [4]float64{1, 1, 1, 1}, emission: m.EmissiveFactor, emitted: m.EmissiveTexture}
	if pbr := m.PBRMetallicRoughness; pbr != nil {
		l.factor, l.base = pbr.BaseColorFactorOrDefault(), pbr.BaseColorTexture
	}
	var glossy struct {
		DiffuseFactor  *[4]float64
		DiffuseTexture *gltf.TextureInfo
	}
	if extension(m.Extensions, "KHR_materials_pbrSpecularGlossiness", &glossy) {
		l.factor, l.base = [4]float64{1, 1, 1, 1}, glossy.DiffuseTexture
		if glossy.DiffuseFactor != nil {
			l.factor = *glossy.DiffuseFactor
		}
	}
	var strength struct{ EmissiveStrength *float64 }
	if extension(m.Extensions, "KHR_materials_emissive_strength", &strength) && strength.EmissiveStrength != nil {
		for k := range l.emission {
			l.emission[k] *= *strength.EmissiveStrength
		}
	}
	_, l.unlit = m.Extensions["KHR_materials_unlit"]
	return l
}

// described returns a material of the document by its index.
func (g *gltfReader) described(index int) (*gltf.Material, error) {
	if index < 0 || index >= len(g.document.Materials) || g.document.Materials[index] == nil {
		return nil, fmt.Errorf("no material %d", index)
	}
	return g.document.Materials[index], nil
}

// colours returns the colours of a primitive's vertices times its material's base
// colour, or nil if it has none.
func (g *gltfReader) colours(p *gltf.Primitive, count int) ([][3]float32, error) {
	accessor, ok := p.Attributes[gltf.COLOR_0]
	if !ok {
		return nil, nil
	}
	components := 4
	if accessor >= 0 && accessor < len(g.document.Accessors) && g.document.Accessors[accessor] != nil {
		a := g.document.Accessors[accessor]
		components = a.Type.Components()
		if a.ComponentType != gltf.ComponentFloat {
			a.Normalized = true // some exporters forget it
		}
	}
	if components != 3 && components != 4 {
		return nil, fmt.Errorf("the colours have %d components instead of 3 or 4", components)
	}
	values, err := g.numbers(accessor, components)
	if err != nil {
		return nil, fmt.Errorf("the colours: %w", err)
	}
	if len(values) != components*count {
		return nil, fmt.Errorf("%d colours for %d vertices", len(values)/components, count)
	}
	factor := [4]float64{1, 1, 1, 1}
	if p.Material != nil {
		m, err := g.described(*p.Material)
		if err != nil {
			return nil, err
		}
		factor = looksOf(m).factor
	}
	all := make([][3]float32, count)
	for i := range all {
		for k := range 3 {
			if c := factor[k] * values[components*i+k]; c > 0 { // NaN is black
				all[i][k] = fromLinear(c)
			}
		}
	}
	return all, nil
}

// dress returns the material of a primitive, −1 for none, and its texture
// coordinates if it has a texture.
func (g *gltfReader) dress(p *gltf.Primitive, count int) (material int32, places [][2]float32, err error) {
	if p.Material == nil {
		return -1, nil, nil
	}
	described, err := g.described(*p.Material)
	if err != nil {
		return -1, nil, err
	}
	_, coloured := p.Attributes[gltf.COLOR_0]
	if material, err = g.material(dressed{*p.Material, coloured}); err != nil {
		return material, nil, err
	}
	made, l := &g.mesh.Materials[material], looksOf(described)
	info := l.base
	if made.Texture == nil {
		if info = l.emitted; made.EmissionTexture == nil {
			return material, nil, nil
		}
	}
	set, move := textureTransform(info)
	if made.Texture != nil && made.EmissionTexture != nil {
		if other, _ := textureTransform(l.emitted); other != set {
			g.warn.addLook("%s: the emission of the material %s has other texture coordinates than its colour, which are not supported: it is drawn with those of the colour.", g.path, quote([]byte(made.Name)))
		}
	}
	accessor, ok := p.Attributes[fmt.Sprintf("TEXCOORD_%d", set)]
	if !ok {
		g.warn.addLook("%s: triangles of material %s have no texture coordinates and are drawn without its texture.", g.path, quote([]byte(made.Name)))
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

// material returns the index in Mesh.Materials of a material of the document.
func (g *gltfReader) material(of dressed) (int32, error) {
	if place, known := g.materials[of]; known {
		return place, nil
	}
	described := g.document.Materials[of.index]
	l := looksOf(described)
	made := Material{Name: described.Name, Unlit: l.unlit, SingleSided: !described.DoubleSided}
	for k := range 3 {
		if math.IsNaN(l.factor[k]) || math.IsNaN(l.emission[k]) {
			return 0, fmt.Errorf("material %d has the colour %v and the emission %v", of.index, l.factor, l.emission)
		}
		made.Diffuse[k], made.Emission[k] = fromLinear(l.factor[k]), fromLinear(l.emission[k])
	}
	if of.coloured {
		made.Diffuse = [3]float32{1, 1, 1}
	}
	made.Texture = g.textureOf(l.base, described)
	if l.emission != [3]float64{} && !l.unlit {
		made.EmissionTexture = g.textureOf(l.emitted, described)
		if l.emitted != nil && made.EmissionTexture == nil {
			made.Emission = [3]float32{} // rather than white everywhere
		}
	} else {
		made.Emission = [3]float32{}
	}
	g.cutOut(&made, described, l.factor[3])
	place := int32(len(g.mesh.Materials))
	g.mesh.Materials = append(g.mesh.Materials, made)
	if g.materials == nil {
		g.materials = map[dressed]int32{}
	}
	g.materials[of] = place
	return place, nil
}

// cutOut sets the alpha below which a material has holes: that of MASK, and one
// half for BLEND.
func (g *gltfReader) cutOut(made *Material, described *gltf.Material, alpha float64) {
	cutoff := 0.5
	switch described.AlphaMode {
	case gltf.AlphaOpaque:
		return
	case gltf.AlphaMask:
		cutoff = described.AlphaCutoffOrDefault()
	default:
		if made.Texture != nil && made.Texture.Alpha == nil && alpha >= 0.999 || made.Texture == nil && alpha >= 0.999 {
			return // it blends nothing
		}
		g.warn.addLook("%s: the material %s is transparent, which is not supported: it is drawn where its alpha is one half or more.", g.path, quote([]byte(described.Name)))
	}
	if cutoff > 0 {
		made.Cutoff = float32(min(cutoff/max(alpha, 1e-6), 2))
	}
}

// textureOf returns a texture of a material, nil for none.
func (g *gltfReader) textureOf(info *gltf.TextureInfo, of *gltf.Material) *Texture {
	if info == nil {
		return nil
	}
	texture, err := g.texture(info.Index)
	if err != nil {
		g.warn.addLook("%s: the texture of the material %s is not drawn: %v.", g.path, quote([]byte(of.Name)), err)
	}
	return texture
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

// texture returns a texture of the document.
func (g *gltfReader) texture(index int) (*Texture, error) {
	d := g.document
	if index < 0 || index >= len(d.Textures) || d.Textures[index] == nil {
		return nil, fmt.Errorf("no texture %d", index)
	}
	t := d.Textures[index]
	image, err := g.source(t)
	if err != nil {
		return nil, err
	}
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
		if bytes.HasPrefix(data, []byte("\xabKTX 20")) {
			return nil, errKTX(g.path)
		}
		return g.pictures.decode(name, data)
	})
}

// source returns the image of a texture: the plain one, or that of
// EXT_texture_webp.
func (g *gltfReader) source(t *gltf.Texture) (int, error) {
	var other struct{ Source *int }
	switch {
	case t.Source != nil:
		return *t.Source, nil
	case extension(t.Extensions, "EXT_texture_webp", &other) && other.Source != nil:
		return *other.Source, nil
	case t.Extensions["KHR_texture_basisu"] != nil:
		return 0, errKTX(g.path)
	}
	return 0, errors.New("it has no image")
}

func errKTX(path string) error {
	return fmt.Errorf("it is compressed with KTX2/Basis Universal, which is not supported: decompress it with `npx @gltf-transform/cli ktxdecompress %s out.glb`, which needs the ktx program of KTX-Software", filepath.Base(path))
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
	data, remark, err := readURI(i.URI, maxImageFile, g.from)
	if remark != "" {
		g.warn.addLook("%s: the texture %s: %s.", g.path, name, remark)
	}
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

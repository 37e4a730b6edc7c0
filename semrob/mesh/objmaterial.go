package mesh

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// addMaterials gives the mesh the materials of its usemtl lines, from the files of
// its mtllib lines. Missing ones are warnings.
func (p *objParser) addMaterials(from *folder) {
	materials, whole := p.readLibraries(from)
	if len(materials) == 0 {
		return // missing files already have warnings
	}
	if p.faceMaterials == nil { // no usemtl
		if len(materials) > 1 {
			p.warn.addLook("%s: no face names one of the %d materials; all are white.", p.file, len(materials))
			return
		}
		for name := range materials {
			p.materialNames, p.faceMaterials = []string{name}, make([]int32, len(p.mesh.Faces))
		}
	}
	places := make([]int32, len(p.materialNames)) // in Mesh.Materials, −1 for none
	used := make([]*mtlMaterial, 0, len(materials))
	var pictures images
	var transparent []string
	for i, name := range p.materialNames {
		places[i] = -1
		material := p.named(materials, name)
		if material == nil {
			if whole {
				p.warn.addLook("%s: the material %s is in no material file; its faces are white.", p.file, quote([]byte(name)))
			}
			continue
		}
		if t := material.texture; t.name != "" {
			texture, err := pictures.read(from, t.name, t.wrap, &p.warn, p.file)
			if err != nil {
				p.warn.addLook("%s: the texture %s of the material %s is not drawn: %v.", p.file, t.name, quote([]byte(name)), err)
			}
			material.Texture = texture
			if texture != nil && material.Diffuse == [3]float32{} {
				// Exporters mean "the texture alone".
				p.warn.addLook("%s: the material %s has a texture and the colour Kd 0 0 0, which would hide it: it is drawn as Kd 1 1 1.", p.file, quote([]byte(name)))
				material.Diffuse = [3]float32{1, 1, 1}
			}
		}
		p.cutOut(from, &pictures, material)
		if material.transparent {
			transparent = append(transparent, name)
		}
		places[i] = int32(len(used))
		used = append(used, material)
		p.mesh.Materials = append(p.mesh.Materials, material.Material)
	}
	pictures.remark(p.file, &p.warn)
	if n := len(transparent); n > 0 {
		p.warn.addLook("%s: the material %s is transparent, which is not supported: it is drawn opaque (the first of %d).", p.file, quote([]byte(transparent[0])), n)
	}
	if len(used) == 0 {
		return
	}
	p.mesh.FaceMaterials = p.faceMaterials
	for f, i := range p.faceMaterials {
		if i >= 0 {
			p.mesh.FaceMaterials[f] = places[i]
		}
	}
	p.placeTextures(used)
}

// cutOut gives a material the holes of its map_d: where that is transparent or, if it
// is opaque, dark.
func (p *objParser) cutOut(from *folder, pictures *images, m *mtlMaterial) {
	if m.mask.name == "" {
		return
	}
	mask, err := pictures.read(from, m.mask.name, m.mask.wrap, &p.warn, p.file)
	if err != nil {
		p.warn.addLook("%s: the texture %s of the material %s is not drawn: %v.", p.file, m.mask.name, quote([]byte(m.Name)), err)
	}
	if mask == nil {
		return
	}
	colour := m.Texture
	if colour == nil {
		colour = &Texture{Name: mask.Name, Width: mask.Width, Height: mask.Height, Pixels: bytes.Repeat([]byte{255}, len(mask.Pixels)), WrapU: mask.WrapU, WrapV: mask.WrapV}
		m.texture = m.mask
	}
	holed := *colour
	holed.Alpha = make([]uint8, 0, colour.Width*colour.Height)
	for y := range colour.Height {
		for x := range colour.Width {
			at := y*mask.Height/colour.Height*mask.Width + x*mask.Width/colour.Width
			alpha := mask.Pixels[3*at]
			if mask.Alpha != nil {
				alpha = mask.Alpha[at]
			}
			holed.Alpha = append(holed.Alpha, alpha)
		}
	}
	m.Texture, m.Cutoff = &holed, 0.5
	p.warn.addLook("%s: the material %s is drawn where its alpha (map_d) is one half or more.", p.file, quote([]byte(m.Name)))
}

// named returns the material with a name, or one whose name differs in case only.
func (p *objParser) named(materials map[string]*mtlMaterial, name string) *mtlMaterial {
	if material, known := materials[name]; known {
		return material
	}
	for _, other := range slices.Sorted(maps.Keys(materials)) {
		if strings.EqualFold(other, name) {
			p.warn.addLook("%s: the material %s is called %s in its file.", p.file, quote([]byte(name)), quote([]byte(other)))
			return materials[other]
		}
	}
	return nil
}

// readLibraries reads the material files, and reports whether all could be read.
func (p *objParser) readLibraries(from *folder) (materials map[string]*mtlMaterial, whole bool) {
	materials, whole = map[string]*mtlMaterial{}, true
	seen, failed := map[string]bool{}, map[string]bool{}
	for _, library := range p.libraries {
		if library.names == "" {
			continue
		}
		// A name may contain blanks; several names are separated by them.
		if p.readLibrary(from, library.names, seen, materials) == nil {
			continue
		}
		for _, name := range namesIn(library.names) {
			if failed[name] {
				continue
			}
			if err := p.readLibrary(from, name, seen, materials); err != nil {
				whole, failed[name] = false, true
				if errors.Is(err, fs.ErrNotExist) {
					p.warn.addLook("%s:%d: the material file %s is missing; the mesh is drawn without it: put it there, or name a folder that contains both (mesh-root).", p.file, library.line, name)
				} else {
					p.warn.addLook("%s:%d: the material file %s cannot be read: %v.", p.file, library.line, name, err)
				}
			}
		}
	}
	return materials, whole
}

// namesIn splits names at blanks outside of quotes.
func namesIn(text string) (names []string) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		if quote := text[0]; quote == '"' || quote == '\'' {
			if name, rest, ok := strings.Cut(text[1:], string(quote)); ok {
				names, text = append(names, name), rest
				continue
			}
		}
		name, rest := cutField(text)
		names, text = append(names, name), rest
	}
	return names
}

// readLibrary reads one material file, once.
func (p *objParser) readLibrary(from *folder, name string, seen map[string]bool, materials map[string]*mtlMaterial) error {
	key, remark, err := from.find(name)
	if err != nil {
		return err
	}
	if seen[key] {
		return nil
	}
	data, _, err := from.read(name, int64(maxMTL-p.mtlBytes))
	if err != nil {
		return err
	}
	if remark != "" {
		p.warn.addLook("%s: the material file %s: %s.", p.file, name, remark)
	}
	p.mtlBytes += len(data)
	seen[key] = true
	shown := filepath.Join(filepath.Dir(p.file), filepath.FromSlash(key))
	readMTL(data, shown, path.Dir(key), materials, &p.warn)
	return nil
}

// placeTextures transforms the texture coordinates of faces whose material scales
// or shifts its texture. materials are those of the mesh.
func (p *objParser) placeTextures(materials []*mtlMaterial) {
	m := p.mesh
	if m.FaceTexCoords == nil {
		return
	}
	type use struct{ coordinate, material int32 }
	moved := map[use]int32{}
	for f, i := range m.FaceMaterials {
		if i < 0 {
			continue
		}
		t := &materials[i].texture
		if t.scale == [2]float64{1, 1} && t.offset == [2]float64{} || t.name == "" {
			continue
		}
		for k, at := range m.FaceTexCoords[f] {
			if at < 0 {
				continue
			}
			place, known := moved[use{at, i}]
			if !known {
				// v runs upwards in the file.
				u, v := float64(m.TexCoords[at][0]), 1-float64(m.TexCoords[at][1])
				place = int32(len(m.TexCoords))
				moved[use{at, i}] = place
				m.TexCoords = append(m.TexCoords, [2]float32{float32(u*t.scale[0] + t.offset[0]), float32(1 - (v*t.scale[1] + t.offset[1]))})
			}
			m.FaceTexCoords[f][k] = place
		}
	}
}

package mesh

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// addMaterials gives the mesh the materials of its usemtl lines, from the files of
// its mtllib lines. Missing ones are warnings.
func (p *objParser) addMaterials(from *folder) {
	materials, whole := p.readLibraries(from)
	if p.faceMaterials == nil || len(materials) == 0 {
		return // missing files already have warnings
	}
	places := make([]int32, len(p.materialNames)) // in Mesh.Materials, −1 for none
	used := make([]*mtlMaterial, 0, len(materials))
	var pictures images
	for i, name := range p.materialNames {
		places[i] = -1
		material, known := materials[name]
		if !known {
			if whole {
				p.warn.add("%s: the material %s is in no material file; its faces are white.", p.file, quote([]byte(name)))
			}
			continue
		}
		if t := material.texture; t.name != "" {
			texture, err := pictures.texture(t.name, t.wrap, t.wrap, func() (*Texture, error) {
				data, err := from.read(t.name, maxImageFile)
				if err != nil {
					return nil, err
				}
				return pictures.decode(t.name, data)
			})
			if err != nil {
				p.warn.add("%s: the texture %s of the material %s is not drawn: %v.", p.file, t.name, quote([]byte(name)), err)
			}
			material.Texture = texture
		}
		places[i] = int32(len(used))
		used = append(used, material)
		p.mesh.Materials = append(p.mesh.Materials, material.Material)
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
		for _, name := range strings.Fields(library.names) {
			if failed[name] {
				continue
			}
			if err := p.readLibrary(from, name, seen, materials); err != nil {
				whole, failed[name] = false, true
				if errors.Is(err, fs.ErrNotExist) {
					p.warn.add("%s:%d: the material file %s is missing; the mesh is drawn without it.", p.file, library.line, name)
				} else {
					p.warn.add("%s:%d: the material file %s cannot be read: %v.", p.file, library.line, name, err)
				}
			}
		}
	}
	return materials, whole
}

// readLibrary reads one material file, once.
func (p *objParser) readLibrary(from *folder, name string, seen map[string]bool, materials map[string]*mtlMaterial) error {
	key, local := localName(name)
	if local {
		key = path.Clean(key)
	}
	if seen[key] {
		return nil
	}
	data, err := from.read(name, int64(maxMTL-p.mtlBytes))
	if err != nil {
		return err
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

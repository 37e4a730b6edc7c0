package render

import (
	"slices"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// Visible returns the part of a mesh that pictures with these options depend on:
// the shape, the normals if shading is smooth, and colours, materials and textures
// if they are drawn. It shares the mesh's memory. Its Hash is the same for meshes
// that look the same. Its Warnings are those that matter for these pictures.
func (o Options) Visible(m *mesh.Mesh) *mesh.Mesh {
	visible := m.Shape()
	if o.Shading == Smooth && m.FaceNormals != nil {
		visible.Normals, visible.FaceNormals = m.Normals, m.FaceNormals
	}
	if o.Shading == Smooth && o.Crease == 0 && !complete(m.FaceNormals) {
		visible.FaceGroups = m.FaceGroups
	}
	if !o.Materials {
		return visible
	}
	visible.Warnings = append(slices.Clip(visible.Warnings), m.LookWarnings...)
	visible.Colours, visible.FaceColours = m.Colours, m.FaceColours
	if m.FaceMaterials != nil {
		visible.Materials, visible.FaceMaterials = m.Materials, m.FaceMaterials
		visible.TexCoords, visible.FaceTexCoords = m.TexCoords, m.FaceTexCoords
	}
	return visible
}

// complete reports whether all corners have a normal.
func complete(normals [][3]int32) bool {
	return normals != nil && !slices.ContainsFunc(normals, func(f [3]int32) bool { return min(f[0], f[1], f[2]) < 0 })
}

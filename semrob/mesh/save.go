package mesh

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// SaveOBJ writes the mesh as a Wavefront OBJ file, with an MTL file of the same name
// beside it if faces have materials. Vertices, faces and the colours of materials are
// written; normals, texture coordinates and textures are not.
func (m *Mesh) SaveOBJ(path string) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("saving a mesh: %w", err)
	}
	library := strings.TrimSuffix(path, filepath.Ext(path)) + ".mtl"
	if m.FaceMaterials != nil {
		if err := atomicfile.Write(library, m.writeMTL); err != nil {
			return err
		}
	}
	return atomicfile.Write(path, func(to io.Writer) error {
		w := bufio.NewWriter(to)
		if m.FaceMaterials != nil {
			fmt.Fprintln(w, "mtllib", filepath.Base(library))
		}
		for _, v := range m.Vertices {
			fmt.Fprintf(w, "v %g %g %g\n", v[0], v[1], v[2])
		}
		last := int32(-1)
		for i, f := range m.Faces {
			if m.FaceMaterials != nil && m.FaceMaterials[i] != last {
				last = m.FaceMaterials[i]
				fmt.Fprintln(w, "usemtl", materialName(last))
			}
			fmt.Fprintf(w, "f %d %d %d\n", f[0]+1, f[1]+1, f[2]+1) // OBJ counts from 1
		}
		return w.Flush()
	})
}

// writeMTL writes the colours of the materials. A name in a file must be unique and
// without spaces, so materials are called by their numbers.
func (m *Mesh) writeMTL(to io.Writer) error {
	w := bufio.NewWriter(to)
	fmt.Fprintf(w, "newmtl %s\nKd 1 1 1\n", materialName(-1))
	for i, material := range m.Materials {
		c := material.Diffuse
		fmt.Fprintf(w, "newmtl %s\nKd %g %g %g\n", materialName(int32(i)), c[0], c[1], c[2])
	}
	return w.Flush()
}

// materialName names material i in a file; −1 is a face without a material.
func materialName(i int32) string {
	if i < 0 {
		return "none"
	}
	return fmt.Sprintf("material%d", i)
}

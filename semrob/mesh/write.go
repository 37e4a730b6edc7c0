package mesh

import (
	"bufio"
	"fmt"
	"io"
	"slices"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
)

// Stretched returns a copy of the mesh, scaled by a positive factor along each axis:
// an object of the same kind with other proportions.
func (m *Mesh) Stretched(x, y, z float32) *Mesh {
	c := *m
	c.Vertices, c.Normals = slices.Clone(m.Vertices), slices.Clone(m.Normals)
	for i, v := range c.Vertices {
		c.Vertices[i] = [3]float32{v[0] * x, v[1] * y, v[2] * z}
	}
	for i, n := range c.Normals { // they stay perpendicular to the surface
		c.Normals[i] = [3]float32{n[0] / x, n[1] / y, n[2] / z}
	}
	return &c
}

// SaveOBJ writes the shape, vertices and faces, as a Wavefront OBJ file, such as for
// a Subject. The file is written completely or not at all.
func (m *Mesh) SaveOBJ(path string) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for _, v := range m.Vertices {
			fmt.Fprintf(b, "v %g %g %g\n", v[0], v[1], v[2])
		}
		for _, f := range m.Faces {
			fmt.Fprintf(b, "f %d %d %d\n", f[0]+1, f[1]+1, f[2]+1)
		}
		return b.Flush()
	})
}

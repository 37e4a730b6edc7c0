package mesh

import "slices"

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

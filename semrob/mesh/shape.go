package mesh

import (
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// ShapeFeatures describe a mesh's shape by a few numbers that do not depend on its
// position, its size, or on how its faces are wound and repeated.
type ShapeFeatures struct {
	// Extents are the sides of the box around the faces' vertices, x, y, z, the
	// longest 1.
	Extents [3]float64
	// Area is the surface area divided by that of the box. Inner parts count.
	Area float64
	// Volume is the absolute value of the signed volume of the faces, divided by
	// that of the box: 1 for a box, smaller for open or badly wound surfaces.
	Volume float64
	// Normals are the means of nx², ny² and nz² over the surface's area: the
	// shares that face along x, y and z, which sum to 1.
	Normals [3]float64
}

// ShapeFeatureNames returns the names of the numbers of Vector.
func ShapeFeatureNames() []string {
	return []string{"extent x", "extent y", "extent z", "area", "volume", "normals x", "normals y", "normals z"}
}

// Vector returns the features in the order of ShapeFeatureNames.
func (s ShapeFeatures) Vector() []float64 {
	return []float64{s.Extents[0], s.Extents[1], s.Extents[2], s.Area, s.Volume, s.Normals[0], s.Normals[1], s.Normals[2]}
}

// ShapeFeatures measures the mesh. Faces with the same vertices count once. All
// numbers are 0 if no face has an area.
func (m *Mesh) ShapeFeatures() ShapeFeatures {
	var s ShapeFeatures
	seen := map[[3]int32]bool{}
	low, high := [3]float64{math.Inf(1), math.Inf(1), math.Inf(1)}, [3]float64{math.Inf(-1), math.Inf(-1), math.Inf(-1)}
	area, volume := 0.0, 0.0
	for _, face := range m.Faces {
		key := face
		slices.Sort(key[:])
		if seen[key] {
			continue
		}
		seen[key] = true
		p := m.corners(face)
		for _, corner := range p {
			for k, x := range corner {
				low[k], high[k] = min(low[k], x), max(high[k], x)
			}
		}
		n := vec3.Cross(vec3.Sub(p[1], p[0]), vec3.Sub(p[2], p[0])) // length is twice the area
		length := vec3.Length(n)
		area += length / 2
		// The volume is measured from the first face's corner, so that it does
		// not depend on the position.
		volume += vec3.Dot(vec3.Sub(p[0], vec3.Of(m.Vertices[m.Faces[0][0]])), n) / 6
		if length > 0 {
			for k := range 3 {
				s.Normals[k] += n[k] * n[k] / length / 2
			}
		}
	}
	if area == 0 {
		return ShapeFeatures{}
	}
	a, b, c := high[0]-low[0], high[1]-low[1], high[2]-low[2]
	longest := max(a, b, c)
	s.Extents = [3]float64{a / longest, b / longest, c / longest}
	s.Area = area / (2 * (a*b + b*c + c*a))
	if box := a * b * c; box > 0 {
		s.Volume = math.Abs(volume) / box
	}
	for k := range s.Normals {
		s.Normals[k] /= area
	}
	return s
}

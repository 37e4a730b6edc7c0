package mesh

import (
	"cmp"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/vec3"
)

// SmoothNormals returns a unit normal for each vertex, [vertex][x, y, z]: the mean
// of the normals of the faces around it, weighted by their angles there, so that
// it does not depend on how a surface is divided into triangles. Vertices at the
// same position share one. It points to the side from which most faces of its
// connected part are counter-clockwise; faces wound against their neighbours are
// turned over first. It is 0 for a vertex that no face with an area uses, or
// around which the normals cancel out.
//
// Source: Thürmer and Wüthrich, "Computing Vertex Normals from Polygonal
// Facets", Journal of Graphics Tools 3 (1998).
//
// The mesh must pass Check.
func (m *Mesh) SmoothNormals() [][3]float32 {
	place := m.places()
	sums := make([][3]float64, len(m.Vertices))
	for _, face := range oriented(m.Faces, place) {
		p := m.corners(face)
		normal := vec3.Unit(vec3.Cross(vec3.Sub(p[1], p[0]), vec3.Sub(p[2], p[0])))
		for k, i := range face {
			angle := angleBetween(vec3.Sub(p[(k+1)%3], p[k]), vec3.Sub(p[(k+2)%3], p[k]))
			for d := range 3 {
				sums[place[i]][d] += angle * normal[d]
			}
		}
	}
	normals := make([][3]float32, len(m.Vertices))
	for i := range normals {
		sum := sums[place[i]]
		if math.Abs(sum[0])+math.Abs(sum[1])+math.Abs(sum[2]) < 1e-9 {
			continue // rounding errors of normals that cancel out
		}
		n := vec3.Unit(sum)
		normals[i] = [3]float32{float32(n[0]), float32(n[1]), float32(n[2])}
	}
	return normals
}

// DefaultCrease is the angle between two faces, in degrees, from which the edge
// between them is sharp.
const DefaultCrease = 30.0

// mostAround is the number of faces around a vertex beyond which none of its edges is
// sharp: comparing them takes time with the square.
const mostAround = 256

// CornerNormals returns a unit normal for each corner of each face, [face][corner]:
// as SmoothNormals, but only of the faces around that are within an angle, in
// degrees, of the corner's own, so that edges of a box stay sharp. If the angle is 0,
// they are those of the face's smoothing group or, in a mesh without groups, those
// within DefaultCrease. It is 0 for faces without an area, and where normals cancel
// out.
//
// The mesh must pass Check.
func (m *Mesh) CornerNormals(crease float64) [][3][3]float32 {
	if crease == 0 && m.FaceGroups != nil {
		return m.groupNormals()
	}
	sharp := math.Cos(cmp.Or(crease, DefaultCrease) * math.Pi / 180)
	place := m.places()
	faces := oriented(m.Faces, place)
	normals := make([]vec3.V, len(faces))
	starts := make([]int32, len(m.Vertices)+1) // of the corners at a place
	for f, face := range faces {
		p := m.corners(face)
		normals[f] = vec3.Unit(vec3.Cross(vec3.Sub(p[1], p[0]), vec3.Sub(p[2], p[0])))
		for _, i := range face {
			starts[place[i]+1]++
		}
	}
	for i := range m.Vertices {
		starts[i+1] += starts[i]
	}
	type corner struct {
		face  int32
		angle float32
	}
	around, next := make([]corner, 3*len(faces)), slices.Clone(starts)
	for f, face := range faces {
		p := m.corners(face)
		for k, i := range face {
			angle := angleBetween(vec3.Sub(p[(k+1)%3], p[k]), vec3.Sub(p[(k+2)%3], p[k]))
			around[next[place[i]]] = corner{int32(f), float32(angle)}
			next[place[i]]++
		}
	}
	result := make([][3][3]float32, len(faces))
	for f := range faces {
		for k, i := range m.Faces[f] {
			at := around[starts[place[i]]:starts[place[i]+1]]
			var sum vec3.V
			for _, c := range at {
				n := normals[c.face]
				if len(at) > mostAround || vec3.Dot(n, normals[f]) >= sharp {
					for d := range 3 {
						sum[d] += float64(c.angle) * n[d]
					}
				}
			}
			result[f][k] = direction(sum)
		}
	}
	return result
}

// groupNormals is CornerNormals by smoothing groups.
func (m *Mesh) groupNormals() [][3][3]float32 {
	type key struct{ place, group int32 }
	place := m.places()
	sums := map[key]vec3.V{}
	normals := make([]vec3.V, len(m.Faces))
	for f, face := range oriented(m.Faces, place) {
		p := m.corners(face)
		normals[f] = vec3.Unit(vec3.Cross(vec3.Sub(p[1], p[0]), vec3.Sub(p[2], p[0])))
		if m.FaceGroups[f] == 0 {
			continue
		}
		for k, i := range face {
			angle := angleBetween(vec3.Sub(p[(k+1)%3], p[k]), vec3.Sub(p[(k+2)%3], p[k]))
			at := key{place[i], m.FaceGroups[f]}
			sum := sums[at]
			for d := range 3 {
				sum[d] += angle * normals[f][d]
			}
			sums[at] = sum
		}
	}
	result := make([][3][3]float32, len(m.Faces))
	for f, face := range m.Faces {
		for k, i := range face {
			sum := normals[f]
			if m.FaceGroups[f] != 0 {
				sum = sums[key{place[i], m.FaceGroups[f]}]
			}
			result[f][k] = direction(sum)
		}
	}
	return result
}

// direction returns the unit vector of a sum of normals, 0 if they cancel out.
func direction(sum vec3.V) [3]float32 {
	if math.Abs(sum[0])+math.Abs(sum[1])+math.Abs(sum[2]) < 1e-6 {
		return [3]float32{} // rounding errors
	}
	n := vec3.Unit(sum)
	return [3]float32{float32(n[0]), float32(n[1]), float32(n[2])}
}

// corners returns the positions of a face's corners.
func (m *Mesh) corners(face [3]int32) [3]vec3.V {
	return [3]vec3.V{vec3.Of(m.Vertices[face[0]]), vec3.Of(m.Vertices[face[1]]), vec3.Of(m.Vertices[face[2]])}
}

// angleBetween returns the angle between two vectors in radians, exact near 0
// and π too; 0 if one of them is 0.
func angleBetween(a, b vec3.V) float64 {
	a, b = vec3.Unit(a), vec3.Unit(b)
	if a == (vec3.V{}) || b == (vec3.V{}) {
		return 0
	}
	return math.Atan2(vec3.Length(vec3.Cross(a, b)), vec3.Dot(a, b))
}

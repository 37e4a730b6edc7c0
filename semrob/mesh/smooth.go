package mesh

import "math"

// SmoothNormals returns a normal for each vertex, [vertex][x, y, z]: the mean of
// the normals of the faces around it, weighted by the angle that each has
// there, so that it does not depend on how a surface is cut into triangles.
// Vertices in the same place share one. It is on the side from which most faces
// of its connected part are counter-clockwise (those that are wound against their
// neighbours are turned round first), of length 1, or 0 for a vertex that no face
// with an area uses or around which the normals cancel out.
//
// Source: Thürmer and Wüthrich, "Computing Vertex Normals from Polygonal
// Facets", Journal of Graphics Tools 3 (1998).
//
// Every face must name vertices that exist, which Check tells.
func (m *Mesh) SmoothNormals() [][3]float32 {
	place := m.places()
	sums := make([][3]float64, len(m.Vertices))
	for _, face := range oriented(m.Faces, place) {
		var p [3][3]float64
		for k, i := range face {
			for d := range 3 {
				p[k][d] = float64(m.Vertices[i][d])
			}
		}
		normal, ok := unit(cross(minus(p[1], p[0]), minus(p[2], p[0])))
		if !ok {
			continue
		}
		for k, i := range face {
			angle := angleBetween(minus(p[(k+1)%3], p[k]), minus(p[(k+2)%3], p[k]))
			for d := range 3 {
				sums[place[i]][d] += angle * normal[d]
			}
		}
	}
	normals := make([][3]float32, len(m.Vertices))
	for i := range normals {
		sum := sums[place[i]]
		if math.Abs(sum[0])+math.Abs(sum[1])+math.Abs(sum[2]) < 1e-9 {
			continue // what rounding leaves of normals that cancel out
		}
		if n, ok := unit(sum); ok {
			normals[i] = [3]float32{float32(n[0]), float32(n[1]), float32(n[2])}
		}
	}
	return normals
}

func minus(a, b [3]float64) [3]float64 { return [3]float64{a[0] - b[0], a[1] - b[1], a[2] - b[2]} }

func cross(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

// unit returns a vector's direction, and whether it has one.
func unit(v [3]float64) ([3]float64, bool) {
	largest := max(math.Abs(v[0]), math.Abs(v[1]), math.Abs(v[2]))
	if !(largest > 0) {
		return v, false
	}
	// Scaling first keeps the square of a huge or tiny vector within range.
	for d := range v {
		v[d] /= largest
	}
	length := math.Sqrt(v[0]*v[0] + v[1]*v[1] + v[2]*v[2])
	for d := range v {
		v[d] /= length
	}
	return v, true
}

// angleBetween returns the angle of two vectors in radians, exact near 0 and π
// too.
func angleBetween(a, b [3]float64) float64 {
	a, okA := unit(a)
	b, okB := unit(b)
	if !okA || !okB {
		return 0
	}
	c := cross(a, b)
	return math.Atan2(math.Sqrt(c[0]*c[0]+c[1]*c[1]+c[2]*c[2]), a[0]*b[0]+a[1]*b[1]+a[2]*b[2])
}

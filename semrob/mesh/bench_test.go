package mesh

import "testing"

// BenchmarkSmoothNormals4M computes the normals of four million faces.
func BenchmarkSmoothNormals4M(b *testing.B) {
	const side = 1415
	m := &Mesh{}
	for y := range side {
		for x := range side {
			m.Vertices = append(m.Vertices, [3]float32{float32(x), float32(y), float32((x*x + 3*y) % 7)})
		}
	}
	for y := int32(1); y < side; y++ {
		for x := int32(1); x < side; x++ {
			a, b, c, d := side*(y-1)+x-1, side*(y-1)+x, side*y+x, side*y+x-1
			m.Faces = append(m.Faces, [3]int32{a, b, c}, [3]int32{a, c, d})
		}
	}
	b.ResetTimer()
	for range b.N {
		m.SmoothNormals()
	}
}

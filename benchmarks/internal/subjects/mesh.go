package subjects

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// BumpySphere returns a closed manifold with about this number of faces: rings from
// pole to pole, with one vertex at each pole.
func BumpySphere(faces int) *mesh.Mesh {
	around := max(4, int(math.Sqrt(float64(faces))))
	rings := max(2, around/2)
	m := &mesh.Mesh{Name: "bumpy sphere"}
	add := func(theta, phi float64) {
		radius := 0.9 + 0.1*math.Sin(5*theta)*math.Cos(7*phi)
		m.Vertices = append(m.Vertices, [3]float32{
			float32(radius * math.Sin(theta) * math.Cos(phi)), float32(radius * math.Cos(theta)), float32(radius * math.Sin(theta) * math.Sin(phi)),
		})
	}
	add(0, 0)
	for i := 1; i < rings; i++ {
		for j := range around {
			add(math.Pi*float64(i)/float64(rings), 2*math.Pi*float64(j)/float64(around))
		}
	}
	add(math.Pi, 0)
	last := int32(len(m.Vertices) - 1)
	at := func(ring, j int) int32 {
		switch ring {
		case 0:
			return 0
		case rings:
			return last
		}
		return int32(1 + (ring-1)*around + j%around)
	}
	for i := range rings {
		for j := range around {
			a, b, c, d := at(i, j), at(i, j+1), at(i+1, j), at(i+1, j+1)
			if i > 0 {
				m.Faces = append(m.Faces, [3]int32{a, b, d})
			}
			if i < rings-1 {
				m.Faces = append(m.Faces, [3]int32{a, d, c})
			}
		}
	}
	return m
}

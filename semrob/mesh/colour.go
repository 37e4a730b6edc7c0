package mesh

import "math"

// fromLinear converts a value of linear light, 0…1, to sRGB, as pictures store it.
//
// Source: IEC 61966-2-1.
func fromLinear(c float64) float32 {
	c = min(max(c, 0), 1)
	if c <= 0.0031308 {
		return float32(12.92 * c)
	}
	return float32(1.055*math.Pow(c, 1/2.4) - 0.055)
}

// coloursOfVertices gives every corner the colour of its vertex; vertices without
// one are white.
func (m *Mesh) coloursOfVertices(colours [][3]float32) {
	for len(colours) < len(m.Vertices) {
		colours = append(colours, [3]float32{1, 1, 1})
	}
	m.Colours = colours
	m.FaceColours = append([][3]int32(nil), m.Faces...)
}

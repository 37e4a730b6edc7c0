package render

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// Visible returns the part of a mesh that pictures with these options depend on,
// sharing its memory: the shape, the normals where shading is smooth, materials
// and what belongs to them where those are drawn. Its Hash is the same for
// meshes that look the same.
func (o Options) Visible(m *mesh.Mesh) *mesh.Mesh {
	visible := m.Shape()
	if o.Shading == Smooth && m.FaceNormals != nil {
		visible.Normals, visible.FaceNormals = m.Normals, m.FaceNormals
	}
	if o.Materials && m.FaceMaterials != nil {
		visible.Materials, visible.FaceMaterials = m.Materials, m.FaceMaterials
		visible.TexCoords, visible.FaceTexCoords = m.TexCoords, m.FaceTexCoords
	}
	return visible
}

// ParseLight reads "x,y,z", "x,y,z,intensity" or "x,y,z,intensity,r,g,b": the
// direction towards a light, its intensity (0.5 where it is not given) and its
// colour, 0…1 (white).
func ParseLight(text string) (Light, error) {
	var values []float64
	for _, field := range strings.Split(text, ",") {
		value, err := strconv.ParseFloat(strings.TrimSpace(field), 64)
		if err != nil {
			return Light{}, fmt.Errorf("the light %q: %q is not a number: write x,y,z,intensity,r,g,b, the last four or three may be left out", text, field)
		}
		values = append(values, value)
	}
	l := Light{Intensity: 0.5, Colour: [3]float64{1, 1, 1}}
	switch len(values) {
	case 7:
		l.Colour = [3]float64(values[4:])
		fallthrough
	case 4:
		l.Intensity = values[3]
		fallthrough
	case 3:
		l.Direction = [3]float64(values[:3])
	default:
		return Light{}, fmt.Errorf("the light %q has %d numbers: write x,y,z or x,y,z,intensity or x,y,z,intensity,r,g,b", text, len(values))
	}
	if l.Colour == [3]float64{} {
		return Light{}, fmt.Errorf("the light %q is black: leave it out, or give it an intensity of 0", text)
	}
	if err := l.check(); err != nil {
		return Light{}, fmt.Errorf("the light %q: %w", text, err)
	}
	return l, nil
}

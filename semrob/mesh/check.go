package mesh

import (
	"fmt"
	"math"
)

// Check reports whether the mesh can be drawn: it has a face, every corner of a
// face is one of the vertices, every coordinate is finite and within ±1e15, and
// not all vertices stand in one point. Load, ReadOBJ, Open and the generated meshes
// give meshes that pass.
func (m *Mesh) Check() error {
	if len(m.Faces) == 0 {
		return fmt.Errorf("the mesh %q has no face, so there is nothing to draw: give it at least one triangle", m.Name)
	}
	for i, position := range m.Vertices {
		for axis, value := range position {
			// The negated comparison also catches NaN.
			if !(math.Abs(float64(value)) <= maxCoordinate) {
				return fmt.Errorf("the mesh %q: coordinate %c of vertex %d is %g: make it a finite number within ±%g", m.Name, "xyz"[axis], i, value, float64(maxCoordinate))
			}
		}
	}
	for i, face := range m.Faces {
		for _, corner := range face {
			if corner < 0 || int(corner) >= len(m.Vertices) {
				return fmt.Errorf("the mesh %q: face %d names vertex %d, but there are %d, counted from 0: mend the face", m.Name, i, corner, len(m.Vertices))
			}
		}
	}
	if !m.hasExtent() {
		return fmt.Errorf("the mesh %q: all vertices stand in one point, so there is nothing to draw: mend the coordinates", m.Name)
	}
	return nil
}

// hasExtent reports whether some vertex stands apart from the first.
func (m *Mesh) hasExtent() bool {
	for _, position := range m.Vertices {
		if position != m.Vertices[0] {
			return true
		}
	}
	return false
}

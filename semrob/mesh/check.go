package mesh

import (
	"fmt"
	"math"
)

// Check returns an error if the mesh cannot be drawn. It must have a face (else
// the error wraps ErrEmpty); faces must refer to vertices that exist; coordinates
// must be finite and within ±1e15; and not all vertices may be at one point
// (ErrEmpty). Normals, texture coordinates and materials must be complete: a row
// of indices for each face, all in range, finite values, and textures with all
// their texels. Load, ReadOBJ, Open and the generators return meshes that pass.
func (m *Mesh) Check() error {
	if len(m.Faces) == 0 {
		return fmt.Errorf("the mesh %q has no face: %w: give it at least one triangle", m.Name, ErrEmpty)
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
				return fmt.Errorf("the mesh %q: face %d names vertex %d, but there are %d, counted from 0: correct the face", m.Name, i, corner, len(m.Vertices))
			}
		}
	}
	if !m.hasExtent() {
		return fmt.Errorf("the mesh %q: all vertices are at one point: %w: correct the coordinates", m.Name, ErrEmpty)
	}
	if err := m.checkLook(); err != nil {
		return fmt.Errorf("the mesh %q: %w", m.Name, err)
	}
	return nil
}

// checkLook checks normals, texture coordinates and materials.
func (m *Mesh) checkLook() error {
	for i, n := range m.Normals {
		if !finite(n[:]) {
			return fmt.Errorf("normal %d is %v: make it finite", i, n)
		}
	}
	for i, t := range m.TexCoords {
		if !finite(t[:]) {
			return fmt.Errorf("texture coordinate %d is %v: make it finite", i, t)
		}
	}
	for i, c := range m.Colours {
		if !isColour(c) {
			return fmt.Errorf("colour %d is %v: red, green and blue must be 0…1", i, c)
		}
	}
	for i, material := range m.Materials {
		for _, c := range [][3]float32{material.Diffuse, material.Emission} {
			if !isColour(c) {
				return fmt.Errorf("material %d, %q, has the colour %v: red, green and blue must be 0…1", i, material.Name, c)
			}
		}
		if !(material.Cutoff >= 0) {
			return fmt.Errorf("material %d, %q, has the cut-off %v: it must be 0 or more", i, material.Name, material.Cutoff)
		}
		for _, t := range []*Texture{material.Texture, material.EmissionTexture} {
			if t == nil {
				continue
			}
			if err := t.check(); err != nil {
				return err
			}
		}
	}
	if m.FaceGroups != nil && len(m.FaceGroups) != len(m.Faces) {
		return fmt.Errorf("there are %d smoothing groups for %d faces: give each face one", len(m.FaceGroups), len(m.Faces))
	}
	if err := checkCorners("normal", m.FaceNormals, len(m.Faces), len(m.Normals)); err != nil {
		return err
	}
	if err := checkCorners("texture coordinate", m.FaceTexCoords, len(m.Faces), len(m.TexCoords)); err != nil {
		return err
	}
	if err := checkCorners("colour", m.FaceColours, len(m.Faces), len(m.Colours)); err != nil {
		return err
	}
	if m.FaceMaterials != nil && len(m.FaceMaterials) != len(m.Faces) {
		return fmt.Errorf("%d faces have %d materials: give one to each face, or to none", len(m.Faces), len(m.FaceMaterials))
	}
	for f, i := range m.FaceMaterials {
		if i < -1 || int(i) >= len(m.Materials) {
			return fmt.Errorf("face %d names material %d, but there are %d, counted from 0: correct the face", f, i, len(m.Materials))
		}
	}
	return nil
}

// checkCorners checks indices [face][corner] into a list of length count.
func checkCorners(what string, corners [][3]int32, faces, count int) error {
	if corners != nil && len(corners) != faces {
		return fmt.Errorf("%d faces have %d rows of %ss: give one to each face, or to none", faces, len(corners), what)
	}
	for f, face := range corners {
		for _, i := range face {
			if i < -1 || int(i) >= count {
				return fmt.Errorf("face %d names %s %d, but there are %d, counted from 0: correct the face", f, what, i, count)
			}
		}
	}
	return nil
}

func isColour(c [3]float32) bool {
	for _, v := range c {
		if !(v >= 0 && v <= 1) {
			return false
		}
	}
	return true
}

func finite(values []float32) bool {
	for _, v := range values {
		if !(math.Abs(float64(v)) <= maxCoordinate) {
			return false
		}
	}
	return true
}

// hasExtent reports whether some vertex differs from the first.
func (m *Mesh) hasExtent() bool {
	for _, position := range m.Vertices {
		if position != m.Vertices[0] {
			return true
		}
	}
	return false
}

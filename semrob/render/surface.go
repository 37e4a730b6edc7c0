package render

import (
	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/internal/vec3"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// Shading is the choice of normals for lighting.
type Shading string

// The shadings.
const (
	// Flat uses the normal of the face, as in the paper.
	Flat Shading = "flat"
	// Smooth interpolates the normals at a face's corners: those of the mesh or,
	// if it has none, of mesh.CornerNormals: edges are sharp between its smoothing
	// groups or, if it has none of those either, from 30° on; see Options.Crease.
	Smooth Shading = "smooth"
)

// Shadings are the shadings by name.
var Shadings = enum.Of("shading", Flat, Smooth)

// ParseShading returns the shading with this name, by default ("") Flat. Other
// names are an *UnknownError.
func ParseShading(name string) (Shading, error) { return Shadings.Parse(name) }

// UnmarshalText reads the name of a value; "" is the default.
func (s *Shading) UnmarshalText(text []byte) error { return Shadings.Unmarshal(s, text) }

// MarshalText returns the name.
func (s Shading) MarshalText() ([]byte, error) { return []byte(s), nil }

// Surface is the data for shading the faces of a renderer's mesh, apart from the
// positions of their corners. Face f is face f of Renderer.Mesh; see
// VisibilityBuffer for the two copies of a face.
//
// The colour of a sample that shows face f is, channel by channel,
//
//	min(1, Object · (FaceColours[f] · corner colour · texture · light + FaceEmissions[f] · emission texture))
//	light = Ambient + Directional · max(0, n·Light) + Σ over Lights of Intensity · Colour · max(0, n·Direction)
//
// or light = 1 if FaceUnlit[f], with the normal n and the textures as follows. Let P₀, P₁, P₂ be the corners of
// the face in the camera's axes (right, up, forward) and d the direction of the
// sample there, ((2i+1−T)/T·tan(fov/2), −(2j+1−T)/T·tan(fov/2), 1) for column i
// and row j. Then, with (k, l, m) a rotation of (0, 1, 2),
//
//	e_k = d · (P_l × P_m),  E = e₀ + e₁ + e₂,  b_k = max(0, e_k·sign E) / Σ max(0, e·sign E)
//
// are the perspective-correct barycentrics of the visible point, whether or not
// a corner is behind the camera; each e is linear in i and j. (If all are 0, each
// b is ⅓.) An attribute a of the corners is interpolated to Σ b_k a_k.
//
// Flat: n = Normals[f] for copy f and −Normals[f] for the reversed copy. Smooth:
// n = ± Σ b_k CornerNormals[f][k], divided by its length or by 1e-5 if that is
// more, with the same sign.
//
// Texture: u and v are Σ b_k CornerTexCoords[f][k]; MipMap.Level chooses the
// level of detail, MipMap.Sample looks it up. Values are in the picture's own
// range; nothing is converted from or to a gamma curve.
//
// Everything but the normals is in rows: row f < F belongs to face f; further ones
// to the backs of faces that look different there. See Row.
type Surface struct {
	// Normals are [face] unit normals of copies 0…F−1, as the reference computes
	// them; that of copy F+f is −Normals[f]. The normal of a visible copy is on
	// the camera's side.
	Normals [][3]float32
	// CornerNormals are [face][corner] unit normals on the side of
	// Normals[face]; nil for Flat.
	CornerNormals [][3][3]float32
	// FaceColours are [row] colours of materials, 0…1; nil if all are white.
	FaceColours [][3]float32
	// CornerColours are [row][corner] colours that multiply them; nil if all are
	// white.
	CornerColours [][3][3]float32
	// FaceEmissions are [row] colours that are added, 0…1; nil if all are black.
	FaceEmissions [][3]float32
	// FaceUnlit are [row] whether light has no effect; nil for none.
	FaceUnlit []bool
	// FaceTextures are [row] indices into Textures, −1 for none; nil if no face
	// has one. EmissionTextures are the same for emission.
	FaceTextures, EmissionTextures []int32
	// CornerTexCoords are [row][corner] u and v as in mesh.Mesh; nil if no face
	// has a texture.
	CornerTexCoords [][3][2]float32
	// Textures are the textures of the faces.
	Textures []*MipMap
	// Cutoffs are [row] values of the texture's alpha below which there are holes;
	// nil if there are none.
	Cutoffs []float32

	// Back is, for each face, the row of its back, the side from which it is
	// clockwise, or −1 if it looks like the front; nil if all do.
	Back []int32
	// rows is the number of rows.
	rows int
	// visible are [copy] ways to draw copies; nil if all are drawn whole.
	visible []visible
}

// visible is a way to draw a copy of a face.
type visible uint8

const (
	whole  visible = iota
	holed          // has holes where the texture is transparent
	hidden         // is seen from behind, but single-sided, or is transparent
)

// Rows returns the number of rows.
func (s *Surface) Rows() int { return s.rows }

// Row returns the row of a copy of a face. Copy f is seen from behind, as the
// reference's camera mirrors pictures.
func (s *Surface) Row(face int32, reversed bool) int32 {
	if !reversed && s.Back != nil && s.Back[face] >= 0 {
		return s.Back[face]
	}
	return face
}

// plain reports whether each copy has one colour.
func (s *Surface) plain() bool {
	return s.CornerNormals == nil && s.FaceColours == nil && s.FaceTextures == nil &&
		s.CornerColours == nil && s.FaceEmissions == nil && s.EmissionTextures == nil && s.FaceUnlit == nil && s.Back == nil
}

// Whole reports whether all copies are drawn, and none has holes.
func (s *Surface) Whole() bool { return s.visible == nil }

// newSurface returns the surface of a mesh without duplicate faces, given its face
// normals, the mesh with duplicates and the faces at its faces' backs.
func newSurface(m *mesh.Mesh, options Options, normals [][3]float32, full *mesh.Mesh, back []int32) Surface {
	s := Surface{Normals: normals, rows: len(normals)}
	if options.Shading == Smooth {
		s.CornerNormals = cornerNormals(m, normals, options.Crease)
	}
	if options.Materials {
		s.addLooks(m, full, back)
	}
	return s
}

// cornerNormals returns the normals at the corners of faces: the mesh's, or mean
// normals if it has none, or the face's own if those cancel out. All three of a
// face are turned to the face's side.
func cornerNormals(m *mesh.Mesh, faceNormals [][3]float32, crease float64) [][3][3]float32 {
	all := make([][3][3]float32, len(m.Faces))
	var mean [][3][3]float32 // [face][corner], computed when first needed
	for f, face := range m.Faces {
		var side float32
		for k := range face {
			n := [3]float32{}
			if m.FaceNormals != nil && m.FaceNormals[f][k] >= 0 {
				n = unit32(m.Normals[m.FaceNormals[f][k]])
			}
			if n == [3]float32{} {
				if mean == nil {
					mean = m.CornerNormals(crease)
				}
				n = mean[f][k]
			}
			all[f][k] = n
			side += n[0]*faceNormals[f][0] + n[1]*faceNormals[f][1] + n[2]*faceNormals[f][2]
		}
		if side < 0 {
			for k := range face {
				for d := range 3 {
					all[f][k][d] = 0 - all[f][k][d]
				}
			}
		}
		for k := range face {
			if all[f][k] == [3]float32{} { // the faces around cancel out
				all[f][k] = faceNormals[f]
			}
		}
	}
	return all
}

// unit32 returns the direction of a vector, 0 for 0.
func unit32(v [3]float32) [3]float32 {
	u := vec3.Unit(vec3.Of(v))
	return [3]float32{float32(u[0]), float32(u[1]), float32(u[2])}
}

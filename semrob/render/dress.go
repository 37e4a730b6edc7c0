package render

import "github.com/semrob/gonb-semrob/semrob/mesh"

// addLooks sets colours, textures and what is hidden; what is white, or drawn,
// everywhere stays nil.
func (s *Surface) addLooks(m, full *mesh.Mesh, back []int32) {
	if m.FaceMaterials == nil && m.FaceColours == nil {
		return
	}
	backs := differentBacks(m, full, back)
	s.rows += len(backs)
	d := dresser{Surface: s, known: map[*mesh.Texture]int32{}}
	for f := range m.Faces {
		d.dress(int32(f), m, int32(f), [3]int{0, 1, 2})
	}
	for i, b := range backs {
		row := int32(len(m.Faces) + i)
		if s.Back == nil {
			s.Back = make([]int32, len(m.Faces))
			for f := range s.Back {
				s.Back[f] = -1
			}
		}
		s.Back[b.face] = row
		d.dress(row, full, b.behind, b.corners)
	}
	d.hide(m, back)
}

// backOf is a face with another look at its back: that of a face of the mesh with
// duplicates, whose corners are in another order.
type backOf struct {
	face, behind int32
	corners      [3]int
}

// differentBacks returns the faces that look different from behind.
func differentBacks(m, full *mesh.Mesh, back []int32) (all []backOf) {
	for f, g := range back {
		if g < 0 {
			continue
		}
		b := backOf{face: int32(f), behind: g}
		same := m.FaceMaterials == nil || m.FaceMaterials[f] == full.FaceMaterials[g]
		for k, i := range m.Faces[f] {
			for j, other := range full.Faces[g] {
				if m.Vertices[i] == full.Vertices[other] {
					b.corners[k] = j
				}
			}
			same = same && valueAt(m.TexCoords, m.FaceTexCoords, f, k) == valueAt(full.TexCoords, full.FaceTexCoords, int(g), b.corners[k]) &&
				valueAt(m.Colours, m.FaceColours, f, k) == valueAt(full.Colours, full.FaceColours, int(g), b.corners[k])
		}
		if !same {
			all = append(all, b)
		}
	}
	return all
}

// valueAt returns the value at a corner of a face, 0 for none.
func valueAt[T any](values []T, faces [][3]int32, face, corner int) (v T) {
	if faces != nil && faces[face][corner] >= 0 {
		v = values[faces[face][corner]]
	}
	return v
}

// dresser sets the rows of a surface.
type dresser struct {
	*Surface
	known  map[*mesh.Texture]int32
	single []bool // [row], nil if none is single-sided
}

// set sets a row of a column, which is made with a default when first needed.
func set[T any](d *dresser, column *[]T, row int32, value, otherwise T) {
	if *column == nil {
		*column = make([]T, d.rows)
		for i := range *column {
			(*column)[i] = otherwise
		}
	}
	(*column)[row] = value
}

// dress sets a row to the look of a face, whose corners are taken in some order.
func (d *dresser) dress(row int32, m *mesh.Mesh, face int32, order [3]int) {
	white := [3]float32{1, 1, 1}
	if m.FaceColours != nil {
		colours := [3][3]float32{white, white, white}
		for k, corner := range order {
			if i := m.FaceColours[face][corner]; i >= 0 {
				colours[k] = m.Colours[i]
			}
		}
		if plain := [3][3]float32{white, white, white}; colours != plain {
			set(d, &d.CornerColours, row, colours, plain)
		}
	}
	if m.FaceMaterials == nil || m.FaceMaterials[face] < 0 {
		return
	}
	material := &m.Materials[m.FaceMaterials[face]]
	if material.Diffuse != white {
		set(d, &d.FaceColours, row, material.Diffuse, white)
	}
	if material.Unlit {
		set(d, &d.FaceUnlit, row, true, false)
	}
	if material.SingleSided {
		set(d, &d.single, row, true, false)
	}
	if material.Cutoff > 0 {
		set(d, &d.Cutoffs, row, material.Cutoff, 0)
	}
	if material.Emission != [3]float32{} {
		set(d, &d.FaceEmissions, row, material.Emission, [3]float32{})
	}
	coordinates, ok := texCoords(m, face, order)
	if !ok {
		return
	}
	for _, t := range []struct {
		texture *mesh.Texture
		column  *[]int32
	}{{material.Texture, &d.FaceTextures}, {material.EmissionTexture, &d.EmissionTextures}} {
		if t.texture == nil {
			continue
		}
		at, seen := d.known[t.texture]
		if !seen {
			at = int32(len(d.Textures))
			d.known[t.texture] = at
			d.Textures = append(d.Textures, NewMipMap(t.texture))
		}
		set(d, t.column, row, at, -1)
		set(d, &d.CornerTexCoords, row, coordinates, [3][2]float32{})
	}
}

// hide finds the copies that are hidden or have holes. The back of a face that
// other faces cover is hidden, so that those show whatever rounding makes of depths.
func (d *dresser) hide(m *mesh.Mesh, back []int32) {
	var covered []bool
	if d.FaceColours != nil || d.CornerColours != nil || d.FaceTextures != nil || d.FaceEmissions != nil || d.FaceUnlit != nil {
		covered = coveredBacks(m, back, func(f int32) bool {
			return (d.single == nil || !d.single[f]) && (back == nil || back[f] < 0)
		}, func(f int32) bool { return d.Cutoffs == nil || d.Cutoffs[f] == 0 })
	}
	if d.single == nil && d.Cutoffs == nil && covered == nil {
		return
	}
	n := int32(len(m.Faces))
	all, some := make([]visible, 2*n), false
	for f := range n {
		for _, reversed := range []bool{false, true} {
			row, at := d.Row(f, reversed), f
			if reversed {
				at += n
			}
			behind := back != nil && back[f] >= 0
			if !reversed && !behind && (d.single != nil && d.single[row] || covered != nil && covered[f]) {
				all[at] = hidden
			} else if d.Cutoffs != nil && d.Cutoffs[row] > 0 {
				all[at] = d.holes(row)
			}
			some = some || all[at] != whole
		}
	}
	if some {
		d.visible = all
	}
}

// holes returns how to draw a row with a cut-off.
func (d *dresser) holes(row int32) visible {
	textured := d.FaceTextures != nil && d.FaceTextures[row] >= 0 && d.Textures[d.FaceTextures[row]].Levels[0].Alpha != nil
	switch {
	case d.Cutoffs[row] > 1:
		return hidden
	case textured:
		return holed
	}
	return whole
}

// texCoords returns the texture coordinates of a face, its corners in some order,
// and whether all of them have some.
func texCoords(m *mesh.Mesh, face int32, order [3]int) (c [3][2]float32, ok bool) {
	if m.FaceTexCoords == nil {
		return c, false
	}
	for k, corner := range order {
		i := m.FaceTexCoords[face][corner]
		if i < 0 {
			return c, false
		}
		c[k] = m.TexCoords[i]
	}
	return c, true
}

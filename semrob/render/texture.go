package render

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// MipMap is a texture at decreasing sizes, so that a sample that covers many texels
// gets their mean.
type MipMap struct {
	// Levels are the texture, then versions half as wide and high as the one
	// before (rounded down, at least 1), down to 1 × 1. A texel is the mean of
	// the area that it covers in the level before, rounded to 8 bits.
	Levels []MipLevel
	// WrapU and WrapV continue the texture beyond 0…1.
	WrapU, WrapV mesh.Wrap
}

// MipLevel is one level of detail.
type MipLevel struct {
	Width, Height int
	// Pixels is [height, width, 3], red green blue, 0…255, row 0 at the top.
	Pixels []uint8
	// Alpha is [height, width], 0…255; nil if all is opaque.
	Alpha []uint8
}

// NewMipMap makes the levels of a texture. Level 0 shares its texels.
func NewMipMap(t *mesh.Texture) *MipMap {
	m := &MipMap{WrapU: t.WrapU, WrapV: t.WrapV}
	for {
		m.Levels = append(m.Levels, MipLevel{t.Width, t.Height, t.Pixels, t.Alpha})
		if t.Width == 1 && t.Height == 1 {
			return m
		}
		t = t.Halved()
	}
}

// Level returns the level of detail for a sample whose neighbours in the same row
// and in the same column are du, dv away in texture coordinates: the one whose
// texels are nearest in size to the greater of the two distances,
//
//	ρ² = max((W ∂u/∂i)² + (H ∂v/∂i)², (W ∂u/∂j)² + (H ∂v/∂j)²)
//	level = ⌊log₂(ρ²)/2 + ½⌋, within 0 … len(Levels)−1
//
// with W and H the size of level 0. The derivatives are those of u = Σ e_k u_k/E
// (see Surface): ∂u/∂i = (Σ ∂e_k/∂i · u_k − u · Σ ∂e_k/∂i) / E.
func (m *MipMap) Level(duI, dvI, duJ, dvJ float64) int {
	w, h := float64(m.Levels[0].Width), float64(m.Levels[0].Height)
	square := max(w*w*duI*duI+h*h*dvI*dvI, w*w*duJ*duJ+h*h*dvJ*dvJ)
	if !(square > 1) { // magnified, or NaN
		return 0
	}
	// ⌊(log₂ x + 1)/2⌋ changes at odd whole logarithms only, so the exponent of x
	// is enough.
	exponent := int(math.Float64bits(square)>>52) - 1023
	return min((exponent+1)/2, len(m.Levels)-1)
}

// Sample returns the colour at (u, v), 0…1: the four texels of the level around
// the point x = u·W − ½, y = v·H − ½ (texel (i, j) has its centre at
// ((i+½)/W, (j+½)/H)), weighted bilinearly, divided by 255. W and H are those of
// the level. u and v are wrapped first, then the indices of the four texels.
func (m *MipMap) Sample(level int, u, v float64) [3]float64 {
	l := &m.Levels[level]
	q := m.around(l, u, v)
	upper, lower := l.Pixels[3*q.y0*l.Width:], l.Pixels[3*q.y1*l.Width:]
	var c [3]float64
	for k := range c {
		a := (1-q.fx)*float64(upper[3*q.x0+k]) + q.fx*float64(upper[3*q.x1+k])
		b := (1-q.fx)*float64(lower[3*q.x0+k]) + q.fx*float64(lower[3*q.x1+k])
		c[k] = ((1-q.fy)*a + q.fy*b) / 255
	}
	return c
}

// Alpha returns the alpha at (u, v), 0…1, as Sample does the colour.
func (m *MipMap) Alpha(level int, u, v float64) float64 {
	l := &m.Levels[level]
	if l.Alpha == nil {
		return 1
	}
	q := m.around(l, u, v)
	upper, lower := l.Alpha[q.y0*l.Width:], l.Alpha[q.y1*l.Width:]
	a := (1-q.fx)*float64(upper[q.x0]) + q.fx*float64(upper[q.x1])
	b := (1-q.fx)*float64(lower[q.x0]) + q.fx*float64(lower[q.x1])
	return ((1-q.fy)*a + q.fy*b) / 255
}

// texels4 are the four texels around a point, and its place among them.
type texels4 struct {
	x0, x1, y0, y1 int
	fx, fy         float64
}

func (m *MipMap) around(l *MipLevel, u, v float64) (q texels4) {
	x, y := wrapped(u, m.WrapU)*float64(l.Width)-0.5, wrapped(v, m.WrapV)*float64(l.Height)-0.5
	left, top := math.Floor(x), math.Floor(y)
	q.fx, q.fy = x-left, y-top
	q.x0, q.x1 = texel(int(left), l.Width, m.WrapU), texel(int(left)+1, l.Width, m.WrapU)
	q.y0, q.y1 = texel(int(top), l.Height, m.WrapV), texel(int(top)+1, l.Height, m.WrapV)
	return q
}

// wrapped maps a texture coordinate to 0…1, or 0…2 if mirrored.
func wrapped(u float64, wrap mesh.Wrap) float64 {
	switch wrap {
	case mesh.Clamp:
		return min(max(u, 0), 1)
	case mesh.Mirror:
		return u - 2*math.Floor(u/2)
	}
	return u - math.Floor(u)
}

// texel maps the index of a texel, at most one outside the range of wrapped, to
// 0…n−1.
func texel(i, n int, wrap mesh.Wrap) int {
	switch wrap {
	case mesh.Clamp:
		return min(max(i, 0), n-1)
	case mesh.Mirror:
		i = (i + 2*n) % (2 * n)
		return min(i, 2*n-1-i)
	}
	return (i + n) % n
}

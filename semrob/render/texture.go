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
}

// NewMipMap makes the levels of a texture. Level 0 shares its texels.
func NewMipMap(t *mesh.Texture) *MipMap {
	m := &MipMap{WrapU: t.WrapU, WrapV: t.WrapV}
	level := MipLevel{t.Width, t.Height, t.Pixels}
	m.Levels = append(m.Levels, level)
	for level.Width > 1 || level.Height > 1 {
		level = level.halved()
		m.Levels = append(m.Levels, level)
	}
	return m
}

// halved returns the next level.
func (l MipLevel) halved() MipLevel {
	next := MipLevel{Width: max(1, l.Width/2), Height: max(1, l.Height/2)}
	next.Pixels = make([]uint8, 3*next.Width*next.Height)
	columns, rows := shares(l.Width, next.Width), shares(l.Height, next.Height)
	for y, vertical := range rows {
		for x, horizontal := range columns {
			var sum [3]float64
			for j, wy := range vertical.weights {
				at := 3 * ((vertical.from+j)*l.Width + horizontal.from)
				for _, wx := range horizontal.weights {
					for k := range sum {
						sum[k] += wy * wx * float64(l.Pixels[at+k])
					}
					at += 3
				}
			}
			for k, s := range sum {
				next.Pixels[3*(y*next.Width+x)+k] = uint8(s + 0.5)
			}
		}
	}
	return next
}

// share is the weights of a texel in a row of the level before.
type share struct {
	from    int
	weights []float64
}

// shares splits n texels evenly among m ≤ n.
func shares(n, m int) []share {
	all := make([]share, m)
	for i := range all {
		// In units of 1/m of a texel the part is n·i … n·(i+1).
		low, high := n*i, n*(i+1)
		all[i].from = low / m
		for at := low; at < high; {
			end := min(high, (at/m+1)*m)
			all[i].weights = append(all[i].weights, float64(end-at)/float64(n))
			at = end
		}
	}
	return all
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
	x, y := wrapped(u, m.WrapU)*float64(l.Width)-0.5, wrapped(v, m.WrapV)*float64(l.Height)-0.5
	left, top := math.Floor(x), math.Floor(y)
	fx, fy := x-left, y-top
	x0, x1 := texel(int(left), l.Width, m.WrapU), texel(int(left)+1, l.Width, m.WrapU)
	y0, y1 := texel(int(top), l.Height, m.WrapV), texel(int(top)+1, l.Height, m.WrapV)
	upper, lower := l.Pixels[3*y0*l.Width:], l.Pixels[3*y1*l.Width:]
	var c [3]float64
	for k := range c {
		a := (1-fx)*float64(upper[3*x0+k]) + fx*float64(upper[3*x1+k])
		b := (1-fx)*float64(lower[3*x0+k]) + fx*float64(lower[3*x1+k])
		c[k] = ((1-fy)*a + fy*b) / 255
	}
	return c
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

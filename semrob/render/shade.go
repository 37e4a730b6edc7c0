package render

import "github.com/semrob/gonb-semrob/internal/vec3"

// normals returns the unit normal of each face as the reference computes it,
// (v0−v1)×(v2−v1) divided by its length or by 1e-5 if that is more. The normal of
// the reversed copy is its negative.
func normals(positions [][3]float32, faces [][3]uint32) [][3]float32 {
	all := make([][3]float32, len(faces))
	for f, face := range faces {
		a, b, c := vec3.Of(positions[face[0]]), vec3.Of(positions[face[1]]), vec3.Of(positions[face[2]])
		n := vec3.Cross(vec3.Sub(a, b), vec3.Sub(c, b))
		length := max(vec3.Length(n), 1e-5)
		for d := range 3 {
			all[f][d] = float32(n[d] / length)
		}
	}
	return all
}

// appearance is what the colours of plain copies of faces depend on.
type appearance struct {
	light                [3]float64
	directional, ambient float64
	object, background   [3]float64
}

func appearanceOf(s *Scene) appearance {
	return appearance{vec3.Unit(s.Light), s.Directional, s.Ambient, s.Object, s.Background}
}

// grey reports whether all three channels of the picture are equal.
func (a *appearance) grey() bool {
	o, b := a.object, a.background
	return o[0] == o[1] && o[1] == o[2] && b[0] == b[1] && b[1] == b[2]
}

// palette is the colour of every copy of every face under one appearance.
type palette struct {
	of    appearance
	valid bool
	// grey is [1+2F]: the background, then the copies. It is used if all channels
	// are equal, else colours.
	grey    []float32
	colours [][3]float32
}

// prepare computes the colours, unless they are those of the last call.
func (p *palette) prepare(a appearance, normals [][3]float32) {
	if p.valid && p.of == a {
		return
	}
	p.of, p.valid = a, true
	if n := 1 + 2*len(normals); len(p.grey) != n {
		p.grey = make([]float32, n)
	}
	shadeCopies(a, normals, p.grey)
	if a.grey() {
		for i, s := range p.grey[1:] {
			p.grey[1+i] = saturate(float64(s) * a.object[0])
		}
		p.grey[0] = float32(a.background[0])
		return
	}
	if len(p.colours) != len(p.grey) {
		p.colours = make([][3]float32, len(p.grey))
	}
	for k := range 3 {
		for i := 1; i < len(p.grey); i++ {
			p.colours[i][k] = saturate(float64(p.grey[i]) * a.object[k])
		}
		p.colours[0][k] = float32(a.background[k])
	}
}

// shadeCopies writes to shades[1+copy] the light that each copy reflects:
// ambient + directional · max(0, n·l).
func shadeCopies(a appearance, normals [][3]float32, shades []float32) {
	n := len(normals)
	front, back := shades[1:1+n], shades[1+n:1+2*n]
	for f, normal := range normals {
		lit := a.directional * (float64(normal[0])*a.light[0] + float64(normal[1])*a.light[1] + float64(normal[2])*a.light[2])
		front[f] = float32(a.ambient + max(0, lit))
		back[f] = float32(a.ambient + max(0, -lit))
	}
}

// saturate limits a colour to the picture's range.
func saturate(c float64) float32 { return float32(min(c, 1)) }

// resolve writes the rows from ≤ row < to of the picture, [size, size, 3]:
// each pixel is the mean of its samples.
func (v *view) resolve(r *Renderer, image []float32, from, to int) {
	if !v.plain {
		v.resolveShaded(r, image, from, to)
		return
	}
	s := v.supersample
	size := v.samples / s
	x0, x1 := v.bounds.x0/s, (v.bounds.x1+s-1)/s
	y0, y1 := v.bounds.y0/s, (v.bounds.y1+s-1)/s
	background := [3]float32{}
	for k, c := range v.palette.of.background {
		background[k] = float32(c)
	}
	for y := from; y < to; y++ {
		row := image[3*y*size : 3*(y+1)*size]
		if y < y0 || y >= y1 || x0 >= x1 {
			fill(row, background)
			continue
		}
		fill(row[:3*x0], background)
		fill(row[3*x1:], background)
		switch {
		case !v.palette.of.grey():
			v.averageColours(row[3*x0:3*x1], x0, y)
		case s == 2:
			v.averageGrey2(row[3*x0:3*x1], x0, y)
		default:
			v.averageGrey(row[3*x0:3*x1], x0, y)
		}
	}
}

// fill sets all pixels of a row to a colour.
func fill(row []float32, c [3]float32) {
	if c == [3]float32{} {
		clear(row)
		return
	}
	for ; len(row) >= 3; row = row[3:] {
		row[0], row[1], row[2] = c[0], c[1], c[2]
	}
}

// averageGrey2 averages 2×2 samples, the common case, into the pixels of row y
// from column x on.
func (v *view) averageGrey2(row []float32, x, y int) {
	n := len(row) / 3
	start := 2*y*v.samples + 2*x
	upper := v.nearest[start : start+2*n]
	lower := v.nearest[start+v.samples:][:2*n]
	grey := v.palette.grey
	for i := 0; i+1 < len(upper) && i+1 < len(lower) && len(row) >= 3; i += 2 {
		m := (grey[upper[i].slot()] + grey[upper[i+1].slot()] + grey[lower[i].slot()] + grey[lower[i+1].slot()]) * 0.25
		row[0], row[1], row[2] = m, m, m
		row = row[3:]
	}
}

// averageGrey averages any number of samples.
func (v *view) averageGrey(row []float32, x, y int) {
	s := v.supersample
	scale := 1 / float32(s*s)
	grey := v.palette.grey
	for ; len(row) >= 3; row = row[3:] {
		var sum float32
		for j := range s {
			for _, c := range v.nearest[(s*y+j)*v.samples+s*x:][:s] {
				sum += grey[c.slot()]
			}
		}
		sum *= scale
		row[0], row[1], row[2] = sum, sum, sum
		x++
	}
}

// averageColours is averageGrey for three channels.
func (v *view) averageColours(row []float32, x, y int) {
	s := v.supersample
	scale := 1 / float32(s*s)
	colours := v.palette.colours
	for ; len(row) >= 3; row = row[3:] {
		var red, green, blue float32
		for j := range s {
			for _, c := range v.nearest[(s*y+j)*v.samples+s*x:][:s] {
				colour := &colours[c.slot()]
				red += colour[0]
				green += colour[1]
				blue += colour[2]
			}
		}
		row[0], row[1], row[2] = red*scale, green*scale, blue*scale
		x++
	}
}

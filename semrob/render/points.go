package render

// Points computes the colours of single points of one scene's picture, between
// samples too. It is not safe for concurrent use.
type Points struct {
	view  view
	shade shader
	holes shader
	size  int
}

// Points returns the Points of a scene, which must pass Scene.Check.
func (r *Renderer) Points(scene *Scene) *Points {
	p := &Points{size: r.options.Size}
	p.view.samples, p.view.supersample = r.samples, r.options.Supersample
	p.view.camera = NewCamera(scene, r.samples, r.options.Camera, SinCos)
	p.view.lighting.prepare(scene, p.size)
	p.shade = shader{view: &p.view, renderer: r, last: None}
	p.holes = p.shade
	return p
}

// Colour returns the colour of a copy of a face at sample coordinates: sample
// (column i, row j) is at (i, j). Outside the face it is approximately that of the
// nearest point on it. For None it is the background in the pixel there.
func (p *Points) Colour(copyIndex int32, column, row float64) [3]float32 {
	if copyIndex == None {
		return p.view.lighting.behind(p.pixel(column), p.pixel(row), p.size)
	}
	return p.shade.colour(copyIndex, column, row)
}

// Opacity returns the alpha of the texture of a copy of a face at sample
// coordinates, less its cut-off: it is negative in a hole.
func (p *Points) Opacity(copyIndex int32, column, row float64) float64 {
	return p.holes.opacity(copyIndex, column, row)
}

// pixel returns the column or row of pixels, 0…size−1, nearest to a sample
// coordinate.
func (p *Points) pixel(x float64) int {
	return min(max(0, int((x+0.5)/float64(p.view.supersample))), p.size-1)
}

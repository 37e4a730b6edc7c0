package render

// view is the memory for drawing one view. Views are reused, so that drawing
// allocates nothing.
type view struct {
	samples, supersample, faces int

	renderer *Renderer
	// flip is −1 if pictures are not mirrored, which reverses windings, or else 0.
	flip int64
	// visible is that of the surface.
	visible []visible

	camera Camera
	points []point
	// plain is set if each copy of a face has one colour, which is in palette.
	// Else each sample is shaded with lighting.
	plain    bool
	palette  palette
	lighting lighting
	// bounds are the samples that the mesh may cover, whole pixels.
	bounds rectangle
	// nearest is the [T, T] samples. It is undefined outside bounds.
	nearest []sample
}

func newView(r *Renderer) *view {
	var flip int64
	if r.options.Camera == Physical {
		flip = -1
	}
	return &view{
		flip:        flip,
		samples:     r.samples,
		supersample: r.options.Supersample,
		faces:       len(r.faces),
		renderer:    r,
		visible:     r.surface.visible,
		points:      make([]point, len(r.positions)),
		nearest:     make([]sample, r.samples*r.samples),
	}
}

// place places the camera and projects all vertices.
func (v *view) place(r *Renderer, s *Scene) {
	v.camera = NewCamera(s, v.samples, r.options.Camera, SinCos)
	v.bounds = project(&v.camera, r.positions, v.points, v.samples)
	v.bounds.alignTo(v.supersample)
}

// dress prepares the colours of a scene.
func (v *view) dress(r *Renderer, s *Scene) {
	v.plain = r.surface.plain() && len(s.Lights) == 0 && s.Backdrop == nil
	if v.plain {
		v.palette.prepare(appearanceOf(s), r.surface.Normals)
		return
	}
	v.lighting.prepare(s, r.options.Size)
}

// alignTo widens the rectangle to whole pixels of supersample × supersample
// samples.
func (b *rectangle) alignTo(supersample int) {
	b.x0 -= b.x0 % supersample
	b.y0 -= b.y0 % supersample
	b.x1 += (supersample - b.x1%supersample) % supersample
	b.y1 += (supersample - b.y1%supersample) % supersample
}

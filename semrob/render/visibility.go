package render

import (
	"context"
	"fmt"
	"image"
	"slices"
)

// VisibilityBuffer holds which face covers each sample of a batch of views.
//
// It is all that shading needs to know about rasterising: colours are looked
// up by Copies, and a differentiable shading computes barycentrics from Copies
// and the scene, and so takes Copies as a constant input.
type VisibilityBuffer struct {
	// Batch is the number of views and Samples the number T of samples along
	// each side of a view: the picture's size times the supersampling.
	Batch, Samples int
	// Copies is [batch, T, T] int32, row 0 at the top: None where the sample
	// shows the background, else the index of the visible copy of a face. A
	// mesh of F faces is drawn as 2F copies: copy f < F is face f with its
	// corners as the mesh has them, copy F+f is face f with its first and last
	// corner swapped. That is the face list [faces; faces reversed], so Copies
	// can gather from it directly. See [Renderer.FaceOf].
	Copies []int32
	// InverseDepth is [batch, T, T] float32: 1/z of the visible point of the
	// sample, z its perspective-correct depth along the viewing direction in
	// units of the mesh; 1/Far where the sample shows the background.
	InverseDepth []float32
	// Bounds are, for each view, a rectangle of samples, x columns and y rows,
	// outside of which Copies is None, so that who reads it need not look there. The
	// slice is empty where the rasteriser does not know.
	Bounds []image.Rectangle
}

// None is the value of VisibilityBuffer.Copies where no face is visible.
const None = -1

// Resize gives the buffer a shape, of undefined values and without Bounds,
// keeping its memory where that is enough.
func (b *VisibilityBuffer) Resize(batch, samples int) {
	n := batch * samples * samples
	if cap(b.Copies) < n {
		b.Copies = make([]int32, n)
	}
	if cap(b.InverseDepth) < n {
		b.InverseDepth = make([]float32, n)
	}
	b.Batch, b.Samples = batch, samples
	b.Copies, b.InverseDepth = b.Copies[:n], b.InverseDepth[:n]
	b.Bounds = b.Bounds[:0]
}

// Visibility writes to out which face covers each sample of each scene. Memory
// of out is reused where it is large enough, so the zero VisibilityBuffer
// works and a second call with the same out allocates nothing per view.
//
// A copy of a face covers a sample where the sample's centre is inside its
// projection or on its edge and it faces the camera; of a face and its
// reversed copy exactly one does. Faces are cut at depth Near; a face of no
// area on the picture covers nothing. Where several copies cover a sample the
// strictly nearer one wins, and of equally near ones that of the lowest index.
func (r *Renderer) Visibility(ctx context.Context, scenes []Scene, out *VisibilityBuffer) error {
	if err := checkScenes(scenes); err != nil {
		return err
	}
	if r.elsewhere != nil {
		return r.elsewhere.Visibility(ctx, scenes, out)
	}
	out.Resize(len(scenes), r.samples)
	out.Bounds = slices.Grow(out.Bounds, len(scenes))[:len(scenes)]
	n := r.samples * r.samples
	err := r.each(ctx, len(scenes), func(v *view, i int) {
		v.place(r, &scenes[i])
		out.Bounds[i] = image.Rect(v.bounds.x0, v.bounds.y0, v.bounds.x1, v.bounds.y1)
	}, func(v *view, i, from, to int) {
		v.draw(r, from, to)
		v.expose(out.Copies[i*n:(i+1)*n], out.InverseDepth[i*n:(i+1)*n], from, to)
	})
	if err != nil {
		return fmt.Errorf("rasterising: %w", err)
	}
	return nil
}

// FaceOf returns the face of the renderer's mesh that a value of
// VisibilityBuffer.Copies, other than None, stands for, and whether it is its
// reversed copy.
func (r *Renderer) FaceOf(copyIndex int32) (face int32, reversed bool) {
	if n := int32(len(r.faces)); copyIndex >= n {
		return copyIndex - n, true
	}
	return copyIndex, false
}

// expose writes the rows from ≤ row < to of what the samples show to copies and
// depths, [T, T] each.
func (v *view) expose(copies []int32, depths []float32, from, to int) {
	b := &v.bounds
	y0, y1 := min(max(from, b.y0), to), max(min(to, b.y1), from)
	v.exposeNothing(copies, depths, from*v.samples, y0*v.samples)
	for y := y0; y < y1; y++ {
		start, end := y*v.samples, (y+1)*v.samples
		v.exposeNothing(copies, depths, start, start+b.x0)
		v.exposeNothing(copies, depths, start+b.x1, end)
		row := v.nearest[start+b.x0 : start+b.x1]
		copies, depths := copies[start+b.x0:][:len(row)], depths[start+b.x0:][:len(row)]
		for i, s := range row {
			copies[i] = int32(s.slot()) - 1
			depths[i] = s.inverseDepth()
		}
	}
	v.exposeNothing(copies, depths, max(y0, y1)*v.samples, to*v.samples)
}

// exposeNothing writes that the samples from ≤ i < to show the background.
func (v *view) exposeNothing(copies []int32, depths []float32, from, to int) {
	repeat(copies[from:to], None)
	repeat(depths[from:to], 1.0/Far)
}

// repeat sets all values to one, most of them by copying those before, which is
// faster than one by one.
func repeat[T any](values []T, value T) {
	const some = 64
	for i := range values[:min(some, len(values))] {
		values[i] = value
	}
	for n := some; n < len(values); n *= 2 {
		copy(values[n:], values[:n])
	}
}

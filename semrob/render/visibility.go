package render

import (
	"context"
	"fmt"
	"image"
	"slices"
)

// VisibilityBuffer is the visible face at each sample of a batch of views.
//
// Shading needs nothing else from rasterising: it looks up colours by Copies, and a
// differentiable one computes barycentrics from Copies, as a constant input, and
// the scene.
type VisibilityBuffer struct {
	// Batch is the number of views and Samples the number T of samples along
	// each side of a view: the picture's size times the supersampling.
	Batch, Samples int
	// Copies is [batch, T, T] int32, row 0 at the top: the index of the visible
	// copy of a face, or None for the background. A mesh of F faces is drawn as
	// 2F copies: copy f < F is face f as in the mesh, copy F+f is face f with its
	// first and last corner swapped. So Copies are indices into the list [faces;
	// reversed faces]. See [Renderer.FaceOf].
	Copies []int32
	// InverseDepth is [batch, T, T] float32: 1/z of the visible point, with z
	// its perspective-correct depth along the viewing direction in units of the
	// mesh; 1/Far for the background.
	InverseDepth []float32
	// Bounds are, for each view, a rectangle of samples, x columns and y rows,
	// outside which Copies is None. The slice is empty if the rasteriser does not
	// provide them.
	Bounds []image.Rectangle
}

// None is the value of VisibilityBuffer.Copies for the background.
const None = -1

// Resize gives the buffer a shape, with undefined values and without Bounds. It
// reuses memory if that is large enough.
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

// Visibility writes the visible face at each sample of each scene to out. It
// reuses memory of out, which may be the zero VisibilityBuffer; a second call with
// the same out allocates nothing per view.
//
// A copy of a face covers a sample if the sample's centre is inside its projection
// or on its edge and the copy faces the camera, which exactly one of the two
// copies does. Faces are clipped at depth Near; a face without area in the picture
// covers nothing. The nearest copy wins, or the one with the lowest index if
// several are equally near.
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

// FaceOf returns the face of the renderer's mesh for a value of
// VisibilityBuffer.Copies other than None, and whether it is the reversed copy.
func (r *Renderer) FaceOf(copyIndex int32) (face int32, reversed bool) {
	if n := int32(len(r.faces)); copyIndex >= n {
		return copyIndex - n, true
	}
	return copyIndex, false
}

// expose writes the rows from ≤ row < to of the samples to copies and depths,
// [T, T] each.
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

// exposeNothing sets the samples from ≤ i < to to the background.
func (v *view) exposeNothing(copies []int32, depths []float32, from, to int) {
	repeat(copies[from:to], None)
	repeat(depths[from:to], 1.0/Far)
}

// repeat sets all values to one. Copying the values before is faster than a loop.
func repeat[T any](values []T, value T) {
	const some = 64
	for i := range values[:min(some, len(values))] {
		values[i] = value
	}
	for n := some; n < len(values); n *= 2 {
		copy(values[n:], values[:n])
	}
}

package render

import (
	"context"
	"fmt"
	"math"
)

// Rasterizer finds what the samples of scenes show, as VisibilityBuffer
// defines it. A *Renderer is one, on the host, and a *device.Rasterizer another.
type Rasterizer interface {
	Visibility(ctx context.Context, scenes []Scene, out *VisibilityBuffer) error
}

// mostElsewhere bounds the views that another rasteriser is asked for at once.
const mostElsewhere = 32

// With returns a renderer of the same mesh and options that asks rasterizer,
// which must be of this mesh and number of samples, what is visible, in batches,
// and shades it as this one does.
func (r *Renderer) With(rasterizer Rasterizer) *Renderer {
	return &Renderer{
		options: r.options, samples: r.samples, mesh: r.mesh,
		positions: r.positions, faces: r.faces, surface: r.surface, views: r.views,
		elsewhere: rasterizer,
	}
}

// renderElsewhere is Render with what another rasteriser finds.
func (r *Renderer) renderElsewhere(ctx context.Context, scenes []Scene, images []float32) error {
	var visible VisibilityBuffer
	pixels, n := r.samples*r.samples, r.ImageLen()
	for len(scenes) > 0 {
		some := scenes[:min(len(scenes), mostElsewhere)]
		if err := r.elsewhere.Visibility(ctx, some, &visible); err != nil {
			return err
		}
		if visible.Batch != len(some) || visible.Samples != r.samples {
			return fmt.Errorf("the rasteriser found %d views of %d² samples where %d of %d² were asked for: it is of another picture", visible.Batch, visible.Samples, len(some), r.samples)
		}
		err := r.each(ctx, len(some), func(v *view, i int) {
			v.place(r, &some[i])
			v.dress(r, &some[i])
		}, func(v *view, i, from, to int) {
			v.take(visible.Copies[i*pixels:(i+1)*pixels], visible.InverseDepth[i*pixels:(i+1)*pixels], from, to)
			v.resolve(r, images[i*n:(i+1)*n], from/v.supersample, to/v.supersample)
		})
		if err != nil {
			return err
		}
		scenes, images = scenes[len(some):], images[len(some)*n:]
	}
	return nil
}

// take is the inverse of expose: it makes the rows from ≤ row < to of the view
// show copies at inverse depths.
func (v *view) take(copies []int32, depths []float32, from, to int) {
	from, to = max(from, v.bounds.y0), min(to, v.bounds.y1)
	for y := from; y < to; y++ {
		for at := y*v.samples + v.bounds.x0; at < y*v.samples+v.bounds.x1; at++ {
			v.nearest[at] = sample(math.Float32bits(depths[at]))<<32 | sample(^uint32(copies[at]+1))
		}
	}
}

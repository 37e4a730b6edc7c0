package render

import (
	"context"
	"fmt"
	"math"
)

// Rasterizer finds the visible face at each sample of scenes; see
// VisibilityBuffer. A *Renderer is one on the host, a *device.Rasterizer one on an
// accelerator.
type Rasterizer interface {
	Visibility(ctx context.Context, scenes []Scene, out *VisibilityBuffer) error
}

// mostElsewhere bounds the views in one call of another rasteriser.
const mostElsewhere = 32

// With returns a renderer of the same pictures that uses rasterizer, in batches,
// for visibility. The rasterizer must be for this mesh and number of samples.
func (r *Renderer) With(rasterizer Rasterizer) *Renderer {
	return &Renderer{
		options: r.options, samples: r.samples, mesh: r.mesh, source: r.source,
		positions: r.positions, faces: r.faces, surface: r.surface, views: r.views,
		elsewhere: rasterizer,
	}
}

// renderElsewhere is Render with another rasteriser.
func (r *Renderer) renderElsewhere(ctx context.Context, scenes []Scene, images []float32) error {
	var visible VisibilityBuffer
	pixels, n := r.samples*r.samples, r.ImageLen()
	for len(scenes) > 0 {
		some := scenes[:min(len(scenes), mostElsewhere)]
		if err := r.elsewhere.Visibility(ctx, some, &visible); err != nil {
			return err
		}
		if visible.Batch != len(some) || visible.Samples != r.samples {
			return fmt.Errorf("the rasteriser returned %d views of %d² samples instead of %d of %d²: it is for another picture", visible.Batch, visible.Samples, len(some), r.samples)
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

// take is the inverse of expose: it sets the rows from ≤ row < to of the view from
// copies and inverse depths.
func (v *view) take(copies []int32, depths []float32, from, to int) {
	from, to = max(from, v.bounds.y0), min(to, v.bounds.y1)
	for y := from; y < to; y++ {
		for at := y*v.samples + v.bounds.x0; at < y*v.samples+v.bounds.x1; at++ {
			v.nearest[at] = sample(math.Float32bits(depths[at]))<<32 | sample(^uint32(copies[at]+1))
		}
	}
}

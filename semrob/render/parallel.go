package render

import (
	"context"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// pool keeps unused views.
type pool struct {
	mu   sync.Mutex
	free []*view
}

func (p *pool) get(r *Renderer) *view {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.free); n > 0 {
		v := p.free[n-1]
		p.free = p.free[:n-1]
		return v
	}
	return newView(r)
}

func (p *pool) put(v *view) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, v)
}

// each prepares n views, and works on the rows from ≤ row < to of samples of each,
// whole pixels. Calls for different views, and for different rows of a view, run
// concurrently.
func (r *Renderer) each(ctx context.Context, n int, prepare func(v *view, i int), work func(v *view, i, from, to int)) error {
	workers := r.options.Workers
	if n < workers {
		return r.eachInBands(ctx, n, prepare, work)
	}
	var next atomic.Int64
	var group errgroup.Group
	for range workers {
		group.Go(func() error {
			v := r.views.get(r)
			defer r.views.put(v)
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				prepare(v, i)
				work(v, i, 0, r.samples)
			}
			return nil
		})
	}
	return group.Wait()
}

// eachInBands draws one view after the other, its rows concurrently.
func (r *Renderer) eachInBands(ctx context.Context, n int, prepare func(v *view, i int), work func(v *view, i, from, to int)) error {
	v := r.views.get(r)
	defer r.views.put(v)
	bands, s := min(r.options.Workers, r.options.Size), r.options.Supersample
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		prepare(v, i)
		// The rows that the mesh covers are shared out evenly; the empty rows
		// above and below go with the first and the last band.
		y0, y1 := v.bounds.y0/s, v.bounds.y1/s
		var group errgroup.Group
		for k := range bands {
			from, to := y0+k*(y1-y0)/bands, y0+(k+1)*(y1-y0)/bands
			if k == 0 {
				from = 0
			}
			if k == bands-1 {
				to = r.options.Size
			}
			group.Go(func() error {
				work(v, i, from*s, to*s)
				return nil
			})
		}
		_ = group.Wait() // no band fails
	}
	return nil
}

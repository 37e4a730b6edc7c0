package render

import (
	"context"
	"sync"
	"sync/atomic"
)

// pool keeps views that no goroutine is using.
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

// each prepares every one of n views and then works on rows of samples of it,
// from ≤ row < to, whole pixels each. Calls for different views, and for
// different rows of a view, run side by side.
func (r *Renderer) each(ctx context.Context, n int, prepare func(v *view, i int), work func(v *view, i, from, to int)) error {
	workers := r.options.Workers
	if n < workers {
		return r.eachInBands(ctx, n, prepare, work)
	}
	var next atomic.Int64
	return inParallel(workers, func(int) error {
		v := r.views.get(r)
		defer r.views.put(v)
		for {
			if err := ctx.Err(); err != nil {
				return err
			}
			i := int(next.Add(1)) - 1
			if i >= n {
				return nil
			}
			prepare(v, i)
			work(v, i, 0, r.samples)
		}
	})
}

// eachInBands does one view after the other, its rows side by side.
func (r *Renderer) eachInBands(ctx context.Context, n int, prepare func(v *view, i int), work func(v *view, i, from, to int)) error {
	v := r.views.get(r)
	defer r.views.put(v)
	for i := range n {
		if err := ctx.Err(); err != nil {
			return err
		}
		prepare(v, i)
		bands := min(r.options.Workers, r.options.Size)
		// What the mesh covers is shared out evenly; the empty rows above and
		// below it go with the first and the last band.
		s := r.options.Supersample
		y0, y1 := v.bounds.y0/s, v.bounds.y1/s
		_ = inParallel(bands, func(k int) error {
			from, to := y0+k*(y1-y0)/bands, y0+(k+1)*(y1-y0)/bands
			if k == 0 {
				from = 0
			}
			if k == bands-1 {
				to = r.options.Size
			}
			work(v, i, from*s, to*s)
			return nil
		})
	}
	return nil
}

// inParallel calls do(0) … do(n−1) at the same time and returns the first
// error in that order.
func inParallel(n int, do func(k int) error) error {
	if n == 1 {
		return do(0)
	}
	errs := make([]error, n)
	var group sync.WaitGroup
	for k := range n {
		group.Add(1)
		go func() {
			defer group.Done()
			errs[k] = do(k)
		}()
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Package parallel runs the steps of a loop at the same time.
package parallel

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// All is Do on all processors.
func All(n int, do func(i int) error) error {
	return Do(context.Background(), runtime.GOMAXPROCS(0), n, do)
}

// Do calls do with 0…n−1, at most workers at a time, until one fails or ctx is
// done. It returns the first error.
func Do(ctx context.Context, workers, n int, do func(i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(i)
		})
	}
	return group.Wait()
}

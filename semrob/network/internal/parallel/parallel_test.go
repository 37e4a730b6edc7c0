package parallel

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestDo(t *testing.T) {
	done := make([]bool, 1000)
	if err := Do(t.Context(), 4, len(done), func(i int) error { done[i] = true; return nil }); err != nil {
		t.Fatal(err)
	}
	for i, d := range done {
		if !d {
			t.Fatalf("%d was left out", i)
		}
	}
}

func TestDoStopsAtTheFirstFailure(t *testing.T) {
	failure := errors.New("seven")
	var last atomic.Int64
	err := Do(t.Context(), 2, 1000, func(i int) error {
		last.Store(int64(i))
		if i == 7 {
			return failure
		}
		return nil
	})
	if err != failure || last.Load() > 20 {
		t.Errorf("error %v after step %d, want %v soon after step 7", err, last.Load(), failure)
	}
}

func TestDoStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := Do(ctx, 1, 1000, func(int) error {
		if calls++; calls == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls != 3 {
		t.Errorf("error %v after %d steps", err, calls)
	}
}

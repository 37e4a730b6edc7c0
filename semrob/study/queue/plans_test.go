package queue_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// TestAnotherPlanAfterFailures runs a study whose plan changed after items were set
// aside: their number says nothing about the items of the new plan.
func TestAnotherPlanAfterFailures(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{Tries: 1})
	hire(t, q, 2, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		if i.Data[0] == 'b' {
			return nil, errors.New("broken")
		}
		time.Sleep(300 * time.Millisecond)
		return upper(ctx, q, i)
	})
	broken := queue.Work{Total: 4, Items: func() iter.Seq[queue.Item] {
		return func(yield func(queue.Item) bool) {
			for i := range 4 {
				if !yield(queue.NewItem([]byte{'b', byte('0' + i)})) {
					return
				}
			}
		}
	}}
	for key, state := range run(t, q, broken) {
		if state != queue.SetAside {
			t.Errorf("item %s: %v", key, state)
		}
	}
	records := run(t, q, work(3))
	if len(records) != 3 {
		t.Errorf("%d records of 3 items", len(records))
	}
	check(t, q, 3)
}

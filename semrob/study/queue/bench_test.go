package queue_test

import (
	"context"
	"fmt"
	"iter"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// BenchmarkItem measures the queue's own cost of an item: queued, delivered, its
// result of 8 KiB stored, acknowledged. Server, worker and run share the process.
func BenchmarkItem(b *testing.B) {
	for _, workers := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			_, conn := serve(b, embedded.Options{})
			q := open(b, conn, queue.Options{})
			result := make([]byte, 8<<10)
			hire(b, q, workers, func(context.Context, *queue.Queue, queue.Item) ([]byte, error) { return result, nil })
			b.ResetTimer()
			run(b, q, work(b.N))
		})
	}
}

// resident returns the resident memory of this process in MiB, on Linux only.
func resident(t testing.TB) float64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skipf("the memory of a process is read from /proc: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	t.Fatal("/proc/self/status has no VmRSS")
	return 0
}

// TestManyQueuedItems queues 100,000 items of the size of a plan's, and checks the
// memory of server and run together.
func TestManyQueuedItems(t *testing.T) {
	n := 20_000
	if os.Getenv("SEMROB_LONG") != "" {
		n = 100_000
	}
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	runtime.GC()
	before := resident(t)
	padding := strings.Repeat("x", 1200)
	w := work(n)
	items := w.Items
	w.Items = func() iter.Seq[queue.Item] {
		return func(yield func(queue.Item) bool) {
			for i := range items() {
				if !yield(queue.NewItem(append(i.Data, padding...))) {
					return
				}
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	most := 0.0
	_, err := q.Run(ctx, w, func(p queue.Progress) {
		most = max(most, resident(t))
		if p.Queued == n {
			cancel()
		}
	})
	if ctx.Err() == nil {
		t.Fatalf("the items were not queued: %v", err)
	}
	t.Logf("%d queued items: %.0f MiB before, at most %.0f MiB", n, before, most)
	if most > 500 {
		t.Errorf("%d queued items take %.0f MiB: more than 500", n, most)
	}
}

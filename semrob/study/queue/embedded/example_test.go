package embedded_test

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"os"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// Starts a server, queues two items, does them with one worker, and stops.
func Example() {
	if err := study(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// TEAPOT
	// BOTTLE
}

func study(ctx context.Context) (err error) {
	folder, err := os.MkdirTemp("", "study")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	server, err := embedded.Start(folder, embedded.Options{})
	if err != nil {
		return err
	}
	defer server.Stop()
	conn, err := server.Connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	q, err := queue.Open(ctx, conn, "example", queue.Options{})
	if err != nil {
		return err
	}

	working, stop := context.WithCancel(ctx)
	defer stop()
	go q.Work(working, func(_ context.Context, _ *queue.Queue, item queue.Item) ([]byte, error) {
		return bytes.ToUpper(item.Data), nil
	}, queue.WorkOptions{})

	items := []queue.Item{queue.NewItem([]byte("teapot")), queue.NewItem([]byte("bottle"))}
	work := queue.Work{Total: len(items), Items: func() iter.Seq[queue.Item] { return slices.Values(items) }}
	if _, err := q.Run(ctx, work, nil); err != nil {
		return err
	}
	for _, item := range items {
		result, err := q.Result(ctx, item.Key)
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", result)
	}
	return nil
}

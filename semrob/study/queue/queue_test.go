package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// serve starts a server in a folder of the test and connects to it.
func serve(t testing.TB, options embedded.Options) (*embedded.Server, *nats.Conn) {
	t.Helper()
	s, err := embedded.Start(t.TempDir(), options)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s, conn
}

func open(t testing.TB, conn *nats.Conn, options queue.Options) *queue.Queue {
	t.Helper()
	q, err := queue.Open(context.Background(), conn, "test", options)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func work(n int) queue.Work {
	return queue.Work{Total: n, Items: func() iter.Seq[queue.Item] {
		return func(yield func(queue.Item) bool) {
			for i := range n {
				if !yield(item(i)) {
					return
				}
			}
		}
	}}
}

func item(i int) queue.Item { return queue.NewItem(fmt.Appendf(nil, "item %d", i)) }

// upper does the items of these tests.
func upper(_ context.Context, _ *queue.Queue, item queue.Item) ([]byte, error) {
	return bytes.ToUpper(item.Data), nil
}

// hire runs n workers until the test ends, and returns a function that stops them
// and waits.
func hire(t testing.TB, q *queue.Queue, n int, do queue.Do) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			if err := q.Work(ctx, do, queue.WorkOptions{Number: i + 1, Rest: 50 * time.Millisecond, Report: func(s string) { t.Log(s) }}); err != nil {
				t.Errorf("worker %d: %v", i+1, err)
			}
		})
	}
	stop = sync.OnceFunc(func() { cancel(); group.Wait() })
	t.Cleanup(stop)
	return stop
}

// run runs a study within a minute.
func run(t testing.TB, q *queue.Queue, w queue.Work) queue.Records {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	records, err := q.Run(ctx, w, nil)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func check(t *testing.T, q *queue.Queue, n int, except ...int) {
	t.Helper()
	for i := range n {
		if slices.Contains(except, i) {
			continue
		}
		got, err := q.Result(context.Background(), item(i).Key)
		if want := fmt.Sprintf("ITEM %d", i); err != nil || string(got) != want {
			t.Errorf("item %d: %q, error %v; want %q", i, got, err, want)
		}
	}
}

func TestEveryItemHasItsResult(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	var calls atomic.Int64
	hire(t, q, 3, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		calls.Add(1)
		return upper(ctx, q, i)
	})
	run(t, q, work(200))
	check(t, q, 200)
	if n := calls.Load(); n != 200 {
		t.Errorf("%d items were done for 200", n)
	}
	// The same again, and more: only new items are done.
	run(t, q, work(230))
	check(t, q, 230)
	if n := calls.Load(); n != 230 {
		t.Errorf("%d items were done for 230 in two runs", n)
	}
	if names, err := queue.Studies(context.Background(), conn); err != nil || !slices.Equal(names, []string{"test"}) {
		t.Errorf("the server has the studies %v, error %v", names, err)
	}
}

func TestWhatFailsIsSetAside(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	var tries, once atomic.Int64
	hire(t, q, 2, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		switch string(i.Data) {
		case "item 3":
			tries.Add(1)
			return nil, errors.New("face 7 has no vertices")
		case "item 5":
			panic("index out of range")
		case "item 7":
			if once.Add(1) == 1 {
				return nil, errors.New("out of memory")
			}
		}
		return upper(ctx, q, i)
	})
	records := run(t, q, work(20))
	check(t, q, 20, 3, 5)
	for i, reason := range map[int]string{3: "face 7 has no vertices", 5: "panic: index out of range"} {
		_, err := q.Result(context.Background(), item(i).Key)
		var aside *queue.AsideError
		if !errors.As(err, &aside) || aside.Reason != reason || records[item(i).Key] != queue.SetAside {
			t.Errorf("item %d: error %v, want %q", i, err, reason)
		}
	}
	if n := tries.Load(); n != 3 {
		t.Errorf("item 3 was tried %d times, want 3", n)
	}
	if err := q.Forget(context.Background(), item(3).Key); err != nil {
		t.Fatal(err)
	}
	run(t, q, work(20))
	if n := tries.Load(); n != 6 {
		t.Errorf("after it was forgotten item 3 was tried %d times in all, want 6", n)
	}
}

// TestDamagedItemsComeAgain queues items that do not match their keys.
func TestDamagedItemsComeAgain(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{2, 4} {
		if _, err := js.Publish(context.Background(), "semrob.test.work."+item(i).Key, []byte("item 2\x00\xff garbage")); err != nil {
			t.Fatal(err)
		}
	}
	hire(t, q, 1, upper)
	run(t, q, work(10))
	check(t, q, 10)
}

// TestStoppingIsNoFailure stops workers more often than an item may be tried.
func TestStoppingIsNoFailure(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{Silence: time.Second, Losses: 1, Tries: 1})
	done := make(chan queue.Records, 1)
	go func() { done <- run(t, q, work(1)) }()
	for range 5 {
		started := make(chan struct{}, 1)
		stop := hire(t, q, 1, func(ctx context.Context, _ *queue.Queue, _ queue.Item) ([]byte, error) {
			started <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		})
		<-started
		stop()
	}
	hire(t, q, 1, upper)
	if records := <-done; records[item(0).Key] != queue.Done {
		t.Errorf("the item is %v, not done", records)
	}
	check(t, q, 1)
}

// TestGivingBackIsNoTry has workers give the item back more often than workers may
// be lost with it, as one does that lacks a file or is of another version.
func TestGivingBackIsNoTry(t *testing.T) {
	for name, reason := range map[string]error{"unavailable": queue.ErrUnavailable, "another version": queue.ErrVersion} {
		t.Run(name, func(t *testing.T) {
			_, conn := serve(t, embedded.Options{})
			q := open(t, conn, queue.Options{Silence: time.Second, Losses: 1, Tries: 1})
			var given atomic.Int64
			stop := hire(t, q, 2, func(context.Context, *queue.Queue, queue.Item) ([]byte, error) {
				given.Add(1)
				return nil, fmt.Errorf("not here: %w", reason)
			})
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			var foreign, most int
			records, err := q.Run(ctx, work(3), func(p queue.Progress) {
				foreign = p.OtherVersions()
				most = max(most, foreign)
				if given.Load() >= 9 && (foreign == 2 || reason == queue.ErrUnavailable) && stop != nil {
					stop()
					stop = nil
					hire(t, q, 1, upper)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				if records[item(i).Key] != queue.Done {
					t.Errorf("item %d is %v after %d were given back, want Done", i, records[item(i).Key], given.Load())
				}
			}
			if want := map[error]int{queue.ErrVersion: 2}[reason]; most != want {
				t.Errorf("%d workers of another version were reported, want %d", most, want)
			}
		})
	}
}

func TestLongWorkIsNotGivenToAnother(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{Silence: 300 * time.Millisecond})
	var calls atomic.Int64
	hire(t, q, 2, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		calls.Add(1)
		time.Sleep(1200 * time.Millisecond)
		return upper(ctx, q, i)
	})
	run(t, q, work(1))
	if n := calls.Load(); n != 1 {
		t.Errorf("an item that takes four times the silence allowed was done %d times", n)
	}
}

func TestLargeResultsAndFiles(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	dir := t.TempDir()
	mesh := filepath.Join(dir, "mesh.obj")
	content := bytes.Repeat([]byte("v 1 2 3\n"), 300_000) // more than one message holds
	if err := os.WriteFile(mesh, content, 0o644); err != nil {
		t.Fatal(err)
	}
	hash, err := queue.HashFile(mesh)
	if err != nil {
		t.Fatal(err)
	}
	stop, err := q.Offer(context.Background(), func(h string) (string, bool) { return mesh, h == hash })
	if err != nil {
		t.Fatal(err)
	}
	hire(t, q, 1, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		here := filepath.Join(dir, "copy.obj")
		if err := q.Fetch(ctx, hash, here); err != nil {
			return nil, err
		}
		return os.ReadFile(here)
	})
	run(t, q, work(1))
	if got, err := q.Result(context.Background(), item(0).Key); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes of %d came back, error %v", len(got), len(content), err)
	}
	missing := strings.Repeat("0", 64)
	if err := q.Fetch(context.Background(), missing, filepath.Join(dir, "x")); err == nil || errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("a file that the study does not have: error %v", err)
	}
	stop()
	if err := q.Fetch(context.Background(), missing, filepath.Join(dir, "x")); !errors.Is(err, queue.ErrUnavailable) {
		t.Errorf("a file that nobody offers: error %v", err)
	}
	if err := q.Fetch(context.Background(), hash, filepath.Join(dir, "x")); err != nil {
		t.Errorf("a file in the object store that nobody offers: error %v", err)
	}
}

func TestAFullStoreEndsTheRun(t *testing.T) {
	_, conn := serve(t, embedded.Options{MaxStore: 1 << 20})
	q := open(t, conn, queue.Options{})
	hire(t, q, 1, func(_ context.Context, _ *queue.Queue, i queue.Item) ([]byte, error) {
		return bytes.Repeat(i.Data, 20_000), nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	records, err := q.Run(ctx, work(100), nil)
	if !errors.Is(err, queue.ErrFull) || !strings.Contains(err.Error(), "free some space") && !strings.Contains(err.Error(), "reports the worker") {
		t.Errorf("error %v after %d records, want one with advice", err, len(records))
	}
}

func TestOneProcessHasTheFolder(t *testing.T) {
	dir := t.TempDir()
	s, err := embedded.Start(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Start(dir, embedded.Options{}); !errors.Is(err, embedded.ErrRunning) {
		t.Errorf("a second server in the folder: error %v", err)
	}
	address := s.Address
	stranger := address
	stranger.Token = "guessed"
	if conn, err := queue.Dial(stranger, "stranger", nil); err == nil {
		conn.Close()
		t.Error("a wrong token was let in")
	}
	if !strings.Contains(address.URL, "127.0.0.1") {
		t.Errorf("the server listens on %s, not on the loopback address", address.URL)
	}
	info, err := os.Stat(filepath.Join(dir, "server.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the token has the mode %v, error %v", info.Mode(), err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	s, err = embedded.Start(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	if s.Address != address {
		t.Errorf("after a restart the server is at %+v, it was at %+v", s.Address, address)
	}
	conn, err := queue.Dial(s.Address, "friend", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

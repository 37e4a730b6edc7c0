package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// errLost is the error of items with which a worker is lost.
var errLost = errors.New("lost")

// hireMortals has one worker after another do items until the test ends. One is lost, as
// if it were killed, when do returns errLost.
func hireMortals(t *testing.T, address queue.Server, do queue.Do) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			conn, err := queue.Dial(address, "a mortal", nil)
			if err != nil {
				time.Sleep(10 * time.Millisecond) // the server is away
				continue
			}
			if q, err := queue.Join(ctx, conn, "test"); err == nil {
				_ = q.Work(ctx, mortal(conn, do), queue.WorkOptions{Rest: 50 * time.Millisecond})
			}
			conn.Close()
		}
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// mortal closes the connection when do returns errLost: nobody hears of the item again.
func mortal(conn *nats.Conn, do queue.Do) queue.Do {
	return func(ctx context.Context, q *queue.Queue, item queue.Item) ([]byte, error) {
		result, err := do(ctx, q, item)
		if errors.Is(err, errLost) {
			conn.Close()
		}
		return result, err
	}
}

// TestLostWorkersItemsComeBack loses a worker with item 1 every time, and with all others
// once.
func TestLostWorkersItemsComeBack(t *testing.T) {
	t.Parallel() // it mostly waits
	s, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{Silence: 300 * time.Millisecond, Losses: 2, Tries: 2})
	seen := map[string]int{}
	stop := hireMortals(t, s.Address, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		seen[i.Key]++
		if seen[i.Key] == 1 || string(i.Data) == "item 1" {
			return nil, errLost
		}
		return upper(ctx, q, i)
	})
	records := run(t, q, work(5))
	stop()
	check(t, q, 5, 1)
	var aside *queue.AsideError
	_, err := q.Result(context.Background(), item(1).Key)
	if want := "2 workers were lost with it: it crashes them, or they have too little memory"; !errors.As(err, &aside) || aside.Reason != want || records[item(1).Key] != queue.SetAside {
		t.Errorf("item 1: error %v, want %q", err, want)
	}
	if n := seen[item(1).Key]; n != 4 {
		t.Errorf("%d workers were lost with item 1, want 2 in each of 2 tries", n)
	}
}

// TestLossesAreThoseOfOneTry loses one worker less than allowed in each try.
func TestLossesAreThoseOfOneTry(t *testing.T) {
	t.Parallel() // it mostly waits
	s, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{Silence: 300 * time.Millisecond, Losses: 3, Tries: 3})
	n := 0
	stop := hireMortals(t, s.Address, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		n++
		switch {
		case n == 9:
			return upper(ctx, q, i)
		case n%3 == 0:
			return nil, errors.New("out of memory")
		}
		return nil, errLost
	})
	run(t, q, work(1))
	stop()
	check(t, q, 1)
}

// TestUnheardWorkIsNoFailure has an item in work with somebody who does not report,
// beside an idle worker who does.
func TestUnheardWorkIsNoFailure(t *testing.T) {
	t.Parallel() // it mostly waits
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{Silence: time.Second, Losses: 1, Tries: 1})
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "semrob.test.work."+item(0).Key, item(0).Data); err != nil {
		t.Fatal(err)
	}
	consumer, err := js.Consumer(t.Context(), "semrob-test-work", "workers")
	if err != nil {
		t.Fatal(err)
	}
	message, err := consumer.Next()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			_ = message.InProgress()
			select {
			case <-ended:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	hire(t, q, 1, upper)
	run(t, q, work(1))
	check(t, q, 1)
}

// TestGivingBackWaitsForTheServer has workers give items back while the server is away
// for longer than a request may take.
func TestGivingBackWaitsForTheServer(t *testing.T) {
	t.Parallel() // it mostly waits
	dir := t.TempDir()
	s, err := embedded.Start(dir, embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := queue.Dial(s.Address, "test", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	q := open(t, conn, queue.Options{Silence: time.Second, Losses: 1, Tries: 1})
	var given atomic.Int64
	restarted := make(chan *embedded.Server, 1)
	hire(t, q, 1, func(ctx context.Context, q *queue.Queue, i queue.Item) ([]byte, error) {
		if given.Add(1) > 1 {
			return bytes.ToUpper(i.Data), nil
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		time.AfterFunc(7*time.Second, func() {
			again, err := embedded.Start(dir, embedded.Options{})
			if err != nil {
				t.Error(err)
			}
			restarted <- again
		})
		return nil, fmt.Errorf("the transfer failed: %w", queue.ErrUnavailable)
	})
	t.Cleanup(func() {
		if s := <-restarted; s != nil {
			_ = s.Stop()
		}
	})
	run(t, q, work(1))
	check(t, q, 1)
}

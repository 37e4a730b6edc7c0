package queue_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// slowLink connects to a server through a proxy that passes rate bytes per
// second in each direction, and nothing once stalled is set.
func slowLink(t *testing.T, s *embedded.Server, rate int, stalled *atomic.Bool) *nats.Conn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	pass := func(to, from net.Conn) {
		defer to.Close()
		buffer := make([]byte, rate/50)
		for {
			n, err := from.Read(buffer)
			for stalled.Load() {
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(time.Duration(n) * time.Second / time.Duration(rate))
			if _, sending := to.Write(buffer[:n]); err != nil || sending != nil {
				return
			}
		}
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", strings.TrimPrefix(s.Address.URL, "nats://"))
			if err != nil {
				client.Close()
				return
			}
			_ = client.(*net.TCPConn).SetReadBuffer(1 << 16) // a long link with short queues
			_ = server.(*net.TCPConn).SetReadBuffer(1 << 16)
			go pass(server, client)
			go pass(client, server)
		}
	}()
	address := s.Address
	address.URL = "nats://" + listener.Addr().String()
	conn, err := queue.Dial(address, "slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// meshFile writes a file of random bytes and returns its path and hash.
func meshFile(t *testing.T, size int) (path, hash string) {
	t.Helper()
	content := make([]byte, size)
	_, _ = rand.Read(content)
	path = filepath.Join(t.TempDir(), "mesh.obj")
	writeTo(t, path, content)
	hash, err := queue.HashFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, hash
}

func join(t *testing.T, conn *nats.Conn) *queue.Queue {
	t.Helper()
	q, err := queue.Join(context.Background(), conn, "test")
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// pieces returns the number of messages in the object store.
func pieces(t *testing.T, conn *nats.Conn) uint64 {
	t.Helper()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(context.Background(), "OBJ_semrob-test-files")
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

// Files and results may take longer than 5 s, the client library's limit for a
// whole object: each way over a link of 500 KB/s.
func TestSlowTransfers(t *testing.T) {
	const size, rate = 3_000_000, 500_000
	large := func(context.Context, *queue.Queue, queue.Item) ([]byte, error) {
		return bytes.Repeat([]byte("semrob"), size/6), nil
	}
	options := queue.Options{Silence: 3 * time.Second, Losses: 1, Tries: 1}
	arrived := func(t *testing.T, q *queue.Queue) {
		t.Helper()
		got, err := q.Result(context.Background(), item(0).Key)
		if want, _ := large(nil, nil, queue.Item{}); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d of %d bytes came back, error %v", len(got), len(want), err)
		}
	}
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		s, conn := serve(t, embedded.Options{})
		mesh, hash := meshFile(t, size)
		stop, err := open(t, conn, options).Offer(context.Background(), func(h string) (string, bool) { return mesh, h == hash })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		if err := join(t, slowLink(t, s, rate, new(atomic.Bool))).Fetch(context.Background(), hash, filepath.Join(t.TempDir(), "copy.obj")); err != nil {
			t.Error(err)
		}
	})
	t.Run("result of a far worker", func(t *testing.T) {
		t.Parallel()
		s, conn := serve(t, embedded.Options{})
		q := open(t, conn, options)
		hire(t, join(t, slowLink(t, s, rate, new(atomic.Bool))), 1, large)
		run(t, q, work(1))
		arrived(t, q)
	})
	t.Run("result for a far run", func(t *testing.T) {
		t.Parallel()
		s, conn := serve(t, embedded.Options{})
		q := open(t, conn, options)
		hire(t, q, 1, large)
		run(t, q, work(1))
		arrived(t, join(t, slowLink(t, s, rate, new(atomic.Bool))))
	})
}

// An upload may take longer than the worker that asked for the file would wait
// for a single answer.
func TestSlowUpload(t *testing.T) {
	queue.SetStall(t, 2*time.Second)
	s, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	mesh, hash := meshFile(t, 3_500_000)
	stop, err := join(t, slowLink(t, s, 500_000, new(atomic.Bool))).Offer(context.Background(), func(h string) (string, bool) { return mesh, h == hash })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := q.Fetch(context.Background(), hash, filepath.Join(t.TempDir(), "copy.obj")); err != nil {
		t.Error(err)
	}
}

// A transfer that stalls gives the item back, which is not a try.
func TestStalledTransfers(t *testing.T) {
	queue.SetStall(t, 500*time.Millisecond)
	s, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{Silence: 2 * time.Second})
	mesh, hash := meshFile(t, 3_500_000)
	stop, err := q.Offer(context.Background(), func(h string) (string, bool) { return mesh, h == hash })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if err := q.Fetch(context.Background(), hash, filepath.Join(t.TempDir(), "here.obj")); err != nil {
		t.Fatal(err)
	}
	var stalled atomic.Bool
	far := join(t, slowLink(t, s, 500_000, &stalled))
	time.AfterFunc(time.Second, func() { stalled.Store(true) })
	defer stalled.Store(false)
	began := time.Now()
	err = far.Fetch(context.Background(), hash, filepath.Join(t.TempDir(), "far.obj"))
	if !errors.Is(err, queue.ErrUnavailable) || time.Since(began) > 4*time.Second {
		t.Errorf("error %v after %v, want ErrUnavailable soon", err, time.Since(began))
	}
}

// Interrupted uploads leave no pieces behind.
func TestInterruptedUploadsLeaveNothing(t *testing.T) {
	s, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	far := join(t, slowLink(t, s, 1_000_000, new(atomic.Bool)))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() { _, _ = q.Run(ctx, work(1), nil) }()
	computed := make(chan struct{}, 1)
	stop := hire(t, far, 1, func(context.Context, *queue.Queue, queue.Item) ([]byte, error) {
		computed <- struct{}{}
		return make([]byte, 8_000_000), nil
	})
	<-computed
	time.Sleep(2 * time.Second)
	if n := pieces(t, conn); n == 0 {
		t.Error("nothing was uploaded before the interruption")
	}
	stop()
	if n := pieces(t, conn); n > 0 {
		t.Errorf("an interrupted upload left %d pieces", n)
	}
}

func TestSmallMessages(t *testing.T) {
	limited := func(limit int32) *nats.Conn {
		s := real(t, func(o *server.Options) { o.MaxPayload = limit })
		conn, err := queue.Dial(queue.Server{URL: s.ClientURL()}, "test", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conn.Close)
		return conn
	}
	t.Run("32 KiB", func(t *testing.T) {
		q := open(t, limited(32<<10), queue.Options{})
		mesh, hash := meshFile(t, 300_000)
		stop, err := q.Offer(context.Background(), func(h string) (string, bool) { return mesh, h == hash })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		here := filepath.Join(t.TempDir(), "copy.obj")
		hire(t, q, 1, func(ctx context.Context, q *queue.Queue, _ queue.Item) ([]byte, error) {
			if err := q.Fetch(ctx, hash, here); err != nil {
				return nil, err
			}
			return os.ReadFile(here)
		})
		run(t, q, work(1))
		if got, err := q.Result(context.Background(), item(0).Key); err != nil || len(got) != 300_000 {
			t.Errorf("%d bytes came back, error %v", len(got), err)
		}
	})
	t.Run("2 KiB", func(t *testing.T) {
		if _, err := queue.Open(context.Background(), limited(2<<10), "test", queue.Options{}); !errors.Is(err, queue.ErrPayload) {
			t.Errorf("error %v, want ErrPayload", err)
		}
	})
}

// losePiece removes the first message of an object, as damage on the disk does.
func losePiece(t *testing.T, conn *nats.Conn) {
	t.Helper()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(context.Background(), "OBJ_semrob-test-files")
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(context.Background(), stream.CachedInfo().State.FirstSeq); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedObjects(t *testing.T) {
	t.Run("file", func(t *testing.T) {
		_, conn := serve(t, embedded.Options{})
		q := open(t, conn, queue.Options{})
		mesh, hash := meshFile(t, 300_000)
		stop, err := q.Offer(context.Background(), func(h string) (string, bool) { return mesh, h == hash })
		if err != nil {
			t.Fatal(err)
		}
		defer stop()
		for range 2 {
			if err := q.Fetch(context.Background(), hash, filepath.Join(t.TempDir(), "copy.obj")); err != nil {
				t.Fatal(err)
			}
			losePiece(t, conn)
		}
	})
	t.Run("result", func(t *testing.T) {
		_, conn := serve(t, embedded.Options{})
		q := open(t, conn, queue.Options{})
		hire(t, q, 1, func(context.Context, *queue.Queue, queue.Item) ([]byte, error) { return make([]byte, 2_000_000), nil })
		run(t, q, work(1))
		losePiece(t, conn)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if _, err := q.Result(ctx, item(0).Key); !errors.Is(err, queue.ErrDamaged) {
			t.Errorf("error %v, want ErrDamaged", err)
		}
		if err := q.Forget(context.Background(), item(0).Key); err != nil {
			t.Fatal(err)
		}
		run(t, q, work(1))
		if got, err := q.Result(context.Background(), item(0).Key); err != nil || len(got) != 2_000_000 {
			t.Errorf("%d bytes, error %v", len(got), err)
		}
	})
}

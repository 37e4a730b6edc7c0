package queue_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// TestPiecesOfLostConnections has a transfer whose connection never returns. The next run
// removes its pieces, but neither an object nor a transfer that is under way.
func TestPiecesOfLostConnections(t *testing.T) {
	queue.SetStall(t, 500*time.Millisecond)
	server, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	files, err := js.ObjectStore(t.Context(), "semrob-test-files")
	if err != nil {
		t.Fatal(err)
	}
	whole := make([]byte, 1<<20)
	if _, err := rand.Read(whole); err != nil {
		t.Fatal(err)
	}
	if _, err := files.PutBytes(t.Context(), "whole", whole); err != nil {
		t.Fatal(err)
	}
	pieces := func() uint64 {
		t.Helper()
		stream, err := js.Stream(t.Context(), "OBJ_semrob-test-files")
		if err != nil {
			t.Fatal(err)
		}
		info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter("$O.semrob-test-files.C.>"))
		if err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		for _, of := range info.State.Subjects {
			n += of
		}
		return n
	}
	complete := pieces()

	lost, err := server.Connect()
	if err != nil {
		t.Fatal(err)
	}
	far, err := jetstream.New(lost)
	if err != nil {
		t.Fatal(err)
	}
	store, err := far.ObjectStore(t.Context(), "semrob-test-files")
	if err != nil {
		t.Fatal(err)
	}
	// The connection closes in the middle of the object.
	from := io.MultiReader(bytes.NewReader(whole), readFunc(func([]byte) (int, error) { lost.Close(); return 0, errors.New("cut") }))
	// The client waits for acknowledgements that the closed connection never brings.
	limited, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := store.Put(limited, jetstream.ObjectMeta{Name: "lost"}, from); err == nil {
		t.Fatal("the transfer succeeded")
	}
	if n := pieces(); n <= complete {
		t.Fatalf("the lost transfer left no pieces: %d, before it %d", n, complete)
	}
	// Another is under way, and slow.
	goOn, sent := make(chan struct{}), make(chan error, 1)
	slow := io.MultiReader(bytes.NewReader(whole[:512<<10]), readFunc(func(p []byte) (int, error) {
		select {
		case <-goOn:
			return 0, io.EOF
		case <-time.After(100 * time.Millisecond):
			return copy(p, whole), nil
		}
	}))
	go func() {
		_, err := files.Put(t.Context(), jetstream.ObjectMeta{Name: "slow", Opts: &jetstream.ObjectMetaOptions{ChunkSize: 32 << 10}}, slow)
		sent <- err
	}()
	time.Sleep(1500 * time.Millisecond)
	stop := hire(t, q, 1, upper)
	run(t, q, work(2))
	stop()
	close(goOn)
	if err := <-sent; err != nil {
		t.Errorf("the slow transfer: %v", err)
	}
	for _, name := range []string{"whole", "slow"} {
		if _, err := files.GetBytes(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	objects, err := files.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := uint64(0)
	for _, o := range objects {
		want += uint64(o.Chunks)
	}
	if n := pieces(); n != want {
		t.Errorf("%d pieces, the objects have %d", n, want)
	}
}

// readFunc is a function as a reader.
type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

package queue_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
)

// TestOneRunLeads has two runs of one study.
func TestOneRunLeads(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	first, second := open(t, conn, queue.Options{}), open(t, conn, queue.Options{})
	_, release, err := first.Lead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := second.Lead(t.Context()); !errors.Is(err, queue.ErrLed) {
		t.Errorf("a second run: %v", err)
	}
	if p, err := first.Status(t.Context()); err != nil || len(p.Workers) > 0 {
		t.Errorf("the run counts among the workers: %+v, %v", p.Workers, err)
	}
	release()
	started := time.Now()
	led, release, err := second.Lead(t.Context())
	if err != nil {
		t.Fatalf("after the first ended: %v", err)
	}
	if took := time.Since(started); took > 4*time.Second {
		t.Errorf("it took %s", took)
	}
	release()
	if led.Err() == nil {
		t.Error("the context goes on")
	}
}

// TestDeadRunsAreReplaced has claims of runs that were killed, on this machine and on
// another one.
func TestDeadRunsAreReplaced(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	alive, err := js.KeyValue(t.Context(), "semrob-test-workers")
	if err != nil {
		t.Fatal(err)
	}
	gone := exec.Command(os.Args[0], "-test.run", "^$")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		claim  string
		atMost time.Duration
	}{
		"on this machine": {queue.ClaimOf(gone.Process.Pid), 4 * time.Second}, "elsewhere": {`{"host": "elsewhere", "pid": 1}`, 20 * time.Second}, "senseless": {"null", 20 * time.Second},
	} {
		if _, err := alive.PutString(t.Context(), "run", c.claim); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		_, release, err := q.Lead(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if took := time.Since(started); took > c.atMost {
			t.Errorf("%s: it took %s", name, took)
		}
		release()
	}
}

// TestLostLead has another run that takes over, as after this one was suspended.
func TestLostLead(t *testing.T) {
	_, conn := serve(t, embedded.Options{})
	q := open(t, conn, queue.Options{})
	led, release, err := q.Lead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	alive, err := js.KeyValue(t.Context(), "semrob-test-workers")
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			_, _ = alive.PutString(context.WithoutCancel(t.Context()), "run", `{"host": "elsewhere", "pid": 1}`)
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	select {
	case <-led.Done():
		if !errors.Is(context.Cause(led), queue.ErrLed) {
			t.Errorf("the cause is %v", context.Cause(led))
		}
	case <-time.After(30 * time.Second):
		t.Error("the run goes on")
	}
}

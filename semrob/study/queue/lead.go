package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrLed is wrapped by the error of Lead, and is the cause of the end of its context, if
// another run leads the study.
var ErrLed = errors.New("another run works on a study of this name on this server")

// leadKey is the entry of the leading run among those of the live workers.
const leadKey = "run"

// leader describes a run.
type leader struct {
	Host string `json:"host"` // with the name space of process ids
	PID  int    `json:"pid"`
	ID   string `json:"id"`
}

func newLeader() leader {
	host, err := os.Hostname()
	if err != nil {
		host = "unnamed"
	}
	if space, err := os.Readlink("/proc/self/ns/pid"); err == nil { // of a container
		host += " " + space
	}
	return leader{host, os.Getpid(), strconv.FormatUint(rand.Uint64(), 36)}
}

// dead reports whether a run was on this machine and has ended.
func (l leader) dead(own leader) bool {
	return l.Host == own.Host && l.PID > 0 && errors.Is(syscall.Kill(l.PID, 0), syscall.ESRCH)
}

// lead is the claim of a run to its study.
type lead struct {
	*Queue
	own      leader
	text     []byte
	revision uint64
}

// Lead claims the study for this run, until release is called or the returned context is
// done. The claim of a run that was killed expires after a few seconds, or at once if
// it ran on this machine. If another run is alive, the error wraps ErrLed. If another
// takes over, as it can after this one was suspended, the context ends with that cause.
func (q *Queue) Lead(ctx context.Context) (led context.Context, release func(), err error) {
	l := &lead{Queue: q, own: newLeader()}
	l.text, _ = json.Marshal(l.own) // strings and a number
	if err := l.claim(ctx); err != nil {
		return nil, nil, fmt.Errorf("leading the study %s: %w", q.study, explain(err))
	}
	led, lose := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		every(led, heard, func() {
			if err := l.renew(led); err != nil {
				lose(fmt.Errorf("leading the study %s: %w", q.study, err))
			}
		})
	}()
	return led, func() {
		lose(nil)
		<-ended
		once, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
		defer cancel()
		_ = q.alive.Delete(once, leadKey, jetstream.LastRevision(l.revision)) // or it expires
	}, nil
}

// claim waits for the claim of a dead run to expire.
func (l *lead) claim(ctx context.Context) error {
	var seen uint64
	for {
		other, revision, err := l.create(ctx)
		switch {
		case err != nil:
			return err
		case revision == 0:
			return nil
		case other.dead(l.own):
			if err := l.replace(ctx, revision); err == nil {
				return nil
			}
		case seen != 0 && revision != seen: // it was renewed
			return fmt.Errorf("%w (process %d on %s): stop it, or give this study another name", ErrLed, other.PID, other.Host)
		}
		seen = revision
		if sleep(ctx, heard/8); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// create makes the claim or, if there is one, returns it with its revision.
func (l *lead) create(ctx context.Context) (other leader, revision uint64, err error) {
	err = persist(ctx, func(ctx context.Context) error {
		made, err := l.alive.Create(ctx, leadKey, l.text)
		if err == nil {
			l.revision, revision = made, 0
			return nil
		}
		if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrNoStreamResponse) {
			// It is in memory, and lost when the server stops.
			_, err := l.js.CreateOrUpdateKeyValue(ctx, l.aliveConfig())
			return errors.Join(errAgain, err)
		}
		if !errors.Is(err, jetstream.ErrKeyExists) {
			return err
		}
		entry, err := l.alive.Get(ctx, leadKey)
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return errAgain // it expired just now
		}
		if err == nil {
			other, revision = leader{}, entry.Revision()
			if json.Unmarshal(entry.Value(), &other) == nil && other == l.own { // the answer was lost
				l.revision, revision = revision, 0
			}
		}
		return err
	})
	return other, revision, err
}

var errAgain = errors.New("try again")

func (l *lead) replace(ctx context.Context, revision uint64) error {
	made, err := l.alive.Update(ctx, leadKey, l.text, revision)
	if err == nil {
		l.revision = made
	}
	return err
}

// renew renews the claim. It returns an error only if another run has it.
func (l *lead) renew(ctx context.Context) error {
	once, cancel := context.WithTimeout(ctx, heard)
	defer cancel()
	if err := l.replace(once, l.revision); err == nil {
		return nil
	}
	once, cancel = context.WithTimeout(ctx, attempt+time.Second)
	defer cancel()
	other, revision, err := l.create(once)
	if err != nil || revision == 0 {
		return nil // the server is away, or the claim had expired
	}
	return fmt.Errorf("%w (process %d on %s)", ErrLed, other.PID, other.Host)
}

package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// stall is how long a transfer may make no progress; tests shorten it.
var stall = 30 * time.Second

var errStalled = errors.New("the transfer stalled")

// moving is a context that is cancelled after stall without progress. Its deadline
// always lies ahead: without one the client library allows 5 s for a whole object.
type moving struct {
	context.Context
	timer *time.Timer
}

// watchStall returns a context that is cancelled unless moved is called in time.
func watchStall(ctx context.Context) (*moving, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	m := &moving{ctx, time.AfterFunc(stall, func() { cancel(errStalled) })}
	return m, func() { m.timer.Stop(); cancel(nil) }
}

func (m *moving) Deadline() (time.Time, bool) { return time.Now().Add(stall), true }
func (m *moving) moved()                      { m.timer.Reset(stall) }

// cause returns why the context was cancelled, or err.
func (m *moving) cause(err error) error {
	if err != nil && m.Err() != nil {
		return context.Cause(m.Context)
	}
	return err
}

// get writes an object to w. The error wraps ErrDamaged if its checksum is wrong.
func (q *Queue) get(ctx context.Context, name string, w io.Writer) error {
	m, stop := watchStall(ctx)
	defer stop()
	object, err := q.files.Get(m, name)
	if err != nil {
		return m.cause(err)
	}
	defer object.Close()
	_, err = io.Copy(w, &movingReader{moving: m, from: object})
	if errors.Is(err, jetstream.ErrDigestMismatch) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m.cause(err)
}

// put stores an object. If it fails, the pieces already stored are removed, unless
// the server is out of reach.
func (q *Queue) put(ctx context.Context, meta jetstream.ObjectMeta, from io.Reader) error {
	m, stop := watchStall(ctx)
	defer stop()
	meta.Opts = &jetstream.ObjectMetaOptions{ChunkSize: uint32(min(128<<10, q.conn.MaxPayload()-q.headroom()))}
	// Put removes the pieces with the context that it was given, which must
	// therefore outlive the transfer by a moment.
	outer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(m, func() { time.AfterFunc(removal, cancel) })()
	_, err := q.files.Put(outer, meta, &movingReader{moving: m, from: from, arrived: func() error { return q.conn.FlushWithContext(m) }})
	return m.cause(err)
}

// removal is how long removing the pieces of an unfinished object may take.
const removal = time.Second

// window is how many bytes may be on their way before put waits for the server to
// receive them.
const window = 512 << 10

// movingReader counts reads as progress, or for an upload, arrivals at the server.
type movingReader struct {
	*moving
	from    io.Reader
	arrived func() error
	sent    int
}

func (r *movingReader) Read(p []byte) (n int, err error) {
	if r.arrived != nil && r.sent >= window {
		if err := r.confirm(); err != nil {
			return 0, err
		}
	}
	if r.Err() != nil {
		return 0, context.Cause(r.Context)
	}
	n, err = r.from.Read(p)
	switch r.sent += n; {
	case r.arrived == nil && n > 0:
		r.moved()
	case r.arrived != nil && err == io.EOF:
		if failed := r.confirm(); failed != nil {
			err = failed
		}
	}
	return n, err
}

// confirm waits until the server has received everything.
func (r *movingReader) confirm() error {
	if err := r.arrived(); err != nil {
		return r.cause(err)
	}
	r.sent = 0
	r.moved()
	return nil
}

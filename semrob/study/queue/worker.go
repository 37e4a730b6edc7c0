package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sort"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Do does an item and returns its result, equal to the last bit whoever does it.
// A panic counts as an error.
type Do func(ctx context.Context, q *Queue, item Item) ([]byte, error)

// Worker is what others see of a worker.
type Worker struct {
	// Name is "host:pid", with a number behind where a process has several.
	Name string `json:"name"`
	// Item is the key of what it is working on; "" where it has nothing to do.
	Item string `json:"item,omitempty"`
	// Done and Failed count its items.
	Done   int `json:"done"`
	Failed int `json:"failed"`
	// Full says that the server has no room for its result.
	Full bool `json:"full,omitempty"`
}

// forgotten is how long after its last word a worker counts as gone; heard is
// how often it says something.
const (
	forgotten = 6 * time.Second
	heard     = 2 * time.Second
)

// WorkOptions say how a worker works. The zero value works.
type WorkOptions struct {
	// Number tells several workers of one process apart.
	Number int
	// Idle is how long a worker that finds nothing to do stays; 0 means for ever.
	Idle time.Duration
	// Rest is how long an item rests after it failed; 0 means 1 s.
	Rest time.Duration
	// Report, where it is set, hears of every item that was done or failed, and
	// of other trouble: one sentence each.
	Report func(sentence string)
}

// Work does items one after another until ctx is done or nothing was to be
// done for as long as options say. A server that goes away is waited for. An
// item that is interrupted is given back.
func (q *Queue) Work(ctx context.Context, do Do, options WorkOptions) error {
	w := newWorker(q, do, options)
	stop := w.sayAlive(ctx)
	defer stop()
	idleSince := time.Now()
	for ctx.Err() == nil {
		busy, err := w.next(ctx, 2*time.Second)
		switch {
		case err != nil:
			return fmt.Errorf("working on the study %s: %w", q.study, explain(err))
		case busy:
			idleSince = time.Now()
		case options.Idle > 0 && time.Since(idleSince) > options.Idle:
			return nil
		}
	}
	return nil
}

// worker is one call of Work.
type worker struct {
	*Queue
	do     Do
	report func(string)
	rest   time.Duration

	mu    sync.Mutex
	state Worker
}

func newWorker(q *Queue, do Do, options WorkOptions) *worker {
	host, err := os.Hostname()
	if err != nil {
		host = "unnamed"
	}
	w := &worker{Queue: q, do: do, report: options.Report, rest: options.Rest, state: Worker{Name: host + ":" + strconv.Itoa(os.Getpid())}}
	if options.Number > 0 {
		w.state.Name += "." + strconv.Itoa(options.Number)
	}
	if w.rest == 0 {
		w.rest = time.Second
	}
	if w.report == nil {
		w.report = func(string) {}
	}
	return w
}

func (w *worker) update(change func(*Worker)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(&w.state)
}

// sayAlive tells the others of this worker until the returned function is
// called.
func (w *worker) sayAlive(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	key := KeyOf([]byte(w.state.Name))
	var group sync.WaitGroup
	group.Go(func() {
		ticker := time.NewTicker(heard)
		defer ticker.Stop()
		for {
			w.mu.Lock()
			text, _ := json.Marshal(w.state) // strings and numbers
			w.mu.Unlock()
			once, done := context.WithTimeout(ctx, heard)
			_, _ = w.alive.Put(once, key, text) // who is not heard is not shown: nothing depends on it
			done()
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return func() {
		cancel()
		group.Wait()
		bye, done := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer done()
		_ = w.alive.Delete(bye, key)
	}
}

// workers returns those heard of lately, by name.
func (q *Queue) workers(ctx context.Context) (all []Worker) {
	watcher, err := q.alive.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return nil
	}
	defer watcher.Stop()
	for entry := range watcher.Updates() {
		if entry == nil { // that was all
			break
		}
		var w Worker
		if json.Unmarshal(entry.Value(), &w) == nil {
			all = append(all, w)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// next takes one item, waiting for it, and does it.
func (w *worker) next(ctx context.Context, patience time.Duration) (busy bool, err error) {
	message, err := w.take(ctx, patience)
	if err != nil || message == nil {
		return false, err
	}
	key := message.Subject()[len(subjects(w.study)):]
	w.update(func(s *Worker) { s.Item = key })
	err = w.handle(ctx, message, Item{Key: key, Data: message.Data()})
	w.update(func(s *Worker) { s.Item = "" })
	return true, err
}

// take returns nil where there is nothing to do, or the server is away.
func (w *worker) take(ctx context.Context, patience time.Duration) (jetstream.Msg, error) {
	once, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	message, err := w.consumer.Next(jetstream.FetchContext(once))
	if err == nil {
		return message, nil
	}
	if ctx.Err() != nil {
		return nil, nil
	}
	switch {
	case w.conn.IsClosed():
		return nil, fmt.Errorf("the connection to the server was closed: %w", err)
	case errors.Is(err, jetstream.ErrNoMessages) || isTimeout(err):
	default: // the server is away, or comes back
		sleep(ctx, 200*time.Millisecond)
	}
	return nil, nil
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// handle does an item and says how it went. An error is one after which no
// other item can be done either.
func (w *worker) handle(ctx context.Context, message jetstream.Msg, item Item) error {
	if KeyOf(item.Data) != item.Key {
		return w.damaged(ctx, message, item.Key)
	}
	if w.recorded(ctx, message, item.Key) {
		return message.Ack()
	}
	busy := w.stayAlive(ctx, message)
	result, err := w.try(ctx, item)
	busy()
	switch {
	case ctx.Err() != nil:
		return w.giveBack(message, item)
	case errors.Is(err, ErrUnavailable):
		w.report(fmt.Sprintf("Item %s is given back: %v.", item.Key, err))
		_ = message.NakWithDelay(w.rest) // it comes back after Silence if this is lost
		return nil
	case err != nil:
		return w.failed(ctx, message, item.Key, err)
	}
	return w.done(ctx, message, item, result)
}

// recorded reports whether an item that was given to a worker before needs no
// more work.
func (w *worker) recorded(ctx context.Context, message jetstream.Msg, key string) bool {
	meta, err := message.Metadata()
	if err != nil || meta.NumDelivered < 2 {
		return false
	}
	once, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	for _, prefix := range []string{donePrefix, largePrefix, asidePrefix} {
		if _, err := w.results.Get(once, prefix+key); err == nil {
			return true
		}
	}
	return false
}

// try calls Do; a panic is an error.
func (w *worker) try(ctx context.Context, item Item) (result []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.report(fmt.Sprintf("Item %s panicked: %v\n%s", item.Key, p, debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return w.do(ctx, w.Queue, item)
}

// stayAlive tells the server that the item is being worked on, until the
// returned function is called.
func (w *worker) stayAlive(ctx context.Context, message jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		ticker := time.NewTicker(w.options.Silence / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				_ = message.InProgress() // a lost one costs a redelivery, not the result
			}
		}
	}()
	return cancel
}

func (w *worker) done(ctx context.Context, message jetstream.Msg, item Item, result []byte) error {
	err := w.keep(ctx, item.Key, result)
	for isFull(err) || isDisabled(err) || errors.Is(err, ErrFull) {
		w.update(func(s *Worker) { s.Full = true })
		w.report(fmt.Sprintf("The result of item %s cannot be kept: %v; it is tried again.", item.Key, explain(err)))
		if sleep(ctx, 2*time.Second); ctx.Err() != nil {
			break
		}
		err = w.keep(ctx, item.Key, result)
	}
	w.update(func(s *Worker) { s.Full = false })
	switch {
	case errors.Is(err, ErrDiffers):
		w.report(fmt.Sprintf("Warning: %v.", err))
	case ctx.Err() != nil:
		return w.giveBack(message, item)
	case err != nil:
		return err
	}
	w.update(func(s *Worker) { s.Done++ })
	_ = message.Ack() // where it is lost the item comes back, and is known to be recorded
	return nil
}

func (w *worker) failed(ctx context.Context, message jetstream.Msg, key string, cause error) error {
	w.update(func(s *Worker) { s.Failed++ })
	w.report(fmt.Sprintf("Item %s failed: %v.", key, cause))
	last, err := w.fail(ctx, key, cause.Error())
	if err == nil && last {
		w.report(fmt.Sprintf("Item %s is set aside after %d tries.", key, w.options.Tries))
		_ = message.Ack()
		return nil
	}
	_ = message.NakWithDelay(w.rest)
	return nil
}

// damaged throws away an item that is not what its name says. Run submits it
// again, for it has no record.
func (w *worker) damaged(ctx context.Context, message jetstream.Msg, key string) error {
	w.report(fmt.Sprintf("Item %s is damaged and is taken out of the queue.", key))
	_, err := w.fail(ctx, key, "it arrives damaged: what it holds is not what its name is the hash of")
	if err != nil {
		return nil // it comes back
	}
	_ = message.TermWithReason("damaged")
	return nil
}

// giveBack queues an item anew, so that a worker which stops on purpose does
// not count as lost.
func (w *worker) giveBack(message jetstream.Msg, item Item) error {
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if err := message.DoubleAck(ctx); err != nil {
		return nil // it comes back after Silence
	}
	_, _ = w.js.Publish(ctx, w.subject(item.Key), item.Data, jetstream.WithExpectLastSequencePerSubject(0)) // or Run finds that it has no record
	return nil
}

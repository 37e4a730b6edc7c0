package queue

import (
	"cmp"
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

// Do does an item and returns its result, which must be the same to the last bit on
// every worker. A panic counts as an error. Errors that wrap ErrUnavailable give the
// item back.
type Do func(ctx context.Context, q *Queue, item Item) ([]byte, error)

// Worker is the public state of a worker.
type Worker struct {
	// Name is "host:pid", followed by a number if the process has several workers.
	Name string `json:"name"`
	// Item is the key of the current item; "" if it is idle.
	Item string `json:"item,omitempty"`
	// Done and Failed count its items.
	Done   int `json:"done"`
	Failed int `json:"failed"`
	// Full reports that the server has no storage for its result.
	Full bool `json:"full,omitempty"`
	// OtherVersion reports that it gives items back because its version differs from
	// the study's.
	OtherVersion bool `json:"otherVersion,omitempty"`
	// Refuses reports that it gives items back because they name what nobody on its
	// machine allowed.
	Refuses bool `json:"refuses,omitempty"`
}

// forgotten is how long after its last report a worker counts as gone; heard is the
// time between reports.
const (
	forgotten = 6 * time.Second
	heard     = 2 * time.Second
)

// WorkOptions are the options of a worker. The zero value is usable.
type WorkOptions struct {
	// Number distinguishes several workers of one process.
	Number int
	// Idle is how long a worker waits for work before it ends; 0 means forever.
	Idle time.Duration
	// Rest is the time before a failed item is tried again if there is no other, and
	// before a worker that gave an item back takes another; 0 means 1 s.
	Rest time.Duration
	// Report, if set, receives one sentence about each failed item and other
	// trouble.
	Report func(sentence string)
}

// Work does items one after another until ctx is done or there was no work for
// options.Idle. It waits for a server that is away. An interrupted item is given
// back.
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
	given  int // items given back in a row

	mu    sync.Mutex
	state Worker
}

func newWorker(q *Queue, do Do, options WorkOptions) *worker {
	host, err := os.Hostname()
	if err != nil {
		host = "unnamed"
	}
	w := &worker{Queue: q, do: do, report: options.Report, rest: cmp.Or(options.Rest, time.Second), state: Worker{Name: host + ":" + strconv.Itoa(os.Getpid())}}
	if options.Number > 0 {
		w.state.Name += "." + strconv.Itoa(options.Number)
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

// sayAlive publishes the worker's state until the returned function is called.
func (w *worker) sayAlive(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	key := KeyOf([]byte(w.state.Name))
	var group sync.WaitGroup
	group.Go(func() {
		every(ctx, heard, func() {
			w.mu.Lock()
			text, _ := json.Marshal(w.state) // strings and numbers
			w.mu.Unlock()
			once, done := context.WithTimeout(ctx, heard)
			defer done()
			_, _ = w.alive.Put(once, key, text) // if it is lost, the worker is not shown: nothing depends on it
		})
	})
	return func() {
		cancel()
		group.Wait()
		bye, done := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer done()
		_ = w.alive.Delete(bye, key)
	}
}

// workers returns the live workers, sorted by name.
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
		if entry.Key() == leadKey {
			continue
		}
		var w Worker
		if json.Unmarshal(entry.Value(), &w) == nil {
			all = append(all, w)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// next waits for one item and does it.
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

// take returns nil if there is nothing to do or the server is away.
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
	default: // the server is away, or coming back
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

// handle does an item and records the outcome. It returns an error only if no other
// item can be done either.
func (w *worker) handle(ctx context.Context, message jetstream.Msg, item Item) error {
	if KeyOf(item.Data) != item.Key {
		return w.damaged(ctx, message, item.Key)
	}
	delivered := deliveries(message)
	if delivered > 1 && w.hasRecord(ctx, item.Key) {
		return message.Ack()
	}
	defer w.stayAlive(ctx, message)()
	if delivered > w.options.Losses {
		return w.failed(ctx, message, item, fmt.Errorf("%d workers were lost with it: it crashes them, or they have too little memory", w.options.Losses))
	}
	result, err := w.try(ctx, item)
	switch {
	case ctx.Err() != nil:
		return w.giveBack(ctx, message, item)
	case errors.Is(err, ErrUnavailable):
		return w.unavailable(ctx, message, item, err)
	}
	w.given = 0
	w.update(func(s *Worker) { s.OtherVersion, s.Refuses = false, false })
	if err != nil {
		return w.failed(ctx, message, item, err)
	}
	return w.done(ctx, message, item, result)
}

// deliveries returns how often a message was delivered. All but the last worker were
// lost with its item: whoever fails, or gives it back, queues it as a new message.
func deliveries(message jetstream.Msg) int {
	meta, err := message.Metadata()
	if err != nil {
		return 1
	}
	return int(meta.NumDelivered)
}

// unavailable gives an item back and rests, longer each time, so that a worker
// which can do nothing leaves the items to the others.
func (w *worker) unavailable(ctx context.Context, message jetstream.Msg, item Item, reason error) error {
	w.report(fmt.Sprintf("Item %s is given back: %v.", item.Key, reason))
	w.update(func(s *Worker) {
		s.Item, s.OtherVersion, s.Refuses = "", errors.Is(reason, ErrVersion), errors.Is(reason, ErrRefused)
	})
	if err := w.giveBack(ctx, message, item); err != nil {
		return err
	}
	sleep(ctx, min(w.rest<<min(w.given, 5), time.Minute))
	w.given++
	return nil
}

// hasRecord reports whether an item needs no more work.
func (w *worker) hasRecord(ctx context.Context, key string) bool {
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

// stayAlive reports to the server that the item is in work, until the returned
// function is called.
func (w *worker) stayAlive(ctx context.Context, message jetstream.Msg) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	go every(ctx, w.options.Silence/3, func() {
		_ = message.InProgress() // if it is lost, the item is only delivered again
	})
	return cancel
}

func (w *worker) done(ctx context.Context, message jetstream.Msg, item Item, result []byte) error {
	err := w.keep(ctx, item.Key, result)
	for isFull(err) || isDisabled(err) || errors.Is(err, ErrFull) {
		w.update(func(s *Worker) { s.Full = true })
		w.report(fmt.Sprintf("The result of item %s cannot be stored: %v; retrying.", item.Key, explain(err)))
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
		return w.giveBack(ctx, message, item)
	case err != nil:
		return err
	}
	w.update(func(s *Worker) { s.Done++ })
	_ = message.Ack() // if it is lost, the item comes back, but is recorded
	return nil
}

// failed records a failed try, and queues the item again unless it was the last.
func (w *worker) failed(ctx context.Context, message jetstream.Msg, item Item, cause error) error {
	w.update(func(s *Worker) { s.Failed++ })
	w.report(fmt.Sprintf("Item %s failed: %v.", item.Key, cause))
	last, err := w.fail(ctx, item.Key, cause.Error())
	if err == nil && last {
		w.report(fmt.Sprintf("Item %s is set aside after %d tries.", item.Key, w.options.Tries))
		_ = message.Ack()
		return nil
	}
	if !w.others(ctx) {
		sleep(ctx, w.rest)
	}
	return w.giveBack(ctx, message, item)
}

// others reports whether other items wait for a worker.
func (w *worker) others(ctx context.Context) bool {
	once, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	info, err := w.consumer.Info(once)
	return err == nil && info.NumPending > 0
}

// damaged removes an item that does not match its key. Run submits it again, since
// it has no record.
func (w *worker) damaged(ctx context.Context, message jetstream.Msg, key string) error {
	w.report(fmt.Sprintf("Item %s is damaged and is removed from the queue.", key))
	_, err := w.fail(ctx, key, "it arrives damaged: its content does not match its key")
	if err != nil {
		return nil // it comes back
	}
	_ = message.TermWithReason("damaged")
	return nil
}

// goodbye is how long a worker that is stopped may take to give its item back.
const goodbye = 300 * time.Millisecond

// giveBack queues an item again as a new message: unlike a negative acknowledgement this
// does not count as a delivery. It waits for a server that is away, since otherwise the
// item comes back after Silence as if its worker were lost; but not once it is stopped.
func (w *worker) giveBack(ctx context.Context, message jetstream.Msg, item Item) error {
	for since := time.Now(); ctx.Err() == nil && time.Since(since) < election; sleep(ctx, 200*time.Millisecond) {
		link := w.conn.Stats().Reconnects
		once, cancel := context.WithTimeout(ctx, attempt)
		err := w.again(once, message, item)
		cancel()
		steady := w.conn.IsConnected() && w.conn.Stats().Reconnects == link
		switch {
		case err == nil || errors.Is(err, jetstream.ErrKeyExists):
			return nil
		case w.conn.IsClosed():
			return err
		case steady && isTimeout(err):
			return nil // a killed server forgets deliveries, and does not answer about them
		case !steady:
			since = time.Now()
		}
	}
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = w.again(bye, message, item)
	return nil
}

// again acknowledges a message and queues its item.
func (w *worker) again(ctx context.Context, message jetstream.Msg, item Item) error {
	if err := message.DoubleAck(ctx); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
		return err
	}
	_, err := w.js.Publish(ctx, w.subject(item.Key), item.Data, jetstream.WithExpectLastSequencePerSubject(0))
	return err
}

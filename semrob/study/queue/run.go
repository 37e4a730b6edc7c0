package queue

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Work is the items of a study.
type Work struct {
	// Items returns the items, the same in every call.
	Items func() iter.Seq[Item]
	// Total is their number.
	Total int
}

// Progress is the progress of a study.
type Progress struct {
	// Done and SetAside items of Total have a record. While a study runs they are
	// computed from the changes since it was opened.
	Done, SetAside, Total int
	// Queued items wait for a worker; InWork items are with one.
	Queued, InWork int
	// Workers are the live ones.
	Workers []Worker
	// Trouble is a sentence if the server is unreachable at the moment.
	Trouble string
}

// Recorded returns the number of items that need no more work.
func (p Progress) Recorded() int { return p.Done + p.SetAside }

// OtherVersions returns the number of workers that do nothing because their version
// differs from the study's.
func (p Progress) OtherVersions() int {
	return p.count(func(w Worker) bool { return w.OtherVersion })
}

// Refusing returns the number of workers that give items back because they name what
// nobody on their machines allowed.
func (p Progress) Refusing() int {
	return p.count(func(w Worker) bool { return w.Refuses })
}

func (p Progress) count(is func(Worker) bool) (n int) {
	for _, w := range p.Workers {
		if is(w) {
			n++
		}
	}
	return n
}

// pollEvery is the time between two polls of the server.
const pollEvery = 200 * time.Millisecond

// Run submits the items that have no record, and waits until every item has one.
// Workers do them in this process or elsewhere. watch, if not nil, receives the
// progress several times a second. An interrupted study continues: records and
// queued items stay.
//
// It returns the records of the items of this work. The error is not nil if ctx is
// done, the server refuses, or it has no storage left (ErrFull).
func (q *Queue) Run(ctx context.Context, work Work, watch func(Progress)) (Records, error) {
	r := &running{Queue: q, work: work, watch: watch}
	tidying, stop := context.WithCancel(ctx)
	defer stop()
	tidied := q.tidy(tidying)
	if err := r.run(ctx); err != nil {
		return r.own, fmt.Errorf("running the study %s: %w", q.study, explain(err))
	}
	<-tidied // a run may be shorter than a round
	return r.own, nil
}

// running is one call of Run.
type running struct {
	*Queue
	work  Work
	watch func(Progress)

	own      Records // of this work's items
	progress Progress
	// before and aside are the numbers of entries in the bucket of results, and of those
	// of items set aside, at the last list. Some are of items of an earlier plan.
	before uint64
	aside  int
	// ownAside is the number of this work's items set aside at the last list.
	ownAside int
	// still is the time of the last change.
	still   time.Time
	unheard int // failed polls in a row
	empty   int // polls in a row that found no item
}

func (r *running) run(ctx context.Context) error {
	if err := r.list(ctx); err != nil {
		return err
	}
	for futile := 0; len(r.own) < r.work.Total; futile++ {
		before := len(r.own)
		if err := r.submit(ctx); err != nil {
			return err
		}
		if err := r.wait(ctx); err != nil {
			return err
		}
		if err := r.list(ctx); err != nil {
			return err
		}
		if len(r.own) > before {
			futile = 0
		}
		if futile == mostFutile {
			return fmt.Errorf("%w: %d items were computed %d times, but the server lost the results: restore its files (nats in the study's folder), or remove them to compute the study again",
				ErrDamaged, r.work.Total-len(r.own), futile)
		}
	}
	r.notify()
	return nil
}

// mostFutile bounds the rounds that compute items without a new record.
const mostFutile = 5

// list reads the records of the items.
func (r *running) list(ctx context.Context) error {
	entries, aside, err := r.entries(ctx)
	if err != nil {
		return err
	}
	all, err := r.Records(ctx)
	if err != nil {
		return err
	}
	r.before, r.aside, r.own = entries, aside, Records{}
	r.progress.Done, r.progress.SetAside, r.progress.Total = 0, 0, r.work.Total
	for item := range r.work.Items() {
		switch state := all[item.Key]; state {
		case Done:
			r.own[item.Key], r.progress.Done = state, r.progress.Done+1
		case SetAside:
			r.own[item.Key], r.progress.SetAside = state, r.progress.SetAside+1
		}
	}
	r.ownAside = r.progress.SetAside
	return nil
}

// entries returns the number of entries in the bucket of results, and of those of items
// set aside.
func (r *running) entries(ctx context.Context) (n uint64, aside int, err error) {
	err = persist(ctx, func(ctx context.Context) (err error) {
		n, aside, err = r.recorded(ctx)
		return err
	})
	return n, aside, err
}

// chunk is the number of items submitted at a time.
const chunk = 1000

// submit queues the items that have no record and are not yet queued.
func (r *running) submit(ctx context.Context) error {
	var some []Item
	for item := range r.work.Items() {
		if _, recorded := r.own[item.Key]; recorded {
			continue
		}
		if some = append(some, item); len(some) == chunk {
			if err := r.publish(ctx, some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	return r.publish(ctx, some)
}

// publish queues items. The stream has at most one message per item's subject.
func (q *Queue) publish(ctx context.Context, items []Item) error {
	return persist(ctx, func(ctx context.Context) error {
		acks := make([]jetstream.PubAckFuture, len(items))
		for i, item := range items {
			ack, err := q.js.PublishAsync(q.subject(item.Key), item.Data, jetstream.WithExpectLastSequencePerSubject(0))
			if err != nil {
				return fmt.Errorf("queueing items: %w", err)
			}
			acks[i] = ack
		}
		for _, ack := range acks {
			select {
			case <-ack.Ok():
			case err := <-ack.Err():
				if !errors.Is(err, jetstream.ErrKeyExists) { // queued already
					return fmt.Errorf("queueing items: %w", err)
				}
			case <-ctx.Done():
				return fmt.Errorf("queueing items: %w", ctx.Err())
			}
		}
		return nil
	})
}

// wait polls the server until every item seems to be recorded, or none is queued.
func (r *running) wait(ctx context.Context) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		over, err := r.look(ctx)
		r.notify()
		if err != nil || over {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func (r *running) notify() {
	if r.watch != nil {
		r.watch(r.progress)
	}
}

// look polls the server once. It tolerates a server that does not answer, but not
// one that refuses.
func (r *running) look(ctx context.Context) (over bool, err error) {
	once, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	p, left, err := r.status(once)
	if err != nil {
		r.progress.Trouble = ""
		if r.unheard++; r.unheard > 2 && ctx.Err() == nil {
			r.progress.Trouble = fmt.Sprintf("The server does not respond: %v.", err)
		}
		if isFull(err) || isDisabled(err) {
			return false, err
		}
		return false, ctx.Err()
	}
	r.unheard = 0
	aside, before := r.progress.SetAside, r.progress.Recorded()
	p.Total = r.work.Total
	r.progress = p
	r.progress.SetAside = max(aside, p.SetAside)
	for _, w := range p.Workers {
		if w.Full {
			return false, fmt.Errorf("%w, reports the worker %s", ErrFull, w.Name)
		}
	}
	if moved := p.Recorded() != before; moved || left == 0 || p.Queued > 0 || p.working() || r.still.IsZero() {
		r.still = time.Now()
	}
	if time.Since(r.still) > r.patience(p) {
		r.still = time.Now()
		return false, r.freeStuck(once)
	}
	// An item that a worker gives back is in no queue for a moment.
	if r.empty++; left > 0 {
		r.empty = 0
	}
	return r.empty > 1 || p.Recorded() >= r.work.Total, nil
}

// working reports whether items may really be in work: a worker reports one, or
// there is no live worker. A server that was killed keeps counting items that it no
// longer delivers.
func (p Progress) working() bool {
	if p.InWork == 0 {
		return false
	}
	for _, w := range p.Workers {
		if w.Item != "" {
			return true
		}
	}
	return len(p.Workers) == 0
}

// patience is how long nothing may change before the remaining items count as
// stuck: the time in which a server recounts, or notices a lost worker.
func (r *running) patience(p Progress) time.Duration {
	if p.InWork == 0 {
		return 2 * time.Second
	}
	return max(forgotten, 2*r.options.Silence)
}

// status queries the server. left is the number of items in the stream.
func (r *running) status(ctx context.Context) (p Progress, left uint64, err error) {
	p, left, entries, err := r.Queue.status(ctx)
	if err != nil {
		return p, 0, err
	}
	recorded := len(r.own) + int(entries) - int(r.before)
	p.SetAside = max(r.ownAside+p.SetAside-r.aside, r.progress.SetAside)
	p.Done = max(0, recorded-p.SetAside)
	return p, left, nil
}

// Status returns the progress of the study from the server's view: Done counts all
// results, and Total the recorded and queued items.
func (q *Queue) Status(ctx context.Context) (Progress, error) {
	p, left, entries, err := q.status(ctx)
	if err != nil {
		return p, fmt.Errorf("querying the state of the study %s: %w", q.study, explain(err))
	}
	p.Done = max(0, int(entries)-p.SetAside)
	p.Total = p.Done + p.SetAside + int(left)
	return p, nil
}

func (q *Queue) status(ctx context.Context) (p Progress, left, entries uint64, err error) {
	work, err := q.work.Info(ctx)
	if err != nil {
		return p, 0, 0, err
	}
	consumer, err := q.consumer.Info(ctx)
	if err != nil {
		return p, 0, 0, err
	}
	if entries, p.SetAside, err = q.recorded(ctx); err != nil {
		return p, 0, 0, err
	}
	p.Queued, p.InWork = int(consumer.NumPending), consumer.NumAckPending
	p.Workers = q.workers(ctx)
	return p, work.State.Msgs, entries, nil
}

// recorded returns the number of entries in the bucket of results, and of those of items
// set aside.
func (q *Queue) recorded(ctx context.Context) (entries uint64, aside int, err error) {
	stream, err := q.js.Stream(ctx, "KV_"+resultsBucket(q.study))
	if err != nil {
		return 0, 0, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter("$KV."+resultsBucket(q.study)+"."+asidePrefix+"*"))
	if err != nil {
		return 0, 0, err
	}
	return info.State.Msgs, len(info.State.Subjects), nil
}

// freeStuck queues items again that the server no longer delivers, as happens after it
// was killed. Whether their workers were lost is not known: it is not a failed try.
func (q *Queue) freeStuck(ctx context.Context) error {
	info, err := q.work.Info(ctx, jetstream.WithSubjectFilter(subjects(q.study)+"*"))
	if err != nil {
		return nil // the next poll finds them again
	}
	for subject := range info.State.Subjects {
		key := strings.TrimPrefix(subject, subjects(q.study))
		if err := q.queueAgain(ctx, key, subject); err != nil {
			return fmt.Errorf("item %s: %w", key, err)
		}
	}
	return nil
}

func (q *Queue) queueAgain(ctx context.Context, key, subject string) error {
	message, err := q.work.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := q.work.DeleteMsg(ctx, message.Sequence); err != nil {
		return err
	}
	return q.publish(ctx, []Item{{Key: key, Data: message.Data}})
}

package sweep

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
	"github.com/semrob/gonb-semrob/semrob/study/results"
)

// Options of Run. Folder is needed.
type Options struct {
	// Folder is the study's: the embedded server keeps its files in "nats" there,
	// and results.parquet, results.csv, regions/ and maps/ appear in it.
	Folder string
	// Server is a NATS server to use; where its URL is empty, one runs embedded.
	Server queue.Server
	// Embedded are the options of that one.
	Embedded embedded.Options
	// Queue are the options of the queue.
	Queue queue.Options
	// Workers is the number of workers in this process.
	Workers int
	// Started, where it is set, is called when workers can join, with the server's
	// address: to start them in other processes. What it returns is called when
	// the study is done or stopped.
	Started func(ctx context.Context, address queue.Server) (stop func(), err error)
	// Retry tries items again that were set aside before.
	Retry bool
	// Watch, where it is set, sees the progress several times a second.
	Watch func(queue.Progress)
	// Report, where it is set, hears of failures: one sentence each.
	Report func(sentence string)
}

// TableFile is the name of the table in a study's folder.
const TableFile = "results.parquet"

// Run runs a study until every item has a result or was set aside, writes the
// table, and returns it. A study that was interrupted, in whatever way,
// continues with the same call. When ctx is done it writes the table of what is
// done so far, and returns that with an *InterruptedError.
func Run(ctx context.Context, p *plan.Prepared, options Options) (table *results.Table, err error) {
	if err := os.MkdirAll(options.Folder, 0o755); err != nil {
		return nil, fmt.Errorf("making the study's folder: %w", err)
	}
	if options.Report == nil {
		options.Report = func(string) {}
	}
	conn, address, closeAll, err := connect(options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	q, err := queue.Open(ctx, conn, p.Study, options.Queue)
	if err != nil {
		return nil, err
	}
	r := &run{Options: options, plan: p, queue: q}
	return r.all(ctx, address)
}

// connect starts the embedded server, or connects to the one that is named.
func connect(options Options) (*nats.Conn, queue.Server, func() error, error) {
	if options.Server.URL != "" {
		conn, err := queue.Dial(options.Server, "semrob study run", options.Report)
		if err != nil {
			return nil, options.Server, nil, err
		}
		return conn, options.Server, func() error { conn.Close(); return nil }, nil
	}
	server, err := embedded.Start(filepath.Join(options.Folder, ServerFolder), options.Embedded)
	if err != nil {
		return nil, options.Server, nil, err
	}
	conn, err := server.Connect()
	if err != nil {
		return nil, options.Server, nil, errors.Join(err, server.Stop())
	}
	return conn, server.Address, func() error { conn.Close(); return server.Stop() }, nil
}

// ServerFolder is the name of the embedded server's folder in a study's.
const ServerFolder = "nats"

// run is one call of Run.
type run struct {
	Options
	plan  *plan.Prepared
	queue *queue.Queue
}

func (r *run) all(ctx context.Context, address queue.Server) (*results.Table, error) {
	if r.Retry {
		if err := r.retry(ctx); err != nil {
			return nil, err
		}
	}
	stopOffer, err := r.queue.Offer(ctx, func(hash string) (string, bool) {
		path, ok := r.plan.Files[hash]
		return path, ok
	})
	if err != nil {
		return nil, err
	}
	defer stopOffer()
	working, stop := context.WithCancel(ctx)
	failed := r.hire(working)
	defer func() { stop(); <-failed }()
	if r.Started != nil {
		stopThem, err := r.Started(ctx, address)
		if err != nil {
			return nil, err
		}
		defer stopThem()
	}
	return r.gather(ctx)
}

// hire starts the workers of this process. The channel is closed when they have
// stopped.
func (r *run) hire(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	ended := make(chan struct{}, r.Workers)
	engine := &Engine{Dir: r.plan.Dir}
	for i := range r.Workers {
		go func() {
			if err := r.queue.Work(ctx, engine.Do, queue.WorkOptions{Number: i + 1, Report: r.Report}); err != nil {
				r.Report(err.Error())
			}
			ended <- struct{}{}
		}()
	}
	go func() {
		for range r.Workers {
			<-ended
		}
		close(done)
	}()
	return done
}

// mostRepairs bounds how often damaged results are computed again.
const mostRepairs = 3

// gather waits for the results and writes them. Damaged ones are computed again.
func (r *run) gather(ctx context.Context) (*results.Table, error) {
	for range mostRepairs {
		if _, err := r.queue.Run(ctx, r.work(), r.Watch); err != nil {
			return r.interrupted(ctx, err)
		}
		all, err := collect(ctx, r.queue, r.plan, r.Folder)
		if err != nil {
			return r.interrupted(ctx, err)
		}
		if all.done < r.plan.Total() || len(all.damaged) > 0 {
			r.Report(fmt.Sprintf("%d results were damaged and are computed again.", r.plan.Total()-all.done+len(all.damaged)))
			continue
		}
		return all.table, r.save(all.table)
	}
	return nil, fmt.Errorf("results of the study %s are damaged again and again: check the disk and the memory of the server", r.plan.Study)
}

// Farewell is how long a run that is stopped may take to write the table of what
// is done so far.
const Farewell = 5 * time.Second

// InterruptedError is the error of a run that was stopped. It wraps ctx.Err().
type InterruptedError struct {
	// Done items of Total have a result, or were set aside: the table has their
	// rows.
	Done, Total int
	// Table is the table's file; "" where Cause kept it from being written.
	Table string
	Cause error
	Err   error
}

// Error says what is kept, and what continues the study.
func (e *InterruptedError) Error() string {
	if e.Table == "" {
		return fmt.Sprintf("what is done is kept, but not in a table yet (%v): starting it again continues it", e.Cause)
	}
	return fmt.Sprintf("%d of %d items are done, and %s holds their rows: starting it again continues it", e.Done, e.Total, e.Table)
}

// Unwrap returns what stopped the run.
func (e *InterruptedError) Unwrap() error { return e.Err }

// interrupted writes the table of what is done so far where ctx is done, and
// returns it with an *InterruptedError; other errors it hands on.
func (r *run) interrupted(ctx context.Context, err error) (*results.Table, error) {
	if ctx.Err() == nil {
		return nil, err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), Farewell)
	defer cancel()
	stopped := &InterruptedError{Total: r.plan.Total(), Err: err}
	some, err := collect(last, r.queue, r.plan, r.Folder)
	if err == nil {
		err = r.save(some.table)
	}
	if err != nil {
		stopped.Cause = err
		return nil, stopped
	}
	stopped.Done, stopped.Table = some.done, filepath.Join(r.Folder, TableFile)
	return some.table, stopped
}

func (r *run) save(table *results.Table) error {
	for _, name := range []string{TableFile, "results.csv"} {
		if err := table.Save(filepath.Join(r.Folder, name)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) work() queue.Work {
	return queue.Work{Total: r.plan.Total(), Items: func() iter.Seq[queue.Item] {
		return func(yield func(queue.Item) bool) {
			for item := range r.plan.InWorkingOrder() {
				if !yield(queue.NewItem(item.Data())) {
					return
				}
			}
		}
	}}
}

// retry forgets what was set aside.
func (r *run) retry(ctx context.Context) error {
	records, err := r.queue.Records(ctx)
	if err != nil {
		return err
	}
	for key, state := range records {
		if state == queue.SetAside {
			if err := r.queue.Forget(ctx, key); err != nil {
				return err
			}
		}
	}
	return nil
}

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

// Options are the options of Run. Folder is required.
type Options struct {
	// Folder is the study's folder, for results.parquet, results.csv, regions/ and
	// maps/, and for the files of the embedded server in nats/.
	Folder string
	// Server is a NATS server; without a URL, an embedded one is started.
	Server queue.Server
	// Embedded are the options of the embedded server.
	Embedded embedded.Options
	// Queue are the options of the queue.
	Queue queue.Options
	// Workers is the number of workers in this process.
	Workers int
	// Started, if set, is called with the server's address when workers can join, to
	// start them in other processes. The function that it returns is called when the
	// study is done or stopped.
	Started func(ctx context.Context, address queue.Server) (stop func(), err error)
	// Retry tries items again that were set aside.
	Retry bool
	// Force replaces an existing table by one with fewer finished items.
	Force bool
	// Watch, if set, receives the progress several times a second.
	Watch func(queue.Progress)
	// Report, if set, receives a sentence for each failure.
	Report func(sentence string)
}

// TableFile is the name of the table in a study's folder.
const TableFile = "results.parquet"

// Run runs a study until every item has a result or was set aside, writes the table,
// and returns it. The same call continues an interrupted or killed study. When ctx is
// done, Run writes the table of the finished items and returns it with an
// *InterruptedError.
func Run(ctx context.Context, p *plan.Prepared, options Options) (table *results.Table, err error) {
	if err := os.MkdirAll(options.Folder, 0o777); err != nil {
		return nil, fmt.Errorf("making the study's folder: %w", err)
	}
	if options.Report == nil {
		options.Report = func(string) {}
	}
	r := &run{Options: options, plan: p}
	if err := r.guard(p.Total()); err != nil {
		return nil, err
	}
	conn, address, closeAll, err := connect(options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closeAll()) }()
	if r.queue, err = queue.Open(ctx, conn, QueueName(p, options.Server), options.Queue); err != nil {
		return nil, err
	}
	led, release, err := r.queue.Lead(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	table, err = r.all(led, address)
	if cause := context.Cause(led); errors.Is(cause, queue.ErrLed) {
		err = cause
	}
	return table, err
}

// QueueName returns the name of a plan's study on a server. A plan that names no study
// has one made from its file's name and place, since others use the server, too; its own
// server in the study's folder knows it as p.Study.
func QueueName(p *plan.Prepared, server queue.Server) string {
	if server.URL == "" || p.Named {
		return p.Study
	}
	return p.FileName()
}

// connect starts the embedded server, or connects to Server.
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

// ServerFolder is the name of the embedded server's folder in a study's folder.
const ServerFolder = "nats"

// run is a call of Run.
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
// ended.
func (r *run) hire(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	ended := make(chan struct{}, r.Workers)
	engine := Trusting(r.plan)
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

// mostRepairs bounds the rounds of computing damaged results again.
const mostRepairs = 3

// gather waits for the results and writes them. It has damaged ones computed again.
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
	return nil, fmt.Errorf("results of the study %s are damaged after %d repairs: check the server's disk and memory", r.plan.Study, mostRepairs)
}

// Farewell bounds the time for writing the table of a stopped run.
const Farewell = 5 * time.Second

// InterruptedError is the error of a run that was stopped. It wraps ctx.Err().
type InterruptedError struct {
	// Done is the number of items, of Total, in the table: with a result, or set
	// aside.
	Done, Total int
	// Table is the table's file; "" if it was not written because of Cause.
	Table string
	Cause error
	// Err is the reason for the stop.
	Err error
}

// Error describes what was saved, and how to continue.
func (e *InterruptedError) Error() string {
	if e.Table == "" {
		return fmt.Sprintf("finished items are kept, but the table was not written (%v): the same command continues the study", e.Cause)
	}
	return fmt.Sprintf("%d of %d items are done, with their rows in %s: the same command continues the study", e.Done, e.Total, e.Table)
}

// Unwrap returns Err.
func (e *InterruptedError) Unwrap() error { return e.Err }

// interrupted returns err unless ctx is done. Then it writes the table of the finished
// items, and returns it with an *InterruptedError.
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

// FewerError is the error of a run that does not replace a table, since its own has
// fewer finished items. Options.Force replaces it.
type FewerError struct {
	Table    string // the file
	Old, New int    // finished items
}

// Error describes the table, and how to replace it.
func (e *FewerError) Error() string {
	return fmt.Sprintf("%s has %d finished items, the new table at most %d: it is kept; --force replaces it", e.Table, e.Old, e.New)
}

// guard returns a *FewerError if the table has more than n finished items.
func (r *run) guard(n int) error {
	path := filepath.Join(r.Folder, TableFile)
	old, err := results.Open(path)
	if err != nil || r.Force || len(old.Items) <= n {
		return nil // a damaged table is replaced
	}
	return &FewerError{path, len(old.Items), n}
}

func (r *run) save(table *results.Table) error {
	if err := r.guard(len(table.Items)); err != nil {
		return err
	}
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

// retry forgets items that were set aside.
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

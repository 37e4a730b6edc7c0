package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/queue/embedded"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// workerFlags are the flags of study worker.
type workerFlags struct {
	server   serverFlags
	study    string
	dir      string
	also     []string
	allow    []string
	cache    string
	idle     time.Duration
	untilEOF bool
}

func (a *app) newStudyWorker() *cobra.Command {
	var f workerFlags
	cmd := &cobra.Command{
		Use:   "worker",
		Short: "Work on the studies of a server",
		Long: "worker works on the studies of a server until it is stopped: another machine's study run, or a NATS\n" +
			"server or cluster. Meshes and weights that are not on this machine are downloaded from the server.\n" +
			"Items can read files below --dir whose content they know, and nothing else. Networks from elsewhere,\n" +
			"such as a model hub's, those that run code (python:), and those on servers (http:), are opened only\n" +
			"if --allow names them, or their kind.",
		Example: "  semrob study worker --nats tls://nats.example:4222 --creds study.creds\n  SEMROB_NATS_TOKEN=… semrob study worker --nats nats://host:4222\n" +
			"  SEMROB_NATS_URL=nats://user:password@host:4222 semrob study worker",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.server.URL == "" {
				return fmt.Errorf("no server: give --nats or set $%s", urlVariable)
			}
			if _, err := a.lab(); err != nil {
				return err
			}
			ctx := cmd.Context()
			if f.untilEOF {
				ctx = untilEOF(ctx, os.Stdin)
			}
			err := a.worker(ctx, &f)
			if f.untilEOF && cmd.Context().Err() == nil && ctx.Err() != nil {
				return nil // the end of the input, as requested
			}
			return err
		},
	}
	flags := cmd.Flags()
	f.server.add(flags)
	flags.StringVar(&f.study, "study", "", "the only study to work on (default: all)")
	flags.StringVar(&f.dir, "dir", ".", "base of the relative paths in plans")
	flags.StringArrayVar(&f.also, "also-dir", nil, "another folder with files of plans, for absolute paths and .. (repeatable)")
	flags.StringArrayVar(&f.allow, "allow", nil, "a network from elsewhere that may be opened: hf:owner/*, python:net.py, http, … (repeatable)")
	flags.StringVar(&f.cache, "files", "", "the folder for downloaded meshes and weights (default in the user's cache)")
	flags.DurationVar(&f.idle, "idle", 0, "end after this time without work (default never)")
	flags.BoolVar(&f.untilEOF, "until-eof", false, "end when standard input ends")
	return cmd
}

// untilEOF returns a context that is done when the input has ended.
func untilEOF(ctx context.Context, input io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, input)
		cancel()
	}()
	return ctx
}

func (a *app) worker(ctx context.Context, f *workerFlags) error {
	say := func(sentence string) {
		if !a.quiet {
			fmt.Fprintln(a.stderr, sentence)
		}
	}
	conn, err := queue.Dial(f.server.Server, "semrob study worker", say)
	if err != nil {
		return err
	}
	defer conn.Close()
	engine, idle := &sweep.Engine{Dir: f.dir, Folders: f.also, Allow: f.allow, Cache: f.cache}, time.Now()
	for ctx.Err() == nil {
		studies, err := f.studies(ctx, conn)
		if err != nil && conn.IsClosed() {
			return err
		}
		for _, name := range studies {
			worked, err := a.workOn(ctx, conn, name, engine, f, say, len(studies) > 1)
			if err != nil {
				return err
			}
			if worked {
				idle = time.Now()
			}
		}
		if f.idle > 0 && time.Since(idle) > f.idle {
			return nil
		}
		if len(studies) == 0 {
			wait(ctx, time.Second)
		}
	}
	return ctx.Err()
}

func (f *workerFlags) studies(ctx context.Context, conn *nats.Conn) ([]string, error) {
	if f.study != "" {
		return []string{f.study}, nil
	}
	once, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return queue.Studies(once, conn)
}

// workOn works on a study until it has no more work, or, if it is the only one and
// --idle is 0, until it is stopped.
func (a *app) workOn(ctx context.Context, conn *nats.Conn, name string, engine *sweep.Engine, f *workerFlags, say func(string), several bool) (worked bool, err error) {
	once, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	q, err := queue.Join(once, conn, name)
	if err != nil {
		wait(ctx, 300*time.Millisecond) // it is being created, or the server is away
		if conn.IsClosed() {
			return false, err
		}
		return false, nil
	}
	options := queue.WorkOptions{Report: say, Idle: f.idle}
	if several || f.study == "" && f.idle == 0 {
		options.Idle = 3 * time.Second // then look for other studies
	}
	counting := func(ctx context.Context, q *queue.Queue, item queue.Item) ([]byte, error) {
		worked = true
		return engine.Do(ctx, q, item)
	}
	return worked, q.Work(ctx, counting, options)
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (a *app) newStudyStatus() *cobra.Command {
	var server serverFlags
	cmd := &cobra.Command{
		Use:     "status [FOLDER]",
		Short:   "Report the progress of the studies of a folder or a server",
		Example: "  semrob study status studies/lite\n  semrob study status --nats nats://host:4222",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && !cmd.Flags().Changed("nats") {
				server.URL = "" // the folder takes precedence over the environment
			}
			if (server.URL == "") == (len(args) == 0) {
				return fmt.Errorf("give either a study's folder or a server (--nats)")
			}
			if server.URL != "" {
				conn, err := queue.Dial(server.Server, "semrob study status", nil)
				if err != nil {
					return err
				}
				defer conn.Close()
				return a.printStatus(cmd.Context(), conn, false)
			}
			return a.folderStatus(cmd.Context(), filepath.Join(args[0], sweep.ServerFolder))
		},
	}
	server.add(cmd.Flags())
	return cmd
}

// folderStatus prints the status from the server of a folder, which it starts if
// necessary.
func (a *app) folderStatus(ctx context.Context, folder string) (err error) {
	address, err := embedded.Address(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: give the folder of a study that was run", err)
	}
	if err != nil {
		return err
	}
	server, err := embedded.Start(folder, embedded.Options{Closed: true})
	if errors.Is(err, embedded.ErrRunning) {
		conn, err := queue.Dial(address, "semrob study status", nil)
		if err != nil {
			return err
		}
		defer conn.Close()
		return a.printStatus(ctx, conn, false)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	conn, err := server.Connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	fmt.Fprintln(a.stdout, "The study is not running: study run continues it.")
	return a.printStatus(ctx, conn, true)
}

// printStatus prints the progress of all studies. With check it reads every result:
// a server counts damaged ones as done.
func (a *app) printStatus(ctx context.Context, conn *nats.Conn, check bool) error {
	studies, err := queue.Studies(ctx, conn)
	if err != nil {
		return err
	}
	t := newTable(a.stdout, tabwriter.AlignRight, "study", "done", "damaged", "set aside", "queued", "in work", "workers", "of another version")
	for _, name := range studies {
		q, err := queue.Join(ctx, conn, name)
		if err != nil {
			return err
		}
		p, err := q.Status(ctx)
		if err != nil {
			return err
		}
		damaged := "–"
		if check {
			done, n, err := q.Check(ctx)
			if err != nil {
				return err
			}
			p.Done, damaged = done, strconv.Itoa(n)
		}
		t.row(name, p.Done, damaged, p.SetAside, p.Queued, p.InWork, len(p.Workers), p.OtherVersions())
	}
	return t.Flush()
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// serverFlags are the flags for the NATS server of a study.
type serverFlags struct{ queue.Server }

func (f *serverFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.URL, "nats", os.Getenv(urlVariable), "NATS server with JetStream: nats://host:4222,… (default $"+urlVariable+")")
	flags.StringVar(&f.Credentials, "creds", "", "a NATS credentials file, or a file with the seed of an NKey")
	flags.StringVar(&f.Token, "token", os.Getenv(tokenVariable), "the server's token (default $"+tokenVariable+")")
	flags.StringVar(&f.CA, "tls-ca", "", "a file of trusted certificates")
	flags.StringVar(&f.Certificate, "tls-cert", "", "the client certificate")
	flags.StringVar(&f.Key, "tls-key", "", "the key of --tls-cert")
	flags.StringVar(&f.Name, "tls-name", "", "the name in the server's certificate (default the host in --nats)")
	for _, name := range []string{"nats", "token"} {
		flags.Lookup(name).DefValue = "" // help must not print secrets
	}
}

// urlVariable and tokenVariable keep the password in a server's address and the
// token out of process lists.
const (
	urlVariable   = "SEMROB_NATS_URL"
	tokenVariable = "SEMROB_NATS_TOKEN"
)

// environment returns the variables with the server's address, which may contain a
// password, and the token for a worker process.
func (f *serverFlags) environment() []string {
	return []string{urlVariable + "=" + f.URL, tokenVariable + "=" + f.Token}
}

// args returns the other flags for such a worker.
func (f *serverFlags) args() []string {
	var args []string
	for _, flag := range []struct{ name, value string }{
		{"--creds", f.Credentials}, {"--tls-ca", f.CA}, {"--tls-cert", f.Certificate}, {"--tls-key", f.Key}, {"--tls-name", f.Name},
	} {
		if flag.value != "" {
			args = append(args, flag.name, flag.value)
		}
	}
	return args
}

func (a *app) loadPlan(ctx context.Context, path string) (*plan.Prepared, error) {
	p, err := plan.Load(ctx, path)
	if err != nil {
		return nil, err
	}
	return p.Prepare(ctx, a.progress())
}

// runFlags are the flags of study run.
type runFlags struct {
	server   serverFlags
	out      string
	listen   string
	workers  int
	silence  time.Duration
	replicas int
	maxStore int64
	retry    bool
	force    bool
}

func (a *app) newStudyRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run PLAN",
		Short: "Run a study, or continue one",
		Long: "run works on a study until every item has a result or was set aside after three failures, and writes\n" +
			"results.parquet, results.csv, regions/ and maps/ to the study's folder. It can be stopped or killed\n" +
			"at any time: the same command continues it, and after Ctrl-C the table contains the finished items.\n" +
			"The exit status is 1 if items were set aside.\n" +
			"Without --listen its server is reachable only from this machine; other workers need the token in\n" +
			"the study's folder (nats/server.json).",
		Example: "  semrob study run plan.yaml\n  semrob study run plan.yaml --workers 0 --nats tls://nats.example:4222 --creds study.creds",
		Args:    cobra.ExactArgs(1),
		// After an interruption, the table is written and workers are stopped.
		Annotations: map[string]string{patienceKey: (sweep.Farewell + 3*patience).String()},
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.lab(); err != nil {
				return err
			}
			return a.runStudy(cmd.Context(), args[0], &f)
		},
	}
	flags := cmd.Flags()
	f.server.add(flags)
	flags.Lookup("tls-cert").Usage += ", or with --listen the server's"
	flags.StringVar(&f.out, "out", "", "the study's folder (default: the plan's path without its extension)")
	flags.StringVar(&f.listen, "listen", "", "host:port of this machine's server for workers on other machines")
	flags.IntVar(&f.workers, "workers", 1, "worker processes on this machine; 0 leaves the work to others")
	flags.DurationVar(&f.silence, "silence", 0, "time without a sign of life after which a worker loses its item (default 30s)")
	flags.IntVar(&f.replicas, "replicas", 1, "number of servers of a cluster that store all data")
	flags.Int64Var(&f.maxStore, "max-store", 0, "disk space of the embedded server in MiB (default: all that is free)")
	flags.BoolVar(&f.retry, "retry", false, "try items that were set aside again")
	flags.BoolVar(&f.force, "force", false, "replace a table by one with fewer finished items")
	return cmd
}

// studyFolder returns the folder of a plan's study.
func studyFolder(planFile, out string) string {
	if out != "" {
		return out
	}
	return strings.TrimSuffix(planFile, filepath.Ext(planFile))
}

func (a *app) runStudy(ctx context.Context, planFile string, f *runFlags) error {
	if f.workers < 0 {
		return fmt.Errorf("--workers %d: use 0 or more", f.workers)
	}
	folder := studyFolder(planFile, f.out)
	if folder == planFile {
		return fmt.Errorf("the plan's file has no extension: give the study's folder with --out")
	}
	p, err := a.loadPlan(ctx, planFile)
	if err != nil {
		return err
	}
	name := sweep.QueueName(p, f.server.Server)
	screen := newStudyScreen(a, name)
	defer screen.done()
	options := sweep.Options{
		Folder: folder, Server: f.server.Server, Retry: f.retry, Force: f.force, Watch: screen.show, Report: screen.say,
		Queue: queue.Options{Silence: f.silence, Replicas: f.replicas},
	}
	options.Embedded.Listen, options.Embedded.MaxStore = f.listen, f.maxStore<<20
	if f.listen != "" {
		options.Embedded.Certificate, options.Embedded.Key = f.server.Certificate, f.server.Key
	}
	if f.workers > 0 {
		options.Started = func(ctx context.Context, address queue.Server) (func(), error) {
			server := &serverFlags{address}
			args := slices.Concat([]string{"study", "worker", "--study", name}, offers(sweep.Trusting(p)), a.pythonArgs())
			crew := crew{app: a, say: screen.say, environment: server.environment(), args: append(args, server.args()...)}
			return crew.start(ctx, f.workers)
		}
	}
	table, err := sweep.Run(ctx, p, options)
	if err != nil {
		return err
	}
	screen.done()
	fmt.Fprintf(a.stdout, "%d rows in %s\n", len(table.Rows), filepath.Join(folder, sweep.TableFile))
	return setAside(p.Total()-len(table.Items), table)
}

// offers returns the flags for a worker with an engine's files and networks.
func offers(e *sweep.Engine) []string {
	args := []string{"--dir", e.Dir}
	for _, folder := range e.Folders {
		args = append(args, "--also-dir", folder)
	}
	for _, network := range e.Allow {
		args = append(args, "--allow", network)
	}
	return args
}

// setAside returns an error about n items that were set aside, nil for none.
func setAside(n int, t *results.Table) error {
	if n == 0 {
		return nil
	}
	maps := n
	for _, row := range t.Rows {
		if row.Status == results.SetAside && row.Start == 0 { // one of the rows of an item
			maps--
		}
	}
	return fmt.Errorf("%d items were set aside after repeated failures, %d of them maps: the table has the reasons; --retry tries them again", n, maps)
}

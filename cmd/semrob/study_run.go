package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/queue"
	"github.com/semrob/gonb-semrob/semrob/study/results"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// serverFlags say which NATS server a study is on.
type serverFlags struct{ queue.Server }

func (f *serverFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.URL, "nats", os.Getenv(urlVariable), "a NATS server with JetStream, such as nats://host:4222, or several with commas between them (default $"+urlVariable+")")
	flags.StringVar(&f.Credentials, "creds", "", "a NATS credentials file, or one with the seed of an NKey")
	flags.StringVar(&f.Token, "token", os.Getenv(tokenVariable), "the server's token (default $"+tokenVariable+")")
	flags.StringVar(&f.CA, "tls-ca", "", "a file of certificates to trust")
	flags.StringVar(&f.Certificate, "tls-cert", "", "a client certificate; with --listen that of the server")
	flags.StringVar(&f.Key, "tls-key", "", "its key")
	flags.StringVar(&f.Name, "tls-name", "", "the name that the server's certificate must be for (default the host in --nats)")
	for _, name := range []string{"nats", "token"} {
		flags.Lookup(name).DefValue = "" // help must not print secrets
	}
}

// urlVariable and tokenVariable keep the password in a server's address, and the
// token, out of lists of processes.
const (
	urlVariable   = "SEMROB_NATS_URL"
	tokenVariable = "SEMROB_NATS_TOKEN"
)

// environment returns what tells a worker in a process of its own the server's
// address, which may hold a password, and the token.
func (f *serverFlags) environment() []string {
	return []string{urlVariable + "=" + f.URL, tokenVariable + "=" + f.Token}
}

// args returns the flags that such a worker needs besides its environment.
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

func (a *app) newPlan() *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Check the plan of a study and count its work",
		Long: "plan reads the plan of a study and tells all that is wrong with it, each with its line. With --check\n" +
			"it measures how fast this machine is and tells how long one worker on it takes at most; runs that\n" +
			"come to rest early need less.",
		Example: "  semrob study plan --check plan.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.lab(); err != nil { // sets the backend's options
				return err
			}
			return a.checkPlan(cmd.Context(), args[0], check)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "measure the rate and estimate the time too")
	return cmd
}

func (a *app) checkPlan(ctx context.Context, path string, measure bool) error {
	p, err := a.loadPlan(ctx, path)
	if err != nil {
		return err
	}
	most, total := make([]sweep.Work, len(p.Networks)), 0
	for item := range p.Items() {
		for i, n := range p.Networks {
			if n.Key() == item.NetworkKey() {
				most[i] = most[i].Add(sweep.MostWork(item))
			}
		}
		total++
	}
	fmt.Fprintf(a.stdout, "%s: %d networks × %d objects, %d methods, %d starts, %d seeds: %d items\n",
		p.Study, len(p.Networks), len(p.Objects), len(p.Methods), max(len(p.Starts), p.RandomStarts), len(p.Seeds), total)
	engine, whole := &sweep.Engine{Dir: p.Dir}, 0.0
	defer engine.Close()
	for i, n := range p.Networks {
		fmt.Fprintf(a.stdout, "%s: at most %d evaluations", n.Title, most[i].Total())
		if most[i].Gradients > 0 {
			fmt.Fprintf(a.stdout, ", %d of them with gradients", most[i].Gradients)
		}
		if measure {
			rate, err := engine.Measure(ctx, p, i)
			if err != nil {
				fmt.Fprintln(a.stdout)
				return fmt.Errorf("measuring the rate of %s: %w", n.Title, err)
			}
			seconds := most[i].Seconds(rate)
			whole += seconds
			fmt.Fprintf(a.stdout, ", %s per second here: at most %s", rates(rate), progress.Duration(time.Duration(seconds*1e9)))
		}
		fmt.Fprintln(a.stdout)
	}
	if measure {
		fmt.Fprintf(a.stdout, "one worker like this machine: at most %s\n", progress.Duration(time.Duration(whole*1e9)))
	}
	return nil
}

func rates(r sweep.Rate) string {
	if r.Gradients == 0 {
		return fmt.Sprintf("%.0f", r.Values)
	}
	return fmt.Sprintf("%.0f, with gradients %.0f,", r.Values, r.Gradients)
}

func (a *app) loadPlan(ctx context.Context, path string) (*plan.Prepared, error) {
	p, err := plan.Load(ctx, path)
	if err != nil {
		return nil, err
	}
	var show progress.Progress
	if !a.quiet {
		show = progressOn(a.stderr)
	}
	return p.Prepare(ctx, show)
}

// runFlags are those of study run.
type runFlags struct {
	server   serverFlags
	out      string
	listen   string
	workers  int
	silence  time.Duration
	replicas int
	maxStore int64
	retry    bool
}

func (a *app) newStudyRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run PLAN",
		Short: "Run a study, or continue one",
		Long: "run works on a study until every item has a result or was set aside after three failures, and writes\n" +
			"results.parquet, results.csv, regions/ and maps/ into the study's folder. It may be stopped or killed at\n" +
			"any time: the same command continues; after Ctrl-C the table has what is done. Its server listens on this\n" +
			"machine only unless --listen says otherwise; whoever may join needs the token in the study's folder\n" +
			"(nats/server.json).",
		Example: "  semrob study run plan.yaml\n  semrob study run plan.yaml --workers 0 --nats tls://nats.example:4222 --creds study.creds",
		Args:    cobra.ExactArgs(1),
		// The table of what is done is written, and workers are stopped.
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
	flags.StringVar(&f.out, "out", "", "the study's folder (default the plan's name beside it, without .yaml)")
	flags.StringVar(&f.listen, "listen", "", "host:port that workers of other machines reach this one's server at")
	flags.IntVar(&f.workers, "workers", 1, "worker processes on this machine; 0 leaves the work to others")
	flags.DurationVar(&f.silence, "silence", 0, "how long a worker may be silent before its item goes to another (default 30s)")
	flags.IntVar(&f.replicas, "replicas", 1, "servers of a cluster that keep everything")
	flags.Int64Var(&f.maxStore, "max-store", 0, "most that the study's own server keeps on disk, in MiB (default what there is)")
	flags.BoolVar(&f.retry, "retry", false, "try again what was set aside")
	return cmd
}

// studyFolder returns where a plan's study is kept.
func studyFolder(planFile, out string) string {
	if out != "" {
		return out
	}
	return strings.TrimSuffix(planFile, filepath.Ext(planFile))
}

func (a *app) runStudy(ctx context.Context, planFile string, f *runFlags) error {
	if f.workers < 0 {
		return fmt.Errorf("--workers %d: there cannot be fewer than none", f.workers)
	}
	folder := studyFolder(planFile, f.out)
	if folder == planFile {
		return fmt.Errorf("the plan's file has no ending: name the study's folder with --out")
	}
	p, err := a.loadPlan(ctx, planFile)
	if err != nil {
		return err
	}
	screen := newStudyScreen(a, p.Study)
	defer screen.done()
	options := sweep.Options{
		Folder: folder, Server: f.server.Server, Retry: f.retry, Watch: screen.show, Report: screen.say,
		Queue: queue.Options{Silence: f.silence, Replicas: f.replicas},
	}
	options.Embedded.Listen, options.Embedded.MaxStore = f.listen, f.maxStore<<20
	if f.listen != "" {
		options.Embedded.Certificate, options.Embedded.Key = f.server.Certificate, f.server.Key
	}
	if f.workers > 0 {
		options.Started = func(ctx context.Context, address queue.Server) (func(), error) {
			server := &serverFlags{address}
			crew := crew{app: a, say: screen.say, environment: server.environment(), args: append([]string{"study", "worker", "--study", p.Study, "--dir", p.Dir}, server.args()...)}
			return crew.start(ctx, f.workers)
		}
	}
	table, err := sweep.Run(ctx, p, options)
	if err != nil {
		return err
	}
	screen.done()
	return a.printStudy(folder, table)
}

func (a *app) printStudy(folder string, t *results.Table) error {
	aside := 0
	for _, row := range t.Rows {
		if row.Status == results.SetAside {
			aside++
		}
	}
	_, err := fmt.Fprintf(a.stdout, "%d rows in %s, %d of them set aside\n", len(t.Rows), filepath.Join(folder, sweep.TableFile), aside)
	return err
}

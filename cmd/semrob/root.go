package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network/python"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/progress/terminal"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// app is the state shared by all commands.
type app struct {
	stdout, stderr io.Writer
	noCache, quiet bool
	cacheDir       string
	cacheLimit     int64 // MiB
	rasterizer     device.Choice
	python         python.Options
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	a := &app{stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "semrob",
		Short: "Examine for which viewpoints an image classifier recognises an object",
		Long: "semrob renders a 3-D object from every side, asks a network what it sees, and shows for which\n" +
			"viewpoints, distances, lights and colours it recognises the object, and where it stops.",
		SilenceUsage: true, SilenceErrors: true, DisableSuggestions: true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	flags := root.PersistentFlags()
	flags.BoolVar(&a.noCache, "no-cache", false, "neither read nor store results")
	flags.StringVar(&a.cacheDir, "cache-dir", "", "folder of stored results (default $"+store.Variable+", or semrob in the user's cache folder)")
	flags.Int64Var(&a.cacheLimit, "cache-limit", store.DefaultLimit>>20, "greatest size of the folder in MiB")
	flags.TextVar(&a.rasterizer, "rasterizer", device.Auto, "where visibility is computed: "+device.Choices.String()+" (in XLA); auto: on a GPU if any")
	flags.StringVar(&a.python.Interpreter, "python", "", "interpreter for networks in Python (default $"+python.Variable+", the active venv's, or python3)")
	flags.DurationVar(&a.python.Limit, "python-limit", python.DefaultLimit, "longest time without an answer of a network in Python")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "show no progress")
	root.AddCommand(a.newSetup(), a.newDoctor(), a.newFigure(), a.newRender(), a.newMap(), a.newRegions(), a.newVerify(), a.newWorst(), a.newCalibrate(), a.newSensitivity(), a.newSlices(), a.newViews(), a.newRerun(),
		group("kernel", "Register the GoNB kernel with an existing Jupyter, and check it", a.newKernelInstall(), a.newKernelCheck()),
		group("network", "List networks, fetch weights, and check architectures", a.newNetworkList(), a.newNetworkFetch(), a.newNetworkCheck()),
		group("study", "Run studies of many networks and objects; replay and summarise published regions",
			a.newPlan(), a.newStudyRun(), a.newStudyWorker(), a.newStudyStatus(), a.newTable(), a.newBeside(), a.newStudyVerify(), a.newPredict(), a.newReplay(), a.newSRVR()))
	return root
}

// lab returns a Lab for the global flags, and sets the backend's options.
func (a *app) lab() (*semrob.Lab, error) {
	l := &semrob.Lab{NoCache: a.noCache, Rasterizer: a.rasterizer, Warn: func(sentence string) { fmt.Fprintln(a.stderr, sentence) }}
	if a.cacheLimit <= 0 {
		return nil, fmt.Errorf("--cache-limit %d: use a positive size, or --no-cache to store nothing", a.cacheLimit)
	}
	s, err := store.Default()
	if a.cacheDir != "" {
		s, err = &store.Store{Dir: a.cacheDir}, nil
	}
	if err != nil && !a.noCache {
		return nil, err
	}
	if err == nil {
		s.Limit = a.cacheLimit << 20
		l.Store = s
	}
	options := backend.Options{Notify: l.Warn}
	if l.Progress = a.progress(); l.Progress != nil {
		options.Install.Progress = backend.ProgressTo(a.stderr)
	}
	backend.SetDefaults(options)
	a.setPython()
	return l, nil
}

// setPython sets how networks in Python are run.
func (a *app) setPython() {
	a.python.Say = func(sentence string) {
		if !a.quiet {
			fmt.Fprintln(a.stderr, sentence)
		}
	}
	python.SetDefaults(a.python)
}

// pythonArgs returns the flags for worker processes.
func (a *app) pythonArgs() []string {
	args := []string{"--python-limit", a.python.Limit.String()}
	if a.python.Interpreter != "" {
		args = append(args, "--python", a.python.Interpreter)
	}
	return args
}

// allowFlag adds --allow for networks in files of others.
func allowFlag(flags *pflag.FlagSet, allowed *[]string) {
	flags.StringArrayVar(allowed, "allow", nil, "a `network` that may run code or use a server; python or http: all of them (repeatable)")
}

// progress returns a progress bar on a terminal, otherwise plain lines; nil with
// --quiet.
func (a *app) progress() progress.Progress {
	if a.quiet {
		return nil
	}
	if file, ok := a.stderr.(*os.File); ok {
		return terminal.New(file)
	}
	return &progress.Plain{W: a.stderr}
}

// group returns a command that only has subcommands.
func group(use, short string, subcommands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(subcommands...)
	return cmd
}

// listed joins names, as in "a, b, c".
func listed(names []string) string { return strings.Join(names, ", ") }

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
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/progress/terminal"
	"github.com/semrob/gonb-semrob/semrob/render/device"
	"github.com/semrob/gonb-semrob/semrob/store"
)

// app holds what every command shares.
type app struct {
	stdout, stderr io.Writer
	noCache, quiet bool
	cacheDir       string
	cacheLimit     int64 // MiB
	rasterizer     string
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	a := &app{stdout: stdout, stderr: stderr}
	root := &cobra.Command{
		Use:   "semrob",
		Short: "Where in the space of meanings does an image classifier hold?",
		Long: "semrob renders a 3-D object from every side, asks a network what it sees, and shows\n" +
			"where in the space of meanings (camera, distance, light, colour) the network holds.",
		SilenceUsage: true, SilenceErrors: true, DisableSuggestions: true,
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	flags := root.PersistentFlags()
	flags.BoolVar(&a.noCache, "no-cache", false, "neither read nor keep results")
	flags.StringVar(&a.cacheDir, "cache-dir", "", "folder that results are kept in (default $"+store.Variable+", or semrob in the user's cache folder)")
	flags.Int64Var(&a.cacheLimit, "cache-limit", store.DefaultLimit>>20, "size in MiB that the folder is kept below")
	flags.StringVar(&a.rasterizer, "rasterizer", "auto", "where visibility is found: host, device (in XLA), or auto: on a GPU where there is one")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "show no progress")
	root.AddCommand(a.newSetup(), a.newDoctor(), a.newKernel(), a.newFigure(), a.newRender(), a.newMap(), a.newRegions(), a.newVerify(), a.newStudy(), a.newWorst(), a.newNetwork())
	return root
}

// lab returns the laboratory that the global flags describe.
func (a *app) lab() (*semrob.Lab, error) {
	where, err := device.ParseChoice(a.rasterizer)
	if err != nil {
		return nil, err
	}
	l := &semrob.Lab{NoCache: a.noCache, Rasterizer: where, Warn: func(sentence string) { fmt.Fprintln(a.stderr, sentence) }}
	if a.cacheLimit <= 0 {
		return nil, fmt.Errorf("the cache limit is %d MiB: it must be positive; --no-cache keeps nothing", a.cacheLimit)
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
	if !a.quiet {
		l.Progress = progressOn(a.stderr)
		options.Install.Progress = backend.ProgressTo(a.stderr)
	}
	backend.SetDefaults(options)
	return l, nil
}

// progressOn returns a bar where w is a terminal and plain lines elsewhere.
func progressOn(w io.Writer) progress.Progress {
	if file, ok := w.(*os.File); ok {
		return terminal.New(file)
	}
	return &progress.Plain{W: w}
}

// subjectFlags are the flags of commands that look at an object through a
// network.
type subjectFlags struct {
	subject semrob.Subject
	set     []string
	look    lookFlags
}

func (f *subjectFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.subject.Mesh, "mesh", "", meshUsage())
	flags.StringVar(&f.subject.Network, "network", semrob.DefaultNetwork, "the network that looks at it: a name, a file of weights, file.onnx or hf:owner/name")
	flags.StringVar(&f.subject.Open.Architecture, "architecture", "", "of a file of weights that fits more than one, such as resnet50")
	flags.StringVar(&f.subject.Open.Labels, "labels", "", "`file` with the names of the network's classes (default: the weights' own, or ImageNet's)")
	flags.TextVar(&f.subject.Open.Layout, "layout", network.Layout(""), "of an ONNX model's images where it cannot be told: nchw or nhwc")
	flags.TextVar(&f.subject.Open.Output, "output", network.Output(""), "of an ONNX model: logits or probabilities (default: logits, those before a softmax at its end)")
	flags.IntVar(&f.subject.Open.InputSize, "input-size", 0, "height and width in pixels of what the network sees (default: what it was made for)")
	flags.StringVar(&f.subject.Class, "class", "", "what the network should see: a label or an index")
	flags.StringVar(&f.subject.Preprocess, "preprocess", "standard", "standard, raw as in the paper, "+listed(network.Normalisations())+", or mean=R,G,B;std=R,G,B")
	flags.StringVar(&f.subject.Precision, "precision", string(network.Float32), "what the network computes in: "+listed(network.Precisions.Names())+" (the last two gain on accelerators only)")
	f.addSet(flags)
	f.look.add(flags)
}

func (f *subjectFlags) addSet(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.set, "set", nil, "name=value of a semantic parameter, such as distance=3 (repeatable)")
}

// read returns the subject with the values of --set, of which each may come
// once.
func (f *subjectFlags) read() (semrob.Subject, error) {
	s := f.subject
	s.Set = map[string]float64{}
	for _, text := range f.set {
		name, value, err := parseSetting(text)
		if err != nil {
			return s, err
		}
		if _, twice := s.Set[name]; twice {
			return s, fmt.Errorf("--set %s is given twice: give one value", name)
		}
		s.Set[name] = value
	}
	return s, f.look.read(&s)
}

// listed joins names as in "a, b, c".
func listed(names []string) string { return strings.Join(names, ", ") }

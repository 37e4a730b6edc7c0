package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/viewset"
)

// viewsFlags are the flags of the command views.
type viewsFlags struct {
	subjectFlags
	axisFlags
	from, out string
	dirs      []string
	options   semrob.PickOptions
}

func (a *app) newViews() *cobra.Command {
	var f viewsFlags
	cmd := &cobra.Command{
		Use:   "views",
		Short: "Write views that the network gets wrong as pictures with a table",
		Long: "Write views that the network gets wrong to a folder: PNG pictures, and a table of semantic parameters,\n" +
			"class and answer as views.csv and views.parquet: a test set for other tools, or data for training.\n\n" +
			"--from is a file written by semrob worst, worst --distribution, slices or map, whose object and network are\n" +
			"found as by rerun; or one of these words, with --mesh and --class: " + semrob.Picks.String() + ". The\n" +
			"question is then asked with its default settings, or a stored answer is taken.",
		Example: "  semrob views --from distribution.json --count 200 --out hard\n" +
			"  semrob views --from slice --mesh teapot --class teapot --count 200 --out hard",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.views(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	f.subjectFlags.add(flags)
	f.axisFlags.add(flags)
	flags.StringVar(&f.from, "from", "", "a file, or with --mesh "+semrob.Picks.String())
	flags.IntVar(&f.options.Count, "count", 100, "number of views")
	flags.Uint64Var(&f.options.Seed, "seed", 1, "seed of the views that are drawn")
	flags.StringArrayVar(&f.dirs, "dir", nil, "folder to search for the mesh and weights of a file (repeatable)")
	flags.StringVar(&f.out, "out", "", "the folder to write, new or empty")
	need(cmd, "from", "out")
	cmd.MarkFlagsRequiredTogether("mesh", "class")
	return cmd
}

func (a *app) views(ctx context.Context, f *viewsFlags) error {
	if f.options.Count < 1 {
		return fmt.Errorf("--count %d: use at least 1", f.options.Count)
	}
	if err := viewset.CheckFolder(f.out); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	var picked *semrob.Picked
	switch from, unknown := semrob.Picks.Parse(f.from); {
	case filepath.Ext(f.from) != "":
		if f.subject.Mesh != "" || f.axes != nil {
			return fmt.Errorf("--from %s says itself what it shows: leave out --mesh, --class and --axis", f.from)
		}
		picked, err = lab.PickOf(ctx, f.from, f.options, f.dirs...)
	case unknown != nil:
		return fmt.Errorf("--from %s: give a file, or %s", f.from, semrob.Picks)
	case f.subject.Mesh == "":
		return fmt.Errorf("--from %s: name --mesh and --class, or give a file", f.from)
	default:
		if f.axes != nil {
			if f.options.Space, err = f.space(); err != nil {
				return err
			}
		}
		var subject semrob.Subject
		if subject, err = f.read(); err != nil {
			return err
		}
		picked, err = lab.Pick(ctx, subject, from, f.options)
	}
	if err != nil {
		return err
	}
	if err := viewset.Save(f.out, picked); err != nil {
		return err
	}
	right := 0
	for _, v := range picked.Views {
		if v.Top1 {
			right++
		}
	}
	fmt.Fprintf(a.stdout, "%s: %d views of %q, %d of them right, with %s and %s.\n", f.out, len(picked.Views), picked.Label, right, viewset.CSV, viewset.Parquet)
	if n := f.options.Count - len(picked.Views); n > 0 {
		fmt.Fprintf(a.stderr, "%d views fewer than asked for: the answer has no more points that differ.\n", n)
	}
	return nil
}

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// worstFlags are the flags of the command worst.
type worstFlags struct {
	subjectFlags
	axisFlags
	method               methodFlags
	within, out, picture string
	region, views        int
	target               float64
	distribution         distributionFlags
	options              semrob.WorstOptions
}

func (a *app) newWorst() *cobra.Command {
	f := worstFlags{method: methodFlags{table: methodsOf(worst.Table)}}
	cmd := &cobra.Command{
		Use:   "worst",
		Short: "Find the view, or a distribution of views, that the network gets most wrong",
		Long: "Find the point of a semantic space, or of a region of it, at which the network gives the class the\n" +
			"least probability, and show the network's answers there.\n\n" +
			"A single worst view may be an accident. --distribution finds a mixture of Gaussians, squashed into the\n" +
			"space, with a great mean loss and as wide as possible, and shows what fresh samples of it are like.",
		Example: "  semrob worst --mesh teapot --class teapot --out worst.json --figure worst.png\n" +
			"  semrob worst --mesh teapot --class teapot --axis azimuth --axis distance=2:4 --evaluations 1000 --out worst.json\n" +
			"  semrob worst --mesh teapot --class teapot --distribution --out distribution.json --figure distribution.png\n" +
			"  semrob worst --mesh teapot --class teapot --within regions.npz --region 2 --out worst.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.distribution.check(cmd); err != nil {
				return err
			}
			if f.distribution.on {
				if !cmd.Flags().Changed("evaluations") {
					f.options.Settings.Evaluations = worst.DistributionSettings{}.WithDefaults().Evaluations
				}
				return a.distribution(cmd.Context(), &f)
			}
			if cmd.Flags().Changed("target") {
				f.options.Settings.Target = &f.target
			}
			return a.worst(cmd.Context(), &f)
		},
	}
	flags, s := cmd.Flags(), &f.options.Settings
	f.subjectFlags.add(flags)
	f.addGradients(flags)
	f.axisFlags.add(flags)
	f.method.add(flags, worst.Combined{}.Name())
	flags.StringVar(&f.within, "within", "", "search inside a region of this .npz file, on its axes")
	flags.IntVar(&f.region, "region", 1, "number of the region in the file, counted from 1")
	flags.IntVar(&s.Evaluations, "evaluations", 600, "greatest number of evaluations")
	flags.Float64Var(&f.target, "target", 0, "stop at the first value at or below this (default: use all evaluations)")
	flags.Uint64Var(&s.Seed, "seed", 0, "seed of the random numbers")
	flags.IntVar(&f.views, "views", 5, "number of views to show, at points of low value apart from each other")
	flags.StringVar(&f.out, "out", "", "the .json file to write")
	flags.StringVar(&f.picture, "figure", "", "also draw the worst views: "+enum.Choice(figure.Endings))
	f.distribution.add(cmd)
	need(cmd, "mesh", "class", "out")
	cmd.MarkFlagsMutuallyExclusive("within", "axis")
	return cmd
}

func (a *app) worst(ctx context.Context, f *worstFlags) error {
	subject, err := f.prepare()
	if err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	found, err := lab.WorstViews(ctx, subject, f.options, f.views)
	if err != nil {
		return err
	}
	if err := found.Save(f.out); err != nil {
		return err
	}
	a.printWorst(found.Result, found.Views)
	if f.picture == "" {
		return nil
	}
	return figure.Save(f.picture, worstFigure(subject, found.Result, found.Views))
}

// prepare reads the flags before long work begins. The axes of --within become those
// of the search.
func (f *worstFlags) prepare() (subject semrob.Subject, err error) {
	if err = checkOutput("out", f.out, ".json"); err != nil {
		return
	}
	if err = checkOutput("figure", f.picture, figure.Endings...); err != nil {
		return
	}
	if n := f.options.Settings.Evaluations; n < 1 {
		return subject, fmt.Errorf("--evaluations %d: use at least 1", n)
	}
	if f.views < 1 {
		return subject, fmt.Errorf("--views %d: use at least 1", f.views)
	}
	if f.options.Method, err = methodWith(worst.Table, &f.method); err != nil {
		return
	}
	if f.options.Space, err = f.space(); err != nil {
		return
	}
	if f.within != "" {
		if err = f.readRegion(); err != nil {
			return
		}
	}
	return f.subjectFlags.read()
}

// readRegion reads the region of --within.
func (f *worstFlags) readRegion() error {
	found, err := region.Load(f.within)
	if err != nil {
		return err
	}
	if f.region < 1 || f.region > len(found.Runs) {
		return fmt.Errorf("--region %d: %s has regions 1…%d", f.region, f.within, len(found.Runs))
	}
	f.options.Space, f.options.Within = found.Space, &found.Runs[f.region-1].Bounds
	return nil
}

func (a *app) printWorst(r *worst.Result, views []semrob.View) {
	fmt.Fprintf(a.stdout, "The least probability is %.4g, after %d evaluations with %s (%s).\n", r.Value, r.Evaluations, r.Method, r.Status)
	if r.NotFinite > 0 {
		fmt.Fprintf(a.stdout, "%d values were not finite and were skipped: %s.\n", r.NotFinite, r.Detail)
	}
	for i, v := range views {
		fmt.Fprintf(a.stdout, "%d. %s: %.4g", i+1, placeText(r.Space, v.Point), v.Value)
		if len(v.Top) > 0 {
			fmt.Fprintf(a.stdout, "; the network says %s (%.0f %%)", v.Top[0].Label, 100*v.Top[0].Probability)
		}
		fmt.Fprintln(a.stdout)
	}
}

func worstFigure(subject semrob.Subject, r *worst.Result, views []semrob.View) *figure.Filmstrip {
	return &figure.Filmstrip{
		Title:    subject.String(),
		Subtitle: fmt.Sprintf("the least probability of %s, found with %d evaluations", subject.Class, r.Evaluations),
		Axes:     r.Space,
		Views:    semrob.Pictures(views),
	}
}

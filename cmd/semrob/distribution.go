package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/worst"
)

// distributionFlags are the flags of worst --distribution.
type distributionFlags struct {
	on       bool
	settings worst.DistributionSettings
}

// add adds the flags, which need --distribution.
func (f *distributionFlags) add(cmd *cobra.Command) {
	flags, s := cmd.Flags(), &f.settings
	flags.BoolVar(&f.on, "distribution", false, "find a distribution of bad views instead of single ones (5100 evaluations)")
	flags.IntVar(&s.Components, "components", 3, "for --distribution: Gaussians in the mixture")
	flags.Float64Var(&s.Entropy, "entropy", 0.5, "for --distribution: what a nat of entropy is worth in nats of loss")
	flags.TextVar(&s.Ascent, "ascent", worst.ByEvolution, "for --distribution: "+worst.Ascents.String()+": steps from values or from gradients of f")
	flags.IntVar(&s.Fresh, "fresh", 100, "for --distribution: fresh samples, and uniform views beside them")
}

// own are the flags of one of the two commands that worst is.
var (
	ofDistribution = []string{"components", "entropy", "ascent", "fresh"}
	ofSingleViews  = []string{"method", "target"}
)

// check reports flags that have no effect.
func (f *distributionFlags) check(cmd *cobra.Command) error {
	names, why := ofDistribution, "needs --distribution"
	if f.on {
		names, why = slices.Clone(ofSingleViews), "has no effect with --distribution"
		for _, n := range methodsOf(worst.Table).numbers {
			names = append(names, n.Name)
		}
	}
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s %s", name, why)
		}
	}
	return nil
}

// distribution is the command worst --distribution.
func (a *app) distribution(ctx context.Context, f *worstFlags) error {
	if f.distribution.settings.Components < 1 || f.distribution.settings.Fresh < 1 {
		return fmt.Errorf("--components %d, --fresh %d: use at least 1", f.distribution.settings.Components, f.distribution.settings.Fresh)
	}
	subject, err := f.prepare()
	if err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	settings := f.distribution.settings
	settings.Seed, settings.Evaluations = f.options.Settings.Seed, f.options.Settings.Evaluations
	found, err := lab.Distribution(ctx, subject, semrob.DistributionOptions{Space: f.options.Space, Within: f.options.Within, DistributionSettings: settings})
	if errors.Is(err, objective.ErrNoGradient) {
		err = fmt.Errorf("--ascent %s: %w", settings.Ascent, err)
	}
	if err != nil {
		return err
	}
	if err := found.Save(f.out); err != nil {
		return err
	}
	if err := a.printDistribution(subject.String(), found.Distribution); err != nil {
		return err
	}
	if f.picture == "" {
		return nil
	}
	n := min(f.views, len(found.Fresh.Points))
	points := objective.Points{Space: found.Space, At: slices.Clone(found.Fresh.Points[:n])}
	for _, p := range found.Single[:min(n, len(found.Single))] {
		points.At = append(points.At, p.At)
	}
	views, err := lab.Views(ctx, subject, points)
	if err != nil {
		return err
	}
	pictures := semrob.Pictures(views)
	drawn := figure.DistributionViews(found.Distribution, pictures[:n], pictures[n:])
	drawn.Title = subject.String() + ": " + lowerFirst(drawn.Title)
	return figure.Save(f.picture, drawn)
}

func (a *app) printDistribution(title string, d *worst.Distribution) error {
	fmt.Fprintf(a.stdout, "%s: %d Gaussians, found by %s, as wide as %.2g %% of the space (entropy %.2f nats); %d evaluations.\n",
		title, len(d.Components), d.Settings.Ascent, 100*math.Exp(d.Entropy), d.Entropy, d.Evaluations)
	header := []any{"component", "weight"}
	for _, axis := range d.Space {
		header = append(header, axis.Name+", middle 80 %")
	}
	t := newTable(a.stdout, tabwriter.AlignRight, header...)
	for i, c := range d.Components {
		row := []any{i + 1, fmt.Sprintf("%.0f %%", 100*c.Weight)}
		for k, axis := range d.Space {
			row = append(row, boundsText(objective.Space{{Unit: axis.Unit}}, region.Bounds{A: c.From[k : k+1], B: c.To[k : k+1]}))
		}
		t.row(row...)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	viewsText := func(what string, v worst.Views) {
		fmt.Fprintf(a.stdout, "%d %s: mean loss −ln f %.2f [%.2f, %.2f]", len(v.Points), what, v.Loss, v.LossLower, v.LossUpper)
		if r := v.Accuracy; r != nil {
			fmt.Fprintf(a.stdout, ", right in %.0f %% [%.0f, %.0f]", 100*r.Value, 100*r.Lower, 100*r.Upper)
		}
		fmt.Fprintln(a.stdout, ".")
	}
	viewsText("fresh samples of it", d.Fresh)
	viewsText("uniform views", d.Uniform)
	for _, p := range d.Single {
		fmt.Fprintf(a.stdout, "Single view: f = %.2g at %s.\n", p.Value, placeText(d.Space, p.At))
	}
	return nil
}

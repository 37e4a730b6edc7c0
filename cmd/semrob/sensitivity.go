package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/sensitivity"
)

// sourceFlags are the flags of commands that look at a network, or at a map instead.
type sourceFlags struct {
	subjectFlags
	axisFlags
	mapFile string
}

func (f *sourceFlags) add(cmd *cobra.Command) {
	f.subjectFlags.add(cmd.Flags())
	f.axisFlags.add(cmd.Flags())
	cmd.Flags().StringVar(&f.mapFile, "map", "", "look at this map instead of the network, at once, as accurate as its samples")
	cmd.MarkFlagsOneRequired("map", "mesh")
	cmd.MarkFlagsMutuallyExclusive("map", "mesh")
	cmd.MarkFlagsMutuallyExclusive("map", "axis")
	cmd.MarkFlagsRequiredTogether("mesh", "class")
}

// open reads the map, if one is given, the subject, and the space.
func (f *sourceFlags) open() (m *semmap.Map, s semrob.Subject, space objective.Space, err error) {
	if f.mapFile != "" {
		if m, err = semmap.Load(f.mapFile); err == nil {
			space = m.Space()
		}
		return m, s, space, err
	}
	if space, err = f.space(); err != nil {
		return nil, s, nil, err
	}
	s, err = f.read()
	return nil, s, space, err
}

// title names what was examined.
func (f *sourceFlags) title(s semrob.Subject) string {
	if f.mapFile != "" {
		return f.mapFile
	}
	return s.String()
}

// sensitivityFlags are the flags of the command sensitivity.
type sensitivityFlags struct {
	sourceFlags
	groups                        []string
	out, picture, conserved, text string
	settings                      sensitivity.Settings
}

func (a *app) newSensitivity() *cobra.Command {
	var f sensitivityFlags
	cmd := &cobra.Command{
		Use:   "sensitivity",
		Short: "Tell which factors matter: azimuth, distance, light …",
		Long: "Tell how much of the variance of f, the probability of the class, and of the top-1 answer being right\n" +
			"each axis explains, alone (first-order Sobol index) and together with others (total index), and how\n" +
			"many right views stay right when one factor moves. With --gradients, gradients of f bound total indices.",
		Example: "  semrob sensitivity --mesh teapot --class teapot --out sensitivity.json --figure sensitivity.png\n" +
			"  semrob sensitivity --mesh teapot --class teapot --axis azimuth --axis elevation --axis distance=2:5 \\\n" +
			"    --axis light-x --axis light-y --axis light-z --group light --points 512 --out sensitivity.json\n" +
			"  semrob sensitivity --map map.npz --threshold 0.5 --out sensitivity.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.sensitivity(cmd.Context(), &f) },
	}
	flags, s := cmd.Flags(), &f.settings
	f.add(cmd)
	f.addGradients(flags)
	flags.StringArrayVar(&f.groups, "group", nil, "axes that move together: light for light-*, or name=axis,axis (repeatable)")
	flags.IntVar(&s.Points, "points", 1024, "points N: N × (factors + 2) evaluations")
	flags.IntVar(&s.Gradients, "gradients", 0, "points with a gradient, for upper bounds of total indices")
	flags.Float64Var(&s.Criterion.Threshold, "threshold", 0, "a view is right if f is above this (default: if the top-1 answer is correct)")
	flags.Float64Var(&s.Confidence, "confidence", 0.95, "confidence of each interval")
	flags.Uint64Var(&s.Seed, "seed", 0, "seed of the points")
	flags.StringVar(&f.out, "out", "", "the .json file to write")
	flags.StringVar(&f.picture, "figure", "", "also draw the shares of the variance as bars: "+enum.Choice(figure.Endings))
	flags.StringVar(&f.conserved, "conserved-figure", "", "also draw the share of right views that stay right")
	flags.StringVar(&f.text, "table", "", "also write a table: "+enum.Choice(figure.TableEndings))
	need(cmd, "out")
	return cmd
}

func (a *app) sensitivity(ctx context.Context, f *sensitivityFlags) error {
	if err := checkOutputs(f.out, f.text, f.picture, f.conserved); err != nil {
		return err
	}
	m, subject, space, err := f.open()
	if err != nil {
		return err
	}
	if err := f.check(space); err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	var found *semrob.Sensitivity
	options := semrob.SensitivityOptions{Space: space, Settings: f.settings}
	if m != nil {
		found, err = lab.SensitivityOnMap(ctx, m, options)
	} else {
		found, err = lab.Sensitivity(ctx, subject, options)
	}
	if err != nil {
		return err
	}
	if err := found.Save(f.out); err != nil {
		return err
	}
	table := figure.SensitivityTable(found.Result)
	fmt.Fprintf(a.stdout, "%s: mean f %.3f%s; %d evaluations.\n\n", f.title(subject), found.F.Mean, rightText(found.Right), found.Evaluations)
	if err := table.WriteText(a.stdout); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "\n%s\n", found)
	if f.text != "" {
		if err := table.Save(f.text); err != nil {
			return err
		}
	}
	for _, picture := range []struct {
		path string
		of   func(*sensitivity.Result) (*figure.Bars, error)
	}{{f.picture, figure.SensitivityOf}, {f.conserved, figure.ConservedOf}} {
		if picture.path == "" {
			continue
		}
		drawn, err := picture.of(found.Result)
		if err != nil {
			return err
		}
		drawn.Title = f.title(subject) + ": " + lowerFirst(drawn.Title)
		if err := figure.Save(picture.path, drawn); err != nil {
			return err
		}
	}
	return nil
}

func (f *sensitivityFlags) check(space objective.Space) error {
	for _, text := range f.groups {
		group, err := sensitivity.ParseFactor(space, text)
		if err != nil {
			return fmt.Errorf("--group %s: %w", text, err)
		}
		f.settings.Groups = append(f.settings.Groups, group)
	}
	if f.settings.Points < 1 {
		return fmt.Errorf("--points %d: use at least 1", f.settings.Points)
	}
	return checkConfidence(f.settings.Confidence)
}

// rightText continues "mean f 0.41" with the share of right views.
func rightText(right *sensitivity.Variance) string {
	if right == nil {
		return ""
	}
	return fmt.Sprintf(", right in %.0f %% of the views", 100*right.Mean)
}

func checkConfidence(c float64) error {
	if !(c > 0 && c < 1) {
		return fmt.Errorf("--confidence %g: use a number between 0 and 1, such as 0.95", c)
	}
	return nil
}

// checkOutputs checks the files of --out, --table and figures.
func checkOutputs(out, table string, figures ...string) error {
	if err := checkOutput("out", out, ".json"); err != nil {
		return err
	}
	if err := checkOutput("table", table, figure.TableEndings...); err != nil {
		return err
	}
	for _, path := range figures {
		if err := checkOutput("figure", path, figure.Endings...); err != nil {
			return err
		}
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/slice"
)

// sliceFlags are the flags of the command slices.
type sliceFlags struct {
	sourceFlags
	out, picture, text string
	views              int
	settings           slice.Settings
}

func (a *app) newSlices() *cobra.Command {
	var f sliceFlags
	cmd := &cobra.Command{
		Use:   "slices",
		Short: "Find short rules that hold most failures, and confirm them on fresh views",
		Long: "Find failure slices: short rules on semantic parameters that hold most of the failures, such as\n" +
			"“elevation > 62° and distance > 3.1”. They are found on one half of the points; the other half and\n" +
			"fresh views of each slice say how much of that is true, with exact intervals.",
		Example: "  semrob slices --mesh teapot --class teapot --out slices.json --figure slices.png\n" +
			"  semrob slices --mesh teapot --class teapot --axis azimuth --axis elevation --axis distance=2:5 --out slices.json\n" +
			"  semrob slices --map map.npz --threshold 0.5 --out slices.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.slices(cmd.Context(), &f) },
	}
	flags, s := cmd.Flags(), &f.settings
	f.add(cmd)
	flags.IntVar(&s.Points, "points", 2048, "points, half of them for the search")
	flags.IntVar(&s.Fresh, "fresh", 200, "fresh views of each slice")
	flags.IntVar(&s.Slices, "slices", 4, "greatest number of slices")
	flags.IntVar(&s.Conditions, "conditions", 3, "greatest number of axes in a rule")
	flags.Float64Var(&s.Purity, "purity", 0, "share of failures at a slice's edges (default: halfway between that of all views and 1)")
	flags.Float64Var(&s.Criterion.Threshold, "threshold", 0, "a view is right if f is above this (default: if the top-1 answer is correct)")
	flags.Float64Var(&s.Confidence, "confidence", 0.95, "confidence of each interval")
	flags.Uint64Var(&s.Seed, "seed", 0, "seed of the points")
	flags.IntVar(&f.views, "views", 5, "fresh views of each slice in the figure")
	flags.StringVar(&f.out, "out", "", "the .json file to write")
	flags.StringVar(&f.picture, "figure", "", "also draw views of each slice: "+enum.Choice(figure.Endings))
	flags.StringVar(&f.text, "table", "", "also write a table: "+enum.Choice(figure.TableEndings))
	cmd.MarkFlagsMutuallyExclusive("map", "figure")
	need(cmd, "out")
	return cmd
}

func (a *app) slices(ctx context.Context, f *sliceFlags) error {
	if err := checkOutputs(f.out, f.text, f.picture); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	m, subject, space, err := f.open()
	if err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	var found *semrob.Slices
	options := semrob.SliceOptions{Space: space, Settings: f.settings}
	if m != nil {
		found, err = lab.SlicesOnMap(ctx, m, options)
	} else {
		found, err = lab.Slices(ctx, subject, options)
	}
	if err != nil {
		return err
	}
	if err := found.Save(f.out); err != nil {
		return err
	}
	a.printSlices(f.title(subject), found.Result)
	if f.text != "" {
		if err := figure.SliceTable(found.Result).Save(f.text); err != nil {
			return err
		}
	}
	if f.picture == "" {
		return nil
	}
	return a.drawSlices(ctx, lab, f, subject, found.Result)
}

// check checks numbers whose zero would mean the default.
func (f *sliceFlags) check() error {
	for _, n := range []struct {
		flag  string
		value int
	}{{"points", f.settings.Points}, {"fresh", f.settings.Fresh}, {"slices", f.settings.Slices}, {"conditions", f.settings.Conditions}, {"views", f.views}} {
		if n.value < 1 {
			return fmt.Errorf("--%s %d: use at least 1", n.flag, n.value)
		}
	}
	if f.views > f.settings.Fresh {
		return fmt.Errorf("--views %d: a slice has %d fresh views (--fresh)", f.views, f.settings.Fresh)
	}
	return checkConfidence(f.settings.Confidence)
}

func (a *app) printSlices(title string, r *slice.Result) {
	fmt.Fprintf(a.stdout, "%s: right in %s of all views, where right means that %s; %d evaluations.\n", title, r.Right, r.Settings.Criterion, r.Evaluations)
	if len(r.Slices) == 0 {
		fmt.Fprintf(a.stdout, "No slice: no short rule holds failures enough. They are few, or scattered.\n")
		return
	}
	confirmed := 0
	for i, s := range r.Slices {
		fmt.Fprintf(a.stdout, "%d. %s\n", i+1, s)
		if s.Confirmed {
			confirmed++
		}
	}
	switch confirmed {
	case 0:
		fmt.Fprintln(a.stdout, "Fresh views confirm none of them.")
	default:
		fmt.Fprintf(a.stdout, "Confirmed slices hold %s of the failures in %.0f %% of all views.\n", r.Failures, 100*r.Volume)
	}
	fmt.Fprintf(a.stdout, "Intervals: exact, %g %% for each by itself; a slice is confirmed if its interval for all slices together is below that of all views.\n", 100*r.Settings.Confidence)
}

// drawSlices draws the first fresh views of each slice.
func (a *app) drawSlices(ctx context.Context, lab *semrob.Lab, f *sliceFlags, subject semrob.Subject, r *slice.Result) error {
	if len(r.Slices) == 0 {
		fmt.Fprintf(a.stderr, "There is no slice: %s is not drawn.\n", f.picture)
		return nil
	}
	points := objective.Points{Space: r.Space}
	for _, s := range r.Slices {
		points.At = append(points.At, s.Views[:f.views]...)
	}
	views, err := lab.Views(ctx, subject, points)
	if err != nil {
		return err
	}
	drawn, err := figure.SliceViews(r, semrob.Pictures(views))
	if err != nil {
		return err
	}
	drawn.Title = subject.String() + ": " + lowerFirst(drawn.Title)
	return figure.Save(f.picture, drawn)
}

// lowerFirst returns a title as it continues another one.
func lowerFirst(title string) string {
	first, n := utf8.DecodeRuneInString(title)
	return string(unicode.ToLower(first)) + title[n:]
}

package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
)

// tableFlags are those of study table.
type tableFlags struct {
	by, format, part, out string
	figure                string
	options               compare.Options
}

// tableFormats are what --format takes, with the ending that each belongs to.
var tableFormats = map[string]string{"markdown": ".md", "latex": ".tex", "csv": ".csv", "text": ".txt", "html": ".html"}

func (a *app) newTable() *cobra.Command {
	var f tableFlags
	cmd := &cobra.Command{
		Use:   "table RESULTS...",
		Short: "Print SRVR and accuracy with intervals, ranks, and paired comparisons of networks",
		Long: "table sums results up: for each method and network (and class, with --by class) SRVR, the mean of f and\n" +
			"accuracy over the maps, with 95 % intervals (BCa bootstrap over objects), and ranks. Then it compares every\n" +
			"two networks on the objects and starts that both finished: paired permutation and Wilcoxon signed-rank\n" +
			"tests over objects, corrected by Holm.\n\n" +
			"RESULTS are tables (results.parquet or .csv), folders of studies, published files regions_NAME.npz, which\n" +
			"bring maps_NAME.npz beside them, or a folder of these.",
		Example: "  semrob study table studies/lite --by class\n  semrob study table published --format latex --out srvr.tex",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.table(args, &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.by, "by", "network", "a row for each network, or for each class and network: network, class")
	flags.StringVar(&f.format, "format", "", "markdown, latex, csv, text or html (default by the ending of --out, else markdown)")
	flags.StringVar(&f.part, "part", "", "srvr, pairs or both (default both, but in CSV, which holds one table, srvr)")
	flags.StringVar(&f.out, "out", "", "the file to write (default standard output)")
	flags.StringVar(&f.figure, "figure", "", "draw SRVR by method and network as bars: .png, .svg or .pdf")
	flags.IntVar(&f.options.Resamples, "resamples", compare.DefaultResamples, "bootstrap samples behind each interval")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "the seed of bootstrap and permutations")
	return cmd
}

func (a *app) table(paths []string, f *tableFlags) error {
	by, err := compare.ParseBy(f.by)
	if err != nil {
		return err
	}
	write, err := f.writer()
	if err != nil {
		return err
	}
	if f.options.Resamples < 100 {
		return fmt.Errorf("--resamples %d: fewer than 100 tell nothing about the ends of an interval", f.options.Resamples)
	}
	t, err := compare.Open(paths...)
	if err != nil {
		return err
	}
	c, err := compare.New(t, f.options)
	if err != nil {
		return err
	}
	if f.figure != "" {
		if err := figure.Save(f.figure, c.Bars()); err != nil {
			return err
		}
	}
	var tables []*figure.Table
	if f.part != "pairs" {
		tables = append(tables, c.SRVR(by))
	}
	if f.part != "srvr" {
		tables = append(tables, c.Pairs())
	}
	all := func(w io.Writer) error {
		for i, t := range tables {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := write(t, w); err != nil {
				return err
			}
		}
		return nil
	}
	if f.out != "" {
		return atomicfile.Write(f.out, all)
	}
	return all(a.stdout)
}

// writer checks the flags and returns how a table is written.
func (f *tableFlags) writer() (func(*figure.Table, io.Writer) error, error) {
	if f.format == "" {
		f.format = "markdown"
		for name, ending := range tableFormats {
			if strings.EqualFold(filepath.Ext(f.out), ending) {
				f.format = name
			}
		}
	}
	write := map[string]func(*figure.Table, io.Writer) error{
		"markdown": (*figure.Table).WriteMarkdown, "latex": (*figure.Table).WriteLaTeX, "csv": (*figure.Table).WriteCSV,
		"text": (*figure.Table).WriteText, "html": (*figure.Table).WriteHTML,
	}[f.format]
	if write == nil {
		return nil, fmt.Errorf("unknown format %q: choose markdown, latex, csv, text or html", f.format)
	}
	if f.part == "" {
		if f.part = "both"; f.format == "csv" {
			f.part = "srvr"
		}
	}
	if !slices.Contains([]string{"both", "srvr", "pairs"}, f.part) {
		return nil, fmt.Errorf("unknown part %q: choose srvr, pairs or both", f.part)
	}
	if f.part == "both" && f.format == "csv" {
		return nil, fmt.Errorf("a CSV file holds one table: choose --part srvr or --part pairs")
	}
	return write, nil
}

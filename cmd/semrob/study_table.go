package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
)

// tableFlags are the flags of study table.
type tableFlags struct {
	by                compare.By
	format, part, out string
	figure            string
	options           compare.Options
}

// tablePart selects the tables to print.
type tablePart string

const (
	bothParts tablePart = "both"
	srvrPart  tablePart = "srvr"
	pairsPart tablePart = "pairs"

	answersPart     tablePart = "answers"
	calibrationPart tablePart = "calibration"
)

var tableParts = enum.Of("part", bothParts, srvrPart, pairsPart, answersPart, calibrationPart)

func (a *app) newTable() *cobra.Command {
	var f tableFlags
	cmd := &cobra.Command{
		Use:   "table RESULTS...",
		Short: "Print SRVR and accuracy with intervals, ranks, and paired comparisons of networks",
		Long: "table summarises results: for each method and network (and class, with --by class) SRVR, the mean of f and\n" +
			"accuracy over the maps, with 95 % intervals (bootstrap over objects), and ranks. It also compares each\n" +
			"pair of networks on the objects and starts that both finished, by paired permutation and Wilcoxon\n" +
			"signed-rank tests over objects, with Holm's correction. --part answers shows for what objects of each class\n" +
			"are taken, --part calibration how sure networks are and how often right, from the maps of a study.\n\n" +
			"RESULTS are tables (results.parquet or .csv), folders of studies, published files regions_NAME.npz, which\n" +
			"are read with maps_NAME.npz in the same folder, or a folder of published files.",
		Example: "  semrob study table studies/lite --by class\n  semrob study table published --format latex --out srvr.tex",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.table(args, &f) },
	}
	flags := cmd.Flags()
	flags.TextVar(&f.by, "by", compare.ByNetwork, "`grouping` of rows: network, or class (by class and network)")
	flags.StringVar(&f.format, "format", "", figure.TableFormats.String()+" (default: by the ending of --out, or markdown)")
	flags.StringVar(&f.part, "part", "", "srvr, pairs, both, answers (for what classes are taken) or calibration (default both)")
	flags.StringVar(&f.out, "out", "", "the file to write (default: standard output)")
	flags.StringVar(&f.figure, "figure", "", "a figure of SRVR by method and network as bars: "+enum.Choice(figure.Endings))
	flags.IntVar(&f.options.Resamples, "resamples", compare.DefaultResamples, "bootstrap samples for each interval")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "seed of bootstrap and permutations")
	return cmd
}

func (a *app) table(paths []string, f *tableFlags) error {
	format, part, err := f.formatAndPart()
	if err != nil {
		return err
	}
	if f.options.Resamples < 100 {
		return fmt.Errorf("--resamples %d is too small for the ends of an interval: use at least 100", f.options.Resamples)
	}
	endings := figure.TableEndings
	if f.format != "" {
		endings = []string{filepath.Ext(f.out)}
	}
	if err := cmp.Or(checkOutput("out", f.out, endings...), checkDistinct(f.out, paths...), checkOutput("figure", f.figure, figure.Endings...)); err != nil {
		return err
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
	tables, err := tablesOf(c, part, f.by, paths)
	if err != nil {
		return err
	}
	all := func(w io.Writer) error {
		for i, t := range tables {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := t.Write(w, format); err != nil {
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

// tablesOf returns the tables of a part.
func tablesOf(c *compare.Comparison, part tablePart, by compare.By, paths []string) (tables []*figure.Table, err error) {
	if part == answersPart || part == calibrationPart {
		if len(paths) != 1 {
			return nil, fmt.Errorf("--part %s reads the maps of one study: give one folder or table", part)
		}
		dir := paths[0]
		if about, err := os.Stat(dir); err == nil && !about.IsDir() {
			dir = filepath.Dir(dir)
		}
		if part == calibrationPart {
			t, err := c.Calibration(dir, calibrate.Options{})
			return []*figure.Table{t}, err
		}
		t, err := c.Answers(dir)
		return []*figure.Table{t}, err
	}
	if part != pairsPart {
		tables = append(tables, c.SRVR(by))
	}
	if part != srvrPart {
		tables = append(tables, c.Pairs())
	}
	return tables, nil
}

// formatAndPart returns format and part, whose defaults depend on other flags.
func (f *tableFlags) formatAndPart() (figure.TableFormat, tablePart, error) {
	format, err := figure.TableFormats.Parse(cmp.Or(f.format, string(figure.TableFormatOf(f.out))))
	if err != nil {
		return "", "", fmt.Errorf("--format: %w", err)
	}
	if f.part == "" && format == figure.TableCSV {
		return format, srvrPart, nil
	}
	part, err := tableParts.Parse(f.part)
	if err != nil {
		return "", "", fmt.Errorf("--part: %w", err)
	}
	if part == bothParts && format == figure.TableCSV {
		return "", "", fmt.Errorf("a CSV file has one table: choose --part srvr or --part pairs")
	}
	return format, part, nil
}

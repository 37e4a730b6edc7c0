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
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
)

// besideFlags are the flags of study beside.
type besideFlags struct {
	data, out string
	names     map[string]string
	by        compare.By
	options   compare.Options
}

func (a *app) newBeside() *cobra.Command {
	var f besideFlags
	cmd := &cobra.Command{
		Use:   "beside RESULTS",
		Short: "Set the results of a study beside the published ones",
		Long: "beside compares a study with the published results of the same networks, on the same objects and starts:\n" +
			"SRVR, the mean of f, the differences of maps at the points that both have, and the overlap (IoU) of regions.\n" +
			"Objects of the study are those named class-number or class/number, counted from 0 as in the published files;\n" +
			"its regions must have grown in published mode, with camera: paper and preprocess: raw, to be comparable. Maps are\n" +
			"compared if the study has any.\n" +
			"RESULTS is a study's folder or table.",
		Example: "  semrob study beside studies/paper --data published --by class\n  semrob study beside studies/mine --data published --name my-resnet=ResNet50",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.beside(args[0], &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "", "the folder with regions_NAME.npz and maps_NAME.npz")
	flags.StringToStringVar(&f.names, "name", nil, "`network=NAME`: the published NAME of a network (default: the same but for case and punctuation)")
	flags.TextVar(&f.by, "by", compare.ByNetwork, "`grouping` of rows: network, or class (by class and network)")
	flags.StringVar(&f.out, "out", "", "the `file` to write: "+enum.Choice(figure.TableEndings)+" (default: standard output, Markdown)")
	flags.IntVar(&f.options.Resamples, "resamples", compare.DefaultResamples, "bootstrap samples for each interval")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "seed of the bootstrap")
	need(cmd, "data")
	return cmd
}

func (a *app) beside(path string, f *besideFlags) error {
	if f.options.Resamples < 100 {
		return fmt.Errorf("--resamples %d is too small for the ends of an interval: use at least 100", f.options.Resamples)
	}
	if err := cmp.Or(checkOutput("out", f.out, figure.TableEndings...), checkDistinct(f.out, path)); err != nil {
		return err
	}
	if figure.TableFormatOf(f.out) == figure.TableCSV {
		return fmt.Errorf("a CSV file has one table, and beside writes two: choose another ending for --out")
	}
	t, err := compare.Open(path)
	if err != nil {
		return err
	}
	dir := path
	if about, err := os.Stat(path); err == nil && !about.IsDir() {
		dir = filepath.Dir(path)
	}
	b, err := compare.NewBeside(t, dir, f.data, f.names, f.options)
	if err != nil {
		return err
	}
	tables := []*figure.Table{b.RegionsTable(f.by)}
	if maps := b.MapsTable(f.by); len(maps.Rows) > 0 {
		tables = append(tables, maps)
	}
	all := func(w io.Writer) error {
		for i, t := range tables {
			if i > 0 {
				fmt.Fprintln(w)
			}
			if err := t.Write(w, figure.TableFormatOf(f.out)); err != nil {
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

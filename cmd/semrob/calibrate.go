package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/calibrate"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/question"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// calibrateFlags are the flags of the command calibrate.
type calibrateFlags struct {
	options                   calibrate.Options
	along, edges              string
	reliability, risk, places string
}

func (a *app) newCalibrate() *cobra.Command {
	var f calibrateFlags
	cmd := &cobra.Command{
		Use:   "calibrate MAP...",
		Short: "Compare how sure networks are with how often they are right, over viewpoints",
		Long: "calibrate reads maps with answers, one for each object and network, and prints for each network the share of\n" +
			"right views, the mean confidence, overconfidence, ECE, Brier score and the area under the risk-coverage curve,\n" +
			"and the same in bands of an axis. Intervals are over objects: the views of one object are alike.",
		Example: "  semrob calibrate teapot.npz chair.npz piano.npz --figure reliability.png --along elevation\n" +
			"  semrob calibrate studies/lite/maps/*/*.npz --along elevation --edges=-10,20,50,90",
		Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.calibrate(args, &f) },
	}
	flags := cmd.Flags()
	flags.IntVar(&f.options.Bins, "bins", 15, "number of bins of confidence")
	flags.Float64Var(&f.options.Confidence, "confidence", 0.95, "confidence of the intervals")
	flags.StringVar(&f.along, "along", "", "also calibration in bands of this axis, such as elevation")
	flags.StringVar(&f.edges, "edges", "", "ends of the bands, such as -10,20,50,90 (default: three equal parts)")
	flags.StringVar(&f.reliability, "figure", "", "reliability diagram: "+enum.Choice(figure.Endings))
	flags.StringVar(&f.risk, "risk-figure", "", "risk-coverage curve: "+enum.Choice(figure.Endings))
	flags.StringVar(&f.places, "map-figure", "", "where confidence exceeds the share of right views: "+enum.Choice(figure.Endings))
	return cmd
}

func (a *app) calibrate(paths []string, f *calibrateFlags) error {
	for flag, path := range map[string]string{"figure": f.reliability, "risk-figure": f.risk, "map-figure": f.places} {
		if err := checkOutput(flag, path, figure.Endings...); err != nil {
			return err
		}
	}
	edges, err := f.readEdges()
	if err != nil {
		return err
	}
	names, groups, err := mapsByNetwork(paths)
	if err != nil {
		return err
	}
	var reports []*calibrate.Report
	for _, name := range names {
		r, err := calibrate.OfMaps(f.options, groups[name]...)
		if err != nil {
			return err
		}
		reports = append(reports, r)
	}
	if err := calibrate.Table(names, reports...).WriteText(a.stdout); err != nil {
		return err
	}
	if f.along != "" {
		if err := a.printBands(f, edges, names, groups); err != nil {
			return err
		}
	}
	return f.draw(names, reports, groups)
}

// readEdges returns the numbers of --edges; nil if there are none.
func (f *calibrateFlags) readEdges() ([]float64, error) {
	switch {
	case f.edges == "":
		return nil, nil
	case f.along == "":
		return nil, fmt.Errorf("--edges needs --along")
	}
	edges, err := parseNumbers("edges", f.edges)
	if err == nil && slices.ContainsFunc(edges, math.IsNaN) {
		err = fmt.Errorf("--edges %s: NaN is no end of a band", f.edges)
	}
	return edges, err
}

// mapsByNetwork loads maps and groups them by the network of their record, in the
// order of the files; maps without a record by their folder.
func mapsByNetwork(paths []string) (names []string, groups map[string][]*semmap.Map, err error) {
	maps, err := loadAll(paths, semmap.Load)
	if err != nil {
		return nil, nil, err
	}
	groups = map[string][]*semmap.Map{}
	for i, m := range maps {
		name := filepath.Dir(paths[i])
		if made, err := question.Parse(m.Meta); err == nil && made.Description != nil {
			name = strings.TrimSpace(made.Network + " " + strings.Trim(string(made.Preprocess), " "))
			name = strings.TrimSuffix(name, " standard")
		}
		if groups[name] == nil {
			names = append(names, name)
		}
		groups[name] = append(groups[name], m)
	}
	return names, groups, nil
}

func (a *app) printBands(f *calibrateFlags, edges []float64, names []string, groups map[string][]*semmap.Map) error {
	for _, name := range names {
		b, err := calibrate.Along(f.options, f.along, edges, groups[name]...)
		if err != nil {
			return err
		}
		t := b.Table()
		if len(names) > 1 {
			t.Caption = name + ". " + t.Caption
		}
		fmt.Fprintln(a.stdout)
		if err := t.WriteText(a.stdout); err != nil {
			return err
		}
	}
	return nil
}

// draw writes the figures, which are of one network.
func (f *calibrateFlags) draw(names []string, reports []*calibrate.Report, groups map[string][]*semmap.Map) error {
	if f.reliability == "" && f.risk == "" && f.places == "" {
		return nil
	}
	if len(names) > 1 {
		return fmt.Errorf("the maps are of the networks %s: a figure shows one, so give the maps of one", listed(names))
	}
	r := reports[0]
	if f.reliability != "" {
		drawn := r.Reliability()
		drawn.Title += " of " + names[0]
		if err := figure.Save(f.reliability, drawn); err != nil {
			return err
		}
	}
	if f.risk != "" {
		drawn := r.RiskCurve()
		drawn.Title += " of " + names[0]
		if err := figure.Save(f.risk, drawn); err != nil {
			return err
		}
	}
	if f.places == "" {
		return nil
	}
	drawn, err := calibrate.Map(groups[names[0]]...)
	if err != nil {
		return err
	}
	return figure.Save(f.places, drawn)
}

package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
)

func (a *app) newFigure() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "figure",
		Short: "Draw the kinds of figures of the paper from files of maps and regions",
		Long: "figure draws from files that semrob wrote (map.npz, regions.npz) and from published ones\n" +
			"(--data DIR --network NAME, which name maps_NAME.npz and regions_NAME.npz in a folder).\n" +
			"Figures are written as .png, .svg or .pdf, tables as .md, .tex, .csv, .txt or .html.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.figureProfile(), a.figureMap(), a.figureGrowth(), a.figureTrace(), a.figureAverage(), a.figureAzimuth(), a.figureBars(), a.figureTable())
	return cmd
}

// figureFlags are what all kinds of figures have.
type figureFlags struct {
	out, title, subtitle string
	width                float64
}

func (f *figureFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "the file to write")
	flags.StringVar(&f.title, "title", "", "a title of your own")
	flags.StringVar(&f.subtitle, "subtitle", "", "the line under the title")
	flags.Float64Var(&f.width, "width", 0, "width in CSS pixels (default 900)")
	need(cmd, "out")
}

// save sets title, subtitle and width where they are given, and writes f.
func (f *figureFlags) save(a *app, drawn figure.Figure) error {
	set := func(title, subtitle *string, width *float64) {
		if f.title != "" {
			*title = f.title
		}
		if f.subtitle != "" {
			*subtitle = f.subtitle
		}
		if f.width != 0 {
			*width = f.width
		}
	}
	switch d := drawn.(type) {
	case *figure.Map:
		set(&d.Title, &d.Subtitle, &d.Width)
	case *figure.Profile:
		set(&d.Title, &d.Subtitle, &d.Width)
	case *figure.Trace:
		set(&d.Title, &d.Subtitle, &d.Width)
	case *figure.Bars:
		set(&d.Title, &d.Subtitle, &d.Width)
	}
	if err := figure.Save(f.out, drawn); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.stdout, drawn.Describe())
	return err
}

// figureCommand returns a subcommand that checks --out and draws.
func (a *app) figureCommand(use, short, example string, f *figureFlags, endings []string, draw func() error) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := checkOutput("out", f.out, endings...); err != nil {
				return err
			}
			return draw()
		},
	}
	f.add(cmd)
	return cmd
}

// publishedFlags name published files of networks.
type publishedFlags struct {
	data     string
	networks []string
}

func (f *publishedFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.data, "data", "", "the folder of maps_NAME.npz and regions_NAME.npz")
	flags.StringArrayVar(&f.networks, "network", nil, "the NAME in these files' names (repeatable)")
}

func (f *publishedFlags) check() error {
	if f.data == "" || len(f.networks) == 0 {
		return fmt.Errorf("no data is given: name --data and --network, or files with --map or --regions")
	}
	return nil
}

func (f *publishedFlags) maps(network string) (*semmap.Published, error) {
	m, err := semmap.LoadPublished(networkFile(f.data, "maps", network))
	if err != nil {
		return nil, withNetworks(err, f.data)
	}
	return m, nil
}

func (f *publishedFlags) regions(network string) (*study.PublishedRegions, error) {
	r, err := study.LoadRegions(networkFile(f.data, "regions", network))
	if err != nil {
		return nil, withNetworks(err, f.data)
	}
	return r, nil
}

// average returns the mean map of a published network over the objects of one
// class, or of all where class is "".
func (f *publishedFlags) average(network, class string) (*semmap.Map, error) {
	p, err := f.maps(network)
	if err != nil {
		return nil, err
	}
	first, last := 0, p.Classes
	if class != "" {
		if first = slices.Index(study.PublishedClasses(), class); first < 0 || first >= p.Classes {
			return nil, fmt.Errorf("there is no published class %q: the classes are %s", class, listed(study.PublishedClasses()))
		}
		last = first + 1
	}
	var maps []*semmap.Map
	for c := first; c < last; c++ {
		for object := range p.Objects {
			m, err := p.Map(c, object)
			if err != nil {
				return nil, err
			}
			maps = append(maps, m)
		}
	}
	return semmap.Mean(maps...)
}

func loadMaps(paths []string) ([]*semmap.Map, error) {
	var maps []*semmap.Map
	for _, path := range paths {
		m, err := semmap.Load(path)
		if err != nil {
			return nil, err
		}
		maps = append(maps, m)
	}
	return maps, nil
}

func loadResults(paths []string) ([]*region.Result, error) {
	var results []*region.Result
	for _, path := range paths {
		r, err := region.Load(path)
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

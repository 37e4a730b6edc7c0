package main

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
)

func (a *app) figureProfile() *cobra.Command {
	var f figureFlags
	var mapFile string
	var regionFiles []string
	cmd := a.figureCommand("profile", "A map of one axis as a line, with the robust intervals on it (figure 2 of the paper)",
		"  semrob figure profile --map azimuth.npz --regions naive.npz --regions oir-b.npz --out profile.pdf", &f, pictureEndings, func() error {
			m, err := semmap.Load(mapFile)
			if err != nil {
				return err
			}
			if len(m.Axes) != 1 {
				return fmt.Errorf("%s is a map of %d axes: a profile is of one; see semrob figure azimuth", mapFile, len(m.Axes))
			}
			results, err := loadResults(regionFiles)
			if err != nil {
				return err
			}
			drawn, err := figure.Of(m, results...)
			if err != nil {
				return err
			}
			return f.save(a, drawn)
		})
	cmd.Flags().StringVar(&mapFile, "map", "", "an .npz file of a map of one axis")
	cmd.Flags().StringArrayVar(&regionFiles, "regions", nil, "an .npz file of regions on it (repeatable)")
	need(cmd, "map")
	return cmd
}

// levels are those of a contour map of probabilities.
func levels(n int) ([]float64, error) {
	if n < 0 || n > 50 {
		return nil, fmt.Errorf("--contour %d: give the number of levels, 1…50", n)
	}
	var at []float64
	for i := range n {
		at = append(at, math.Round(1e6*float64(i+1)/float64(n+1))/1e6)
	}
	return at, nil
}

func (a *app) figureMap() *cobra.Command {
	var f figureFlags
	var mapFile string
	var regionFiles []string
	var contour int
	cmd := a.figureCommand("map", "A map of two axes as heat or contours, with regions over it (figures 1 and 4)",
		"  semrob figure map --map map.npz --regions oir-b.npz --out map.svg\n  semrob figure map --map map.npz --contour 9 --out contours.png", &f, pictureEndings, func() error {
			drawn, err := openMap(mapFile, regionFiles)
			if err != nil {
				return err
			}
			if drawn.Levels, err = levels(contour); err != nil {
				return err
			}
			return f.save(a, drawn)
		})
	cmd.Flags().StringVar(&mapFile, "map", "", "an .npz file of a map of two axes")
	cmd.Flags().StringArrayVar(&regionFiles, "regions", nil, "an .npz file of regions on it (repeatable)")
	cmd.Flags().IntVar(&contour, "contour", 0, "draw contours with this many levels instead of cells")
	need(cmd, "map")
	return cmd
}

func openMap(mapFile string, regionFiles []string) (*figure.Map, error) {
	m, err := semmap.Load(mapFile)
	if err != nil {
		return nil, err
	}
	results, err := loadResults(regionFiles)
	if err != nil {
		return nil, err
	}
	drawn, err := figure.OfMap(m, results...)
	if err != nil {
		return nil, err
	}
	drawn.Subtitle = m.Caption()
	return drawn, nil
}

func (a *app) figureGrowth() *cobra.Command {
	var f figureFlags
	var mapFile, regionFile string
	var animate bool
	cmd := a.figureCommand("growth", "How the regions grew over a map: as thin boxes, or as an animation",
		"  semrob figure growth --map map.npz --regions oir-b.npz --out growth.pdf\n  semrob figure growth --map map.npz --regions oir-b.npz --animate --out growth.png", &f, pictureEndings, func() error {
			drawn, err := openMap(mapFile, nil)
			if err != nil {
				return err
			}
			results, err := loadResults([]string{regionFile})
			if err != nil {
				return err
			}
			if !animate {
				drawn.Regions = figure.RegionsOf(results[0])
				if err := drawn.AddGrowth(results[0], 0); err != nil {
					return err
				}
				return f.save(a, drawn)
			}
			if f.title != "" {
				drawn.Title = f.title
			}
			if drawn.Width = f.width; f.width == 0 {
				drawn.Width = 640
			}
			grown, err := figure.Growing(drawn, results[0], 0)
			if err != nil {
				return err
			}
			return grown.Save(f.out)
		})
	cmd.Flags().StringVar(&mapFile, "map", "", "an .npz file of a map of two axes")
	cmd.Flags().StringVar(&regionFile, "regions", "", "an .npz file of regions on it")
	cmd.Flags().BoolVar(&animate, "animate", false, "write an animated PNG")
	need(cmd, "map", "regions")
	return cmd
}

func (a *app) figureTrace() *cobra.Command {
	var f figureFlags
	var regionFiles []string
	cmd := a.figureCommand("trace", "Bounds and loss of regions against the iterations",
		"  semrob figure trace --regions naive.npz --regions oir-b.npz --out trace.pdf", &f, pictureEndings, func() error {
			results, err := loadResults(regionFiles)
			if err != nil {
				return err
			}
			drawn, err := figure.TraceOf(results...)
			if err != nil {
				return err
			}
			return f.save(a, drawn)
		})
	cmd.Flags().StringArrayVar(&regionFiles, "regions", nil, "an .npz file of regions (repeatable)")
	need(cmd, "regions")
	return cmd
}

func (a *app) figureAverage() *cobra.Command {
	var f figureFlags
	var published publishedFlags
	var mapFiles []string
	var class string
	var contour int
	cmd := a.figureCommand("average", "The mean of maps: of the objects of a class, or of a whole network (figure 6)",
		"  semrob figure average --data published --network ResNet50 --class bathtub --out bathtub.png\n  semrob figure average --map chair1.npz --map chair2.npz --out chairs.png", &f, pictureEndings, func() error {
			title := ""
			maps, err := loadMaps(mapFiles)
			if err != nil {
				return err
			}
			if len(maps) == 0 {
				if err := published.check(); err != nil {
					return err
				}
				for _, network := range published.networks {
					m, err := published.average(network, class)
					if err != nil {
						return err
					}
					maps = append(maps, m)
				}
				title = listed(published.networks)
				if class != "" {
					title = class + " · " + title
				}
			}
			m, err := semmap.Mean(maps...)
			if err != nil {
				return err
			}
			drawn, err := figure.OfMap(m)
			if err != nil {
				return err
			}
			if drawn.Title, drawn.Label = title, "mean f"; title == "" {
				drawn.Title = fmt.Sprintf("mean of %d maps", len(maps))
			}
			if drawn.Levels, err = levels(contour); err != nil {
				return err
			}
			return f.save(a, drawn)
		})
	cmd.Flags().StringArrayVar(&mapFiles, "map", nil, "an .npz file of a map (repeatable)")
	cmd.Flags().StringVar(&class, "class", "", "the published class, such as bathtub (default: all)")
	cmd.Flags().IntVar(&contour, "contour", 0, "draw contours with this many levels instead of cells")
	published.add(cmd.Flags())
	return cmd
}

func (a *app) figureAzimuth() *cobra.Command {
	var f figureFlags
	var published publishedFlags
	var mapFiles []string
	var class string
	cmd := a.figureCommand("azimuth", "Mean f against azimuth, a curve for each map or network",
		"  semrob figure azimuth --data published --network ResNet50 --network AlexNet --out azimuth.pdf", &f, pictureEndings, func() error {
			maps, err := loadMaps(mapFiles)
			if err != nil {
				return err
			}
			names := mapFiles
			if len(maps) == 0 {
				if err := published.check(); err != nil {
					return err
				}
				names = published.networks
				for _, network := range names {
					m, err := published.average(network, class)
					if err != nil {
						return err
					}
					maps = append(maps, m)
				}
			}
			drawn := &figure.Profile{X: figure.Azimuth(), Label: "mean f over elevation", Title: class}
			for i, m := range maps {
				curve, err := m.Project("elevation", semmap.ProjectMean)
				if err != nil {
					return fmt.Errorf("%s: %w", names[i], err)
				}
				if len(curve.Axes) != 1 || curve.Axes[0].Name != "azimuth" {
					return fmt.Errorf("%s is no map of azimuth and elevation", names[i])
				}
				drawn.Series = append(drawn.Series, figure.Series{Name: names[i], X: curve.Axes[0].Values, Y: curve.Z})
				drawn.High = max(drawn.High, math.Ceil(10*curve.Stats().Max)/10) // means stay far below 1
			}
			return f.save(a, drawn)
		})
	cmd.Flags().StringArrayVar(&mapFiles, "map", nil, "an .npz file of a map of azimuth and elevation (repeatable)")
	cmd.Flags().StringVar(&class, "class", "", "the published class, such as bathtub (default: all)")
	published.add(cmd.Flags())
	return cmd
}

func (a *app) figureBars() *cobra.Command {
	var f figureFlags
	var published publishedFlags
	var of, method string
	cmd := a.figureCommand("bars", "SRVR or mean f of published networks by class, with 95 % intervals over the objects",
		"  semrob figure bars --data published --network AlexNet --network ResNet50 --of srvr --method oir-b --out bars.pdf", &f, pictureEndings, func() error {
			drawn, err := published.bars(of, method)
			if err != nil {
				return err
			}
			return f.save(a, drawn)
		})
	cmd.Flags().StringVar(&of, "of", "srvr", "srvr, or mean: the mean of f over the maps")
	cmd.Flags().StringVar(&method, "method", "oir-b", "whose regions, for srvr: naive, oir-b or oir-w")
	published.add(cmd.Flags())
	need(cmd, "data", "network")
	return cmd
}

func (f *publishedFlags) bars(of, method string) (*figure.Bars, error) {
	drawn := &figure.Bars{Subtitle: "mean over the objects of a class, 95 % interval (Student's t)"}
	for _, network := range f.networks {
		var classes []study.Spread
		switch of {
		case "srvr":
			drawn.Title, drawn.Label, drawn.Unit = "SRVR by class, "+method, "SRVR", "%"
			r, err := f.regions(network)
			if err != nil {
				return nil, err
			}
			if classes, err = r.SRVRByClass(method); err != nil {
				return nil, fmt.Errorf("--method: %w", err)
			}
		case "mean":
			drawn.Title, drawn.Label = "Mean of f by class", "mean f"
			m, err := f.maps(network)
			if err != nil {
				return nil, err
			}
			if classes, err = study.MeanByClass(m); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("--of %q: choose srvr or mean", of)
		}
		s := figure.BarSeries{Name: network}
		for _, c := range classes {
			s.Values, s.Lower, s.Upper = append(s.Values, c.Mean), append(s.Lower, c.Lower), append(s.Upper, c.Upper)
		}
		drawn.Series = append(drawn.Series, s)
		if len(drawn.Groups) == 0 {
			drawn.Groups = classNames(len(classes))
		}
	}
	return drawn, nil
}

// classNames are those of the published classes, or numbers where there are
// others.
func classNames(n int) []string {
	if names := study.PublishedClasses(); len(names) == n {
		return names
	}
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("class %d", i)
	}
	return names
}

func (a *app) figureTable() *cobra.Command {
	var f figureFlags
	var published publishedFlags
	cmd := a.figureCommand("table", "SRVR and mean f of published networks as a table for a paper, a page or a program",
		"  semrob figure table --data published --network AlexNet --network ResNet50 --out srvr.tex", &f, figure.TableEndings, func() error {
			t, err := published.table()
			if err != nil {
				return err
			}
			if t.Caption = f.title; f.title == "" {
				t.Caption = "SRVR (%) by method, and mean f over the maps"
			}
			if err := t.Save(f.out); err != nil {
				return err
			}
			return t.WriteText(a.stdout)
		})
	published.add(cmd.Flags())
	need(cmd, "data", "network")
	return cmd
}

func (f *publishedFlags) table() (*figure.Table, error) {
	t := &figure.Table{Headers: []string{"network"}}
	for _, network := range f.networks {
		r, err := f.regions(network)
		if err != nil {
			return nil, err
		}
		row := []any{network}
		for _, m := range r.SRVR() {
			if len(t.Rows) == 0 {
				t.Headers = append(t.Headers, m.Method+" SRVR (%)")
			}
			row = append(row, figure.Quantity{Value: m.Percent, Decimals: 2})
		}
		maps, err := f.maps(network)
		if err != nil {
			return nil, err
		}
		classes, err := study.MeanByClass(maps)
		if err != nil {
			return nil, err
		}
		sum := 0.0
		for _, c := range classes {
			sum += c.Mean / float64(len(classes))
		}
		t.Rows = append(t.Rows, append(row, figure.Quantity{Value: sum, Decimals: 3}))
	}
	t.Headers = append(t.Headers, "mean f")
	return t, nil
}

package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/study"
)

// The kinds that draw published networks, or means of maps.

var averageFigure = figureKind{
	name: "average", short: "The mean of maps: of a class, or of a network (figure 6)",
	example: "  semrob figure average --data published --network ResNet50 --class bathtub --out bathtub.png\n" +
		"  semrob figure average --map chair1.npz --map chair2.npz --out chairs.png",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		files, contour := f.mapsOrNetworks("maps"), f.contour()
		return func() (drawing, error) {
			maps, err := files.load()
			if err != nil {
				return nil, err
			}
			m, err := semmap.Mean(maps...)
			if err != nil {
				return nil, err
			}
			drawn, err := figure.OfMap(m)
			if err != nil {
				return nil, err
			}
			drawn.Label, drawn.Title = "mean f", fmt.Sprintf("mean of %d maps", len(maps))
			if len(files.maps) == 0 {
				drawn.Title = listed(files.networks)
				if files.class != "" {
					drawn.Title = files.class + " · " + drawn.Title
				}
			}
			drawn.Levels, err = contour()
			return f.picture(drawn, err)
		}
	},
}

var azimuthFigure = figureKind{
	name: "azimuth", short: "Mean f against azimuth, a line for each map or network",
	example: "  semrob figure azimuth --data published --network ResNet50 --network AlexNet --out azimuth.pdf",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		files := f.mapsOrNetworks("maps of azimuth and elevation")
		return func() (drawing, error) {
			maps, err := files.load()
			if err != nil {
				return nil, err
			}
			names := slices.Concat(files.maps, files.networks)
			drawn := &figure.Profile{X: figure.Azimuth(), Label: "mean f over elevation", Title: files.class}
			for i, m := range maps {
				curve, err := m.Project("elevation", semmap.ProjectMean)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", names[i], err)
				}
				if len(curve.Axes) != 1 || curve.Axes[0].Name != "azimuth" {
					return nil, fmt.Errorf("%s is not a map of azimuth and elevation", names[i])
				}
				drawn.Series = append(drawn.Series, figure.Series{Name: names[i], X: curve.Axes[0].Values, Y: curve.Z})
				drawn.High = max(drawn.High, math.Ceil(10*curve.Stats().Max)/10) // means are far below 1
			}
			return f.picture(drawn, nil)
		}
	},
}

var barsFigure = figureKind{
	name: "bars", short: "SRVR or mean f of published networks by class, with 95 % intervals over objects",
	example: "  semrob figure bars --data published --network AlexNet --network ResNet50 --of srvr --method oir-b --out bars.pdf",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		p := f.published()
		of := f.Flags().String("of", quantities.Names()[0], "quantity: srvr, or mean for the mean of f over the maps")
		method := f.Flags().String("method", "oir-b", "method of the regions, for srvr: naive, oir-b or oir-w")
		need(f.Command, "data", "network")
		return func() (drawing, error) {
			drawn, err := p.bars(*of, *method)
			return f.picture(drawn, err)
		}
	},
}

var tableFigure = figureKind{
	name: "table", short: "SRVR and mean f of published networks as a table",
	example: "  semrob figure table --data published --network AlexNet --network ResNet50 --out srvr.tex",
	endings: figure.TableEndings,
	flags: func(f *figureFlags) func() (drawing, error) {
		p := f.published()
		need(f.Command, "data", "network")
		return func() (drawing, error) {
			t, err := p.table()
			if err == nil && f.title != "" {
				t.Caption = f.title
			}
			return t, err
		}
	},
}

// publishedFiles are the published files of networks.
type publishedFiles struct {
	data     string
	networks []string
}

// published adds --data and --network.
func (f *figureFlags) published() *publishedFiles {
	p := &publishedFiles{}
	f.Flags().StringVar(&p.data, "data", "", "the folder with maps_NAME.npz and regions_NAME.npz")
	f.Flags().StringArrayVar(&p.networks, "network", nil, "the NAME in these file names (repeatable)")
	return p
}

// published loads the published file of this kind, "maps" or "regions".
func published[T any](p *publishedFiles, kind, network string, load func(string) (T, error)) (T, error) {
	t, err := load(networkFile(p.data, kind, network))
	if err != nil {
		err = withNetworks(err, p.data)
	}
	return t, err
}

// meanByClass returns the mean of f by class of a network.
func (p *publishedFiles) meanByClass(network string) ([]study.Spread, error) {
	maps, err := published(p, "maps", network, semmap.LoadPublished)
	if err != nil {
		return nil, err
	}
	return study.MeanByClass(maps)
}

// mapsOrNetworks are files of maps or, if there are none, published networks.
type mapsOrNetworks struct {
	*publishedFiles
	maps  []string
	class string
}

// mapsOrNetworks adds --map, --class, --data and --network.
func (f *figureFlags) mapsOrNetworks(what string) *mapsOrNetworks {
	s := &mapsOrNetworks{publishedFiles: f.published()}
	f.Flags().StringArrayVar(&s.maps, "map", nil, "an .npz file of "+what+" (repeatable)")
	f.Flags().StringVar(&s.class, "class", "", "the published class, such as bathtub (default: all)")
	return s
}

// load returns the maps, or one mean map for each network.
func (s *mapsOrNetworks) load() ([]*semmap.Map, error) {
	switch {
	case len(s.maps) > 0:
		s.networks = nil
		return loadAll(s.maps, semmap.Load)
	case s.data == "" || len(s.networks) == 0:
		return nil, fmt.Errorf("no data: give --data and --network, or files with --map")
	}
	return loadAll(s.networks, s.average)
}

// average returns the mean map of a network over the objects of the class, or over
// all objects if there is no class.
func (s *mapsOrNetworks) average(network string) (*semmap.Map, error) {
	p, err := published(s.publishedFiles, "maps", network, semmap.LoadPublished)
	if err != nil {
		return nil, err
	}
	classes := study.ClassNames(p.Classes)
	if s.class != "" && !slices.Contains(classes, s.class) {
		return nil, fmt.Errorf("--class: %w", &enum.UnknownError{What: "published class", Name: s.class, Known: classes})
	}
	var maps []*semmap.Map
	for c, class := range classes {
		for object := range p.Objects {
			if s.class != "" && s.class != class {
				continue
			}
			m, err := p.Map(c, object)
			if err != nil {
				return nil, err
			}
			maps = append(maps, m)
		}
	}
	return semmap.Mean(maps...)
}

// quantity is the quantity of the bars.
type quantity string

const (
	quantitySRVR quantity = "srvr"
	quantityMean quantity = "mean"
)

var quantities = enum.Of("quantity", quantitySRVR, quantityMean)

func (p *publishedFiles) bars(of, method string) (*figure.Bars, error) {
	q, err := quantities.Parse(of)
	if err != nil {
		return nil, fmt.Errorf("--of: %w", err)
	}
	drawn := &figure.Bars{Subtitle: "mean over the objects of a class, 95 % interval (Student's t)", Title: "Mean of f by class", Label: "mean f"}
	byClass := p.meanByClass
	if q == quantitySRVR {
		drawn.Title, drawn.Label, drawn.Unit = "SRVR by class, "+method, "SRVR", "%"
		byClass = func(network string) ([]study.Spread, error) {
			r, err := published(p, "regions", network, study.LoadRegions)
			if err != nil {
				return nil, err
			}
			return r.SRVRByClass(method)
		}
	}
	for _, network := range p.networks {
		classes, err := byClass(network)
		if err != nil {
			return nil, err
		}
		s := figure.BarSeries{Name: network}
		for _, c := range classes {
			s.Values, s.Lower, s.Upper = append(s.Values, c.Mean), append(s.Lower, c.Lower), append(s.Upper, c.Upper)
		}
		drawn.Series = append(drawn.Series, s)
		if drawn.Groups == nil {
			drawn.Groups = study.ClassNames(len(classes))
		}
	}
	return drawn, nil
}

func (p *publishedFiles) table() (*figure.Table, error) {
	t := &figure.Table{Headers: []string{"network"}, Caption: "SRVR (%) by method, and mean f over the maps"}
	for _, network := range p.networks {
		r, err := published(p, "regions", network, study.LoadRegions)
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
		classes, err := p.meanByClass(network)
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

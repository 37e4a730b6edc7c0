package main

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// The kinds that draw files of maps and regions.

var profileFigure = figureKind{
	name: "profile", short: "A map with one axis as a line, with robust intervals (figure 2 of the paper)",
	example: "  semrob figure profile --map azimuth.npz --regions naive.npz --regions oir-b.npz --out profile.pdf",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		open := f.mapWithRegions("one axis")
		return func() (drawing, error) {
			m, results, err := open()
			if err != nil {
				return nil, err
			}
			if len(m.Axes) != 1 {
				return nil, fmt.Errorf("a map with %d axes is not a profile: draw it with semrob figure map or semrob figure azimuth", len(m.Axes))
			}
			return f.picture(figure.Of(m, results...))
		}
	},
}

var mapFigure = figureKind{
	name: "map", short: "A map with two axes as cells or contours, with regions (figures 1 and 4)",
	example: "  semrob figure map --map map.npz --regions oir-b.npz --out map.svg\n" +
		"  semrob figure map --map map.npz --contour 9 --out contours.png",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		open, contour := f.mapWithRegions("two axes"), f.contour()
		return func() (drawing, error) {
			drawn, err := captioned(open())
			if err == nil {
				drawn.Levels, err = contour()
			}
			return f.picture(drawn, err)
		}
	},
}

var growthFigure = figureKind{
	name: "growth", short: "The growth of regions on a map, as thin boxes or as an animation",
	example: "  semrob figure growth --map map.npz --regions oir-b.npz --out growth.pdf\n" +
		"  semrob figure growth --map map.npz --regions oir-b.npz --animate --out growth.png",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		mapFile := f.Flags().String("map", "", "an .npz file of a map with two axes")
		regionFile := f.Flags().String("regions", "", "an .npz file of regions on the map")
		animate := f.Flags().Bool("animate", false, "write an animated PNG")
		need(f.Command, "map", "regions")
		return func() (drawing, error) {
			r, err := region.Load(*regionFile)
			if err != nil {
				return nil, err
			}
			m, err := semmap.Load(*mapFile)
			drawn, err := captioned(m, nil, err)
			if err != nil {
				return nil, err
			}
			if *animate {
				drawn.Width = 640
				f.head(drawn)
				return figure.Growing(drawn, r, 0)
			}
			drawn.Regions = figure.RegionsOf(r)
			return f.picture(drawn, drawn.AddGrowth(r, 0))
		}
	},
}

var traceFigure = figureKind{
	name: "trace", short: "Bounds and loss of regions against iterations",
	example: "  semrob figure trace --regions naive.npz --regions oir-b.npz --out trace.pdf",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		regions := f.files("regions", "regions")
		need(f.Command, "regions")
		return func() (drawing, error) {
			results, err := loadAll(*regions, region.Load)
			if err != nil {
				return nil, err
			}
			return f.picture(figure.TraceOf(results...))
		}
	},
}

// files adds a repeatable flag for .npz files.
func (f *figureFlags) files(name, what string) *[]string {
	return f.Flags().StringArray(name, nil, "an .npz file of "+what+" (repeatable)")
}

// mapWithRegions adds --map and --regions and returns a function that loads them.
func (f *figureFlags) mapWithRegions(axes string) func() (*semmap.Map, []*region.Result, error) {
	file := f.Flags().String("map", "", "an .npz file of a map with "+axes)
	regions := f.files("regions", "regions on the map")
	need(f.Command, "map")
	return func() (*semmap.Map, []*region.Result, error) {
		m, err := semmap.Load(*file)
		if err != nil {
			return nil, nil, err
		}
		results, err := loadAll(*regions, region.Load)
		return m, results, err
	}
}

// captioned returns the figure of a loaded map with its caption as subtitle.
func captioned(m *semmap.Map, results []*region.Result, err error) (*figure.Map, error) {
	if err != nil {
		return nil, err
	}
	drawn, err := figure.OfMap(m, results...)
	if err == nil {
		drawn.Subtitle = m.Caption()
	}
	return drawn, err
}

// loadAll loads files in order.
func loadAll[T any](paths []string, load func(string) (T, error)) ([]T, error) {
	var all []T
	for _, path := range paths {
		one, err := load(path)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

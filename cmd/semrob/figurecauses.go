package main

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// The kinds that draw what makes a network fail.

var sensitivityFigure = figureKind{
	name: "sensitivity", short: "What the variance of f comes from, as bars, or what stays right when one factor moves",
	example: "  semrob figure sensitivity --file sensitivity.json --out sensitivity.pdf\n" +
		"  semrob figure sensitivity --file sensitivity.json --conserved --out conserved.png",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		file := f.Flags().String("file", "", "a .json file of semrob sensitivity")
		conserved := f.Flags().Bool("conserved", false, "draw the share of right views that stay right when one factor moves")
		need(f.Command, "file")
		return func() (drawing, error) {
			found, err := semrob.LoadSensitivity(*file)
			if err != nil {
				return nil, err
			}
			of := figure.SensitivityOf
			if *conserved {
				of = figure.ConservedOf
			}
			drawn, err := of(found.Result)
			if err != nil {
				return nil, err
			}
			return f.picture(drawn, nil)
		}
	},
}

var slicesFigure = figureKind{
	name: "slices", short: "Failure slices as boxes on a map",
	example: "  semrob figure slices --file slices.json --map map.npz --out slices.svg",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		file := f.Flags().String("file", "", "a .json file of semrob slices")
		mapFile := f.Flags().String("map", "", "an .npz file of a map of two axes of the slices")
		need(f.Command, "file", "map")
		return func() (drawing, error) {
			found, err := semrob.LoadSlices(*file)
			if err != nil {
				return nil, err
			}
			m, err := semmap.Load(*mapFile)
			if err != nil {
				return nil, err
			}
			drawn, err := captioned(m, nil, nil)
			if err != nil {
				return nil, err
			}
			if err := drawn.SlicesOn(found.Result); err != nil {
				return nil, err
			}
			if left := len(found.Slices) - len(drawn.Regions); left > 0 {
				drawn.Subtitle += fmt.Sprintf(" · %d of %d slices have conditions on other axes and are not drawn", left, len(found.Slices))
			}
			return f.picture(drawn, nil)
		}
	},
}

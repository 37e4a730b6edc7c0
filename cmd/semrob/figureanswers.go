package main

import (
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// The kinds that draw the answers in maps.

var answersFigure = figureKind{
	name: "answers", short: "Which class a network sees from where, on a map with two axes",
	example: "  semrob figure answers --map map.npz --out answers.png",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		file := f.Flags().String("map", "", "an .npz file of a map with two axes and answers")
		need(f.Command, "map")
		return func() (drawing, error) {
			m, err := semmap.Load(*file)
			if err != nil {
				return nil, err
			}
			drawn, err := figure.OfAnswers(m)
			if err != nil {
				return nil, err
			}
			drawn.Subtitle = m.Caption()
			return f.picture(drawn, nil)
		}
	},
}

var differenceFigure = figureKind{
	name: "difference", short: "The difference of two maps of one grid, and where only one network is right",
	example: "  semrob figure difference --map lite0.npz --map lite4.npz --out difference.png",
	endings: figure.Endings,
	flags: func(f *figureFlags) func() (drawing, error) {
		files := f.files("map", "a map with two axes")
		need(f.Command, "map")
		return func() (drawing, error) {
			if len(*files) != 2 {
				return nil, fmt.Errorf("%d maps: give --map twice, for the difference of two", len(*files))
			}
			maps, err := loadAll(*files, semmap.Load)
			if err != nil {
				return nil, err
			}
			return f.picture(figure.OfDifference(maps[0], maps[1]))
		}
	},
}

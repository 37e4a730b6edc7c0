package main

import (
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/figure"
)

// figureKind is a subcommand of figure.
type figureKind struct {
	name, short, example string
	endings              []string
	// flags adds the kind's flags to f and returns a function that draws the figure
	// from their values.
	flags func(f *figureFlags) func() (drawing, error)
}

// figureKinds are all kinds, in the order of the help text.
var figureKinds = []figureKind{
	profileFigure, mapFigure, growthFigure, traceFigure, // figurefiles.go
	averageFigure, azimuthFigure, barsFigure, tableFigure, // figurenetworks.go
	curveFigure,
	answersFigure, differenceFigure, // figureanswers.go
	sensitivityFigure, slicesFigure, // figurecauses.go
}

// drawing is the result of a kind: a figure, an animation or a table.
type drawing interface {
	Save(path string) error
	Describe() string
}

// still adds the Save method of tables and animations to a figure.
type still struct{ figure.Figure }

func (s still) Save(path string) error { return figure.Save(path, s.Figure) }

func (a *app) newFigure() *cobra.Command {
	cmd := group("figure", "Draw figures like those of the paper from files of maps and regions")
	cmd.Long = "figure draws from files written by semrob (map.npz, regions.npz) and from published files\n" +
		"(--data DIR --network NAME: maps_NAME.npz and regions_NAME.npz in a folder).\n" +
		"Figures are written as .png, .svg or .pdf, tables as .md, .tex, .csv, .txt or .html."
	for _, k := range figureKinds {
		cmd.AddCommand(a.newFigureKind(k))
	}
	return cmd
}

func (a *app) newFigureKind(k figureKind) *cobra.Command {
	cmd := &cobra.Command{Use: k.name, Short: k.short, Example: k.example, Args: cobra.NoArgs}
	f := &figureFlags{Command: cmd}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "", "the file to write")
	flags.StringVar(&f.title, "title", "", "the title")
	flags.StringVar(&f.subtitle, "subtitle", "", "the line below the title")
	flags.Float64Var(&f.width, "width", 0, fmt.Sprintf("width in CSS pixels (default %d)", figure.DefaultWidth))
	need(cmd, "out")
	draw := k.flags(f)
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := checkOutput("out", f.out, k.endings...); err != nil {
			return err
		}
		drawn, err := draw()
		if err != nil {
			return err
		}
		if err := drawn.Save(f.out); err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.stdout, drawn.Describe())
		return err
	}
	return cmd
}

// figureFlags are the flags of all kinds.
type figureFlags struct {
	*cobra.Command
	out, title, subtitle string
	width                float64
}

// head sets the title, subtitle and width of a figure if their flags are given.
func (f *figureFlags) head(drawn figure.Figure) {
	title, subtitle, width := drawn.Head()
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

// picture returns a figure as a drawing, with the title, subtitle and width of the
// flags.
func (f *figureFlags) picture(drawn figure.Figure, err error) (drawing, error) {
	if err != nil {
		return nil, err
	}
	f.head(drawn)
	return still{drawn}, nil
}

// contour adds --contour and returns the levels of its contour map.
func (f *figureFlags) contour() func() ([]float64, error) {
	n := f.Flags().Int("contour", 0, "draw contours with this many levels instead of cells")
	return func() ([]float64, error) {
		if *n < 0 || *n > 50 {
			return nil, fmt.Errorf("--contour %d: choose a number of levels in 1…50", *n)
		}
		var levels []float64
		for i := range *n {
			levels = append(levels, math.Round(1e6*float64(i+1)/float64(*n+1))/1e6)
		}
		return levels, nil
	}
}

package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

func (a *app) newMap() *cobra.Command {
	var f subjectFlags
	var azimuth, elevation, out, picture, answers string
	var axes []string
	var flat flattening
	var adaptive adaptiveFlags
	cmd := &cobra.Command{
		Use:   "map",
		Short: "Compute a semantic map: the probability of a class from every side",
		Example: "  semrob map --mesh teapot --class teapot --out map.npz --figure map.png\n" +
			"  semrob map --mesh teapot --class teapot --adaptive --out map.npz --figure map.png\n" +
			"  semrob map --mesh teapot --class teapot --answers-figure answers.png --out map.npz\n" +
			"  semrob map --mesh chair.obj --class @chair --out chair.npz\n" +
			"  semrob map --mesh chair.obj --class \"folding chair\" --axis distance=1.5:6:0.1 --out distance.npz\n" +
			"  semrob map --mesh teapot --class teapot --axis azimuth=0:360:10 --axis elevation=0:90:10 --axis distance=2:4:0.5 \\\n" +
			"    --out solid.npz --figure worst.png --project distance=min",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput("out", out, ".npz"); err != nil {
				return err
			}
			if err := checkOutput("figure", picture, figure.Endings...); err != nil {
				return err
			}
			if err := checkOutput("answers-figure", answers, figure.Endings...); err != nil {
				return err
			}
			if len(axes) > 0 && (cmd.Flags().Changed("azimuth") || cmd.Flags().Changed("elevation")) {
				return fmt.Errorf("--axis replaces --azimuth and --elevation: use --axis azimuth=%s too", azimuth)
			}
			if len(axes) == 0 {
				axes = []string{"azimuth=" + azimuth, "elevation=" + elevation}
			}
			if err := adaptive.check(cmd); err != nil {
				return err
			}
			grid, err := semrob.ParseGrid(axes...)
			if err != nil {
				return err
			}
			if err := flat.check(cmp.Or(picture, answers), grid); err != nil {
				return err
			}
			subject, err := f.read()
			if err != nil {
				return err
			}
			lab, err := a.lab()
			if err != nil {
				return err
			}
			m, err := lab.Map(cmd.Context(), subject, semrob.MapOptions{Axes: grid, Adaptive: adaptive.asked()})
			if err != nil {
				return err
			}
			if err := m.Save(out); err != nil {
				return err
			}
			a.summarise(m, out)
			if err := saveMapFigure(picture, m, flat); err != nil {
				return err
			}
			return saveAnswersFigure(answers, m, flat)
		},
	}
	flags := cmd.Flags()
	f.add(flags)
	flags.StringVar(&azimuth, "azimuth", semmap.DefaultAzimuth.String(), "samples of the azimuth: from:to:step in degrees, half-open")
	flags.StringVar(&elevation, "elevation", semmap.DefaultElevation.String(), "samples of the elevation: from:to:step in degrees, half-open")
	flags.StringArrayVar(&axes, "axis", nil, "name=from:to:step of any semantic parameter, instead of azimuth and elevation (repeatable)")
	flags.StringVar(&out, "out", "", "the .npz file to write")
	flags.StringVar(&picture, "figure", "", "also draw the map: "+enum.Choice(figure.Endings))
	flags.StringVar(&answers, "answers-figure", "", "also draw which class is seen from where: "+enum.Choice(figure.Endings))
	flat.add(flags)
	adaptive.add(flags)
	need(cmd, "mesh", "class", "out")
	return cmd
}

// summarise prints a summary of a map.
func (a *app) summarise(m *semmap.Map, out string) {
	s := m.Stats()
	fmt.Fprintf(a.stdout, "%s: %d points, mean %.3f, least %.3f at %s, greatest %.3f at %s\n",
		out, len(m.Z), s.Mean, s.Min, pointText(m, s.MinPoint), s.Max, pointText(m, s.MaxPoint))
	if said := m.AnswerSummary(); said != "" {
		fmt.Fprintf(a.stdout, "%s\n", said)
	}
	if r := m.Adaptive; r != nil {
		fmt.Fprintf(a.stdout, "%d evaluations (%s); from %d held-out points, at %g %% confidence: mean error %s, share off by more than %g: %s\n",
			r.Evaluations, r.Stopped, r.HeldOut, 100*r.Confidence, r.MeanError, semmap.OffBy, r.ShareOff)
	}
}

func pointText(m *semmap.Map, point []float64) string { return placeText(m.Space(), point) }

// saveAnswersFigure draws the map of answers, flattened to two axes.
func saveAnswersFigure(path string, m *semmap.Map, flat flattening) error {
	if path == "" {
		return nil
	}
	m, err := flat.apply(m)
	if err != nil {
		return err
	}
	f, err := figure.OfAnswers(m)
	if err != nil {
		return err
	}
	f.Subtitle = m.Caption()
	return figure.Save(path, f)
}

// saveMapFigure draws the map, flattened to one or two axes.
func saveMapFigure(path string, m *semmap.Map, flat flattening) error {
	if path == "" {
		return nil
	}
	m, err := flat.apply(m)
	if err != nil {
		return err
	}
	f, err := figure.Of(m)
	if err != nil {
		return err
	}
	switch f := f.(type) {
	case *figure.Map:
		f.Subtitle = m.Caption()
	case *figure.Profile:
		f.Subtitle = m.Caption()
	}
	return figure.Save(path, f)
}

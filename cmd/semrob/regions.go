package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// regionFlags are the flags of the command regions.
type regionFlags struct {
	subjectFlags
	gradientFlags
	mapFile, method, mode, out, picture string
	sampling                            string
	starts, axes                        []string
	iterations                          int
	rate, gradientStep                  float64
}

func (a *app) newRegions() *cobra.Command {
	var f regionFlags
	cmd := &cobra.Command{
		Use:   "regions",
		Short: "Find robust regions: boxes of views inside which the network holds",
		Example: "  semrob regions --mesh teapot --class teapot --method oir-b --start 130,30 --out regions.npz\n" +
			"  semrob regions --map map.npz --method naive --start 130,30 --start 50,20 --out regions.npz --figure regions.png",
		// --start 130,30 50,20 is read as people mean it.
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.starts = append(f.starts, args...)
			return a.regions(cmd.Context(), &f)
		},
	}
	flags := cmd.Flags()
	f.subjectFlags.add(flags)
	f.gradientFlags.add(flags)
	flags.StringVar(&f.mapFile, "map", "", "find regions on this map instead of the network: at once, as right as the map")
	flags.StringVar(&f.method, "method", "oir-b", "naive or oir-b; trapezoid or oir-w, which take gradients")
	flags.Float64Var(&f.gradientStep, "gradient-step", 0, "take gradients by differences of this step, a fraction of the domain such as 0.0014 (half a degree of azimuth), instead of through network and renderer")
	flags.StringVar(&f.sampling, "sampling", string(region.Corners), "where the method looks: corners, or faces, which costs more and is right where corners mislead")
	flags.StringVar(&f.mode, "mode", string(region.Default), "default, or published as the authors ran it")
	flags.StringArrayVar(&f.starts, "start", nil, "azimuth,elevation to grow from (repeatable; default the four published starts)")
	flags.StringArrayVar(&f.axes, "axis", nil, "semantic parameter that spans the space, instead of azimuth and elevation (repeatable)")
	flags.IntVar(&f.iterations, "iterations", 600, "steps of the descent")
	flags.Float64Var(&f.rate, "rate", 0.1, "learning rate η")
	flags.StringVar(&f.out, "out", "", "the .npz file to write")
	flags.StringVar(&f.picture, "figure", "", "a picture of the regions over the map to write too: .png, .svg or .pdf")
	need(cmd, "out")
	cmd.MarkFlagsOneRequired("map", "mesh")
	cmd.MarkFlagsMutuallyExclusive("map", "mesh")
	return cmd
}

func (f *regionFlags) options() (semrob.RegionOptions, error) {
	o := semrob.RegionOptions{Axes: f.axes, GradientStep: f.gradientStep}
	var err error
	if o.Method, err = region.MethodByName(f.method); err != nil {
		return o, err
	}
	if o.Settings.Mode, err = region.ParseMode(f.mode); err != nil {
		return o, err
	}
	if f.iterations < 1 {
		return o, fmt.Errorf("--iterations %d: at least one step is needed", f.iterations)
	}
	if !(f.rate > 0) {
		return o, fmt.Errorf("--rate %g: the learning rate must be positive", f.rate)
	}
	o.Settings.Iterations, o.Settings.LearningRate = f.iterations, f.rate
	o.Settings.Sampling = region.Sampling(f.sampling)
	for _, text := range f.starts {
		start, err := parsePoint(text)
		if err != nil {
			return o, err
		}
		o.Starts = append(o.Starts, start)
	}
	return o, nil
}

func (a *app) regions(ctx context.Context, f *regionFlags) error {
	if err := checkOutput("out", f.out, ".npz"); err != nil {
		return err
	}
	if err := checkOutput("figure", f.picture, pictureEndings...); err != nil {
		return err
	}
	options, err := f.options()
	if err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	if lab.Gradients, err = f.smoothing(); err != nil {
		return err
	}
	result, under, err := a.findRegions(ctx, lab, f, options)
	if err != nil {
		return err
	}
	a.printRegions(result)
	if f.picture == "" {
		return nil
	}
	if under == nil {
		if under, err = a.backgroundMap(ctx, lab, f); err != nil {
			return err
		}
	}
	picture, err := figure.Of(under, result)
	if err != nil {
		return err
	}
	return figure.Save(f.picture, picture)
}

// findRegions finds and saves the regions, on the map where one is given.
func (a *app) findRegions(ctx context.Context, lab *semrob.Lab, f *regionFlags, options semrob.RegionOptions) (*region.Result, *semmap.Map, error) {
	if f.mapFile != "" {
		m, err := semmap.Load(f.mapFile)
		if err != nil {
			return nil, nil, err
		}
		result, err := lab.RegionsOnMap(ctx, m, options)
		if err != nil {
			return nil, nil, err
		}
		return result, m, result.Save(f.out, m.Meta)
	}
	subject, err := f.read()
	if err != nil {
		return nil, nil, err
	}
	result, err := lab.Regions(ctx, subject, options)
	if err != nil {
		return nil, nil, err
	}
	meta, err := subject.Meta(options.Axes...)
	if err != nil {
		return nil, nil, err
	}
	return result, nil, result.Save(f.out, meta)
}

// backgroundMap returns a coarse map to draw the regions over.
func (a *app) backgroundMap(ctx context.Context, lab *semrob.Lab, f *regionFlags) (*semmap.Map, error) {
	if len(f.axes) > 0 {
		return nil, fmt.Errorf("--figure draws regions over azimuth and elevation only: leave it out with --axis")
	}
	subject, err := f.read()
	if err != nil {
		return nil, err
	}
	return lab.Map(ctx, subject, semrob.MapOptions{Axes: []string{"azimuth=0:360:10", "elevation=-10:90:10"}})
}

func (a *app) printRegions(r *region.Result) {
	for i, run := range r.Runs {
		fmt.Fprintf(a.stdout, "start %v:", run.Start)
		for k, axis := range r.Space {
			fmt.Fprintf(a.stdout, " %s %.1f…%.1f%s", axis.Name, run.Bounds.A[k], run.Bounds.B[k], axis.Unit)
		}
		fmt.Fprintf(a.stdout, ", %.2f %% of the domain, %d iterations, %s", 100*r.Fraction(i), run.Iterations, run.Status)
		if run.Detail != "" {
			fmt.Fprintf(a.stdout, ": %s", run.Detail)
		}
		fmt.Fprintln(a.stdout)
	}
	fmt.Fprintf(a.stdout, "%s on %s, %d evaluations: SRVR %.2f %%\n", r.Method, r.Probes, r.Evaluations, 100*r.SRVR())
}

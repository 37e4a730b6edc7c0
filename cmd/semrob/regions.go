package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// regionFlags are the flags of the command regions.
type regionFlags struct {
	subjectFlags
	axisFlags
	mapFile, out, picture string
	method                methodFlags
	starts                []string
	options               semrob.RegionOptions
	promise               promiseFlags
}

func (a *app) newRegions() *cobra.Command {
	f := regionFlags{method: methodFlags{table: methodsOf(region.Table)}}
	f.method.table.names = append([]string{guarantee.Method}, f.method.table.names...)
	cmd := &cobra.Command{
		Use:   "regions",
		Short: "Find robust regions: boxes of views in which the network recognises the object",
		Example: "  semrob regions --mesh teapot --class teapot --method guaranteed --epsilon 0.01 --right --out regions.npz\n" +
			"  semrob regions --mesh teapot --class teapot --method oir-b --alpha 0.1 --start 130,30 --out regions.npz\n" +
			"  semrob regions --map map.npz --method naive --start 130,30 --start 50,20 --out regions.npz --figure regions.png",
		// --start 130,30 50,20 has two starts.
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.starts = append(f.starts, args...)
			if err := f.promise.check(cmd.Flags(), f.method); err != nil {
				return err
			}
			if f.method.name == guarantee.Method {
				return a.guaranteed(cmd.Context(), &f)
			}
			return a.regions(cmd.Context(), &f)
		},
	}
	flags, s := cmd.Flags(), &f.options.Settings
	f.subjectFlags.add(flags)
	f.addGradients(flags)
	f.axisFlags.add(flags)
	f.method.add(flags, "oir-b")
	f.promise.add(flags)
	flags.StringVar(&f.mapFile, "map", "", "grow regions on this map instead of the network, at once")
	flags.Float64Var(&f.options.GradientStep, "gradient-step", 0, "use differences of this fraction of the domain as gradients, such as 0.0014")
	flags.TextVar(&s.Sampling, "sampling", region.Corners, region.Samplings.String()+": where f is evaluated; faces costs more and misses less")
	flags.TextVar(&s.Mode, "mode", region.Default, region.Modes.String()+", which repeats the authors' descent")
	flags.StringArrayVar(&f.starts, "start", nil, "start point, such as 130,30 (repeatable; default: the four published starts)")
	flags.IntVar(&s.Iterations, "iterations", 600, "steps of the descent")
	flags.Float64Var(&s.LearningRate, "rate", 0.1, "learning rate η")
	flags.Uint64Var(&s.Seed, "seed", 0, "seed of the points of guaranteed, and of random corners in many axes")
	flags.StringVar(&f.out, "out", "", "the .npz file to write")
	flags.StringVar(&f.picture, "figure", "", "also draw the regions over the map: "+enum.Choice(figure.Endings))
	need(cmd, "out")
	cmd.MarkFlagsOneRequired("map", "mesh")
	cmd.MarkFlagsMutuallyExclusive("map", "mesh")
	return cmd
}

// readOptions completes the options.
func (f *regionFlags) readOptions() (err error) {
	if f.options.Method, err = methodWith(region.Table, &f.method); err != nil {
		return err
	}
	if n := f.options.Settings.Iterations; n < 1 {
		return fmt.Errorf("--iterations %d: use at least 1", n)
	}
	if rate := f.options.Settings.LearningRate; !(rate > 0) {
		return fmt.Errorf("--rate %g: the learning rate must be positive", rate)
	}
	return f.readStarts()
}

// readStarts completes the starts and their space.
func (f *regionFlags) readStarts() (err error) {
	for _, text := range f.starts {
		start, err := parseNumbers("start", text)
		if err != nil {
			return err
		}
		f.options.Starts = append(f.options.Starts, start)
	}
	f.options.Space, err = f.space()
	return err
}

func (a *app) regions(ctx context.Context, f *regionFlags) error {
	if err := cmp.Or(checkOutput("out", f.out, ".npz"), checkDistinct(f.out, f.mapFile), checkOutput("figure", f.picture, figure.Endings...)); err != nil {
		return err
	}
	if err := f.readOptions(); err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	result, under, err := a.findRegions(ctx, lab, f)
	if err != nil {
		return err
	}
	if err := result.Save(f.out); err != nil {
		return err
	}
	a.printRegions(result)
	return a.drawRegions(ctx, lab, f, under, result)
}

// drawRegions draws the regions over a map, a coarse one if there is none.
func (a *app) drawRegions(ctx context.Context, lab *semrob.Lab, f *regionFlags, under *semmap.Map, result *region.Result) (err error) {
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

// findRegions finds the regions, on the map if one is given.
func (a *app) findRegions(ctx context.Context, lab *semrob.Lab, f *regionFlags) (*region.Result, *semmap.Map, error) {
	if f.mapFile != "" {
		m, err := semmap.Load(f.mapFile)
		if err != nil {
			return nil, nil, err
		}
		result, err := lab.RegionsOnMap(ctx, m, f.options)
		return result, m, err
	}
	subject, err := f.subjectFlags.read()
	if err != nil {
		return nil, nil, err
	}
	result, err := lab.Regions(ctx, subject, f.options)
	return result, nil, err
}

// backgroundMap returns a coarse map to draw the regions over.
func (a *app) backgroundMap(ctx context.Context, lab *semrob.Lab, f *regionFlags) (*semmap.Map, error) {
	if len(f.axes) > 0 {
		return nil, fmt.Errorf("--figure draws regions over azimuth and elevation only: leave out --figure or --axis")
	}
	subject, err := f.subjectFlags.read()
	if err != nil {
		return nil, err
	}
	grid, err := semrob.ParseGrid("azimuth=0:360:10", "elevation=-10:90:10")
	if err != nil {
		return nil, err
	}
	return lab.Map(ctx, subject, semrob.MapOptions{Axes: grid})
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

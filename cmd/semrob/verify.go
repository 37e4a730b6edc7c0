package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
	"github.com/semrob/gonb-semrob/semrob/verify"
)

// verifyFlags are the flags of the command verify.
type verifyFlags struct {
	subjectFlags
	axisFlags
	mapFile, regionFile, sigma, out string
	bounds, points                  []string
	asJSON, together                bool
	options                         verify.Options
}

func (a *app) newVerify() *cobra.Command {
	var f verifyFlags
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify regions: bound the fraction in which the network is right",
		Long: "Verify regions. Independent uniform points bound the fraction of a region in which f, the\n" +
			"probability of the class, is above a threshold, and in which the network's top-1 answer is right\n" +
			"(one-sided Clopper–Pearson bounds); low-discrepancy points search for the least value.\n" +
			"With --at-least the points are drawn one after the other until it is decided whether this share is right.\n" +
			"Without --regions, --bounds and --certify the whole domain is verified.",
		Example: "  semrob verify --mesh teapot --class teapot --regions regions.npz\n" +
			"  semrob verify --mesh teapot --class teapot --regions regions.npz --at-least 0.99\n" +
			"  semrob verify --mesh teapot --class teapot --bounds azimuth=350:370,elevation=0:40 --json\n" +
			"  semrob verify --map map.npz --regions regions.npz --threshold 0.3\n" +
			"  semrob verify --mesh teapot --class teapot --certify 130,30 --sigma 10,5",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(cmd.Flags()); err != nil {
				return err
			}
			return a.verify(cmd.Context(), &f)
		},
	}
	flags := cmd.Flags()
	f.subjectFlags.add(flags)
	f.axisFlags.add(flags)
	flags.StringVar(&f.mapFile, "map", "", "verify on this map instead of the network, at once, without top-1 answers")
	flags.StringVar(&f.regionFile, "regions", "", "the .npz file of the regions to verify")
	flags.StringArrayVar(&f.bounds, "bounds", nil, "region, such as azimuth=100:190,elevation=10:60; whole domain of other axes (repeatable)")
	flags.StringArrayVar(&f.points, "certify", nil, "point, such as 130,30, to certify by randomised smoothing (repeatable)")
	flags.StringVar(&f.sigma, "sigma", "", "standard deviations of --certify, such as 10,5 (default: 2 % of each axis)")
	flags.Float64Var(&f.options.Threshold, "threshold", 0.5, "threshold that f must be above")
	flags.Float64Var(&f.options.Confidence, "confidence", 0.95, "confidence of each bound")
	flags.Float64Var(&f.options.AtLeast, "at-least", 0, "stop as soon as it is decided whether this share is right, such as 0.99")
	flags.StringVar((*string)(&f.options.Decision), "decision", "", "what right means for --at-least and --certify: top-1 or above (default: top-1, if known)")
	flags.BoolVar(&f.together, "together", false, "all bounds, claims and certificates hold together at the confidence")
	flags.IntVar(&f.options.Samples, "samples", 1000, "points for each fraction (with --at-least: at most, default 10000), views for each certificate")
	flags.IntVar(&f.options.Points, "points", 1024, "low-discrepancy points for the least value (with --at-least: default 0)")
	flags.Uint64Var(&f.options.Seed, "seed", 1, "seed of the points")
	flags.StringVar(&f.out, "out", "", "also write the results with their record to this .json file")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON array, an object for each region and certificate")
	cmd.MarkFlagsOneRequired("map", "mesh")
	cmd.MarkFlagsMutuallyExclusive("map", "mesh")
	cmd.MarkFlagsMutuallyExclusive("regions", "axis")
	cmd.MarkFlagsMutuallyExclusive("map", "axis")
	return cmd
}

// task is the regions to verify and points to certify on a space.
type task struct {
	space   objective.Space
	regions []region.Bounds
	points  [][]float64
	sigma   []float64
}

func (a *app) verify(ctx context.Context, f *verifyFlags) error {
	if err := checkOutput("out", f.out, ".json"); err != nil {
		return err
	}
	found, m, err := f.load()
	if err != nil {
		return err
	}
	t, err := f.task(found, m)
	if err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	v, err := f.answer(ctx, lab, m, t)
	var failed semrob.RegionErrors
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	if f.out != "" {
		if err := v.Save(f.out); err != nil {
			return err
		}
	}
	if f.asJSON {
		err = a.printVerifiedJSON(v)
	} else {
		err = a.printVerified(f, t.space, v)
	}
	if err == nil && failed != nil {
		err = failed
	}
	return err
}

// answer verifies and certifies, on the map if one is given.
func (f *verifyFlags) answer(ctx context.Context, lab *semrob.Lab, m *semmap.Map, t task) (*semrob.Verified, error) {
	regions := semrob.VerifyOptions{Space: t.space, Regions: t.regions, Options: f.options, Together: f.together}
	points := semrob.CertifyOptions{Points: objective.Points{Space: t.space, At: t.points}, CertifyOptions: verify.CertifyOptions{
		Sigma: t.sigma, Threshold: f.options.Threshold, Estimation: f.options.Samples, Confidence: f.options.Confidence, Seed: f.options.Seed,
		Decision: f.options.Decision,
	}}
	if f.options.AtLeast == 0 {
		regions.Decision = "" // it is that of the certificates
	}
	if m != nil {
		return lab.VerifyAllOnMap(ctx, m, regions, points)
	}
	subject, err := f.read()
	if err != nil {
		return nil, err
	}
	return lab.VerifyAll(ctx, subject, regions, points)
}

// check checks numbers whose zero would mean the default.
func (f *verifyFlags) check(flags *pflag.FlagSet) error {
	if f.options.Decision != "" {
		if _, err := verify.Decisions.Parse(string(f.options.Decision)); err != nil {
			return fmt.Errorf("--decision: %w", err)
		}
	}
	if flags.Changed("at-least") {
		if !(f.options.AtLeast > 0 && f.options.AtLeast < 1) {
			return fmt.Errorf("--at-least %g: use a number between 0 and 1, such as 0.99", f.options.AtLeast)
		}
		if flags.Changed("certify") && !flags.Changed("samples") {
			return fmt.Errorf("--at-least with --certify: give --samples, the views of a certificate and the most of a claim")
		}
		if !flags.Changed("samples") {
			f.options.Samples = 0
		}
		if !flags.Changed("points") {
			f.options.Points = 0
		}
	} else if flags.Changed("decision") && !flags.Changed("certify") {
		return fmt.Errorf("--decision is for --at-least and --certify")
	}
	switch o := f.options; {
	case o.AtLeast > 0 && flags.Changed("samples") && o.Samples < 1:
		return fmt.Errorf("--samples %d: use at least 1", o.Samples)
	case o.AtLeast > 0 && o.Points < 0:
		return fmt.Errorf("--points %d: use 0 or more", o.Points)
	case o.AtLeast == 0 && o.Samples < 1:
		return fmt.Errorf("--samples %d: use at least 1", o.Samples)
	case o.AtLeast == 0 && o.Points < 1:
		return fmt.Errorf("--points %d: use at least 1", o.Points)
	case !(o.Confidence > 0 && o.Confidence < 1):
		return fmt.Errorf("--confidence %g: use a number between 0 and 1, such as 0.95", o.Confidence)
	case !(o.Threshold > 0) || math.IsInf(o.Threshold, 0):
		return fmt.Errorf("--threshold %g: use a positive number, such as 0.5", o.Threshold)
	}
	return nil
}

// load reads the files of --regions and --map; nil if not given.
func (f *verifyFlags) load() (found *region.Result, m *semmap.Map, err error) {
	if f.mapFile != "" {
		if m, err = semmap.Load(f.mapFile); err != nil {
			return nil, nil, err
		}
	}
	if f.regionFile != "" {
		if found, err = region.Load(f.regionFile); err != nil {
			return nil, nil, err
		}
		if m != nil && !sameAxes(found.Space, m.Space()) {
			return nil, nil, fmt.Errorf("the regions of %s are in %s, the map in %s: make both on the same axes", f.regionFile, found.Space, m.Space())
		}
	}
	return found, m, nil
}

func sameAxes(a, b objective.Space) bool {
	for k := range a {
		if k >= len(b) || a[k].Name != b[k].Name {
			return false
		}
	}
	return len(a) == len(b)
}

// task reads the flags on the space of --regions, --map or --axis.
func (f *verifyFlags) task(found *region.Result, m *semmap.Map) (t task, err error) {
	switch {
	case found != nil:
		t.space = found.Space
		for _, run := range found.Runs {
			t.regions = append(t.regions, run.Bounds)
		}
	case m != nil:
		t.space = m.Space()
	default:
		if t.space, err = f.axisFlags.space(); err != nil {
			return t, err
		}
	}
	for _, text := range f.bounds {
		b, err := parseBounds(t.space, text)
		if err != nil {
			return t, err
		}
		t.regions = append(t.regions, b)
	}
	if t.points, t.sigma, err = f.readPoints(t.space); err != nil {
		return t, err
	}
	if found == nil && len(t.regions) == 0 && len(t.points) == 0 {
		t.regions = append(t.regions, region.Whole(t.space))
	}
	return t, nil
}

// readPoints reads --certify and --sigma.
func (f *verifyFlags) readPoints(space objective.Space) (points [][]float64, sigma []float64, err error) {
	for _, text := range f.points {
		point, err := parseNumbers("certify", text)
		if err != nil {
			return nil, nil, err
		}
		if err := space.CheckPoint(point); err != nil {
			return nil, nil, fmt.Errorf("--certify %s: %w", text, err)
		}
		points = append(points, point)
	}
	if f.sigma == "" {
		return points, nil, nil
	}
	if sigma, err = parseNumbers("sigma", f.sigma); err != nil {
		return nil, nil, err
	}
	if len(sigma) != len(space) || slices.ContainsFunc(sigma, func(x float64) bool { return !(x > 0) || math.IsInf(x, 0) }) {
		return nil, nil, fmt.Errorf("--sigma %s: give a positive number for each axis of %s", f.sigma, space)
	}
	return points, sigma, nil
}

// parseBounds parses "azimuth=350:370,elevation=0:40". The region has the whole domain
// of other axes.
func parseBounds(space objective.Space, text string) (region.Bounds, error) {
	b := region.Whole(space)
	for _, one := range strings.Split(text, ",") {
		name, limits, _ := strings.Cut(one, "=")
		k := space.Index(strings.TrimSpace(name))
		if k < 0 {
			return b, fmt.Errorf("--bounds %s: %q is not an axis of %s: add it with --axis", text, name, space)
		}
		var err error
		if b.A[k], b.B[k], err = parseLimits(space[k], limits); err != nil {
			return b, err
		}
	}
	return b, nil
}

// parseLimits parses "10:60" of an axis of --bounds.
func parseLimits(axis objective.Axis, text string) (from, to float64, err error) {
	first, second, _ := strings.Cut(text, ":")
	for _, end := range []struct {
		text string
		to   *float64
	}{{first, &from}, {second, &to}} {
		if *end.to, err = strconv.ParseFloat(strings.TrimSpace(end.text), 64); err != nil {
			return 0, 0, fmt.Errorf("--bounds %s=%s must be %s=from:to, such as %s=%g:%g", axis.Name, text, axis.Name, axis.Name, axis.Min, axis.Max)
		}
		if x := *end.to; !axis.Contains(x) {
			return 0, 0, fmt.Errorf("--bounds: %s %g%s is outside the domain %g…%g%s", axis.Name, x, axis.Unit, axis.Min, axis.Max, axis.Unit)
		}
	}
	if from > to {
		return 0, 0, fmt.Errorf("--bounds %s=%s is reversed: give the smaller number first; across the end of a periodic axis, continue beyond it, as in azimuth=350:370", axis.Name, text)
	}
	return from, to, nil
}

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// flattening is the steps of --slice and --project, which reduce a map of many axes to
// one or two for the figure. Their order matters: a mean of minima is not a minimum of
// means.
type flattening struct{ steps []flatStep }

// flatStep removes one axis.
type flatStep struct {
	axis  string
	apply func(*semmap.Map) (*semmap.Map, error)
}

func (f *flattening) add(flags *pflag.FlagSet) {
	flags.Var(flatFlag{f, sliceStep}, "slice", "name=value: draw the slice at the sample nearest to the value (repeatable)")
	flags.Var(flatFlag{f, projectStep}, "project", "name=min, mean or max: draw the least, mean or greatest value along the axis (repeatable)")
}

// flatFlag is a pflag.Value that appends a step to the common list.
type flatFlag struct {
	to   *flattening
	step func(text string) (flatStep, error)
}

func (f flatFlag) String() string { return "" }
func (f flatFlag) Type() string   { return "stringArray" }
func (f flatFlag) Set(text string) error {
	step, err := f.step(text)
	if err == nil {
		f.to.steps = append(f.to.steps, step)
	}
	return err
}

func sliceStep(text string) (flatStep, error) {
	name, value, err := parseSetting(text)
	if err != nil {
		return flatStep{}, fmt.Errorf("use name=value, such as distance=3")
	}
	return flatStep{name, func(m *semmap.Map) (*semmap.Map, error) { return m.Slice(name, value) }}, nil
}

func projectStep(text string) (flatStep, error) {
	name, word, ok := strings.Cut(text, "=")
	if !ok {
		return flatStep{}, fmt.Errorf("use name=min, name=mean or name=max, such as distance=min")
	}
	how, err := semmap.ParseProjection(word)
	return flatStep{name, func(m *semmap.Map) (*semmap.Map, error) { return m.Project(name, how) }}, err
}

// check returns an error, before long work begins, if the map cannot be drawn.
func (f *flattening) check(picture string, axes []semmap.Samples) error {
	if picture == "" {
		if len(f.steps) > 0 {
			return fmt.Errorf("--slice and --project change only the figure: give --figure too")
		}
		return nil
	}
	left := map[string]bool{}
	for _, axis := range axes {
		left[axis.Name] = true
	}
	for _, step := range f.steps {
		if !left[step.axis] {
			return fmt.Errorf("--slice or --project %s: not an axis of the map, or given twice", step.axis)
		}
		delete(left, step.axis)
	}
	switch {
	case len(left) == 0:
		return fmt.Errorf("--slice and --project leave no axis to draw: leave out one of them")
	case len(left) > 2:
		return fmt.Errorf("--figure shows one or two axes, not %d: remove axes with --slice name=value or --project name=min, mean or max", len(left))
	}
	return nil
}

// apply removes the axes.
func (f *flattening) apply(m *semmap.Map) (*semmap.Map, error) {
	for _, step := range f.steps {
		var err error
		if m, err = step.apply(m); err != nil {
			return nil, fmt.Errorf("drawing the map: %w", err)
		}
	}
	return m, nil
}

// adaptiveFlags are --adaptive and its options.
type adaptiveFlags struct {
	on      bool
	options semmap.AdaptiveOptions
}

func (f *adaptiveFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "adaptive", false, "evaluate a part of the points, predict the others, and measure the error")
	flags.Float64Var(&f.options.Tolerance, "tolerance", 0.01, "with --adaptive: mean error at which refinement ends")
	flags.IntVar(&f.options.MaxEvaluations, "max-evaluations", 0, "with --adaptive: greatest number of evaluations (default: a third of the grid)")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "with --adaptive: seed of the points that measure the error")
}

func (f *adaptiveFlags) check(cmd *cobra.Command) error {
	for _, name := range []string{"tolerance", "max-evaluations", "seed"} {
		if !f.on && cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s needs --adaptive", name)
		}
	}
	if cmd.Flags().Changed("max-evaluations") && f.options.MaxEvaluations <= 0 {
		return fmt.Errorf("--max-evaluations %d must be positive", f.options.MaxEvaluations)
	}
	if cmd.Flags().Changed("tolerance") && !(f.options.Tolerance > 0) {
		return fmt.Errorf("--tolerance %g must be positive, such as 0.01", f.options.Tolerance)
	}
	return f.options.Check()
}

// asked returns the options, or nil for an exact map.
func (f *adaptiveFlags) asked() *semmap.AdaptiveOptions {
	if !f.on {
		return nil
	}
	return &f.options
}

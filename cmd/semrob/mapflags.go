package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// flattening is what --slice and --project ask for: how the figure of a map of
// many axes comes down to one or two. It holds the steps in the order of the
// command line, for a mean of minima is not a minimum of means.
type flattening struct{ steps []flatStep }

// flatStep removes one axis.
type flatStep struct {
	axis  string
	apply func(*semmap.Map) (*semmap.Map, error)
}

func (f *flattening) add(flags *pflag.FlagSet) {
	flags.Var(flatFlag{f, sliceStep}, "slice", "name=value: the figure shows the map at the sample nearest to it (repeatable)")
	flags.Var(flatFlag{f, projectStep}, "project", "name=min, mean or max: the figure shows that over the axis (repeatable)")
}

// flatFlag reads one of the two flags into the common list.
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
		return flatStep{}, fmt.Errorf("it must be name=value, such as distance=3")
	}
	return flatStep{name, func(m *semmap.Map) (*semmap.Map, error) { return m.Slice(name, value) }}, nil
}

func projectStep(text string) (flatStep, error) {
	name, word, ok := strings.Cut(text, "=")
	if !ok {
		return flatStep{}, fmt.Errorf("it must be name=min, name=mean or name=max, such as distance=min")
	}
	how, err := semmap.ParseProjection(word)
	return flatStep{name, func(m *semmap.Map) (*semmap.Map, error) { return m.Project(name, how) }}, err
}

// check reports before long work begins what cannot be drawn.
func (f *flattening) check(picture string, axes []semmap.Samples) error {
	if picture == "" {
		if len(f.steps) > 0 {
			return fmt.Errorf("--slice and --project shape the figure, the file keeps every axis: give --figure too")
		}
		return nil
	}
	left := map[string]bool{}
	for _, axis := range axes {
		left[axis.Name] = true
	}
	for _, step := range f.steps {
		if !left[step.axis] {
			return fmt.Errorf("--slice or --project %s: that is no axis of the map, or it is named twice", step.axis)
		}
		delete(left, step.axis)
	}
	switch {
	case len(left) == 0:
		return fmt.Errorf("--slice and --project leave no axis to draw: leave out one of them")
	case len(left) > 2:
		return fmt.Errorf("--figure can show one or two of %d axes: take the others away with --slice name=value or --project name=min, mean or max", len(left))
	}
	return nil
}

// apply takes the axes away.
func (f *flattening) apply(m *semmap.Map) (*semmap.Map, error) {
	for _, step := range f.steps {
		var err error
		if m, err = step.apply(m); err != nil {
			return nil, fmt.Errorf("drawing the map: %w", err)
		}
	}
	return m, nil
}

// adaptiveFlags are --adaptive and what belongs to it.
type adaptiveFlags struct {
	on      bool
	options semmap.AdaptiveOptions
}

func (f *adaptiveFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "adaptive", false, "evaluate where the map bends, predict the rest, measure the error")
	flags.Float64Var(&f.options.Tolerance, "tolerance", 0.01, "with --adaptive: the mean error at which refining ends")
	flags.IntVar(&f.options.MaxEvaluations, "max-evaluations", 0, "with --adaptive: the most points to evaluate (default a third of the grid)")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "with --adaptive: decides which points measure the error")
}

func (f *adaptiveFlags) check(cmd *cobra.Command) error {
	for _, name := range []string{"tolerance", "max-evaluations", "seed"} {
		if !f.on && cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s belongs to --adaptive: give that too", name)
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

// asked returns the options if an adaptive map is asked for.
func (f *adaptiveFlags) asked() *semmap.AdaptiveOptions {
	if !f.on {
		return nil
	}
	return &f.options
}

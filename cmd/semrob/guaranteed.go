package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/spf13/pflag"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/guarantee"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

// promiseFlags are the flags of regions --method guaranteed.
type promiseFlags struct {
	settings   guarantee.Settings
	thresholds string
	epsilons   string
	hint       string
	asJSON     bool
}

// promiseNames are the flags that only guaranteed regions have; descentNames those
// that they do not have.
var (
	promiseNames = []string{"epsilon", "confidence", "threshold", "thresholds", "epsilons", "right", "budget", "hint", "json"}
	descentNames = []string{"iterations", "rate", "sampling", "mode", "gradient-step"}
)

func (f *promiseFlags) add(flags *pflag.FlagSet) {
	s := &f.settings
	flags.Float64Var(&s.Epsilon, "epsilon", 0.01, "for guaranteed: the share of a region that may fail")
	flags.Float64Var(&s.Confidence, "confidence", 0.95, "for guaranteed: confidence of each promise")
	flags.Float64Var(&s.Threshold, "threshold", 0.5, "for guaranteed: a view passes if f is at least this")
	flags.StringVar(&f.thresholds, "thresholds", "", "for guaranteed: from:to:step of several thresholds, to excluded; they share views")
	flags.StringVar(&f.epsilons, "epsilons", "", "for guaranteed: from:to:step of several ε, to excluded; they share views")
	flags.StringVar(&f.hint, "hint", "", "for guaranteed: a map of the object, which shows the search where to look first")
	flags.BoolVar(&s.Right, "right", false, "for guaranteed: a view passes if the top-1 answer is the class (and f ≥ a given --threshold)")
	flags.IntVar(&s.Budget, "budget", 0, "for guaranteed: evaluations for each start (default 20000, or what the promise needs)")
	flags.BoolVar(&f.asJSON, "json", false, "for guaranteed: print one JSON object with every proof")
}

// check reports flags of another method, and numbers whose zero would be taken for
// a default.
func (f *promiseFlags) check(flags *pflag.FlagSet, method methodFlags) error {
	wrong := promiseNames
	if method.name == guarantee.Method {
		wrong = descentNames
		for name := range method.numbers {
			wrong = append(slices.Clip(wrong), name)
		}
	}
	for _, name := range wrong {
		if flags.Changed(name) {
			return fmt.Errorf("the method %s has no --%s", method.name, name)
		}
	}
	if method.name != guarantee.Method {
		return nil
	}
	f.settings.Seed, _ = flags.GetUint64("seed")
	s := f.settings
	switch {
	case !(s.Epsilon > 0 && s.Epsilon < 1):
		return fmt.Errorf("--epsilon %g must be between 0 and 1, such as 0.01", s.Epsilon)
	case !(s.Confidence > 0 && s.Confidence < 1):
		return fmt.Errorf("--confidence %g must be between 0 and 1, such as 0.95", s.Confidence)
	case !(s.Threshold > 0) || math.IsInf(s.Threshold, 0):
		return fmt.Errorf("--threshold %g must be a positive number, such as 0.5", s.Threshold)
	case f.thresholds != "" && flags.Changed("threshold"):
		return fmt.Errorf("give --threshold or --thresholds, not both")
	case f.epsilons != "" && (f.thresholds != "" || flags.Changed("epsilon")):
		return fmt.Errorf("give --epsilons, or --epsilon and --thresholds")
	case f.hint != "" && flags.Changed("map"):
		return fmt.Errorf("--hint is for regions of the network: on a --map nothing can be saved")
	case s.Budget < 0 || flags.Changed("budget") && s.Budget < 1:
		return fmt.Errorf("--budget %d: this promise needs at least %d evaluations", s.Budget, s.Needed())
	}
	if s.Right && !flags.Changed("threshold") {
		f.settings.Threshold = 0
	}
	return nil
}

// guaranteed finds guaranteed regions.
func (a *app) guaranteed(ctx context.Context, f *regionFlags) error {
	if err := checkOutput("out", f.out, ".npz"); err != nil {
		return err
	}
	if err := checkOutput("figure", f.picture, figure.Endings...); err != nil {
		return err
	}
	if err := f.readStarts(); err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	found, under, err := a.findGuaranteed(ctx, lab, f)
	if err != nil {
		return err
	}
	if err := found.Save(f.out); err != nil {
		return err
	}
	proofs, err := guarantee.Each(found)
	if err != nil {
		return err
	}
	if f.promise.asJSON {
		err = a.printProofsJSON(proofs)
	} else {
		err = a.printProofs(proofs)
	}
	if err != nil {
		return err
	}
	return a.drawRegions(ctx, lab, f, under, found)
}

// options returns the promise, and the map that shows where to look.
func (f *promiseFlags) options() (o semrob.GuaranteeOptions, err error) {
	o.Settings = f.settings
	if f.thresholds != "" {
		r, err := semmap.ParseRange(f.thresholds)
		if err != nil {
			return o, fmt.Errorf("--thresholds: %w", err)
		}
		o.Thresholds = r.Values()
	}
	if f.epsilons != "" {
		r, err := semmap.ParseRange(f.epsilons)
		if err != nil {
			return o, fmt.Errorf("--epsilons: %w", err)
		}
		o.Epsilons = r.Values()
	}
	if f.hint != "" {
		if o.Hint, err = semmap.Load(f.hint); err != nil {
			return o, fmt.Errorf("--hint: %w", err)
		}
	}
	return o, nil
}

func (a *app) findGuaranteed(ctx context.Context, lab *semrob.Lab, f *regionFlags) (*region.Result, *semmap.Map, error) {
	options, err := f.promise.options()
	if err != nil {
		return nil, nil, err
	}
	options.Space, options.Starts = f.options.Space, f.options.Starts
	if f.mapFile != "" {
		m, err := semmap.Load(f.mapFile)
		if err != nil {
			return nil, nil, err
		}
		found, err := lab.GuaranteeOnMap(ctx, m, options)
		return found, m, err
	}
	subject, err := f.subjectFlags.read()
	if err != nil {
		return nil, nil, err
	}
	found, err := lab.Guarantee(ctx, subject, options)
	return found, nil, err
}

// printProofs prints a line for each start, and the promise.
func (a *app) printProofs(each []*guarantee.Result) error {
	for _, r := range each {
		which := ""
		switch {
		case len(each) > 1 && each[0].Settings.Epsilon != each[1].Settings.Epsilon:
			which = fmt.Sprintf("ε %g, ", r.Settings.Epsilon)
		case len(each) > 1:
			which = fmt.Sprintf("τ %g, ", r.Settings.Threshold)
		}
		a.printProof(r, which)
	}
	_, err := fmt.Fprintln(a.stdout, promiseAbout)
	return err
}

// promiseAbout says what a promise is about.
const promiseAbout = "The promise is about renderings of this object by this renderer, drawn uniformly from the region; " +
	"not about photographs, not about other objects."

func (a *app) printProof(r *guarantee.Result, which string) {
	for _, run := range r.Runs {
		fmt.Fprintf(a.stdout, "%sstart %v:", which, run.Start)
		for k, axis := range r.Space {
			fmt.Fprintf(a.stdout, " %s %.1f…%.1f%s", axis.Name, run.Bounds.A[k], run.Bounds.B[k], axis.Unit)
		}
		fmt.Fprintf(a.stdout, ", %.2f %% of the domain, %d evaluations, %s", 100*run.Bounds.Fraction(r.Space), run.Evaluations, run.Status)
		switch {
		case run.Status.Proved():
			fmt.Fprintf(a.stdout, ": at least %.2f %% right (attempt %d, %d of %d fresh points failed)",
				100*run.Proof.Bound, run.Proof.Attempts, run.Proof.Failures, run.Proof.Points)
		case run.Status == guarantee.BudgetSpent:
			fmt.Fprintf(a.stdout, ": only %.2f %% could be proved", 100*run.Proof.Bound)
		case run.Detail != "":
			fmt.Fprintf(a.stdout, ": %s", run.Detail)
		}
		fmt.Fprintln(a.stdout)
	}
	fmt.Fprintf(a.stdout, "guaranteed SRVR %.2f %%, %d evaluations. Each proved region by itself: %s in at least %g %% of its views (%g %% confidence).\n",
		100*r.SRVR(), r.Evaluations, r.Settings.Predicate(), 100*(1-r.Settings.Epsilon), 100*r.Settings.Confidence)
}

// printedProofs are the proofs at one threshold as JSON.
type printedProofs struct {
	*guarantee.Result
	Predicate string       `json:"predicate"`
	About     string       `json:"about"`
	SRVR      float64      `json:"guaranteed_srvr"`
	Runs      []printedRun `json:"runs"`
}

type printedRun struct {
	guarantee.Run
	Proved   bool    `json:"proved"`
	Fraction float64 `json:"fraction"`
}

// printProofsJSON prints one object, or with several thresholds a list of them.
func (a *app) printProofsJSON(each []*guarantee.Result) error {
	all := make([]printedProofs, len(each))
	for i, r := range each {
		all[i] = printedProofs{r, r.Settings.Predicate(), promiseAbout, r.SRVR(), make([]printedRun, len(r.Runs))}
		for k, run := range r.Runs {
			all[i].Runs[k] = printedRun{run, run.Status.Proved(), run.Bounds.Fraction(r.Space)}
		}
	}
	var out any = all
	if len(all) == 1 {
		out = all[0]
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, string(text))
	return err
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/progress"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/plan"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// planFlags are the flags of study plan.
type planFlags struct {
	check             bool
	pilot             string
	difference, power float64
}

func (a *app) newPlan() *cobra.Command {
	var f planFlags
	cmd := &cobra.Command{
		Use:   "plan FILE",
		Short: "Check the plan of a study, and say how long it takes and what it can find",
		Long: "plan reads the plan of a study and reports every mistake with its line. With --check it measures the speed of\n" +
			"this machine and reports how long one worker takes at most; runs that converge early take less. --pilot gives\n" +
			"the results of a share of the study, such as those of the same plan with few objects: with them it reports how\n" +
			"long the whole is expected to take, and how many objects a paired test of two networks needs to find a\n" +
			"difference of SRVR.",
		Example: "  semrob study plan --check plan.yaml\n  semrob study plan --check plan.yaml --pilot studies/pilot --difference 5",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.difference <= 0 || f.difference > 100 || f.power <= 0 || f.power >= 1 {
				return fmt.Errorf("--difference %g, --power %g: use points of SRVR above 0 up to 100, and a power between 0 and 1", f.difference, f.power)
			}
			if _, err := a.lab(); err != nil { // sets the backend's options
				return err
			}
			return a.checkPlan(cmd.Context(), args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.check, "check", false, "also measure the speed of this machine and estimate the time")
	flags.StringVar(&f.pilot, "pilot", "", "`results` of a share of the study: its folder or table")
	flags.Float64Var(&f.difference, "difference", 5, "with --pilot: the difference of SRVR to find, in percentage `points`")
	flags.Float64Var(&f.power, "power", 0.8, "with --pilot: the chance to find it")
	return cmd
}

// checkPlan prints how much work a plan is, and what its pilot tells.
func (a *app) checkPlan(ctx context.Context, path string, f *planFlags) error {
	p, err := a.loadPlan(ctx, path)
	if err != nil {
		return err
	}
	pilot, err := openPilot(f.pilot)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s: %d networks × %d objects, %d methods, %d starts, %d seeds: %d items\n",
		p.Study, len(p.Networks), len(p.Objects), len(p.Methods), max(len(p.Starts), p.RandomStarts), len(p.Seeds), p.Total())
	if err := a.printWork(ctx, p, pilot, f.check); err != nil || pilot == nil {
		return err
	}
	if len(pilot.compared.Networks) < 2 {
		fmt.Fprintln(a.stdout, "the pilot has one network: two are needed to say how many objects a difference needs")
		return nil
	}
	fmt.Fprintln(a.stdout)
	return pilot.compared.NeededTable(f.difference, f.power, len(p.Objects)).WriteMarkdown(a.stdout)
}

// printWork prints the evaluations of each network and, if measured, their time.
func (a *app) printWork(ctx context.Context, p *plan.Prepared, pilot *pilotResults, measure bool) error {
	engine, longest, likely := sweep.Trusting(p), 0.0, 0.0
	defer engine.Close()
	for i, n := range p.Networks {
		most, expected := workOf(p, n.Key(), pilot)
		fmt.Fprintf(a.stdout, "%s: at most %d evaluations", n.Key(), most.Total())
		if most.Gradients > 0 {
			fmt.Fprintf(a.stdout, ", %d of them with gradients", most.Gradients)
		}
		if pilot != nil {
			fmt.Fprintf(a.stdout, ", by the pilot %d", expected.Total())
		}
		if measure {
			rate, err := engine.Measure(ctx, p, i)
			if err != nil {
				fmt.Fprintln(a.stdout)
				return fmt.Errorf("measuring the rate of %s: %w", n.Title, err)
			}
			longest, likely = longest+most.Seconds(rate), likely+expected.Seconds(rate)
			fmt.Fprintf(a.stdout, ", %s per second here: %s", rates(rate), durations(most.Seconds(rate), expected.Seconds(rate), pilot))
		}
		fmt.Fprintln(a.stdout)
	}
	if measure {
		fmt.Fprintf(a.stdout, "one worker like this machine: %s\n", durations(longest, likely, pilot))
	}
	return nil
}

// workOf returns the greatest work of a network's items and, with a pilot, that to expect.
func workOf(p *plan.Prepared, network string, pilot *pilotResults) (most, expected sweep.Work) {
	for item := range p.Items() {
		if item.NetworkKey() != network {
			continue
		}
		most = most.Add(sweep.MostWork(item))
		if pilot != nil {
			expected = expected.Add(pilot.work.Work(item))
		}
	}
	return most, expected
}

// durations says how long work takes at most and, with a pilot, is expected to take.
func durations(most, expected float64, pilot *pilotResults) string {
	text := "at most " + progress.Duration(time.Duration(most*1e9))
	if pilot != nil {
		text += ", by the pilot " + progress.Duration(time.Duration(expected*1e9))
	}
	return text
}

// pilotResults are the results of a share of a study.
type pilotResults struct {
	work     *sweep.Pilot
	compared *compare.Comparison
}

// openPilot reads the results of a pilot; nil for the path "".
func openPilot(path string) (*pilotResults, error) {
	if path == "" {
		return nil, nil
	}
	t, err := compare.Open(path)
	if err != nil {
		return nil, err
	}
	c, err := compare.New(t, compare.Options{})
	if err != nil {
		return nil, err
	}
	return &pilotResults{sweep.NewPilot(t), c}, nil
}

func rates(r sweep.Rate) string {
	if r.Gradients == 0 {
		return fmt.Sprintf("%.0f", r.Values)
	}
	return fmt.Sprintf("%.0f, with gradients %.0f,", r.Values, r.Gradients)
}

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// studyVerifyFlags are the flags of study verify.
type studyVerifyFlags struct {
	folder, out string
	options     sweep.VerifyOptions
}

func (a *app) newStudyVerify() *cobra.Command {
	var f studyVerifyFlags
	cmd := &cobra.Command{
		Use:   "verify PLAN",
		Short: "Check regions that were grown on maps against the networks",
		Long: "verify samples regions of a study that were grown on maps (regions-on: map), evaluates the networks\n" +
			"at points inside them, and reports how much map and network differ. With --again it grows some of\n" +
			"them again on the network, and compares the results.",
		Example: "  semrob study verify plan.yaml --regions 20 --again 4",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			lab, err := a.lab()
			if err != nil {
				return err
			}
			f.options.Progress = lab.Progress
			return a.verifyStudy(cmd.Context(), args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.folder, "folder", "", "the study's folder (default: the plan's path without its extension)")
	flags.IntVar(&f.options.Regions, "regions", 16, "regions sampled for each network")
	flags.IntVar(&f.options.Points, "points", 32, "points in each region")
	flags.IntVar(&f.options.Again, "again", 0, "regions of each network to grow again on the network")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "the seed of the sample")
	flags.StringVar(&f.out, "out", "", "`file` of the table: "+enum.Choice(figure.TableEndings)+" (default: standard output, Markdown)")
	return cmd
}

func (a *app) verifyStudy(ctx context.Context, planFile string, f *studyVerifyFlags) error {
	if f.options.Regions < 1 || f.options.Points < 1 || f.options.Again < 0 {
		return fmt.Errorf("--regions %d, --points %d, --again %d: use at least 1, 1 and 0", f.options.Regions, f.options.Points, f.options.Again)
	}
	if err := checkOutput("out", f.out, figure.TableEndings...); err != nil {
		return err
	}
	p, err := a.loadPlan(ctx, planFile)
	if err != nil {
		return err
	}
	folder := studyFolder(planFile, f.folder)
	t, err := compare.Open(folder)
	if err != nil {
		return fmt.Errorf("%w: run the study first, or give its folder with --folder", err)
	}
	all, err := sweep.Verify(ctx, p, t, folder, f.options)
	if err != nil {
		return err
	}
	table := compare.VerifiedTable(all)
	if f.out != "" {
		return table.Save(f.out)
	}
	return table.WriteMarkdown(a.stdout)
}

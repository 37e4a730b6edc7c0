package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/sweep"
)

// studyVerifyFlags are those of study verify.
type studyVerifyFlags struct {
	folder, out string
	options     sweep.VerifyOptions
}

func (a *app) newStudyVerify() *cobra.Command {
	var f studyVerifyFlags
	cmd := &cobra.Command{
		Use:   "verify PLAN",
		Short: "Ask the networks what regions that grew on maps are worth",
		Long: "verify draws regions of a study whose regions grew on maps (regions-on: map), asks the networks for f at\n" +
			"points inside them, and tells how far map and network are apart. With --again it grows some of them again\n" +
			"on the network itself, and compares.",
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
	flags.StringVar(&f.folder, "folder", "", "the study's folder (default the plan's name beside it, without .yaml)")
	flags.IntVar(&f.options.Regions, "regions", 16, "regions drawn of each network")
	flags.IntVar(&f.options.Points, "points", 32, "points in each")
	flags.IntVar(&f.options.Again, "again", 0, "how many of each network's are grown again on the network itself")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "the seed of the draw")
	flags.StringVar(&f.out, "out", "", "the table's file, .md, .tex, .csv, .txt or .html (default standard output, as Markdown)")
	return cmd
}

func (a *app) verifyStudy(ctx context.Context, planFile string, f *studyVerifyFlags) error {
	if f.options.Regions < 1 || f.options.Points < 1 || f.options.Again < 0 {
		return fmt.Errorf("--regions %d, --points %d, --again %d: at least 1, 1 and 0 are needed", f.options.Regions, f.options.Points, f.options.Again)
	}
	p, err := a.loadPlan(ctx, planFile)
	if err != nil {
		return err
	}
	folder := studyFolder(planFile, f.folder)
	t, err := compare.Open(folder)
	if err != nil {
		return fmt.Errorf("%w: run the study first, or name its folder with --folder", err)
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

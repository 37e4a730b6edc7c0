package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/predict"
)

// predictFlags are those of study predict.
type predictFlags struct {
	options             predict.Options
	shapes              bool
	meshes, out, figure string
}

func (a *app) newPredict() *cobra.Command {
	var f predictFlags
	cmd := &cobra.Command{
		Use:   "predict RESULTS...",
		Short: "Train a small network to predict SRVR, beside the mean, cross-validated by object",
		Long: "predict trains a small network on the start, class, method and network of a study's runs (with --shapes on\n" +
			"the shape of the meshes too, with --initial-f on f at the start) and tells how well it predicts the regions\n" +
			"of objects that it has not seen, beside means over the objects that it has. RESULTS are as for study table.",
		Example: "  semrob study predict published --figure curve.png\n  semrob study predict studies/lite --shapes --meshes meshes",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.lab(); err != nil { // sets the backend's options
				return err
			}
			return a.predict(cmd.Context(), args, &f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.options.Folds, "folds", predict.DefaultFolds, "parts that the objects are split into")
	flags.IntVar(&f.options.Epochs, "epochs", predict.DefaultEpochs, "steps of training")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "the seed of folds and first weights")
	flags.BoolVar(&f.options.InitialF, "initial-f", false, "let the network know f at the start, too")
	flags.BoolVar(&f.shapes, "shapes", false, "let it know the shapes of the meshes, too: generated ones, and those in --meshes")
	flags.StringVar(&f.meshes, "meshes", "", "the folder with the study's meshes")
	flags.StringVar(&f.out, "out", "", "the table's file, .md, .tex, .csv, .txt or .html (default standard output, as Markdown)")
	flags.StringVar(&f.figure, "figure", "", "the file of the training curve: .png, .svg or .pdf")
	return cmd
}

func (a *app) predict(ctx context.Context, paths []string, f *predictFlags) error {
	if f.options.Folds < 2 || f.options.Epochs < 1 {
		return fmt.Errorf("--folds %d, --epochs %d: at least 2 folds and 1 epoch are needed", f.options.Folds, f.options.Epochs)
	}
	if f.meshes != "" && !f.shapes {
		return fmt.Errorf("--meshes says where the meshes are, and needs --shapes")
	}
	t, err := compare.Open(paths...)
	if err != nil {
		return err
	}
	if f.shapes {
		if f.options.Shapes, err = predict.Shapes(t, f.meshes); err != nil {
			return err
		}
		if len(f.options.Shapes) == 0 {
			return fmt.Errorf("none of the study's meshes was found: name their folder with --meshes")
		}
	}
	data, err := predict.Examples(t, f.options)
	if err != nil {
		return err
	}
	lab, err := a.lab()
	if err != nil {
		return err
	}
	report, err := predict.CrossValidate(ctx, data, f.options, lab.Progress)
	if err != nil {
		return err
	}
	if f.figure != "" {
		if err := figure.Save(f.figure, report.Curve()); err != nil {
			return err
		}
	}
	if f.out != "" {
		return report.Table().Save(f.out)
	}
	return report.Table().WriteMarkdown(a.stdout)
}

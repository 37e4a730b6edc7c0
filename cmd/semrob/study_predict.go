package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/study/compare"
	"github.com/semrob/gonb-semrob/semrob/study/predict"
)

// predictFlags are the flags of study predict.
type predictFlags struct {
	options             predict.Options
	shapes              bool
	meshes, out, figure string
}

func (a *app) newPredict() *cobra.Command {
	var f predictFlags
	cmd := &cobra.Command{
		Use:   "predict RESULTS...",
		Short: "Train a small network to predict SRVR, cross-validated by object",
		Long: "predict trains a small network on the start, class, method and network of a study's runs (with --shapes also\n" +
			"on the shapes of the meshes, with --initial-f on f at the start) and compares its predictions for unseen\n" +
			"objects with means over the training objects. RESULTS are as for study table.",
		Example: "  semrob study predict published --figure curve.png\n  semrob study predict studies/lite --shapes --meshes meshes",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.predict(cmd.Context(), args, &f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.options.Folds, "folds", predict.DefaultFolds, "number of parts that the objects are split into")
	flags.IntVar(&f.options.Epochs, "epochs", predict.DefaultEpochs, "number of training steps")
	flags.Uint64Var(&f.options.Seed, "seed", 0, "seed of folds and initial weights")
	flags.BoolVar(&f.options.InitialF, "initial-f", false, "add f at the start to the features")
	flags.BoolVar(&f.shapes, "shapes", false, "add the shapes of generated meshes and of those in --meshes to the features")
	flags.StringVar(&f.meshes, "meshes", "", "the folder with the study's meshes")
	flags.StringVar(&f.out, "out", "", "the file of the table: "+enum.Choice(figure.TableEndings)+" (default: standard output, Markdown)")
	flags.StringVar(&f.figure, "figure", "", "the file of the training curves: "+enum.Choice(figure.Endings))
	return cmd
}

func (a *app) predict(ctx context.Context, paths []string, f *predictFlags) error {
	if f.options.Folds < 2 || f.options.Epochs < 1 {
		return fmt.Errorf("--folds %d, --epochs %d: use at least 2 folds and 1 epoch", f.options.Folds, f.options.Epochs)
	}
	if f.meshes != "" && !f.shapes {
		return fmt.Errorf("--meshes needs --shapes")
	}
	if err := cmp.Or(checkOutput("out", f.out, figure.TableEndings...), checkDistinct(f.out, paths...), checkOutput("figure", f.figure, figure.Endings...)); err != nil {
		return err
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
			return fmt.Errorf("none of the study's meshes was found: give their folder with --meshes")
		}
	}
	data, err := predict.Examples(t, f.options)
	if err != nil {
		return err
	}
	lab, err := a.lab() // sets the backend's options, too
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

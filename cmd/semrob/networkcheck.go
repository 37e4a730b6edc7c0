package main

import (
	"context"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/parity"
)

func (a *app) newNetworkCheck() *cobra.Command {
	var against string
	tolerance := 1e-4
	var options network.OpenOptions
	cmd := &cobra.Command{
		Use:   "check FILE.json | NETWORK --against FILE.npz",
		Short: "Compare a network with outputs computed elsewhere",
		Long: "With --against, check runs a network, named as for --network, on the images of an .npz file and\n" +
			"compares its scores. The file has the arrays input (images as the model takes them: its own layout,\n" +
			"type and range; for weights files [images, 3, S, S], normalised) and output (its scores), and may\n" +
			"have gradient, that of the sum of output[:, gradient_class] with respect to input. Errors are\n" +
			"relative to the largest value; above the tolerance, the exit status is not 0.\n\n" +
			"Without it, check builds the architecture of a golden file with the file's generated weights, runs it on its\n" +
			"generated images, and compares logits and gradient. It fails if parameters differ in name or\n" +
			"shape, or if a relative error is above " +
			fmt.Sprintf("%g (logits), %g (samples of the gradient)\nor %g (its norm).\n\n", parity.LimitLogits, parity.LimitGradient, parity.LimitNorm) +
			"A gradient that differs in float32 is compared in float64. Then check finds the few activations\n" +
			"within rounding of a kink of ReLU, or of a tie in a max pool, that the reference had on the other\n" +
			"side, moves them there, and reports their number, their distances and the errors before and after.\n" +
			"The other values of --precision round more than these limits and are not checked.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.lab(); err != nil { // applies the backend's flags
				return err
			}
			device, err := backend.Default(cmd.Context())
			if err != nil {
				return err
			}
			if against != "" {
				return a.checkAgainst(cmd.Context(), device, args[0], options, against, tolerance)
			}
			r, err := parity.Check(cmd.Context(), device.Compute, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s, %d px, %d parameters, as in the file\n", r.Architecture, r.InputSize, r.Parameters)
			fmt.Fprintf(a.stdout, "logits:          relative error %.2g, limit %g\n", r.Logits, parity.LimitLogits)
			fmt.Fprintf(a.stdout, "gradient:        relative error %.2g, limit %g\n", r.Gradient, parity.LimitGradient)
			fmt.Fprintf(a.stdout, "gradient's norm: relative error %.2g, limit %g\n", r.Norm, parity.LimitNorm)
			if k := r.Kinks; k != nil {
				fmt.Fprintf(a.stdout, "in float32:      gradient %.2g, norm %.2g\n", r.Plain.Gradient, r.Plain.Norm)
				fmt.Fprintf(a.stdout, "in float64:      gradient %.2g, norm %.2g\n", k.Exact.Gradient, k.Exact.Norm)
				if k.Near == 0 {
					fmt.Fprintln(a.stdout, "kinks:           float64 agrees without moves")
				} else {
					fmt.Fprintf(a.stdout, "kinks:           %d of %d activations near a kink moved across it, by up to %.2g of the layer's RMS (%d samples)\n", k.Moves, k.Near, k.Furthest, k.Samples)
					fmt.Fprintf(a.stdout, "after the moves: gradient %.2g, norm %.2g; %.0f nats explained at a cost of %.0f\n", k.Moved.Gradient, k.Moved.Norm, k.Gain, k.Cost)
				}
				if why := k.Refused(); why != "" {
					fmt.Fprintf(a.stdout, "not accepted:    %s\n", why)
				}
			}
			if err := r.Err(); err != nil {
				fmt.Fprintln(a.stdout, "verdict: FAIL")
				return err
			}
			fmt.Fprintln(a.stdout, "verdict: PASS")
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&against, "against", "", "compare with the arrays input and output of this .npz file")
	flags.Float64Var(&tolerance, "tolerance", tolerance, "largest error with --against, relative to the largest value")
	flags.TextVar(&options.Layout, "layout", options.Layout, "layout of an ONNX model's images: nchw or nhwc")
	flags.TextVar(&options.Output, "output", options.Output, "what an ONNX model returns: logits, probabilities or the name of an output")
	flags.IntVar(&options.InputSize, "input-size", 0, "height and width of the images; 0: the network's own")
	return cmd
}

// checkAgainst compares a network with given scores.
func (a *app) checkAgainst(ctx context.Context, device *backend.Backend, name string, options network.OpenOptions, against string, tolerance float64) error {
	if !(tolerance > 0) {
		return fmt.Errorf("the tolerance is %g: it must be positive", tolerance)
	}
	n, err := network.OpenWith(ctx, name, options)
	if err != nil {
		return err
	}
	r, err := n.Compare(ctx, device.Compute, against)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s, %d px, %d images, %d classes\n", n.Name, n.InputSize, r.Images, r.Classes)
	fmt.Fprintf(a.stdout, "output:   relative error %.2g, tolerance %g; probabilities differ by up to %.2g\n", r.Output, tolerance, r.Probability)
	worst := r.Output
	if !math.IsNaN(r.Gradient) {
		fmt.Fprintf(a.stdout, "gradient: relative error %.2g, tolerance %g\n", r.Gradient, tolerance)
		worst = max(worst, r.Gradient)
	}
	if !(worst <= tolerance) {
		fmt.Fprintln(a.stdout, "verdict: FAIL")
		return fmt.Errorf("the network %s differs from %s: relative error %.2g, tolerance %g", name, against, worst, tolerance)
	}
	fmt.Fprintln(a.stdout, "verdict: PASS")
	return nil
}

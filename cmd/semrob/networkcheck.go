package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/network/parity"
)

func (a *app) newNetworkCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE.json",
		Short: "Compare an architecture with the PyTorch outputs of a golden file",
		Long: "check builds the architecture that a golden file names, fills it with the generated weights that\n" +
			"the file was made with, runs it on the generated images, and compares logits and gradient with\n" +
			"the file's. It fails where parameters differ in name or shape, and where a relative error is above\n" +
			fmt.Sprintf("%g (logits), %g (samples of the gradient) or %g (its norm).\n\n", parity.LimitLogits, parity.LimitGradient, parity.LimitNorm) +
			"Where float32's gradient is off it is compared in float64, and the few activations within rounding of a\n" +
			"kink of ReLU, or between two candidates of a max pool, that the reference had on the other side are\n" +
			"looked for and moved there; how many there were, how far, and the errors before and after are told.\n" +
			"The other choices of --precision round further than these limits and are not checked here.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := a.lab(); err != nil { // sets how the backend is found
				return err
			}
			device, err := backend.Default(cmd.Context())
			if err != nil {
				return err
			}
			r, err := parity.Check(cmd.Context(), device.Compute, args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s, %d px, %d parameters, as in the file\n", r.Architecture, r.InputSize, r.Parameters)
			fmt.Fprintf(a.stdout, "logits:          relative error %.2g, at most %g\n", r.Logits, parity.LimitLogits)
			fmt.Fprintf(a.stdout, "gradient:        relative error %.2g, at most %g\n", r.Gradient, parity.LimitGradient)
			fmt.Fprintf(a.stdout, "gradient's norm: relative error %.2g, at most %g\n", r.Norm, parity.LimitNorm)
			if k := r.Kinks; k != nil {
				fmt.Fprintf(a.stdout, "in float32:      gradient %.2g, norm %.2g\n", r.Plain.Gradient, r.Plain.Norm)
				fmt.Fprintf(a.stdout, "in float64:      gradient %.2g, norm %.2g\n", k.Exact.Gradient, k.Exact.Norm)
				if k.Near == 0 {
					fmt.Fprintln(a.stdout, "kinks:           no activation was moved: float64 agrees as it is")
				} else {
					fmt.Fprintf(a.stdout, "kinks:           %d of %d activations within rounding of one moved across it, the furthest by %.2g of its layer's RMS (%d samples)\n", k.Moves, k.Near, k.Furthest, k.Samples)
					fmt.Fprintf(a.stdout, "after the moves: gradient %.2g, norm %.2g; %.0f nats explained, %.0f to choose them\n", k.Moved.Gradient, k.Moved.Norm, k.Gain, k.Cost)
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
}

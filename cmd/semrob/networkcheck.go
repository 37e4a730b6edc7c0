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
		Long: "check builds the architecture of a golden file with the file's generated weights, runs it on its\n" +
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
}

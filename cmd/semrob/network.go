package main

import "github.com/spf13/cobra"

func (a *app) newNetwork() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "network",
		Short: "Networks: fetch weights",
	}
	cmd.AddCommand(a.newNetworkFetch())
	return cmd
}

package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
)

func (a *app) newNetworkList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List networks with their size, cost and sources of weights",
		Long: "list shows every architecture: its trained parameters in millions, 10⁹ multiply-adds per view (each\n" +
			"counted once, as in torchvision's tables), the height and width of its images, the source of trained\n" +
			"weights, and whether these are on disk. Commands that examine an object run a network in any\n" +
			"--precision: " + network.Precisions.String() + ".",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(table, "NAME\tPARAMETERS (10⁶)\tGFLOP PER VIEW\tINPUT\tON DISK\tWEIGHTS")
			for _, name := range architecture.Names() {
				row, err := architecture.Lookup(name)
				if err != nil {
					return err
				}
				work, err := row.MultiplyAdds()
				if err != nil {
					return err
				}
				onDisk, origin := "no", network.Origin(name)
				if network.OnDisk(name) {
					onDisk = "yes"
				}
				if origin == "" {
					origin = "your own file or repository: --network " + name + "=weights.safetensors"
				}
				fmt.Fprintf(table, "%s\t%.2f\t%.3f\t%d×%d\t%s\t%s\n",
					name, float64(row.ParameterCount())/1e6, float64(work)/1e9, row.InputSize, row.InputSize, onDisk, origin)
			}
			return table.Flush()
		},
	}
}

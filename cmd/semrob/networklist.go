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
		Short: "Tell which networks there are, what they cost, and where their weights come from",
		Long: "list shows every architecture: its trained parameters in millions, 10⁹ multiplications with an\n" +
			"addition for one view (counted as one, as torchvision's tables do), the height and width of its\n" +
			"images, where trained weights come from, and whether they are on disk. Each can be computed in\n" +
			"another --precision of the commands that look at an object: " + listed(network.Precisions.Names()) + ".",
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
					origin = "a file or repository of yours: --network " + name + "=weights.safetensors"
				}
				fmt.Fprintf(table, "%s\t%.2f\t%.3f\t%d×%d\t%s\t%s\n",
					name, float64(row.ParameterCount())/1e6, float64(work)/1e9, row.InputSize, row.InputSize, onDisk, origin)
			}
			return table.Flush()
		},
	}
}

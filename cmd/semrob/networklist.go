package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
)

func (a *app) newNetworkList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List networks with their sizes, costs and sources of weights",
		Long: "list shows every architecture: its trained parameters in millions, 10⁹ multiply-adds per view (each\n" +
			"counted once, as in torchvision's tables), the height and width of its images, the source of trained\n" +
			"weights, and whether these are on disk. Commands that examine an object run a network in any\n" +
			"--precision: " + network.Precisions.String() + ".",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			t := newTable(a.stdout, 0, "NAME", "PARAMETERS (10⁶)", "GFLOP PER VIEW", "INPUT", "ON DISK", "WEIGHTS")
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
				t.row(name, fixed(float64(row.ParameterCount())/1e6, 2), fixed(float64(work)/1e9, 3), fmt.Sprintf("%d×%d", row.InputSize, row.InputSize), onDisk, origin)
			}
			return t.Flush()
		},
	}
}

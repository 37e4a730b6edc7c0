package semrob_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/network"
)

// A user-defined graph function becomes a network, for maps, regions and everything
// else. This one classifies pictures by their mean colour.
func Example_ownNetwork() {
	network.Register("lightness", func() (*network.Network, error) {
		return network.Define(network.Definition{
			Name: "lightness", InputSize: 64, Labels: []string{"dark", "light"},
			Graph: func(_ map[string]*graph.Node, images *graph.Node) *graph.Node {
				mean := graph.InsertAxes(graph.ReduceMean(images, 1, 2, 3), -1) // [batch, 1]
				return graph.Concatenate([]*graph.Node{graph.MulScalar(mean, -10), graph.AddScalar(graph.MulScalar(mean, 10), -2)}, 1)
			},
		})
	})
	lab := semrob.Lab{NoCache: true}
	distance, err := semrob.ParseSpace("distance=1:6")
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := lab.Objective(context.Background(), semrob.Subject{Mesh: "cup", Network: "lightness", Class: "light"}, distance)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Release()
	values := make([]float64, 2)
	err = f.Objective.Evaluate(context.Background(), [][]float64{{2}, {5}}, values)
	fmt.Printf("light from 2: %.2f, from 5: %.2f, error: %v\n", values[0], values[1], err)
	// Output: light from 2: 0.97, from 5: 0.21, error: <nil>
}

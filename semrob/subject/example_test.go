package subject_test

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/subject"
)

// A Subject becomes a Description, in which everything that decides f is pinned by
// content: its Key is the key of results on disk.
func Example() {
	network.Register("brightness", func() (*network.Network, error) {
		return network.Define(network.Definition{
			Name: "brightness", InputSize: 32, Labels: []string{"dark", "light"},
			Graph: func(_ map[string]*graph.Node, images *graph.Node) *graph.Node { return graph.ReduceMean(images, 1, 2) },
		})
	})
	describe := func(s subject.Subject) subject.Description {
		resolved, err := s.Resolve(context.Background())
		if err != nil {
			fmt.Println(err)
			return subject.Description{}
		}
		space, _ := subject.ParseSpace("distance=2:4")
		d, err := resolved.On(space)
		if err != nil {
			fmt.Println(err)
		}
		return d
	}
	s := subject.Subject{Mesh: "cup", Network: "brightness", Class: "light"}
	d := describe(s)
	fmt.Printf("%s on %s: class %d, %s, %d px, mesh %t\n", d, d.Space, d.Class, d.Label, d.Size, d.MeshHash != "")

	s.Class = "1" // another spelling of the same class
	fmt.Println("the same f:", describe(s).Key() == d.Key())
	s.Set = map[string]float64{"ambient": 0.2}
	fmt.Println("the same f in the dark:", describe(s).Key() == d.Key())
	// Output:
	// cup · brightness on distance 2…4: class 1, light, 32 px, mesh true
	// the same f: true
	// the same f in the dark: false
}

package network_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network"
)

// brightness is a user-defined network with two classes.
func brightness() (*network.Network, error) {
	return network.Define(network.Definition{
		Name: "brightness", InputSize: 32, Labels: []string{"light room", "dark room"},
		Output: network.Probabilities,
		Graph: func(_ map[string]*graph.Node, images *graph.Node) *graph.Node {
			mean := graph.InsertAxes(graph.ReduceMean(images, 1, 2, 3), -1)
			return graph.Concatenate([]*graph.Node{mean, graph.OneMinus(mean)}, 1)
		},
		Revision: "1",
	})
}

func ExampleNetwork_Class() {
	n, err := brightness()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"dark", "1", "room", "drak"} {
		class, err := n.Class(name)
		var ambiguous *network.AmbiguousClassError
		switch {
		case errors.As(err, &ambiguous):
			fmt.Println(name, "fits", len(ambiguous.Candidates), "classes")
		case err != nil:
			fmt.Println(err)
		default:
			fmt.Println(name, "is class", class)
		}
	}
	// Output:
	// dark is class 1
	// 1 is class 1
	// room fits 2 classes
	// unknown class "drak": did you mean "dark room" (1) or "light room" (0)?
}

func ExampleNetwork_TopK() {
	n, err := brightness()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range n.TopK([]float32{0.25, 0.75}, 2) {
		fmt.Printf("%s %.2f\n", p.Label, p.Probability)
	}
	// Output:
	// dark room 0.75
	// light room 0.25
}

func ExampleOpen() {
	_, err := network.Open("resnet5")
	var unknown *network.UnknownNetworkError
	if errors.As(err, &unknown) {
		fmt.Println("unknown:", unknown.Name)
	}
	_, err = network.Open("resnet50=missing.pth")
	fmt.Println("no weights:", errors.Is(err, network.ErrNoWeights))
	// Output:
	// unknown: resnet5
	// no weights: true
}

func ExampleParsePreprocess() {
	for _, name := range []string{"", "Raw", "mean = 0.50,0.5,0.5; std = 1,1,1", "fast"} {
		p, err := network.ParsePreprocess(name)
		fmt.Printf("%q %v\n", p, err)
	}
	// Output:
	// "standard" <nil>
	// "raw" <nil>
	// "mean=0.5,0.5,0.5;std=1,1,1" <nil>
	// "" unknown preprocessing "fast": choose standard, raw, imagenet, inception, lite, bytes or mean=R,G,B;std=R,G,B
}

func ExampleReadLabels() {
	dir, err := os.MkdirTemp("", "labels")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "labels.txt")
	if err := os.WriteFile(path, []byte("# two classes\ncat\ndog\n"), 0o600); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(network.ReadLabels(path))
	fmt.Println(network.ImageNet()[849])
	// Output:
	// [cat dog] <nil>
	// teapot
}

// Package architecture describes image classifiers as GoMLX graphs. Parameters
// keep their PyTorch names and shapes; images are NHWC.
//
// An architecture is a list of layers and a function that connects them. The
// layers alone tell which parameters there are, and turn them into the
// constants that the graph computes with: batch normalisation is folded into
// the convolution before it, in float64, and kernels are laid out for NHWC.
package architecture

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Architecture is an image classifier without its weights.
type Architecture struct {
	// Name is such as "efficientnet-lite0".
	Name string
	// InputSize S is the height and width of the images it was made for.
	InputSize int
	// Classes is the number of logits.
	Classes int
	// Mean and Deviation, per colour channel, are the normalisation it was
	// trained with: (x − Mean)/Deviation for x in 0…1.
	Mean, Deviation [3]float64

	layers  []layer
	forward func(c constants, images *graph.Node) *graph.Node
}

// layer is a part of a network that has parameters.
type layer interface {
	// parameters returns what the layer asks of the state dictionary.
	parameters() []weights.Parameter
	// prepare returns what the layer computes with; the set has been checked.
	prepare(set weights.Set) []Constant
}

// Constant is a prepared tensor that the graph computes with, in float32.
type Constant struct {
	Name  string
	Shape []int
	Data  []float32
}

// constants are the graph's nodes of the prepared tensors under their names.
type constants map[string]*graph.Node

// Lookup returns the architecture of a name; "_" and "-" and upper and lower
// case are the same.
func Lookup(name string) (*Architecture, error) {
	wanted := Normal(name)
	for _, row := range liteFamily {
		if row.name == wanted {
			return row.architecture(), nil
		}
	}
	return nil, fmt.Errorf("unknown architecture %q: there are %s", name, strings.Join(Names(), ", "))
}

// Names returns the architectures that Lookup knows.
func Names() []string {
	names := make([]string, len(liteFamily))
	for i, row := range liteFamily {
		names[i] = row.name
	}
	return names
}

// Normal returns a network's name in lower case with "-" for "_".
func Normal(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
}

// Parameters returns the names and shapes of the state dictionary, in
// PyTorch's order and layout, without num_batches_tracked.
func (a *Architecture) Parameters() []weights.Parameter {
	var all []weights.Parameter
	for _, l := range a.layers {
		all = append(all, l.parameters()...)
	}
	return all
}

// Prepare checks that the set has the architecture's parameters, all of them
// and no others, and returns the constants that Logits computes with.
func (a *Architecture) Prepare(set weights.Set) ([]Constant, error) {
	if err := set.Check(a.Parameters()); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	var all []Constant
	for _, l := range a.layers {
		all = append(all, l.prepare(set)...)
	}
	return all, nil
}

// Logits returns the scores [batch, classes] of images
// [batch, height, width, 3], which have been normalised as the weights want.
// prepared are the constants of Prepare as nodes of the images' graph, under
// their names. The graph is differentiable with respect to the images.
//
// It panics where the nodes do not fit, as graph functions of GoMLX do.
func (a *Architecture) Logits(prepared map[string]*graph.Node, images *graph.Node) *graph.Node {
	images.AssertDims(-1, -1, -1, 3)
	return a.forward(prepared, images)
}

// node returns a constant's node.
func (c constants) node(name string) *graph.Node {
	n, ok := c[name]
	if !ok {
		panic(fmt.Errorf("the constant %s was not given to the network's graph", name))
	}
	return n
}

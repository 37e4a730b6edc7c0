// Package architecture describes image classifiers as GoMLX graphs. Parameters
// keep their PyTorch names and shapes; images are NHWC.
//
// An architecture is a list of layers and a function that connects them. The
// layers list the parameters and turn them into the graph's constants: batch
// normalisation is folded into the convolution before it, in float64, and kernels
// are laid out for NHWC.
//
// Each family of architectures has a file with a table of its members and the
// functions that build them from the package's blocks, and a row in families.
package architecture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network/internal/parallel"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Architecture is an image classifier without its weights.
type Architecture struct {
	// Name is for example "efficientnet-lite0".
	Name string
	// InputSize S is the usual height and width of the images.
	InputSize int
	// Classes is the number of logits: ImageNet's 1000 unless FitClasses changes
	// it.
	Classes int
	// Mean and Std, per colour channel, are the normalisation of the training
	// images: (x − Mean)/Std for x in 0…1.
	Mean, Std [3]float64

	layers  []layer
	forward func(p *pass, images *graph.Node) *graph.Node
}

// Constant is a prepared tensor of the graph, in float32.
type Constant struct {
	Name  string
	Shape []int
	Data  []float32
	// Instead, if not empty, names the constant that this one replaces in float32
	// graphs on the kernels of On, which are faster with it. A graph needs either
	// one or the other.
	Instead string
	On      []Kernels
}

// Constant64 is a Constant in float64.
type Constant64 struct {
	Name  string
	Shape []int
	Data  []float64
}

// member is a row of a family's table.
type member struct {
	name  string
	build func() *Architecture
}

// members returns the rows of a family whose members differ only in size.
func members[S interface{ member() member }](sizes []S) []member {
	all := make([]member, len(sizes))
	for i, s := range sizes {
		all[i] = s.member()
	}
	return all
}

// families are all architectures, in the order of lists.
var families = [][]member{
	alexNetFamily(),
	vggFamily(),
	members(resNetScales),
	inceptionFamily(),
	mobileNetFamily(),
	members(efficientScales),
	members(liteScales),
	members(convNextSizes),
	members(vitSizes),
}

// Lookup returns the architecture with this name; case, and _ for -, make no
// difference. Other names are an *enum.UnknownError.
func Lookup(name string) (*Architecture, error) {
	wanted := Normal(name)
	for _, family := range families {
		for _, m := range family {
			if m.name == wanted {
				a := m.build()
				a.Name = m.name
				return a, nil
			}
		}
	}
	return nil, &enum.UnknownError{What: "architecture", Name: name, Known: Names()}
}

// Names returns the names of all architectures.
func Names() []string {
	var names []string
	for _, family := range families {
		for _, m := range family {
			names = append(names, m.name)
		}
	}
	return names
}

// Normal returns a network's name in lower case with - for _.
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

// FitClasses takes the number of classes from the last layer of a state
// dictionary, so that networks fine-tuned on other classes fit. If that layer is
// missing or has another width, nothing changes, and Prepare reports it.
func (a *Architecture) FitClasses(set weights.Set) {
	for _, l := range a.layers {
		if l, ok := l.(*linear); ok && l.classes {
			if n := l.fitClasses(set); n > 0 {
				a.Classes = n
			}
		}
	}
}

// Head returns the name of the last layer, such as "fc".
func (a *Architecture) Head() string {
	for _, l := range a.layers {
		if l, ok := l.(*linear); ok && l.classes {
			return l.weight
		}
	}
	return ""
}

// Prepare checks that the set has exactly the architecture's parameters, and
// returns the constants of Logits.
func (a *Architecture) Prepare(set weights.Set) ([]Constant, error) {
	if err := set.Check(a.Parameters()); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	plan := a.prepared()
	all := make([]Constant, len(plan))
	each(len(plan), func(i int) {
		all[i] = Constant{Name: plan[i].name, Shape: plan[i].shape, Data: plan[i].from(set), Instead: plan[i].instead, On: plan[i].on}
	})
	return all, nil
}

// PrepareFloat64 is Prepare for a graph in float64, without rounding to float32.
func (a *Architecture) PrepareFloat64(set weights.Set) ([]Constant64, error) {
	if err := set.Check(a.Parameters()); err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	plan := slices.DeleteFunc(a.prepared(), func(p prepared) bool { return p.instead != "" })
	all := make([]Constant64, len(plan))
	each(len(plan), func(i int) {
		all[i] = Constant64{Name: plan[i].name, Shape: plan[i].shape}
		if plan[i].exact != nil {
			all[i].Data = plan[i].exact(set)
			return
		}
		values := plan[i].from(set)
		all[i].Data = make([]float64, len(values))
		for k, v := range values {
			all[i].Data[k] = float64(v)
		}
	})
	return all, nil
}

// each calls f with 0 … n−1, on all processors.
func each(n int, f func(i int)) {
	_ = parallel.All(n, func(i int) error { f(i); return nil })
}

// prepared returns the constants of all layers.
func (a *Architecture) prepared() []prepared {
	var all []prepared
	for _, l := range a.layers {
		all = append(all, l.prepared()...)
	}
	return all
}

// Logits returns the scores before the softmax, [batch, classes], of normalised
// images [batch, height, width, 3]. prepared are the constants of Prepare as nodes
// of the images' graph, by name. The graph is differentiable with respect to the
// images.
//
// Like GoMLX's graph functions it panics on nodes that do not fit.
func (a *Architecture) Logits(prepared map[string]*graph.Node, images *graph.Node) *graph.Node {
	images.AssertDims(-1, -1, -1, 3)
	return a.forward(&pass{nodes: prepared, kernels: KernelsOf(images.Graph().Backend())}, images)
}

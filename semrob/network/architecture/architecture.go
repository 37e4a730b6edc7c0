// Package architecture describes image classifiers as GoMLX graphs. Parameters
// keep their PyTorch names and shapes; images are NHWC.
//
// An architecture is a list of layers and a function that connects them. The
// layers alone tell which parameters there are, and turn them into the
// constants that the graph computes with: batch normalisation is folded into
// the convolution before it, in float64, and kernels are laid out for NHWC.
//
// A family of architectures is a file: a table of its members, the functions
// that put them together from the package's blocks, and a row in families.
package architecture

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Architecture is an image classifier without its weights.
type Architecture struct {
	// Name is such as "efficientnet-lite0".
	Name string
	// InputSize S is the height and width of the images it was made for.
	InputSize int
	// Classes is the number of logits: 1000, ImageNet's, unless FitClasses found
	// another in the weights.
	Classes int
	// Mean and Std, per colour channel, are the normalisation it was
	// trained with: (x − Mean)/Std for x in 0…1.
	Mean, Std [3]float64

	layers  []layer
	forward func(p *pass, images *graph.Node) *graph.Node
}

// Constant is a prepared tensor that the graph computes with, in float32.
type Constant struct {
	Name  string
	Shape []int
	Data  []float32
	// Instead, where not empty, names the constant that this one stands in for in
	// a graph in float32 on the kernels of On, which are faster with it: such a graph
	// does not need the other, and all others do not need this.
	Instead string
	On      []Kernels
}

// Constant64 is a Constant in float64.
type Constant64 struct {
	Name  string
	Shape []int
	Data  []float64
}

// member is a row of a family's table: a name and what builds it.
type member struct {
	name  string
	build func() *Architecture
}

// families are all architectures, in the order that they are listed in.
var families = [][]member{
	alexNetFamily(),
	vggFamily(),
	resNetFamily(),
	inceptionFamily(),
	mobileNetFamily(),
	efficientNetFamily(),
	liteFamily(),
	convNextFamily(),
	vitFamily(),
}

// Lookup returns the architecture of a name; "_" and "-" and upper and lower
// case are the same.
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
	return nil, fmt.Errorf("unknown architecture %q: there are %s", name, strings.Join(Names(), ", "))
}

// Names returns the architectures that Lookup knows.
func Names() []string {
	var names []string
	for _, family := range families {
		for _, m := range family {
			names = append(names, m.name)
		}
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

// FitClasses takes the number of classes from the last layer of a state
// dictionary, so that networks trained further on other classes than ImageNet's
// fit. Where that layer is missing or of another width, nothing changes, and
// Prepare tells what differs.
func (a *Architecture) FitClasses(set weights.Set) {
	for _, l := range a.layers {
		if l, ok := l.(*linear); ok && l.classes {
			if n := l.fitClasses(set); n > 0 {
				a.Classes = n
			}
		}
	}
}

// Prepare checks that the set has the architecture's parameters, all of them
// and no others, and returns the constants that Logits computes with.
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

// PrepareFloat64 is Prepare for a graph in float64: what it computes from the
// parameters is not rounded to float32.
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
	var next atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				f(int(i))
			}
		})
	}
	group.Wait()
}

// prepared returns what all layers compute with.
func (a *Architecture) prepared() []prepared {
	var all []prepared
	for _, l := range a.layers {
		all = append(all, l.prepared()...)
	}
	return all
}

// Logits returns the scores [batch, classes] of images
// [batch, height, width, 3], which have been normalised as the weights want.
// prepared are the constants of Prepare as nodes of the images' graph, under
// their names. The graph is differentiable with respect to the images.
//
// It panics where the nodes do not fit, as graph functions of GoMLX do.
func (a *Architecture) Logits(prepared map[string]*graph.Node, images *graph.Node) *graph.Node {
	images.AssertDims(-1, -1, -1, 3)
	return a.forward(&pass{nodes: prepared, kernels: KernelsOf(images.Graph().Backend())}, images)
}

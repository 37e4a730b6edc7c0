package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// linear is a fully connected layer with a bias and an activation.
type linear struct {
	// weight is the prefix of the parameters' names.
	weight  string
	in, out int
	// pixels above 1 means that x is a flattened picture of this many pixels with
	// in/pixels channels: PyTorch flattens channel by channel, the graph pixel by
	// pixel.
	pixels     int
	activation activation // nil for none
	// classes is whether the outputs are the network's classes.
	classes bool
}

// classifier adds the layer whose outputs are the classes: ImageNet's unless
// FitClasses changes their number.
func classifier(a *Architecture, weight string, in int) *linear {
	return add(a, &linear{weight: weight, in: in, out: a.Classes, classes: true})
}

// fitClasses takes the number of classes from the layer's parameters in a set and
// returns it. If they are missing or do not fit apart from that number, it returns
// 0.
func (l *linear) fitClasses(set weights.Set) int {
	weight, bias := set[l.weight+".weight"].Shape, set[l.weight+".bias"].Shape
	if len(weight) != 2 || weight[1] != l.in || len(bias) != 1 || bias[0] != weight[0] {
		return 0
	}
	l.out = bias[0]
	return l.out
}

func (l *linear) parameters() []weights.Parameter {
	return []weights.Parameter{
		{Name: l.weight + ".weight", Shape: []int{l.out, l.in}},
		{Name: l.weight + ".bias", Shape: []int{l.out}},
	}
}

func (l *linear) prepared() []prepared {
	return []prepared{
		{name: l.weight + ".kernel", shape: []int{l.in, l.out}, from: l.kernel},
		asIs(l.weight+".bias", l.out),
	}
}

// kernel transposes the weight to [in, out], the input in the graph's order.
func (l *linear) kernel(set weights.Set) []float32 {
	weight := set[l.weight+".weight"].Data
	transposed := make([]float32, len(weight))
	pixels := max(1, l.pixels)
	channels := l.in / pixels
	// Blocks of outputs keep writes in the cache. One layer may have most of a
	// network's weights, as VGG's first does, so the processors share it.
	const block = 16
	each((l.out+block-1)/block, func(i int) {
		first, last := i*block, min((i+1)*block, l.out)
		for channel := range channels {
			for pixel := range pixels {
				from := weight[channel*pixels+pixel:]
				to := transposed[(pixel*channels+channel)*l.out:][first:last]
				for o := range to {
					to[o] = from[(first+o)*l.in]
				}
			}
		}
	})
	return transposed
}

// apply maps x [..., in] to [..., out].
func (l *linear) apply(p *pass, x *graph.Node) *graph.Node {
	dims := x.Shape().Dimensions
	last := len(dims) - 1
	if dims[last] != l.in {
		panic(fmt.Errorf("the linear layer %s takes %d values, not %d", l.weight, l.in, dims[last]))
	}
	rows := graph.Reshape(x, x.Shape().Size()/l.in, l.in)
	y := graph.Dot(rows, p.node(l.weight+".kernel")).Product()
	y = graph.Add(y, graph.Reshape(p.node(l.weight+".bias"), 1, l.out))
	p.work(y, l.in)
	y = p.activate(l.activation, y)
	result := append([]int(nil), dims...)
	result[last] = l.out
	return graph.Reshape(y, result...)
}

package architecture

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// linear is a fully connected layer with a bias.
type linear struct {
	weight  string
	in, out int
}

func (l *linear) parameters() []weights.Parameter {
	return []weights.Parameter{
		{Name: l.weight + ".weight", Shape: []int{l.out, l.in}},
		{Name: l.weight + ".bias", Shape: []int{l.out}},
	}
}

// prepare transposes the weight to [in, out].
func (l *linear) prepare(set weights.Set) []Constant {
	weight := set[l.weight+".weight"].Data
	transposed := make([]float32, len(weight))
	for o := range l.out {
		for i := range l.in {
			transposed[i*l.out+o] = weight[o*l.in+i]
		}
	}
	return []Constant{
		{Name: l.weight + ".kernel", Shape: []int{l.in, l.out}, Data: transposed},
		{Name: l.weight + ".bias", Shape: []int{l.out}, Data: set[l.weight+".bias"].Data},
	}
}

// apply takes x [batch, in] to [batch, out].
func (l *linear) apply(values constants, x *graph.Node) *graph.Node {
	if got := x.Shape().Dimensions[1]; got != l.in {
		panic(fmt.Errorf("the linear layer %s takes %d values, not %d", l.weight, l.in, got))
	}
	y := graph.Dot(x, values.node(l.weight+".kernel")).Product()
	return graph.Add(y, graph.Reshape(values.node(l.weight+".bias"), 1, l.out))
}

package architecture

import "github.com/gomlx/gomlx/core/graph"

// activation is a function of each value alone. It is a module too.
type activation func(p *pass, x *graph.Node) *graph.Node

func (f activation) apply(p *pass, x *graph.Node) *graph.Node { return f(p, x) }

// activate applies an activation, nil for none.
func (p *pass) activate(f activation, x *graph.Node) *graph.Node {
	if f == nil {
		return x
	}
	return f(p, x)
}

// relu is max(x, 0), with PyTorch's gradient 0 at 0.
func relu(p *pass, x *graph.Node) *graph.Node {
	return p.kinked(x, []Jump{{At: 0, Slope: 1}}, positive)
}

// relu6 is min(max(x, 0), 6), with PyTorch's gradient 0 at 0 and 6.
func relu6(p *pass, x *graph.Node) *graph.Node {
	return p.kinked(x, []Jump{{At: 0, Slope: 1}, {At: 6, Slope: -1}}, func(x *graph.Node) *graph.Node {
		six := graph.Scalar(x.Graph(), x.DType(), 6)
		return graph.Where(graph.LessThan(x, six), positive(x), graph.BroadcastToShape(six, x.Shape()))
	})
}

// positive is max(x, 0). GoMLX's Max shares the gradient out at 0.
func positive(x *graph.Node) *graph.Node {
	return graph.Where(graph.GreaterThan(x, graph.ScalarZero(x.Graph(), x.DType())), x, graph.ZerosLike(x))
}

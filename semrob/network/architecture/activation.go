package architecture

import (
	"math"

	"github.com/gomlx/gomlx/core/graph"
)

// activation is an elementwise function. It is also a module.
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
	return p.kinked(x, []Jump{{At: 0, Slope: 1}, {At: 6, Slope: -1}}, positiveTo6)
}

// positive is max(x, 0). GoMLX's Max divides the gradient at 0.
func positive(x *graph.Node) *graph.Node {
	zero := graph.ScalarZero(x.Graph(), x.DType())
	return clipped(x, graph.Max(graph.StopGradient(x), zero), func(y *graph.Node) *graph.Node { return graph.GreaterThan(y, zero) })
}

// positiveTo6 is min(max(x, 0), 6).
func positiveTo6(x *graph.Node) *graph.Node {
	zero, six := graph.ScalarZero(x.Graph(), x.DType()), graph.Scalar(x.Graph(), x.DType(), 6)
	return clipped(x, graph.Clamp(zero, graph.StopGradient(x), six), func(y *graph.Node) *graph.Node {
		return graph.LogicalAnd(graph.GreaterThan(y, zero), graph.LessThan(y, six))
	})
}

// hardSigmoid is min(max(x + 3, 0), 6)/6.
func hardSigmoid(p *pass, x *graph.Node) *graph.Node {
	return p.kinked(x, []Jump{{At: -3, Slope: 1. / 6}, {At: 3, Slope: -1. / 6}}, rampTo1)
}

// hardSwish is x·min(max(x + 3, 0), 6)/6. Its derivative is −½ just above −3 and
// 1½ just below 3.
func hardSwish(p *pass, x *graph.Node) *graph.Node {
	return p.kinked(x, []Jump{{At: -3, Slope: -0.5}, {At: 3, Slope: -0.5}}, func(x *graph.Node) *graph.Node {
		return graph.Mul(x, rampTo1(x))
	})
}

// rampTo1 rises from 0 at −3 to 1 at 3.
func rampTo1(x *graph.Node) *graph.Node {
	return graph.DivScalar(positiveTo6(graph.AddScalar(x, 3)), 6)
}

// sigmoid is 1/(1 + exp(−x)).
func sigmoid(_ *pass, x *graph.Node) *graph.Node { return graph.Sigmoid(x) }

// silu is x·sigmoid(x), also called swish.
func silu(_ *pass, x *graph.Node) *graph.Node { return graph.Mul(x, graph.Sigmoid(x)) }

// gelu is x·Φ(x) with Φ the standard normal distribution function: the exact
// form, not the approximation with tanh.
func gelu(_ *pass, x *graph.Node) *graph.Node {
	twice := graph.AddScalar(graph.Erf(graph.MulScalar(x, math.Sqrt2/2)), 1)
	return graph.Mul(graph.MulScalar(x, 0.5), twice)
}

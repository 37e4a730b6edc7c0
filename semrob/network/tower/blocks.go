package tower

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/nn"
)

// pass is one construction of a graph; nodes are the constants by name.
type pass struct {
	nodes map[string]*graph.Node
	shape
	names
}

func (p *pass) node(name string) *graph.Node {
	n, ok := p.nodes[name]
	if !ok {
		panic(fmt.Errorf("the constant %s is missing from the network's graph", name))
	}
	return n
}

// inFloat32 applies f in float32, since long sums lose too much in half precision, and
// returns the result in the type of x.
func inFloat32(x *graph.Node, f func(x *graph.Node) *graph.Node) *graph.Node {
	if is := x.DType(); is == dtypes.BFloat16 || is == dtypes.Float16 {
		return graph.ConvertDType(f(graph.ConvertDType(x, dtypes.Float32)), is)
	}
	return f(x)
}

// like converts a constant to the type of x.
func like(c, x *graph.Node) *graph.Node {
	if c.DType() == x.DType() {
		return c
	}
	return graph.ConvertDType(c, x.DType())
}

// over gives a vector the rank of x, for its last axis.
func over(v, x *graph.Node) *graph.Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[len(dims)-1] = v.Shape().Size()
	return graph.Reshape(v, dims...)
}

// norm is layer normalisation.
func (p *pass) norm(x *graph.Node, name string) *graph.Node {
	return inFloat32(x, func(x *graph.Node) *graph.Node {
		return nn.LayerNorm(x, []int{-1}, p.Epsilon, like(p.node(name+".weight"), x), like(p.node(name+".bias"), x), nil)
	})
}

// times multiplies x [..., in] by a weight [out, in].
func times(x, weight *graph.Node) *graph.Node {
	return graph.DotGeneral(x, []int{x.Rank() - 1}, nil, weight, []int{1}, nil)
}

// linear maps x [..., in] to [..., out].
func (p *pass) linear(x *graph.Node, name string) *graph.Node {
	y := times(x, p.node(name+".weight"))
	return graph.Add(y, over(p.node(name+".bias"), y))
}

// attend is multi-head attention of queries [batch, n, hidden] to keys and values
// [batch, m, hidden].
func attend(query, key, value *graph.Node, heads int, causal bool) *graph.Node {
	batch, n, hidden := query.Shape().Dimensions[0], query.Shape().Dimensions[1], query.Shape().Dimensions[2]
	m, size := key.Shape().Dimensions[1], hidden/heads
	split := func(x *graph.Node, tokens int) *graph.Node { // [batch·heads, tokens, size]
		return graph.Reshape(graph.TransposeAllAxes(graph.Reshape(x, batch, tokens, heads, size), 0, 2, 1, 3), batch*heads, tokens, size)
	}
	q, k, v := graph.MulScalar(split(query, n), 1/math.Sqrt(float64(size))), split(key, m), split(value, m)
	scores := graph.DotGeneral(q, []int{2}, []int{0}, k, []int{2}, []int{0})
	scores = inFloat32(scores, func(x *graph.Node) *graph.Node {
		if causal {
			g := x.Graph()
			later := graph.LessThan(graph.Iota(g, x.Shape(), 1), graph.Iota(g, x.Shape(), 2))
			x = graph.Where(later, graph.MulScalar(graph.OnesLike(x), -1e30), x)
		}
		return graph.Softmax(x)
	})
	mixed := graph.DotGeneral(scores, []int{2}, []int{0}, v, []int{1}, []int{0})
	return graph.Reshape(graph.TransposeAllAxes(graph.Reshape(mixed, batch, heads, n, size), 0, 2, 1, 3), batch, n, hidden)
}

// encode applies the layers of a tower to x [batch, tokens, hidden].
func (p *pass) encode(x *graph.Node, causal bool) *graph.Node {
	act, err := activationOf(p.Act)
	if err != nil {
		panic(err)
	}
	scaled := func(y *graph.Node, name string) *graph.Node {
		if name == "" {
			return y
		}
		return graph.Mul(y, over(p.node(name), y))
	}
	for i := range p.Layers {
		at := fmt.Sprintf("%s%d.", p.layers, i)
		named := func(name string) string {
			if name == "" {
				return ""
			}
			return at + name
		}
		y := p.norm(x, at+p.norm1)
		y = attend(p.linear(y, at+p.query), p.linear(y, at+p.key), p.linear(y, at+p.value), p.Heads, causal)
		x = graph.Add(x, scaled(p.linear(y, at+p.out), named(p.scale1)))
		y = p.linear(act(p.linear(p.norm(x, at+p.norm2), at+p.first)), at+p.second)
		x = graph.Add(x, scaled(y, named(p.scale2)))
	}
	return x
}

// patches projects the patches of images [batch, S, S, 3] to [batch, patch, hidden];
// weight is [hidden, P·P·3] in the order of the images.
func (p *pass) patches(images, weight *graph.Node) *graph.Node {
	batch, side := images.Shape().Dimensions[0], images.Shape().Dimensions[1]/p.Patch
	if whole := side * p.Patch; whole != images.Shape().Dimensions[1] { // as a convolution without padding
		images = graph.Slice(images, graph.AxisRange(), graph.AxisRange(0, whole), graph.AxisRange(0, whole), graph.AxisRange())
	}
	x := graph.Reshape(images, batch, side, p.Patch, side, p.Patch, 3)
	x = graph.Reshape(graph.TransposeAllAxes(x, 0, 1, 3, 2, 4, 5), batch, side*side, p.Patch*p.Patch*3)
	return times(x, weight)
}

// repeated is a token [hidden] or tokens [1, n, hidden] before each of a batch.
func repeated(token *graph.Node, batch, hidden int) *graph.Node {
	n := token.Shape().Size() / hidden
	return graph.BroadcastToDims(graph.Reshape(token, 1, n, hidden), batch, n, hidden)
}

// token returns token i of x [batch, token, hidden] as [batch, hidden].
func token(x *graph.Node, i int) *graph.Node {
	return graph.Squeeze(graph.Slice(x, graph.AxisRange(), graph.AxisElem(i), graph.AxisRange()), 1)
}

// unit gives the vectors of the last axis the length 1.
func unit(x *graph.Node) *graph.Node {
	return inFloat32(x, func(x *graph.Node) *graph.Node {
		return graph.Div(x, graph.Sqrt(graph.ReduceAndKeep(graph.Square(x), graph.ReduceSum, -1)))
	})
}

// activationOf returns the function of a name of transformers.
func activationOf(name string) (func(x *graph.Node) *graph.Node, error) {
	switch name {
	case "quick_gelu":
		return func(x *graph.Node) *graph.Node { return graph.Mul(x, graph.Sigmoid(graph.MulScalar(x, 1.702))) }, nil
	case "gelu":
		return func(x *graph.Node) *graph.Node {
			return graph.Mul(graph.MulScalar(x, 0.5), graph.AddScalar(graph.Erf(graph.MulScalar(x, math.Sqrt2/2)), 1))
		}, nil
	case "gelu_pytorch_tanh":
		return func(x *graph.Node) *graph.Node {
			cubic := graph.Mul(x, graph.AddScalar(graph.MulScalar(graph.Square(x), 0.044715), 1))
			return graph.Mul(graph.MulScalar(x, 0.5), graph.AddScalar(graph.Tanh(graph.MulScalar(cubic, math.Sqrt(2/math.Pi))), 1))
		}, nil
	}
	return nil, fmt.Errorf("its config.json: the activation %q is not supported: gelu, quick_gelu and gelu_pytorch_tanh are", name)
}

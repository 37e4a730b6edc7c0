package architecture

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Vision Transformer: A. Dosovitskiy et al., "An Image is Worth 16x16 Words:
// Transformers for Image Recognition at Scale" (ICLR 2021), Table 1.
// Parameters are named as in torchvision.

// vitSize is a member of the family.
type vitSize struct {
	name string
	// patch is the height and width of the patches of a picture.
	patch                        int
	layers, heads, hidden, inner int
}

// vitImage is the height and width of the pictures, which position embeddings, one
// per patch, make fixed.
const vitImage = 224

var vitSizes = []vitSize{
	{"vit-b-16", 16, 12, 12, 768, 3072},
	{"vit-b-32", 32, 12, 12, 768, 3072},
	{"vit-l-16", 16, 24, 16, 1024, 4096},
}

func (s vitSize) member() member { return member{s.name, s.architecture} }

// architecture builds the layers of a member of the family.
func (s vitSize) architecture() *Architecture {
	a := imageNet(vitImage)
	side := vitImage / s.patch
	tokens := add(a, &vitTokens{hidden: s.hidden, patches: side * side})
	tokens.patch = add(a, &convolution{weight: "conv_proj", in: 3, out: s.hidden, kernel: s.patch, stride: s.patch, padding: zeros(0), bias: true})
	tokens.position = add(a, &vitPosition{tokens: side*side + 1, hidden: s.hidden})
	body := sequence{tokens}
	for i := range s.layers {
		name := fmt.Sprintf("encoder.layers.encoder_layer_%d.", i)
		body = append(body,
			&skip{sequence{
				add(a, &layerNorm{weight: name + "ln_1", size: s.hidden}),
				add(a, &attention{weight: name + "self_attention", hidden: s.hidden, heads: s.heads}),
			}},
			&skip{sequence{
				add(a, &layerNorm{weight: name + "ln_2", size: s.hidden}),
				add(a, &linear{weight: name + "mlp.0", in: s.hidden, out: s.inner, activation: gelu}),
				add(a, &linear{weight: name + "mlp.3", in: s.inner, out: s.hidden}),
			}},
		)
	}
	a.forward = append(body,
		add(a, &layerNorm{weight: "encoder.ln", size: s.hidden}),
		function(firstToken),
		classifier(a, "heads.head", s.hidden),
	).apply
	return a
}

// skip adds a sequence's result to its input.
type skip struct{ sequence }

func (s *skip) apply(p *pass, x *graph.Node) *graph.Node {
	return graph.Add(s.sequence.apply(p, x), x)
}

// firstToken maps [batch, token, hidden] to the class token's [batch, hidden].
func firstToken(x *graph.Node) *graph.Node {
	return graph.Squeeze(graph.Slice(x, graph.AxisRange(), graph.AxisElem(0), graph.AxisRange()), 1)
}

// vitTokens turns a picture into a sequence of tokens: the class token and a
// projection of each patch, with position embeddings.
type vitTokens struct {
	hidden, patches int
	patch           *convolution
	position        *vitPosition
}

func (t *vitTokens) parameters() []weights.Parameter {
	return []weights.Parameter{{Name: "class_token", Shape: []int{1, 1, t.hidden}}}
}

func (t *vitTokens) prepared() []prepared {
	return []prepared{asIs("class_token", 1, 1, t.hidden)}
}

// apply maps [batch, 224, 224, 3] to [batch, 1 + patches, hidden].
func (t *vitTokens) apply(p *pass, x *graph.Node) *graph.Node {
	if dims := x.Shape().Dimensions; dims[1] != vitImage || dims[2] != vitImage {
		panic(fmt.Errorf("a vision transformer takes images of %d×%d pixels, not %d×%d: it has one position embedding per patch",
			vitImage, vitImage, dims[1], dims[2]))
	}
	batch := x.Shape().Dimensions[0]
	patches := graph.Reshape(t.patch.apply(p, x), batch, t.patches, t.hidden)
	class := graph.BroadcastToDims(p.node("class_token"), batch, 1, t.hidden)
	return t.position.apply(p, graph.Concatenate([]*graph.Node{class, patches}, 1))
}

// vitPosition adds the position embeddings.
type vitPosition struct{ tokens, hidden int }

const vitPositionName = "encoder.pos_embedding"

func (v *vitPosition) parameters() []weights.Parameter {
	return []weights.Parameter{{Name: vitPositionName, Shape: []int{1, v.tokens, v.hidden}}}
}

func (v *vitPosition) prepared() []prepared {
	return []prepared{asIs(vitPositionName, 1, v.tokens, v.hidden)}
}

func (v *vitPosition) apply(p *pass, x *graph.Node) *graph.Node {
	return graph.Add(x, p.node(vitPositionName))
}

// attention is multi-head self-attention: A. Vaswani et al., "Attention Is All
// You Need" (NeurIPS 2017), Section 3.2.
type attention struct {
	weight        string
	hidden, heads int
}

// in projects to queries, keys and values in one product.
func (t *attention) in() *linear {
	return &linear{weight: t.weight + ".in_proj", in: t.hidden, out: 3 * t.hidden}
}

func (t *attention) out() *linear {
	return &linear{weight: t.weight + ".out_proj", in: t.hidden, out: t.hidden}
}

// parameters are those of the projections, the first of which PyTorch names
// with "_" before weight and bias.
func (t *attention) parameters() []weights.Parameter {
	return append([]weights.Parameter{
		{Name: t.weight + ".in_proj_weight", Shape: []int{3 * t.hidden, t.hidden}},
		{Name: t.weight + ".in_proj_bias", Shape: []int{3 * t.hidden}},
	}, t.out().parameters()...)
}

func (t *attention) prepared() []prepared {
	all := t.in().prepared()
	for i, part := range []string{"weight", "bias"} {
		from := all[i].from
		all[i].from = func(set weights.Set) []float32 {
			return from(weights.Set{t.weight + ".in_proj." + part: set[t.weight+".in_proj_"+part]})
		}
	}
	return append(all, t.out().prepared()...)
}

// apply maps x [batch, token, hidden] to the same shape.
func (t *attention) apply(p *pass, x *graph.Node) *graph.Node {
	batch, tokens, size := x.Shape().Dimensions[0], x.Shape().Dimensions[1], t.hidden/t.heads
	// [batch, token, {q, k, v}, head, size] → [{q, k, v}, batch·head, token, size]
	all := graph.Reshape(t.in().apply(p, x), batch, tokens, 3, t.heads, size)
	all = graph.Reshape(graph.TransposeAllAxes(all, 2, 0, 3, 1, 4), 3, batch*t.heads, tokens, size)
	part := func(i int) *graph.Node {
		return graph.Squeeze(graph.Slice(all, graph.AxisElem(i)), 0)
	}
	query, key, value := graph.MulScalar(part(0), 1/math.Sqrt(float64(size))), part(1), part(2)
	scores := graph.DotGeneral(query, []int{2}, []int{0}, key, []int{2}, []int{0})
	p.work(scores, size)
	mixed := graph.DotGeneral(inFloat32(scores, softmax), []int{2}, []int{0}, value, []int{1}, []int{0})
	p.work(mixed, tokens)
	mixed = graph.TransposeAllAxes(graph.Reshape(mixed, batch, t.heads, tokens, size), 0, 2, 1, 3)
	return t.out().apply(p, graph.Reshape(mixed, batch, tokens, t.hidden))
}

// softmax is over the last axis.
func softmax(x *graph.Node) *graph.Node { return graph.Softmax(x) }

package tower

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Constant is a tensor of a graph.
type Constant struct {
	Name  string
	Shape []int
	Data  []float32
}

// PatchWeight is the name of the constant with the projection of patches.
const patchWeight = "patches"

// positions is the name of the constant with the position embeddings for the size of
// the images.
const positions = "positions"

// PrepareImage checks the state dictionary, of which other parameters are ignored, and
// returns the constants of the image tower for images of a size.
func (m *Model) PrepareImage(set weights.Set, size int) ([]Constant, error) {
	if size < m.image.Patch || size > 1<<13 {
		return nil, fmt.Errorf("images of %d×%[1]d pixels have no patch of %d×%[2]d, or too many", size, m.image.Patch)
	}
	if m.Prompted() && size/m.image.Patch != m.image.Image/m.image.Patch {
		return nil, fmt.Errorf("it takes images of %d×%[1]d pixels, not %d×%[2]d: it has one position embedding per patch", m.image.Image, size)
	}
	set, err := m.own(set, m.imageParameters())
	if err != nil {
		return nil, err
	}
	var all []Constant
	for _, p := range m.imageParameters() {
		data := set[p.Name].Data
		switch name := p.Name; {
		case len(p.Shape) == 4:
			shape := []int{p.Shape[0], p.Shape[1] * p.Shape[2] * p.Shape[3]}
			all = append(all, Constant{patchWeight, shape, channelsLast(data, p.Shape[0], m.image.Patch*m.image.Patch)})
		case name == m.positionName():
			hidden := m.image.Hidden
			data = m.positionsFor(data, size/m.image.Patch)
			all = append(all, Constant{positions, []int{len(data) / hidden, hidden}, data})
		default:
			all = append(all, Constant{name, p.Shape, data})
		}
	}
	return all, nil
}

func (m *Model) positionName() string {
	if m.Prompted() {
		return "vision_model.embeddings.position_embedding.weight"
	}
	return m.prefix() + "embeddings.position_embeddings"
}

// own returns the parameters of a list from a set, which may have others, and older
// names.
func (m *Model) own(set weights.Set, want []weights.Parameter) (weights.Set, error) {
	own := weights.Set{}
	for _, p := range want {
		t, there := set[p.Name]
		if !there && !m.Prompted() {
			t, there = set[laterName(p.Name)]
		}
		if there && len(p.Shape) < 2 && len(t.Data) == 1 && weights.Size(p.Shape) == 1 {
			t.Shape = p.Shape // [] or [1]
		}
		if there {
			own[p.Name] = t
		}
	}
	return own, own.Check(want)
}

// channelsLast turns [out, 3, pixel] into [out, pixel, 3].
func channelsLast(data []float32, out, pixels int) []float32 {
	turned := make([]float32, len(data))
	for o := range out {
		for c := range 3 {
			for i := range pixels {
				turned[(o*pixels+i)*3+c] = data[(o*3+c)*pixels+i]
			}
		}
	}
	return turned
}

// positionsFor interpolates position embeddings, as transformers does for DINOv2, if
// images have another number of patches than those of the training.
func (m *Model) positionsFor(data []float32, side int) []float32 {
	from, hidden := m.image.Image/m.image.Patch, m.image.Hidden
	if side == from {
		return data
	}
	class, patches := data[:hidden], data[hidden:]
	antialias := m.Kind == DINOv2WithRegisters
	rows := bicubic(patches, 1, from, side, from*hidden, antialias)
	all := append([]float32(nil), class...)
	return append(all, bicubic(rows, side, from, side, hidden, antialias)...)
}

// bicubic resamples the middle axis of [outer, from, inner] to [outer, to, inner], with
// pixel centres aligned: R. Keys, "Cubic convolution interpolation for digital image
// processing" (1981), with a = −0.75, or −0.5 and a kernel as wide as the pixels of the
// result if antialias is set and the result is smaller, as in PyTorch.
func bicubic(data []float32, outer, from, to, inner int, antialias bool) []float32 {
	out := make([]float32, outer*to*inner)
	scale := float64(from) / float64(to)
	width, a := 1.0, -0.75
	if antialias {
		width, a = math.Max(scale, 1), -0.5
	}
	for i := range to {
		centre := (float64(i)+0.5)*scale - 0.5
		var at []int
		var weight []float64
		total := 0.0
		for k := int(math.Floor(centre - 2*width)); k <= int(math.Ceil(centre+2*width)); k++ {
			w := keys((float64(k)-centre)/width, a)
			if w == 0 || antialias && (k < 0 || k >= from) {
				continue
			}
			at, weight, total = append(at, min(max(k, 0), from-1)), append(weight, w), total+w
		}
		for o := range outer {
			for j := range inner {
				sum := 0.0
				for n, k := range at {
					sum += weight[n] * float64(data[(o*from+k)*inner+j])
				}
				out[(o*to+i)*inner+j] = float32(sum / total)
			}
		}
	}
	return out
}

// keys is the cubic convolution kernel.
func keys(x, a float64) float64 {
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return a * (((x-5)*x+8)*x - 4)
	}
	return 0
}

// Image adds the image tower to the graph of normalised images [batch, S, S, 3]. It
// returns embeddings of length 1, [batch, embedding], or, for a linear head, the
// logits, [batch, classes].
func (m *Model) Image(nodes map[string]*graph.Node, images *graph.Node) *graph.Node {
	p := &pass{nodes, m.image, m.imageNames()}
	batch := images.Shape().Dimensions[0]
	x := p.patches(images, p.node(patchWeight))
	switch m.Kind {
	case CLIP:
		class := repeated(p.node("vision_model.embeddings.class_embedding"), batch, p.Hidden)
		x = placed(p, graph.Concatenate([]*graph.Node{class, x}, 1))
		x = p.encode(p.norm(x, "vision_model.pre_layrnorm"), false)
		return unit(times(p.norm(token(x, 0), "vision_model.post_layernorm"), p.node("visual_projection.weight")))
	case SigLIP:
		x = graph.Add(x, over(p.node("vision_model.embeddings.patch_embedding.bias"), x))
		x = p.norm(p.encode(placed(p, x), false), "vision_model.post_layernorm")
		return unit(p.pooled(x))
	}
	x = graph.Add(x, over(p.node(m.prefix()+"embeddings.patch_embeddings.projection.bias"), x))
	x = placed(p, graph.Concatenate([]*graph.Node{repeated(p.node(m.prefix()+"embeddings.cls_token"), batch, p.Hidden), x}, 1))
	if m.registers > 0 {
		class := graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, 1), graph.AxisRange())
		rest := graph.Slice(x, graph.AxisRange(), graph.AxisRangeToEnd(1), graph.AxisRange())
		x = graph.Concatenate([]*graph.Node{class, repeated(p.node(m.prefix()+"embeddings.register_tokens"), batch, p.Hidden), rest}, 1)
	}
	x = p.norm(p.encode(x, false), m.prefix()+"layernorm")
	patches := graph.Slice(x, graph.AxisRange(), graph.AxisRangeToEnd(1+m.registers), graph.AxisRange())
	mean := inFloat32(patches, func(x *graph.Node) *graph.Node { return graph.ReduceMean(x, 1) })
	return p.linear(graph.Concatenate([]*graph.Node{token(x, 0), mean}, -1), "classifier")
}

// placed adds the position embeddings.
func placed(p *pass, x *graph.Node) *graph.Node {
	return graph.Add(x, graph.InsertAxes(p.node(positions), 0))
}

// pooled is SigLIP's head: attention of a learnt probe to x [batch, token, hidden],
// and an MLP.
func (p *pass) pooled(x *graph.Node) *graph.Node {
	const at = "vision_model.head."
	act, err := activationOf(p.Act)
	if err != nil {
		panic(err)
	}
	weight, bias := p.node(at+"attention.in_proj_weight"), p.node(at+"attention.in_proj_bias")
	project := func(x *graph.Node, part int) *graph.Node {
		from, to := part*p.Hidden, (part+1)*p.Hidden
		y := times(x, graph.Slice(weight, graph.AxisRange(from, to), graph.AxisRange()))
		return graph.Add(y, over(graph.Slice(bias, graph.AxisRange(from, to)), y))
	}
	probe := repeated(p.node(at+"probe"), x.Shape().Dimensions[0], p.Hidden)
	y := p.linear(attend(project(probe, 0), project(x, 1), project(x, 2), p.Heads, false), at+"attention.out_proj")
	z := p.linear(act(p.linear(p.norm(y, at+"layernorm"), at+"mlp.fc1")), at+"mlp.fc2")
	return token(graph.Add(y, z), 0)
}

// PromptsName is the name of the constant with the embeddings of the prompts,
// [classes, embedding].
const PromptsName = "prompts"

// Logits adds the whole model to the graph of normalised images, and returns
// [batch, classes]. A prompted model needs the constant PromptsName.
func (m *Model) Logits(nodes map[string]*graph.Node, images *graph.Node) *graph.Node {
	x := m.Image(nodes, images)
	if m.Prompted() {
		return m.Compare(nodes, x)
	}
	return x
}

// Compare adds the comparison of embeddings of images, [batch, embedding], with those
// of the prompts, and returns the logits, [batch, classes]: the cosines times CLIP's or
// SigLIP's temperature, and SigLIP's bias.
func (m *Model) Compare(nodes map[string]*graph.Node, images *graph.Node) *graph.Node {
	return inFloat32(images, func(x *graph.Node) *graph.Node {
		scale := graph.Exp(graph.Reshape(like(nodes["logit_scale"], x)))
		logits := graph.Mul(times(x, like(nodes[PromptsName], x)), scale)
		if m.Kind == SigLIP {
			logits = graph.Add(logits, graph.Reshape(like(nodes["logit_bias"], x)))
		}
		return logits
	})
}

// laterName returns the name that newer files have for a parameter of DINOv2.
func laterName(name string) string {
	return strings.NewReplacer(
		"attention.attention.query", "attention.q_proj", "attention.attention.key", "attention.k_proj",
		"attention.attention.value", "attention.v_proj", "attention.output.dense", "attention.o_proj",
	).Replace(name)
}

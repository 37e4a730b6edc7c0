// Package tower builds the image and text towers of transformers from their
// repositories on a model hub: CLIP and SigLIP, which compare an image with prompts,
// and DINOv2, with registers or without, with a linear head. Parameters have the names
// of the hub's files.
//
//   - CLIP: A. Radford et al., "Learning Transferable Visual Models From Natural
//     Language Supervision" (ICML 2021).
//   - SigLIP: X. Zhai et al., "Sigmoid Loss for Language Image Pre-Training" (ICCV
//     2023).
//   - DINOv2: M. Oquab et al., "DINOv2: Learning Robust Visual Features without
//     Supervision" (TMLR 2024); T. Darcet et al., "Vision Transformers Need Registers"
//     (ICLR 2024).
package tower

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Kind is a model type of a repository's config.json.
type Kind string

// The kinds.
const (
	CLIP                Kind = "clip"
	SigLIP              Kind = "siglip"
	DINOv2              Kind = "dinov2"
	DINOv2WithRegisters Kind = "dinov2_with_registers"
)

// Kinds are the kinds by name.
var Kinds = enum.Of("model type", CLIP, SigLIP, DINOv2, DINOv2WithRegisters)

// Model is a model without its weights.
type Model struct {
	Kind Kind
	// InputSize is the height and width of the images of its training, in pixels.
	InputSize int
	// Labels are the names of the classes of a linear head, by index; nil without one.
	Labels []string

	image, text shape
	// embedding is the size of the common space of images and prompts.
	embedding int
	// registers is the number of tokens that take part and are not read.
	registers int
	// end is the token whose place in a prompt is read by CLIP; 2 means the greatest.
	end int
}

// shape is a transformer's.
type shape struct {
	Hidden    int     `json:"hidden_size"`
	Inner     int     `json:"intermediate_size"`
	Layers    int     `json:"num_hidden_layers"`
	Heads     int     `json:"num_attention_heads"`
	Image     int     `json:"image_size"`
	Patch     int     `json:"patch_size"`
	Positions int     `json:"max_position_embeddings"`
	Words     int     `json:"vocab_size"`
	End       *int    `json:"eos_token_id"`
	Epsilon   float64 `json:"layer_norm_eps"`
	Act       string  `json:"hidden_act"`
	Project   int     `json:"projection_size"`
	UseHead   *bool   `json:"vision_use_head"`
}

// config is a repository's config.json, with the defaults of transformers.
type config struct {
	ModelType  string            `json:"model_type"`
	Projection *int              `json:"projection_dim"`
	Text       shape             `json:"text_config"`
	Vision     shape             `json:"vision_config"`
	MLPRatio   *float64          `json:"mlp_ratio"`
	Registers  *int              `json:"num_register_tokens"`
	SwiGLU     bool              `json:"use_swiglu_ffn"`
	QKVBias    *bool             `json:"qkv_bias"`
	ID2Label   map[string]string `json:"id2label"`
	shape
}

// Is reports whether a config.json is that of a model of this package.
func Is(text []byte) bool {
	var c config
	return json.Unmarshal(text, &c) == nil && slices.Contains(Kinds.All(), Kind(c.ModelType))
}

// Read reads a repository's config.json.
func Read(text []byte) (*Model, error) {
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("its config.json: %w", err)
	}
	m := &Model{Kind: Kind(c.ModelType)}
	switch m.Kind {
	case CLIP:
		m.image = c.Vision.or(shape{Hidden: 768, Inner: 3072, Layers: 12, Heads: 12, Image: 224, Patch: 32, Epsilon: 1e-5, Act: "quick_gelu"})
		m.text = c.Text.or(shape{Hidden: 512, Inner: 2048, Layers: 12, Heads: 8, Positions: 77, Words: 49408, Epsilon: 1e-5, Act: "quick_gelu"})
		m.embedding, m.end = 512, 49407
		if c.Projection != nil {
			m.embedding = *c.Projection
		}
		if c.Text.End != nil {
			m.end = *c.Text.End
		}
	case SigLIP:
		m.image = c.Vision.or(shape{Hidden: 768, Inner: 3072, Layers: 12, Heads: 12, Image: 224, Patch: 16, Epsilon: 1e-6, Act: "gelu_pytorch_tanh"})
		m.text = c.Text.or(shape{Hidden: 768, Inner: 3072, Layers: 12, Heads: 12, Positions: 64, Words: 32000, Epsilon: 1e-6, Act: "gelu_pytorch_tanh"})
		m.embedding = cmp.Or(m.text.Project, m.text.Hidden)
		if c.Vision.UseHead != nil && !*c.Vision.UseHead {
			return nil, fmt.Errorf("its config.json: vision_use_head is false: without that head there is no embedding of images")
		}
		if m.embedding != m.image.Hidden {
			return nil, fmt.Errorf("its config.json: the embeddings of images have %d values, those of prompts %d", m.image.Hidden, m.embedding)
		}
	case DINOv2, DINOv2WithRegisters:
		if c.SwiGLU || c.QKVBias != nil && !*c.QKVBias {
			return nil, fmt.Errorf("its config.json: use_swiglu_ffn and qkv_bias: false are not supported: export the model to ONNX")
		}
		usual := shape{Hidden: 768, Layers: 12, Heads: 12, Image: 224, Patch: 14, Epsilon: 1e-6, Act: "gelu"}
		if m.Kind == DINOv2WithRegisters {
			usual.Patch, m.registers = 16, 4
		}
		m.image = c.shape.or(usual)
		ratio := 4.0
		if c.MLPRatio != nil {
			ratio = *c.MLPRatio
		}
		m.image.Inner = int(ratio * float64(m.image.Hidden))
		if c.Registers != nil && m.Kind == DINOv2WithRegisters {
			m.registers = *c.Registers
		}
		for i := range c.ID2Label {
			m.Labels = append(m.Labels, c.ID2Label[i])
		}
		m.Labels = make([]string, len(c.ID2Label))
		for i := range m.Labels {
			label, there := c.ID2Label[fmt.Sprint(i)]
			if !there {
				return nil, fmt.Errorf("its config.json: id2label has no class %d of %d", i, len(m.Labels))
			}
			m.Labels[i] = label
		}
		if len(m.Labels) == 0 {
			return nil, fmt.Errorf("it has no linear head (its config.json has no id2label): name a repository with one, such as hf:facebook/dinov2-small-imagenet1k-1-layer")
		}
	default:
		return nil, &enum.UnknownError{What: "model type", Name: c.ModelType, Known: Kinds.Names()}
	}
	m.InputSize = m.image.Image
	return m, m.check()
}

// or fills in what a shape does not say.
func (s shape) or(usual shape) shape {
	s.Hidden, s.Inner = cmp.Or(s.Hidden, usual.Hidden), cmp.Or(s.Inner, usual.Inner)
	s.Layers, s.Heads = cmp.Or(s.Layers, usual.Layers), cmp.Or(s.Heads, usual.Heads)
	s.Image, s.Patch = cmp.Or(s.Image, usual.Image), cmp.Or(s.Patch, usual.Patch)
	s.Positions, s.Words = cmp.Or(s.Positions, usual.Positions), cmp.Or(s.Words, usual.Words)
	s.Epsilon, s.Act = cmp.Or(s.Epsilon, usual.Epsilon), cmp.Or(s.Act, usual.Act)
	return s
}

// most bounds numbers of a config.json, far beyond real models.
const most = 1 << 20

// check returns an error for impossible numbers.
func (m *Model) check() error {
	shapes := []shape{m.image}
	if m.Prompted() {
		shapes = append(shapes, m.text)
	}
	for _, s := range shapes {
		for _, n := range []int{s.Hidden, s.Inner, s.Layers, s.Heads, m.image.Image, m.image.Patch} {
			if n < 1 || n > most {
				return fmt.Errorf("its config.json: %d is not a size of a model", n)
			}
		}
		if s.Hidden%s.Heads != 0 {
			return fmt.Errorf("its config.json: hidden_size %d is not a multiple of num_attention_heads %d", s.Hidden, s.Heads)
		}
		if _, err := activationOf(s.Act); err != nil {
			return err
		}
	}
	if m.image.Patch > m.image.Image || m.registers < 0 || m.registers > 1024 || m.embedding < 0 || m.embedding > most {
		return fmt.Errorf("its config.json: patch_size %d, image_size %d, num_register_tokens %d and projection_dim %d do not fit together", m.image.Patch, m.image.Image, m.registers, m.embedding)
	}
	return nil
}

// Prompted reports whether the classes are prompts.
func (m *Model) Prompted() bool { return m.Kind == CLIP || m.Kind == SigLIP }

// MaxTokens is the greatest number of tokens of a prompt.
func (m *Model) MaxTokens() int { return m.text.Positions }

// Parameters returns the names and shapes of the state dictionary that the model uses.
func (m *Model) Parameters() []weights.Parameter {
	return append(m.imageParameters(), m.textParameters()...)
}

// list collects parameters.
type list []weights.Parameter

func (l *list) add(name string, shape ...int) {
	*l = append(*l, weights.Parameter{Name: name, Shape: shape})
}

// pair adds a weight and a bias.
func (l *list) pair(name string, shape ...int) {
	l.add(name+".weight", shape...)
	l.add(name+".bias", shape[0])
}

// names are those of a kind's encoder layers.
type names struct {
	layers                                string // before the number
	norm1, norm2                          string
	query, key, value, out, first, second string
	scale1, scale2                        string // of layer scale, "" without
}

func (m *Model) prefix() string { return string(m.Kind) + "." }

func (m *Model) imageNames() names {
	if m.Prompted() {
		return promptedNames("vision_model.")
	}
	return names{
		layers: m.prefix() + "encoder.layer.", norm1: "norm1", norm2: "norm2",
		query: "attention.attention.query", key: "attention.attention.key", value: "attention.attention.value", out: "attention.output.dense",
		first: "mlp.fc1", second: "mlp.fc2", scale1: "layer_scale1.lambda1", scale2: "layer_scale2.lambda1",
	}
}

func promptedNames(tower string) names {
	return names{
		layers: tower + "encoder.layers.", norm1: "layer_norm1", norm2: "layer_norm2",
		query: "self_attn.q_proj", key: "self_attn.k_proj", value: "self_attn.v_proj", out: "self_attn.out_proj",
		first: "mlp.fc1", second: "mlp.fc2",
	}
}

func (l *list) encoder(n names, s shape) {
	for i := range s.Layers {
		at := fmt.Sprintf("%s%d.", n.layers, i)
		l.pair(at+n.norm1, s.Hidden)
		for _, name := range []string{n.query, n.key, n.value, n.out} {
			l.pair(at+name, s.Hidden, s.Hidden)
		}
		if n.scale1 != "" {
			l.add(at+n.scale1, s.Hidden)
		}
		l.pair(at+n.norm2, s.Hidden)
		l.pair(at+n.first, s.Inner, s.Hidden)
		l.pair(at+n.second, s.Hidden, s.Inner)
		if n.scale2 != "" {
			l.add(at+n.scale2, s.Hidden)
		}
	}
}

func (m *Model) imageParameters() []weights.Parameter {
	s, l := m.image, list{}
	side := s.Image / s.Patch
	switch m.Kind {
	case CLIP:
		l.add("logit_scale")
		l.add("vision_model.embeddings.class_embedding", s.Hidden)
		l.add("vision_model.embeddings.patch_embedding.weight", s.Hidden, 3, s.Patch, s.Patch)
		l.add("vision_model.embeddings.position_embedding.weight", side*side+1, s.Hidden)
		l.pair("vision_model.pre_layrnorm", s.Hidden)
		l.encoder(m.imageNames(), s)
		l.pair("vision_model.post_layernorm", s.Hidden)
		l.add("visual_projection.weight", m.embedding, s.Hidden)
	case SigLIP:
		l.add("logit_scale", 1)
		l.add("logit_bias", 1)
		l.pair("vision_model.embeddings.patch_embedding", s.Hidden, 3, s.Patch, s.Patch)
		l.add("vision_model.embeddings.position_embedding.weight", side*side, s.Hidden)
		l.encoder(m.imageNames(), s)
		l.pair("vision_model.post_layernorm", s.Hidden)
		l.add("vision_model.head.probe", 1, 1, s.Hidden)
		l.add("vision_model.head.attention.in_proj_weight", 3*s.Hidden, s.Hidden)
		l.add("vision_model.head.attention.in_proj_bias", 3*s.Hidden)
		l.pair("vision_model.head.attention.out_proj", s.Hidden, s.Hidden)
		l.pair("vision_model.head.layernorm", s.Hidden)
		l.pair("vision_model.head.mlp.fc1", s.Inner, s.Hidden)
		l.pair("vision_model.head.mlp.fc2", s.Hidden, s.Inner)
	default:
		l.add(m.prefix()+"embeddings.cls_token", 1, 1, s.Hidden)
		l.add(m.prefix()+"embeddings.position_embeddings", 1, side*side+1, s.Hidden)
		if m.registers > 0 {
			l.add(m.prefix()+"embeddings.register_tokens", 1, m.registers, s.Hidden)
		}
		l.pair(m.prefix()+"embeddings.patch_embeddings.projection", s.Hidden, 3, s.Patch, s.Patch)
		l.encoder(m.imageNames(), s)
		l.pair(m.prefix()+"layernorm", s.Hidden)
		l.pair("classifier", len(m.Labels), 2*s.Hidden)
	}
	return l
}

func (m *Model) textParameters() []weights.Parameter {
	if !m.Prompted() {
		return nil
	}
	s, l := m.text, list{}
	l.add("text_model.embeddings.token_embedding.weight", s.Words, s.Hidden)
	l.add("text_model.embeddings.position_embedding.weight", s.Positions, s.Hidden)
	l.encoder(promptedNames("text_model."), s)
	l.pair("text_model.final_layer_norm", s.Hidden)
	if m.Kind == CLIP {
		l.add("text_projection.weight", m.embedding, s.Hidden)
	} else {
		l.pair("text_model.head", m.embedding, s.Hidden)
	}
	return l
}

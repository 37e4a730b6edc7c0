package network

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unsafe"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/atomicfile"
	"github.com/semrob/gonb-semrob/semrob/network/tower"
	"github.com/semrob/gonb-semrob/semrob/network/tower/words"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// DefaultPrompt is the text of a zero-shot class with its label for {}.
const DefaultPrompt = "a photo of a {}"

// Files of a repository beside its weights.
const (
	configFile    = "config.json"
	processorFile = "preprocessor_config.json"
	clipWords     = "tokenizer.json"
	siglipWords   = "spiece.model"
)

// processor is a repository's preprocessor_config.json.
type processor struct {
	Mean []float64 `json:"image_mean"`
	Std  []float64 `json:"image_std"`
	Crop any       `json:"crop_size"` // a number, or height and width
}

// crop returns the height and width of the images, 0 if they are not given.
func (p processor) crop() int {
	switch c := p.Crop.(type) {
	case float64:
		return int(c)
	case map[string]any:
		if h, ok := c["height"].(float64); ok && c["width"] == h {
			return int(h)
		}
	}
	return 0
}

// openTowers opens a repository of CLIP's, SigLIP's or DINOv2's kind. file has the
// weights, others are the repository's other files by name.
func openTowers(name, file string, others map[string]string, options OpenOptions) (*Network, error) {
	text, err := os.ReadFile(others[configFile])
	if err != nil {
		return nil, err
	}
	m, err := tower.Read(text)
	if err != nil {
		return nil, err
	}
	if options.Architecture != "" || options.Layout != "" {
		return nil, fmt.Errorf("its model type is %s: leave out the architecture and the layout", m.Kind)
	}
	format, err := contentOf(file)
	if err == nil && format != safetensorsContent && format != torchContent {
		err = fmt.Errorf("%s is not a file of weights", filepath.Base(file))
	}
	if err != nil {
		return nil, err
	}
	set, _, err := readWeights(file, format)
	if err != nil {
		return nil, err
	}
	if err := set.CheckFinite(); err != nil {
		return nil, err
	}
	by, size, err := usualImages(m, others[processorFile], options.InputSize)
	if err != nil {
		return nil, err
	}
	constants, err := m.PrepareImage(set, size)
	if err != nil {
		return nil, err
	}
	n := &Network{
		Name: filepath.Base(name), InputSize: size, Mean: by.mean, Std: by.std, Crop: 1,
		graph: m.Logits, output: Logits, Labels: m.Labels,
	}
	for _, c := range constants {
		n.constants = append(n.constants, Constant{Name: c.Name, Shape: shapes.Make(dtypes.Float32, c.Shape...), Data: c.Data})
	}
	if !m.Prompted() {
		if options.Output != "" && options.Output != Logits {
			return nil, fmt.Errorf("its output is %s, not %s", Logits, options.Output)
		}
		n.fingerprint = sync.OnceValue(func() string {
			return hexSum(fmt.Sprintf("%s %d %v %s", m.Kind, size, by, set.Hash()))
		})
		return n, nil
	}
	p, err := readPrompts(m, others, options)
	if err != nil {
		return nil, err
	}
	p.set, n.Labels = set, p.labels
	// SigLIP learnt to answer each prompt by itself.
	sigmoid := m.Kind == tower.SigLIP
	switch options.Output {
	case "":
	case Logits, Probabilities:
		sigmoid = options.Output == Probabilities
	default:
		return nil, fmt.Errorf("its output is %s (a softmax over the prompts) or %s (a sigmoid of each), not %s", Logits, Probabilities, options.Output)
	}
	if sigmoid {
		n.output = Probabilities
		n.graph = func(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
			return graph.Sigmoid(m.Logits(constants, images))
		}
	}
	p.hash = sync.OnceValue(func() string { return hexSum(fmt.Sprintf("%s %v %d %s", m.Kind, p.tokens, p.pad, set.Hash())) })
	n.fingerprint = sync.OnceValue(func() string {
		return hexSum(fmt.Sprintf("%s %d %v %s", p.hash(), size, by, n.output))
	})
	n.late = p.constant
	return n, nil
}

// usualImages returns the normalisation and the size of a model's images: those of its
// preprocessor_config.json, unless another size is asked for.
func usualImages(m *tower.Model, file string, asked int) (normalisation, int, error) {
	by, size := normalisation{grey(0.5), grey(0.5)}, m.InputSize
	switch m.Kind {
	case tower.CLIP:
		by = normalisation{[3]float64{0.48145466, 0.4578275, 0.40821073}, [3]float64{0.26862954, 0.26130258, 0.27577711}}
	case tower.DINOv2, tower.DINOv2WithRegisters:
		by, size = imageNetNormalisation, 224
	}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return by, 0, err
		}
		var p processor
		if err := json.Unmarshal(text, &p); err != nil {
			return by, 0, fmt.Errorf("its %s: %w", processorFile, err)
		}
		if len(p.Mean) == 3 && len(p.Std) == 3 {
			by = normalisation{[3]float64(p.Mean), [3]float64(p.Std)}
		}
		if c := p.crop(); c > 0 && !m.Prompted() {
			size = c
		}
	}
	if asked > 0 {
		size = asked
	}
	return by, size, by.check()
}

// prompts are the classes of a zero-shot network.
type prompts struct {
	model  *tower.Model
	labels []string
	tokens [][]int
	pad    int
	set    weights.Set
	hash   func() string // of all that decides the embeddings

	mu         sync.Mutex
	embeddings []float32
}

// readPrompts makes a prompt of each label.
func readPrompts(m *tower.Model, others map[string]string, options OpenOptions) (*prompts, error) {
	template := options.Prompt
	if template == "" {
		template = DefaultPrompt
	}
	if !strings.Contains(template, "{}") {
		return nil, fmt.Errorf("the prompt %q has no {} for the label: write it as in %q", template, DefaultPrompt)
	}
	if options.promptLabels == "" {
		return nil, errors.New("it has no classes of its own: name them with --labels FILE, one on each line")
	}
	labels, err := ReadLabels(options.promptLabels)
	if err != nil {
		return nil, err
	}
	name, open := clipWords, words.OpenCLIP
	if m.Kind == tower.SigLIP {
		name, open = siglipWords, words.OpenSigLIP
	}
	if others[name] == "" {
		return nil, fmt.Errorf("it has no %s, which turns prompts into tokens", name)
	}
	tokenizer, err := open(others[name])
	if err != nil {
		return nil, err
	}
	p := &prompts{model: m, labels: labels, pad: tokenizer.Pad()}
	for i, label := range labels {
		prompt := strings.ReplaceAll(template, "{}", label)
		tokens, err := tokenizer.Tokens(prompt)
		if err != nil {
			return nil, fmt.Errorf("the prompt %q of class %d: %w", prompt, i, err)
		}
		if most := m.MaxTokens(); len(tokens) > most {
			return nil, fmt.Errorf("the prompt %q of class %d has %d tokens, and at most %d are possible: shorten it", prompt, i, len(tokens), most)
		}
		p.tokens = append(p.tokens, tokens)
	}
	return p, nil
}

// constant returns the embeddings of the prompts, which are computed once and kept in
// the user's cache folder.
func (p *prompts) constant(backend compute.Backend) (Constant, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.embeddings == nil {
		file := p.file(backend)
		if p.embeddings = p.read(file); p.embeddings == nil {
			var err error
			if p.embeddings, err = p.model.Prompts(context.Background(), backend, p.set, p.tokens, p.pad); err != nil {
				return Constant{}, fmt.Errorf("computing the embeddings of %d prompts: %w", len(p.labels), err)
			}
			p.keep(file)
		}
	}
	n := len(p.labels)
	return Constant{Name: tower.PromptsName, Shape: shapes.Make(dtypes.Float32, n, len(p.embeddings)/n), Data: p.embeddings}, nil
}

// file is where the embeddings are kept, "" for nowhere. Another kind of device rounds
// differently.
func (p *prompts) file(backend compute.Backend) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "semrob-prompts", hexSum(fmt.Sprintf("%d %s %s", Version, backend.Name(), p.hash()))[:40])
}

// read returns kept embeddings; nil if there are none, or damaged ones.
func (p *prompts) read(file string) []float32 {
	content, err := os.ReadFile(file)
	size := len(content) - sha256.Size
	if err != nil || size < 4 || size%(4*len(p.labels)) != 0 || sha256.Sum256(content[sha256.Size:]) != [sha256.Size]byte(content[:sha256.Size]) {
		return nil
	}
	values := make([]float32, size/4)
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), size), content[sha256.Size:])
	return values
}

// keep writes the embeddings. Without a place they are computed again next time.
func (p *prompts) keep(file string) {
	if file == "" || os.MkdirAll(filepath.Dir(file), 0o755) != nil {
		return
	}
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(&p.embeddings[0])), 4*len(p.embeddings))
	sum := sha256.Sum256(bytes)
	_ = atomicfile.WriteBytes(file, append(sum[:], bytes...))
}

package network

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/semrob/gonb-semrob/internal/limit"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/hub"
	"github.com/semrob/gonb-semrob/semrob/network/tower"
	"github.com/semrob/gonb-semrob/semrob/network/weights/timm"
)

// repositoryFiles are the weights files that a repository may have, the preferred
// ones first.
var repositoryFiles = []string{"model.safetensors", "pytorch_model.bin", "*.safetensors", "*.pth", "*.pt", "model.onnx", "onnx/model.onnx", "*.onnx"}

// repositoryConfig is a repository's config.json as timm writes it.
type repositoryConfig struct {
	Architecture string            `json:"architecture"`
	LabelNames   []string          `json:"label_names"`
	ID2Label     map[string]string `json:"id2label"`
	Pretrained   struct {
		InputSize  []int     `json:"input_size"` // 3, height, width
		Mean       []float64 `json:"mean"`
		Std        []float64 `json:"std"`
		Crop       float64   `json:"crop_pct"`
		LabelNames []string  `json:"label_names"`
	} `json:"pretrained_cfg"`
}

// openRepository opens a network of a model hub, downloading it if it is not in
// the cache.
func openRepository(ctx context.Context, name string, options OpenOptions) (*Network, error) {
	r, err := hub.Parse(name)
	if err != nil {
		return nil, err
	}
	if options.Progress != nil {
		defer options.Progress.Done()
		r.Progress = kilobytes(options.Progress, "fetching "+name+" (kB)")
	}
	file, others, err := r.Fetch(ctx, repositoryFiles, configFile, processorFile, clipWords, siglipWords)
	if err != nil {
		return nil, err
	}
	var config repositoryConfig
	if path := others[configFile]; path != "" {
		text, err := limit.ReadFile(path, maxLabels)
		if err != nil {
			return nil, fmt.Errorf("opening %s: %w", name, err)
		}
		if tower.Is(text) {
			options.promptLabels = options.Labels
			n, err := openTowers(r.ID, file, others, options)
			if err != nil {
				return nil, fmt.Errorf("opening %s: %w", name, err)
			}
			return n, nil
		}
		if err := json.Unmarshal(text, &config); err != nil {
			return nil, fmt.Errorf("opening %s: its config.json: %w", name, err)
		}
	}
	if options.Architecture == "" && config.Architecture != "" {
		here := timm.Architecture(config.Architecture)
		if _, err := architecture.Lookup(here); err != nil {
			return nil, fmt.Errorf("opening %s: its architecture %s is not supported: %w", name, config.Architecture, err)
		}
		options.Architecture = here
	}
	if size := config.Pretrained.InputSize; options.InputSize == 0 && len(size) == 3 && size[1] == size[2] && !strings.HasSuffix(file, ".onnx") {
		options.InputSize = size[1]
	}
	options.Labels = "" // the caller reads them
	n, err := open(ctx, file, options)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", name, err)
	}
	return config.apply(n, filepath.Base(r.ID))
}

// apply returns the network with the configuration's normalisation, labels and
// crop.
func (c repositoryConfig) apply(n *Network, name string) (*Network, error) {
	own := *n
	p := c.Pretrained
	if len(p.Mean) == 3 && len(p.Std) == 3 {
		by := normalisation{[3]float64(p.Mean), [3]float64(p.Std)}
		if err := by.check(); err != nil {
			return nil, fmt.Errorf("the config.json of %s: %w", name, err)
		}
		own.unsure = ""
		if by != (normalisation{n.Mean, n.Std}) {
			own.Mean, own.Std = by.mean, by.std
			own.fingerprint = func() string { return withNormalisation(n.Fingerprint(), by) }
		}
	}
	if p.Crop > 0 && p.Crop <= 1 {
		own.Crop = p.Crop
	}
	for _, labels := range [][]string{p.LabelNames, c.LabelNames} {
		if len(labels) == len(n.Labels) {
			own.Labels = labels
		}
	}
	if len(c.ID2Label) == len(n.Labels) {
		if text, err := json.Marshal(c.ID2Label); err == nil {
			if labels, err := labelObject(text); err == nil {
				own.Labels = labels
			}
		}
	}
	own.Name = name
	return &own, nil
}

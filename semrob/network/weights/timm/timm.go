// Package timm renames weights from the Python package timm (PyTorch Image
// Models), which most model-hub repositories use, to the names of torchvision and
// efficientnet-lite-pytorch.
package timm

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// architectures maps timm's names that differ; others, such as resnet50, are the
// same.
var architectures = map[string]string{
	"vit-base-patch16-224":  "vit-b-16",
	"vit-base-patch32-224":  "vit-b-32",
	"vit-large-patch16-224": "vit-l-16",
	"mobilenetv2-100":       "mobilenet-v2",
	"mobilenetv3-large-100": "mobilenet-v3-large",
	"mobilenetv3-small-100": "mobilenet-v3-small",
	"tf-efficientnet-lite0": "efficientnet-lite0",
	"tf-efficientnet-lite1": "efficientnet-lite1",
	"tf-efficientnet-lite2": "efficientnet-lite2",
	"tf-efficientnet-lite3": "efficientnet-lite3",
	"tf-efficientnet-lite4": "efficientnet-lite4",
	"tv-resnet34":           "resnet34",
	"tv-resnet50":           "resnet50",
	"tv-resnet101":          "resnet101",
	"tv-resnet152":          "resnet152",
	"tf-inception-v3":       "inception-v3",
	"gluon-inception-v3":    "inception-v3",
}

// Architecture returns this module's name for a timm architecture.
func Architecture(name string) string {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	if here, ok := architectures[name]; ok {
		return here
	}
	return name
}

// rule replaces a name or a prefix.
type rule struct {
	from *regexp.Regexp
	to   string
}

func rules(pairs ...string) []rule {
	var all []rule
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, rule{regexp.MustCompile("^" + pairs[i]), pairs[i+1]})
	}
	return all
}

// families are the rules by prefix of an architecture's name.
var families = map[string][]rule{
	"vit": rules(
		`cls_token$`, "class_token",
		`pos_embed$`, "encoder.pos_embedding",
		`patch_embed\.proj\.`, "conv_proj.",
		`blocks\.(\d+)\.norm(\d)\.`, "encoder.layers.encoder_layer_$1.ln_$2.",
		`blocks\.(\d+)\.attn\.qkv\.`, "encoder.layers.encoder_layer_$1.self_attention.in_proj_",
		`blocks\.(\d+)\.attn\.proj\.`, "encoder.layers.encoder_layer_$1.self_attention.out_proj.",
		`blocks\.(\d+)\.mlp\.fc1\.`, "encoder.layers.encoder_layer_$1.mlp.0.",
		`blocks\.(\d+)\.mlp\.fc2\.`, "encoder.layers.encoder_layer_$1.mlp.3.",
		`norm\.`, "encoder.ln.",
		`head\.`, "heads.head.",
		// torchvision's old files
		`encoder\.layers\.encoder_layer_(\d+)\.mlp\.linear_1\.`, "encoder.layers.encoder_layer_$1.mlp.0.",
		`encoder\.layers\.encoder_layer_(\d+)\.mlp\.linear_2\.`, "encoder.layers.encoder_layer_$1.mlp.3.",
	),
	"vgg": rules(
		`pre_logits\.fc1\.`, "classifier.0.",
		`pre_logits\.fc2\.`, "classifier.3.",
		`head\.fc\.`, "classifier.6.",
	),
	"convnext": rules(
		`stem\.(\d)\.`, "features.0.${1}.",
		`stages\.(\d)\.downsample\.(\d)\.`, "features.{2*${1}}.$2.",
		`stages\.(\d)\.blocks\.(\d+)\.gamma$`, "features.{2*${1}+1}.$2.layer_scale",
		`stages\.(\d)\.blocks\.(\d+)\.conv_dw\.`, "features.{2*${1}+1}.$2.block.0.",
		`stages\.(\d)\.blocks\.(\d+)\.norm\.`, "features.{2*${1}+1}.$2.block.2.",
		`stages\.(\d)\.blocks\.(\d+)\.mlp\.fc1\.`, "features.{2*${1}+1}.$2.block.3.",
		`stages\.(\d)\.blocks\.(\d+)\.mlp\.fc2\.`, "features.{2*${1}+1}.$2.block.5.",
		`head\.norm\.`, "classifier.0.",
		`head\.fc\.`, "classifier.2.",
	),
}

// Rename returns a set of timm's under the names, and with the shapes, of an
// architecture's parameters, want. Unknown names are kept.
func Rename(architecture string, set weights.Set, want []weights.Parameter) weights.Set {
	wanted := make(map[string]weights.Parameter, len(want))
	for _, p := range want {
		wanted[p.Name] = p
	}
	rename := renamer(architecture, set)
	renamed := make(weights.Set, len(set))
	for name, t := range set {
		to := name
		if _, ok := wanted[name]; !ok {
			to = rename(name)
		}
		if _, taken := renamed[to]; taken && to != name {
			to = name
		}
		if p, ok := wanted[to]; ok && to != name && sameBut(t.Shape, p.Shape) {
			t.Shape = p.Shape
		}
		renamed[to] = t
	}
	if strings.HasPrefix(architecture, "mobilenet-v3") && len(set) > 0 && !maps.EqualFunc(set, renamed, func(a, b weights.Tensor) bool { return true }) {
		correctVariances(renamed)
	}
	return renamed
}

// sameBut reports whether two shapes have the same values in the same order, such
// as a linear layer written as a convolution, or with axes of one left out.
func sameBut(a, b []int) bool {
	return len(a) > 0 && len(b) > 0 && a[0] == b[0] && weights.Size(a) == weights.Size(b)
}

// correctVariances compensates for the epsilon of MobileNet v3's batch
// normalisation: 1e-5 in timm, 1e-3 in torchvision.
func correctVariances(set weights.Set) {
	for name, t := range set {
		if !strings.HasSuffix(name, ".running_var") {
			continue
		}
		corrected := make([]float32, len(t.Data))
		for i, v := range t.Data {
			corrected[i] = float32(float64(v) + 1e-5 - 1e-3)
		}
		t.Data = corrected
		set[name] = t
	}
}

// renamer returns the function that renames an architecture's parameters.
func renamer(architecture string, set weights.Set) func(string) string {
	switch {
	case strings.HasPrefix(architecture, "efficientnet-lite"):
		return newBlocks(set).lite
	case strings.HasPrefix(architecture, "efficientnet"):
		return newBlocks(set).efficientNet
	case strings.HasPrefix(architecture, "mobilenet-v2"):
		return newBlocks(set).mobileNetV2
	case strings.HasPrefix(architecture, "mobilenet-v3"):
		return newBlocks(set).mobileNetV3
	}
	for family, rules := range families {
		if strings.HasPrefix(architecture, family) {
			return func(name string) string { return apply(rules, name) }
		}
	}
	return func(name string) string { return name }
}

// apply renames by the first rule that matches.
func apply(rules []rule, name string) string {
	for _, r := range rules {
		if r.from.MatchString(name) {
			return computed(r.from.ReplaceAllString(name, r.to))
		}
	}
	return name
}

var sum = regexp.MustCompile(`\{2\*(\d)(\+1)?\}`)

// computed evaluates "{2*n}" and "{2*n+1}".
func computed(name string) string {
	return sum.ReplaceAllStringFunc(name, func(s string) string {
		parts := sum.FindStringSubmatch(s)
		n := 2 * int(parts[1][0]-'0')
		if parts[2] != "" {
			n++
		}
		return fmt.Sprint(n)
	})
}

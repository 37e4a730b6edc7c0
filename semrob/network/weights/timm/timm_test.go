package timm_test

import (
	_ "embed"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/timm"
)

//go:embed testdata/shapes.txt
var shapes string

// published returns the state dictionaries of timm's networks, each tensor
// filled with a different number.
func published() map[string]weights.Set {
	sets := map[string]weights.Set{}
	var set weights.Set
	for line := range strings.Lines(shapes) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			set = weights.Set{}
			sets[strings.TrimSuffix(name, "]")] = set
			continue
		}
		name, dims, ok := strings.Cut(line, " ")
		if !ok || line[0] == '#' {
			continue
		}
		var shape []int
		for d := range strings.SplitSeq(dims, ",") {
			n, err := strconv.Atoi(d)
			if err != nil {
				panic(err)
			}
			shape = append(shape, n)
		}
		data := make([]float32, weights.Size(shape))
		data[0] = float32(len(set) + 1)
		set[name] = weights.Tensor{Shape: shape, Data: data}
	}
	return sets
}

// TestRename compares names and shapes with those of the architectures here,
// both ways, and that no tensor is lost or there twice.
func TestRename(t *testing.T) {
	all := published()
	if len(all) != 10 {
		t.Fatalf("%d networks", len(all))
	}
	for name, set := range all {
		t.Run(name, func(t *testing.T) {
			a, err := architecture.Lookup(timm.Architecture(name))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			renamed := timm.Rename(a.Name, set, a.Parameters())
			if err := renamed.Check(a.Parameters()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if len(renamed) != len(set) {
				t.Errorf("%s: %d tensors of %d", name, len(renamed), len(set))
			}
			again := timm.Rename(a.Name, renamed, a.Parameters())
			if !slices.Equal(slices.Sorted(maps.Keys(again)), slices.Sorted(maps.Keys(renamed))) {
				t.Errorf("%s: correct names were changed", name)
			}
		})
	}
}

// TestPairs spot-checks that names with the same shape are not mixed up.
func TestPairs(t *testing.T) {
	all := published()
	for _, c := range []struct{ network, from, to string }{
		{"vit_base_patch32_224", "blocks.3.norm1.weight", "encoder.layers.encoder_layer_3.ln_1.weight"},
		{"vit_base_patch32_224", "blocks.3.attn.proj.weight", "encoder.layers.encoder_layer_3.self_attention.out_proj.weight"},
		{"vit_base_patch32_224", "norm.bias", "encoder.ln.bias"},
		{"convnext_tiny", "stages.2.blocks.7.norm.bias", "features.5.7.block.2.bias"},
		{"convnext_tiny", "stages.2.blocks.7.gamma", "features.5.7.layer_scale"},
		{"convnext_tiny", "stages.3.downsample.0.weight", "features.6.0.weight"},
		{"efficientnet_b0", "blocks.2.1.bn2.running_mean", "features.3.1.block.1.1.running_mean"},
		{"efficientnet_b0", "blocks.2.1.bn1.running_mean", "features.3.1.block.0.1.running_mean"},
		{"efficientnet_b0", "blocks.0.0.se.conv_expand.bias", "features.1.0.block.1.fc2.bias"},
		{"mobilenetv2_100", "blocks.1.1.bn3.weight", "features.3.conv.3.weight"},
		{"mobilenetv2_100", "blocks.1.1.bn2.weight", "features.3.conv.1.1.weight"},
		{"mobilenetv3_small_100", "blocks.5.0.bn1.bias", "features.12.1.bias"},
		{"tf_efficientnet_lite3", "blocks.1.0.bn1.weight", "_blocks.1._bn0.weight"},
		{"tf_efficientnet_lite3", "blocks.0.0.bn1.weight", "_blocks.0._bn1.weight"},
		{"vgg11_bn", "pre_logits.fc2.bias", "classifier.3.bias"},
	} {
		t.Run(c.network+" "+c.from, func(t *testing.T) {
			a, err := architecture.Lookup(timm.Architecture(c.network))
			if err != nil {
				t.Fatal(err)
			}
			renamed := timm.Rename(a.Name, all[c.network], a.Parameters())
			if got, want := renamed[c.to].Data, all[c.network][c.from].Data; len(got) == 0 || got[0] != want[0] {
				t.Errorf("%s: %s did not become %s", c.network, c.from, c.to)
			}
		})
	}
}

// TestVariances checks that MobileNet v3 divides by the same deviation.
func TestVariances(t *testing.T) {
	set := published()["mobilenetv3_small_100"]
	a, err := architecture.Lookup("mobilenet-v3-small")
	if err != nil {
		t.Fatal(err)
	}
	set["bn1.running_var"].Data[3] = 0.25
	got := timm.Rename(a.Name, set, a.Parameters())["features.0.1.running_var"].Data[3]
	if math.Abs(float64(got)+1e-3-(0.25+1e-5)) > 1e-7 {
		t.Errorf("the variance 0.25 became %g", got)
	}
	if set["bn1.running_var"].Data[3] != 0.25 {
		t.Error("the caller's set was changed")
	}
}

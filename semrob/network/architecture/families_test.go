package architecture

import (
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// TestPublishedSizes compares trainable parameters with the numbers that
// torchvision gives for its weights.
func TestPublishedSizes(t *testing.T) {
	for name, want := range map[string]int{
		"mobilenet_v2":       3504872,
		"mobilenet_v3_large": 5483032,
		"mobilenet_v3_small": 2542856,
		"efficientnet_b0":    5288548,
		"efficientnet_b1":    7794184,
		"efficientnet_b2":    9109994,
		"efficientnet_b3":    12233232,
		"efficientnet_b4":    19341616,
		"convnext_tiny":      28589128,
		"convnext_small":     50223688,
		"convnext_base":      88591464,
		"vit_b_16":           86567656,
		"vit_b_32":           88224232,
		"vit_l_16":           304326632,
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			count, seen := 0, map[string]bool{}
			for _, p := range a.Parameters() {
				if seen[p.Name] {
					t.Errorf("%s has two parameters %s", name, p.Name)
				}
				seen[p.Name] = true
				if !strings.Contains(p.Name, "running_") {
					count += weights.Size(p.Shape)
				}
			}
			if count != want {
				t.Errorf("%s has %d parameters, torchvision's has %d", name, count, want)
			}
		})
	}
}

func TestVisionTransformerRefusesOtherSizes(t *testing.T) {
	a, err := Lookup("vit_b_32")
	if err != nil {
		t.Fatal(err)
	}
	err = exceptions.TryCatch[error](func() {
		g := graph.NewGraph(xlatest.Open(t), "vit")
		a.Logits(nil, graph.Parameter(g, "images", shapes.Make(dtypes.Float32, 1, 224, 256, 3)))
	})
	if err == nil || !strings.Contains(err.Error(), "224×224 pixels, not 224×256") {
		t.Errorf("images of 224×256 pixels: error %v", err)
	}
}

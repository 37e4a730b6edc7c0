package architecture

import (
	"math"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// TestPublishedWork compares parameters and work with torchvision's metadata
// (num_params, and _ops in 10⁹ with three decimals).
func TestPublishedWork(t *testing.T) {
	for _, want := range []struct {
		name       string
		parameters int
		giga       float64
	}{
		{"alexnet", 61100840, 0.714},
		{"vgg11", 132863336, 7.609}, {"vgg11_bn", 132868840, 7.609},
		{"vgg13", 133047848, 11.308}, {"vgg13_bn", 133053736, 11.308},
		{"vgg16", 138357544, 15.470}, {"vgg16_bn", 138365992, 15.470},
		{"vgg19", 143667240, 19.632}, {"vgg19_bn", 143678248, 19.632},
		{"resnet18", 11689512, 1.814}, {"resnet34", 21797672, 3.664}, {"resnet50", 25557032, 4.089},
		{"resnet101", 44549160, 7.801}, {"resnet152", 60192808, 11.514},
		{"wide_resnet50_2", 68883240, 11.398}, {"wide_resnet101_2", 126886696, 22.753},
		{"resnext50_32x4d", 25028904, 4.230}, {"resnext101_32x8d", 88791336, 16.414}, {"resnext101_64x4d", 83455272, 15.460},
		{"inception_v3", 27161264, 5.713},
		{"mobilenet_v2", 3504872, 0.301}, {"mobilenet_v3_large", 5483032, 0.217}, {"mobilenet_v3_small", 2542856, 0.057},
		{"efficientnet_b0", 5288548, 0.386},
		{"convnext_tiny", 28589128, 4.456}, {"convnext_base", 88591464, 15.355},
		{"vit_b_16", 86567656, 17.564}, {"vit_b_32", 88224232, 4.409}, {"vit_l_16", 304326632, 61.555},
	} {
		t.Run(want.name, func(t *testing.T) {
			a, err := Lookup(want.name)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.ParameterCount(); got != want.parameters {
				t.Errorf("%s has %d parameters, torchvision's has %d", want.name, got, want.parameters)
			}
			work, err := a.MultiplyAdds()
			if err != nil {
				t.Fatal(err)
			}
			if giga := float64(work) / 1e9; math.Abs(giga-want.giga) > 0.0006+0.001*want.giga {
				t.Errorf("%s takes %.4f·10⁹ multiply-adds, torchvision says %.3f", want.name, giga, want.giga)
			}
		})
	}
}

// TestEveryArchitecture lists the parameters of all and builds their graphs,
// without a weight.
func TestEveryArchitecture(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			a, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, p := range a.Parameters() {
				if seen[p.Name] || weights.Size(p.Shape) <= 0 {
					t.Errorf("%s: parameter %v stands twice or is empty", name, p)
				}
				seen[p.Name] = true
			}
			if work, err := a.MultiplyAdds(); err != nil || work <= 0 {
				t.Errorf("%s takes %d multiply-adds, error %v", name, work, err)
			}
		})
	}
	a, err := Lookup("inception_v3")
	if err != nil {
		t.Fatal(err)
	}
	a.InputSize = 224 // as the paper ran it
	if _, err := a.MultiplyAdds(); err != nil {
		t.Error(err)
	}
}

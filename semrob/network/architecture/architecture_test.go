package architecture

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network/internal/golden"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// TestLiteSizes compares the family's trainable parameters with the published
// millions (4.65, 5.42, 6.09, 8.20, 13.01).
func TestLiteSizes(t *testing.T) {
	published := []float64{4.65, 5.42, 6.09, 8.20, 13.01}
	for i, scale := range liteScales {
		name := scale.name
		a, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, p := range a.Parameters() {
			if !strings.Contains(p.Name, "running_") {
				count += weights.Size(p.Shape)
			}
		}
		if millions := float64(count) / 1e6; math.Abs(millions-published[i]) > 0.005 {
			t.Errorf("%s has %.3f million parameters, published are %.2f", name, millions, published[i])
		}
	}
}

// TestParameterOrder compares names, shapes and order with PyTorch's.
func TestParameterOrder(t *testing.T) {
	for _, name := range []string{"efficientnet_lite0", "efficientnet_lite1"} {
		t.Run(name, func(t *testing.T) {
			a, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			got, want := a.Parameters(), golden.Read(t, name).Params
			if len(got) != len(want) {
				t.Fatalf("%s: %d parameters, want %d", name, len(got), len(want))
			}
			for i := range got {
				if got[i].Name != want[i].Name || weights.Size(got[i].Shape) != weights.Size(want[i].Shape) {
					t.Errorf("%s: parameter %d is %v, want %v", name, i, got[i], want[i])
				}
			}
		})
	}
}

func TestPrepareRefusesOtherWeights(t *testing.T) {
	a, err := Lookup("EfficientNet_Lite0")
	if err != nil {
		t.Fatal(err)
	}
	set := weights.Set{}
	for _, p := range a.Parameters() {
		set[p.Name] = weights.Tensor{Shape: p.Shape, Data: make([]float32, weights.Size(p.Shape))}
	}
	if _, err := a.Prepare(set); err != nil {
		t.Fatalf("weights that fit: %v", err)
	}
	delete(set, "_fc.bias")
	set["fc.bias"] = weights.Tensor{Shape: []int{1000}, Data: make([]float32, 1000)}
	set["_bn0.weight"] = weights.Tensor{Shape: []int{31}, Data: make([]float32, 31)}
	_, err = a.Prepare(set)
	for _, part := range []string{"efficientnet-lite0", "1 missing (_fc.bias)", "_bn0.weight [31] instead of [32]", "1 not of this network (fc.bias)"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error %v does not say %q", err, part)
		}
	}
}

func TestLookup(t *testing.T) {
	var unknown *enum.UnknownError
	if _, err := Lookup("resnet"); !errors.As(err, &unknown) || !slices.Contains(unknown.Known, "efficientnet-lite4") {
		t.Errorf("unknown architecture: error %v", err)
	}
}

// TestFitClasses gives every architecture a state dictionary of five classes.
func TestFitClasses(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			a, err := Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			set, heads := weights.Set{}, 0
			for _, p := range a.Parameters() {
				shape := slices.Clone(p.Shape)
				if p.Shape[0] == 1000 { // no other layer has as many outputs
					shape[0] = 5
					heads++
				}
				set[p.Name] = weights.Tensor{Shape: shape}
			}
			if heads < 2 {
				t.Errorf("%s: %d parameters have a thousand outputs", name, heads)
			}
			a.FitClasses(set)
			if a.Classes != 5 {
				t.Errorf("%s has %d classes, want 5", name, a.Classes)
			}
			for _, p := range a.Parameters() {
				if !slices.Equal(p.Shape, set[p.Name].Shape) {
					t.Errorf("%s: %s is %v, want %v", name, p.Name, p.Shape, set[p.Name].Shape)
				}
			}
		})
	}
}

// TestFitClassesLeavesOthers checks that a last layer of another width, or an
// incomplete one, changes nothing, so that Prepare reports it.
func TestFitClassesLeavesOthers(t *testing.T) {
	for what, set := range map[string]weights.Set{
		"width":       {"fc.weight": {Shape: []int{5, 511}}, "fc.bias": {Shape: []int{5}}},
		"no bias":     {"fc.weight": {Shape: []int{5, 512}}},
		"no weight":   {"fc.bias": {Shape: []int{5}}},
		"at variance": {"fc.weight": {Shape: []int{5, 512}}, "fc.bias": {Shape: []int{6}}},
	} {
		t.Run(what, func(t *testing.T) {
			a, err := Lookup("resnet18")
			if err != nil {
				t.Fatal(err)
			}
			if a.FitClasses(set); a.Classes != 1000 {
				t.Errorf("%s: %d classes", what, a.Classes)
			}
		})
	}
}

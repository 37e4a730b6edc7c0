package network

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/network/weights/timm"
)

// architectureOf returns the architecture with this name, or, if name is "", the
// one whose parameters the set has. It also returns the set under the names of
// these parameters.
func architectureOf(set weights.Set, name string) (*architecture.Architecture, weights.Set, error) {
	if name != "" {
		a, err := architecture.Lookup(timm.Architecture(name))
		if err != nil {
			return nil, nil, err
		}
		return a, fitted(a, set), nil
	}
	var closest *architecture.Architecture
	var closestSet weights.Set
	fewest := 0
	for _, name := range architecture.Names() {
		a, err := architecture.Lookup(name)
		if err != nil {
			return nil, nil, err
		}
		candidate := set
		a.FitClasses(set)
		if len(set) == len(a.Parameters()) { // perhaps with timm's names
			candidate = fitted(a, set)
		}
		different := differences(candidate, a.Parameters())
		if different == 0 {
			return a, candidate, nil
		}
		if closest == nil || different < fewest {
			closest, closestSet, fewest = a, candidate, different
		}
	}
	if closest == nil {
		return nil, nil, errors.New("there are no architectures")
	}
	if why := otherHead(closestSet, closest); why != "" {
		return nil, nil, fmt.Errorf("it is a %s but for its last layer: %s", closest.Name, why)
	}
	return nil, nil, fmt.Errorf("its %d tensors match no supported architecture; compared with the closest, %s: %w", len(set), closest.Name, closestSet.Check(closest.Parameters()))
}

// otherHead says how the last layer of a set differs from an architecture's, the
// rest of which it has; "" if more differs.
func otherHead(set weights.Set, a *architecture.Architecture) string {
	head := a.Head() + "."
	var own, extra []string
	for _, p := range a.Parameters() {
		if t, ok := set[p.Name]; ok && slices.Equal(t.Shape, p.Shape) {
			continue
		}
		if !strings.HasPrefix(p.Name, head) {
			return ""
		}
		own = append(own, p.Name)
	}
	wanted := map[string]bool{}
	for _, p := range a.Parameters() {
		wanted[p.Name] = true
	}
	layers := map[string]bool{}
	for _, name := range set.Names() {
		if !wanted[name] {
			extra = append(extra, name)
			layers[name[:max(strings.LastIndex(name, "."), 0)]] = true
		}
	}
	switch {
	case len(own) == 0:
		return ""
	case len(extra) == 0:
		return fmt.Sprintf("%s is missing or has another shape: a head without a bias, or with other features, is not supported; export the model to ONNX", strings.Join(own, ", "))
	case len(layers) == 1:
		return fmt.Sprintf("it is called %s instead of %s (Dropout and Linear in a Sequential, for example): rename its tensors to %s, or export the model to ONNX", strings.Join(extra, ", "), strings.TrimSuffix(head, "."), strings.Join(own, ", "))
	}
	return fmt.Sprintf("it has %d layers (%s) instead of one, %s: export the model to ONNX", len(layers), strings.Join(extra, ", "), strings.TrimSuffix(head, "."))
}

// antialiased are timm's networks with the tensors of one here and other pools.
var antialiased = map[string][]string{
	"resnet34d":           {"resnetaa34d"},
	"resnet50d":           {"resnetaa50d", "resnetblur50d"},
	"resnet101d":          {"resnetaa101d", "resnetblur101d"},
	"seresnext101d-32x8d": {"seresnextaa101d_32x8d"},
}

// ambiguous returns why weights with timm's names need a word from the user, "" if
// they do not. name is the file's, given whether the architecture was named.
func ambiguous(a *architecture.Architecture, name string, given bool) error {
	if others := antialiased[a.Name]; len(others) > 0 && !given {
		return fmt.Errorf("timm has other networks with the tensors of %[1]s (%[2]s), which smooth before they halve: if it is a %[1]s, say so, as in %[1]s=FILE; export others to ONNX", a.Name, strings.Join(others, ", "))
	}
	tensorflow := strings.HasPrefix(a.Name, "efficientnet-b") || strings.HasPrefix(a.Name, "mobilenet-v3")
	switch {
	case !tensorflow:
		return nil
	case strings.HasPrefix(strings.ToLower(name), "tf_"):
		return fmt.Errorf("it is named as one of timm's TensorFlow variants, which have the tensors of %s but other padding and other epsilons: they are not supported; export the model to ONNX", a.Name)
	case !given:
		return fmt.Errorf("timm has two networks with these tensors, %[1]s and a TensorFlow variant (tf_…) with other padding: if it is the former, say so, as in %[1]s=FILE; export the latter to ONNX", a.Name)
	}
	return nil
}

// fitted returns a set under the names of an architecture's parameters, and
// sets the architecture's number of classes to the set's. Inception's auxiliary
// classifier, which only training uses, may be missing.
func fitted(a *architecture.Architecture, set weights.Set) weights.Set {
	want := a.Parameters()
	set = timm.Rename(a.Name, set, want)
	a.FitClasses(set)
	for name := range set {
		if strings.HasPrefix(name, "AuxLogits.") {
			return set
		}
	}
	for _, p := range want {
		if strings.HasPrefix(p.Name, "AuxLogits.") {
			set[p.Name] = weights.Tensor{Shape: p.Shape, Data: make([]float32, weights.Size(p.Shape))}
		}
	}
	return set
}

// differences counts the parameters that are missing, have another shape, or are
// not wanted.
func differences(set weights.Set, want []weights.Parameter) int {
	found, different := 0, 0
	for _, p := range want {
		t, ok := set[p.Name]
		if ok {
			found++
		}
		if !ok || !slices.Equal(t.Shape, p.Shape) {
			different++
		}
	}
	return different + len(set) - found
}

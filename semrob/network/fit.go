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
	return nil, nil, fmt.Errorf("its %d tensors match no supported architecture; compared with the closest, %s: %w", len(set), closest.Name, closestSet.Check(closest.Parameters()))
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

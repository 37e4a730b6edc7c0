package network

import (
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// architectureOf returns the architecture of a name, or, where that is empty,
// the one whose parameters are those of the set.
func architectureOf(set weights.Set, name string) (*architecture.Architecture, error) {
	if name != "" {
		return architecture.Lookup(name)
	}
	var closest *architecture.Architecture
	fewest := 0
	for _, name := range architecture.Names() {
		a, err := architecture.Lookup(name)
		if err != nil {
			return nil, err
		}
		different := differences(set, a.Parameters())
		if different == 0 {
			return a, nil
		}
		if closest == nil || different < fewest {
			closest, fewest = a, different
		}
	}
	if closest == nil {
		return nil, fmt.Errorf("there are no architectures")
	}
	return nil, fmt.Errorf("its %d tensors are those of no architecture here; compared with the closest, %s: %w", len(set), closest.Name, set.Check(closest.Parameters()))
}

// differences counts the parameters that the set lacks, has in another shape,
// or has beyond those wanted.
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

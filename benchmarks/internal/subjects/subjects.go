// Package subjects makes networks and meshes for benchmarks.
package subjects

import (
	"math"
	"math/rand/v2"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// Network returns a network with random weights, which do not affect its speed. Its
// activations keep their size from layer to layer.
func Network(name string) (*network.Network, error) {
	a, err := architecture.Lookup(name)
	if err != nil {
		return nil, err
	}
	r, set := rand.New(rand.NewPCG(1, 2)), weights.Set{}
	for _, p := range a.Parameters() {
		data := make([]float32, weights.Size(p.Shape))
		scale := float32(1)
		if len(p.Shape) > 1 {
			scale = 2 * float32(math.Sqrt(6*float64(p.Shape[0])/float64(len(data))))
		}
		for i := range data {
			data[i] = scale
			if len(p.Shape) > 1 {
				data[i] *= r.Float32() - 0.5
			}
		}
		set[p.Name] = weights.Tensor{Shape: p.Shape, Data: data}
	}
	return network.New(a, set, make([]string, a.Classes))
}

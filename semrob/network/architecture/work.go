package architecture

import (
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	_ "github.com/gomlx/compute/gobackend" // registers "go"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// ParameterCount returns the number of trained values: all of Parameters except
// running means and variances, which PyTorch calls buffers.
func (a *Architecture) ParameterCount() int {
	count := 0
	for _, p := range a.Parameters() {
		if !strings.HasSuffix(p.Name, ".running_mean") && !strings.HasSuffix(p.Name, ".running_var") {
			count += weights.Size(p.Shape)
		}
	}
	return count
}

// MultiplyAdds returns the number of multiply-adds of convolutions, linear layers
// and attention for one image of InputSize. Most published FLOPs, torchvision's
// included, count these; counting multiplications and additions separately
// doubles the number. It builds the graph, without weights, and does not run it.
func (a *Architecture) MultiplyAdds() (int, error) {
	backend, err := compute.NewWithConfig("go")
	if err != nil {
		return 0, fmt.Errorf("counting the work of %s: %w", a.Name, err)
	}
	defer backend.Finalize()
	var p *pass
	err = exceptions.TryCatch[error](func() {
		g := graph.NewGraph(backend, a.Name)
		defer g.Finalize()
		p = &pass{nodes: map[string]*graph.Node{}}
		for _, c := range a.prepared() {
			p.nodes[c.name] = graph.Parameter(g, c.name, shapes.Make(dtypes.Float32, c.shape...))
		}
		a.forward(p, graph.Parameter(g, "images", shapes.Make(dtypes.Float32, 1, a.InputSize, a.InputSize, 3)))
	})
	if err != nil {
		return 0, fmt.Errorf("counting the work of %s: %w", a.Name, err)
	}
	return p.multiplyAdds, nil
}

package mesh

import (
	"maps"
	"slices"
)

// generators makes each generated mesh at its default resolution.
var generators = map[string]func() *Mesh{
	"bottle": Bottle,
	"cup":    Cup,
	"teapot": func() *Mesh { return Teapot(0) },
	"vase":   Vase,
}

// Generated returns the names of the meshes that Open makes without a file, in
// alphabetical order.
func Generated() []string {
	return slices.Sorted(maps.Keys(generators))
}

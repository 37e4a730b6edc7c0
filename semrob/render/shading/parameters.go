package shading

import (
	"math"

	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// Width returns the number of values of a scene in Inputs.Parameters, one for each
// of render.Parameters.
func Width() int { return graphscene.Width }

// Values appends a row of Inputs.Parameters to values: the values of a scene in the
// order and units of render.Parameters. Periodic parameters are reduced to one
// period first, as large angles are inaccurate in float32.
func Values(values []float32, scene *render.Scene) []float32 {
	for _, p := range render.Parameters() {
		x, err := scene.Get(p.Name)
		if err != nil {
			panic(err) // the name comes from the table
		}
		if p.Periodic {
			x = math.Remainder(x, p.DomainMax-p.DomainMin)
		}
		values = append(values, float32(x))
	}
	return values
}

type parameters = graphscene.Parameters

type vector = graphscene.Vector

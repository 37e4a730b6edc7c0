package shading

import (
	"fmt"
	"math"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/render"
)

// Width returns the number of values of a scene in Inputs.Parameters, one for
// each of render.Parameters.
func Width() int { return len(render.Parameters()) }

// Values appends the values of a scene, in the order and the units of
// render.Parameters, to values: a row of Inputs.Parameters. Periodic
// parameters are brought into one period first, for in float32 a large angle
// is a coarse one.
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

// parameters are the semantic parameters of a batch in a graph.
type parameters struct {
	all     *graph.Node // [batch, Width]
	columns map[string]int
}

func newParameters(all *graph.Node) parameters {
	if all.Rank() != 2 || all.Shape().Dimensions[1] != Width() {
		panic(fmt.Errorf("the semantic parameters have the shape %s: it must be [batch, %d]", all.Shape(), Width()))
	}
	p := parameters{all, map[string]int{}}
	for i, parameter := range render.Parameters() {
		p.columns[parameter.Name] = i
	}
	return p
}

// get returns the values of a parameter, [batch, 1].
func (p parameters) get(name string) *graph.Node {
	column, ok := p.columns[name]
	if !ok {
		panic(fmt.Errorf("there is no semantic parameter %q", name))
	}
	return graph.SliceAxis(p.all, 1, graph.AxisRange(column, column+1))
}

// get3 returns three parameters.
func (p parameters) get3(a, b, c string) [3]*graph.Node {
	return [3]*graph.Node{p.get(a), p.get(b), p.get(c)}
}

// sinCos returns sine and cosine of an angle in degrees.
func (p parameters) sinCos(name string) (sin, cos *graph.Node) {
	angle := graph.MulScalar(p.get(name), math.Pi/180)
	return graph.Sin(angle), graph.Cos(angle)
}

package parity

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// exact is a network in float64 with nudges on the inputs of its kinks.
type exact struct {
	*program[float64]
	architecture *architecture.Architecture
	whole        *graph.Exec
	kinks        []kink
}

// kink is a kink of the network without its graph.
type kink struct {
	jumps         []architecture.Jump
	window        *architecture.Window
	input, output []int // dimensions
}

// evaluation is the result of an exact network.
type evaluation struct {
	// gradient is [2, S, S, 3].
	gradient []float64
	// inputs are the kinks' inputs, slopes the derivatives of the summed logit
	// with respect to their outputs.
	inputs, slopes [][]float64
}

// place is one value of a kink's input.
type place struct{ kink, index int }

func nudgeName(kink int) string { return fmt.Sprintf("nudge %d", kink) }

// newExact copies a network's weights to the device and compiles it.
func newExact(backend compute.Backend, a *architecture.Architecture, set weights.Set, size int) (*exact, error) {
	constants, err := a.PrepareFloat64(set)
	if err != nil {
		return nil, err
	}
	tensors := make([]placed[float64], len(constants))
	for i, c := range constants {
		tensors[i] = placed[float64]{c.Name, c.Shape, c.Data}
		constants[i].Data = nil
	}
	p, err := newProgram(backend, tensors, size)
	if err != nil {
		return nil, err
	}
	x := &exact{program: p, architecture: a}
	if err := x.build(); err != nil {
		p.finalize()
		return nil, err
	}
	return x, nil
}

func (x *exact) build() (err error) {
	x.whole, err = x.compile(func(nodes map[string]*graph.Node, images *graph.Node) []*graph.Node {
		logits, kinks := x.trace(nodes, images)
		from, results := []*graph.Node{images}, []*graph.Node{nil}
		x.kinks = nil
		for _, k := range kinks {
			from, results = append(from, k.Output), append(results, k.Input)
			x.kinks = append(x.kinks, kink{k.Jumps, k.Window, k.Input.Shape().Dimensions, k.Output.Shape().Dimensions})
		}
		gradients := graph.Gradient(summedLogit(logits), from...)
		results[0] = gradients[0]
		return append(results, gradients[1:]...)
	})
	if err != nil {
		return err
	}
	for i, k := range x.kinks {
		if err := x.place(x.buffers, placed[float64]{nudgeName(i), k.input, make([]float64, volume(k.input))}); err != nil {
			return err
		}
	}
	return nil
}

// trace builds the network with nudges as parameters.
func (x *exact) trace(nodes map[string]*graph.Node, images *graph.Node) (*graph.Node, []architecture.Kink) {
	count := 0
	return x.architecture.Trace(nodes, images, func(n *graph.Node) *graph.Node {
		count++
		return graph.Add(n, graph.Parameter(n.Graph(), nudgeName(count-1), n.Shape()))
	})
}

// nudged returns the replacements of zero nudges.
func (x *exact) nudged(nudges map[place]float64) []placed[float64] {
	values := map[int][]float64{}
	for at, by := range nudges {
		if values[at.kink] == nil {
			values[at.kink] = make([]float64, volume(x.kinks[at.kink].input))
		}
		values[at.kink][at.index] += by
	}
	var all []placed[float64]
	for i, v := range values {
		all = append(all, placed[float64]{nudgeName(i), x.kinks[i].input, v})
	}
	return all
}

// evaluate runs the network on images [2, S, S, 3].
func (x *exact) evaluate(images []float64, nudges map[place]float64) (evaluation, error) {
	all, err := x.run(x.whole, images, x.nudged(nudges))
	if err != nil {
		return evaluation{}, err
	}
	n := len(x.kinks)
	return evaluation{gradient: all[0], inputs: all[1 : 1+n], slopes: all[1+n:]}, nil
}

// derivatives returns, for each direction, the derivatives of the values at the
// places; a direction is the indices of the colours that change, in [2, S, S, 3].
// They are finite differences: between kinks such a network is nearly linear, and
// in float64 a step of 1e-6 crosses hardly any.
func (x *exact) derivatives(images []float64, places []place, directions [][]int, next func() error) ([][]float64, error) {
	order := make([][]int, len(x.kinks)) // the indices of each kink's places
	for i, at := range places {
		order[at.kink] = append(order[at.kink], i)
	}
	forward, err := x.compile(func(nodes map[string]*graph.Node, images *graph.Node) []*graph.Node {
		var results []*graph.Node
		_, kinks := x.trace(nodes, images)
		for i, k := range kinks {
			if order[i] == nil {
				continue
			}
			indices := make([][]int32, len(order[i]))
			for j, at := range order[i] {
				indices[j] = []int32{int32(places[at].index)}
			}
			flat := graph.Reshape(k.Input, k.Input.Shape().Size())
			results = append(results, graph.Gather(flat, graph.Const(images.Graph(), indices)))
		}
		return results
	})
	if err != nil {
		return nil, err
	}
	values := func(images []float64) ([]float64, error) {
		if err := next(); err != nil {
			return nil, err
		}
		parts, err := x.run(forward, images, nil)
		if err != nil {
			return nil, err
		}
		all, part := make([]float64, len(places)), 0
		for _, of := range order {
			if of == nil {
				continue
			}
			for j, at := range of {
				all[at] = parts[part][j]
			}
			part++
		}
		return all, nil
	}
	const step = 1e-6
	base, err := values(images)
	if err != nil {
		return nil, err
	}
	result := make([][]float64, len(directions))
	for i, direction := range directions {
		moved := slices.Clone(images)
		for _, at := range direction {
			moved[at] += step
		}
		if result[i], err = values(moved); err != nil {
			return nil, err
		}
		for k := range base {
			result[i][k] = (result[i][k] - base[k]) / step
		}
	}
	return result, nil
}

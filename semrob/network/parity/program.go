package parity

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
)

const device = compute.DeviceNum(0)

// program computes logits and the input gradient of logit 7, and what there is
// at the network's kinks, the input of each of which can be nudged.
type program struct {
	backend compute.Backend
	// whole computes everything, forward the kinks' inputs alone.
	whole, forward *graph.Exec
	size           int
	kinks          []kink
	// buffers are the weights and the nudges, all zero, by parameter.
	buffers map[string]compute.Buffer
	// nudged replace some of them during an evaluation.
	nudged map[string]compute.Buffer
}

// kink is one of the network's without its graph.
type kink struct {
	jumps         []architecture.Jump
	window        *architecture.Window
	input, output []int // dimensions
}

// evaluation is what a program computes.
type evaluation struct {
	// logits are [2, classes], gradient [2, S, S, 3].
	logits, gradient []float32
	// inputs are the kinks' inputs, slopes the derivatives of the summed logit
	// with respect to their outputs.
	inputs, slopes [][]float32
}

// nudge is something added to one value of a kink's input.
type nudge struct {
	kink, index int
	by          float32
}

func nudgeName(kink int) string { return fmt.Sprintf("nudge %d", kink) }

// compile builds the program and puts the weights on the device.
func compile(backend compute.Backend, a *architecture.Architecture, constants []architecture.Constant, size int) (p *program, err error) {
	p = &program{backend: backend, size: size, buffers: map[string]compute.Buffer{}}
	defer func() {
		if err != nil {
			p.finalize()
		}
	}()
	for _, c := range constants {
		if err := p.place(p.buffers, c.Name, c.Data, c.Shape); err != nil {
			return nil, err
		}
	}
	if p.whole, err = graph.NewExec(backend, func(images *graph.Node) []*graph.Node {
		logits, kinks := p.trace(a, constants, images)
		from, results := []*graph.Node{images}, []*graph.Node{logits, nil}
		p.kinks = nil
		for _, k := range kinks {
			from, results = append(from, k.Output), append(results, k.Input)
			p.kinks = append(p.kinks, kink{k.Jumps, k.Window, k.Input.Shape().Dimensions, k.Output.Shape().Dimensions})
		}
		one := graph.ReduceAllSum(graph.Slice(logits, graph.AxisRange(), graph.AxisElem(reference.Logit)))
		gradients := graph.Gradient(one, from...)
		results[1] = gradients[0]
		return append(results, gradients[1:]...)
	}); err != nil {
		return nil, fmt.Errorf("preparing the program: %w", err)
	}
	if p.forward, err = graph.NewExec(backend, func(images *graph.Node) []*graph.Node {
		_, kinks := p.trace(a, constants, images)
		inputs := make([]*graph.Node, len(kinks))
		for i, k := range kinks {
			inputs[i] = k.Input
		}
		return inputs
	}); err != nil {
		return nil, fmt.Errorf("preparing the program: %w", err)
	}
	p.forward.SetSideParamsHook(p.feed)
	p.whole.SetSideParamsHook(p.feed)
	// Compiling tells the kinks' shapes.
	if _, err := p.whole.Compile(shapes.Make(dtypes.Float32, reference.Images, size, size, 3)); err != nil {
		return nil, fmt.Errorf("compiling logits and gradient: %w", err)
	}
	for i, k := range p.kinks {
		if err := p.place(p.buffers, nudgeName(i), make([]float32, volume(k.input)), k.input); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// trace builds the network with its weights and nudges as parameters.
func (p *program) trace(a *architecture.Architecture, constants []architecture.Constant, images *graph.Node) (*graph.Node, []architecture.Kink) {
	g := images.Graph()
	nodes := make(map[string]*graph.Node, len(constants))
	for _, c := range constants {
		nodes[c.Name] = graph.Parameter(g, c.Name, shapes.Make(dtypes.Float32, c.Shape...))
	}
	count := 0
	return a.Trace(nodes, images, func(x *graph.Node) *graph.Node {
		count++
		return graph.Add(x, graph.Parameter(g, nudgeName(count-1), x.Shape()))
	})
}

func volume(dims []int) int { return shapes.Make(dtypes.Float32, dims...).Size() }

// place copies values to the device.
func (p *program) place(to map[string]compute.Buffer, name string, values []float32, dims []int) error {
	buffer, err := p.backend.BufferFromFlatData(device, values, shapes.Make(dtypes.Float32, dims...))
	if err != nil {
		return fmt.Errorf("copying %s to the device: %w", name, err)
	}
	to[name] = buffer
	return nil
}

// feed gives weights and nudges to the program.
func (p *program) feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	for name, buffer := range p.buffers {
		if other, ok := p.nudged[name]; ok {
			buffer = other
		}
		if node := g.GetParameterByName(name); node != nil {
			inputs[node.GetParameterHandle()], donate[node.GetParameterHandle()] = buffer, false
		}
	}
	return nil
}

// evaluate runs the program on images [2, S, S, 3].
func (p *program) evaluate(images []float32, nudges []nudge) (evaluation, error) {
	all, err := p.run(p.whole, images, nudges)
	if err != nil {
		return evaluation{}, fmt.Errorf("running logits and gradient: %w", err)
	}
	n := len(p.kinks)
	return evaluation{logits: all[0], gradient: all[1], inputs: all[2 : 2+n], slopes: all[2+n:]}, nil
}

// values returns the kinks' inputs for images [2, S, S, 3].
func (p *program) values(images []float32) ([][]float32, error) {
	all, err := p.run(p.forward, images, nil)
	if err != nil {
		return nil, fmt.Errorf("running the network: %w", err)
	}
	return all, nil
}

func (p *program) run(exec *graph.Exec, images []float32, nudges []nudge) (all [][]float32, err error) {
	p.nudged = map[string]compute.Buffer{}
	defer func() {
		for _, buffer := range p.nudged {
			err = errors.Join(err, buffer.Finalize())
		}
		p.nudged = nil
	}()
	values := map[int][]float32{}
	for _, n := range nudges {
		if values[n.kink] == nil {
			values[n.kink] = make([]float32, volume(p.kinks[n.kink].input))
		}
		values[n.kink][n.index] += n.by
	}
	for i, v := range values {
		if err := p.place(p.nudged, nudgeName(i), v, p.kinks[i].input); err != nil {
			return nil, err
		}
	}
	outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(images, reference.Images, p.size, p.size, 3))
	if err != nil {
		return nil, err
	}
	all = make([][]float32, len(outputs))
	for i, t := range outputs {
		if all[i], err = tensors.CopyFlatData[float32](t); err != nil {
			return nil, fmt.Errorf("copying a result from the device: %w", err)
		}
		if err := t.FinalizeAll(); err != nil {
			return nil, fmt.Errorf("releasing a result: %w", err)
		}
	}
	return all, nil
}

// finalize releases what lies on the device.
func (p *program) finalize() {
	for _, exec := range []*graph.Exec{p.whole, p.forward} {
		if exec != nil {
			exec.Finalize()
		}
	}
	for _, buffer := range p.buffers {
		// The program is over; a buffer that cannot be released goes with the process.
		_ = buffer.Finalize()
	}
}

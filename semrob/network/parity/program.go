package parity

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
)

const device = compute.DeviceNum(0)

// real are the number types of programs.
type real interface{ float32 | float64 }

// program is a network's weights on the device and the functions that use them.
type program[F real] struct {
	backend compute.Backend
	size    int
	weights []placed[F]
	// buffers are the graphs' parameters: the weights and others.
	buffers map[string]compute.Buffer
	// instead replaces some of them during a run.
	instead map[string]compute.Buffer
	execs   []*graph.Exec
}

// placed is a tensor for the device.
type placed[F real] struct {
	name  string
	shape []int
	data  []F
}

// newProgram copies the weights to the device, for images of a height and width.
func newProgram[F real](backend compute.Backend, weights []placed[F], size int) (*program[F], error) {
	p := &program[F]{backend: backend, size: size, weights: weights, buffers: map[string]compute.Buffer{}}
	for i, w := range weights {
		if err := p.place(p.buffers, w); err != nil {
			p.finalize()
			return nil, err
		}
		weights[i].data = nil // now on the device
	}
	return p, nil
}

func (p *program[F]) place(to map[string]compute.Buffer, t placed[F]) error {
	buffer, err := p.backend.BufferFromFlatData(device, t.data, p.shape(t.shape))
	if err != nil {
		return fmt.Errorf("copying %s to the device: %w", t.name, err)
	}
	to[t.name] = buffer
	return nil
}

func (p *program[F]) shape(dims []int) shapes.Shape {
	return shapes.Make(dtypes.FromGenericsType[F](), dims...)
}

func volume(dims []int) int { return shapes.Make(dtypes.Float64, dims...).Size() }

// compile compiles a function of the weights, as nodes by name, and of images
// [2, S, S, 3].
func (p *program[F]) compile(f func(weights map[string]*graph.Node, images *graph.Node) []*graph.Node) (*graph.Exec, error) {
	exec, err := graph.NewExec(p.backend, func(images *graph.Node) []*graph.Node {
		nodes := make(map[string]*graph.Node, len(p.weights))
		for _, w := range p.weights {
			nodes[w.name] = graph.Parameter(images.Graph(), w.name, p.shape(w.shape))
		}
		return f(nodes, images)
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the program: %w", err)
	}
	p.execs = append(p.execs, exec)
	exec.SetSideParamsHook(p.feed)
	if _, err := exec.Compile(p.shape([]int{reference.Images, p.size, p.size, 3})); err != nil {
		return nil, fmt.Errorf("compiling the network: %w", err)
	}
	return exec, nil
}

// feed passes the parameters to a graph.
func (p *program[F]) feed(g *graph.Graph, inputs []compute.Buffer, donate []bool) error {
	for name, buffer := range p.buffers {
		if other, ok := p.instead[name]; ok {
			buffer = other
		}
		if node := g.GetParameterByName(name); node != nil {
			inputs[node.GetParameterHandle()], donate[node.GetParameterHandle()] = buffer, false
		}
	}
	return nil
}

// run calls a compiled function, with some parameters replaced.
func (p *program[F]) run(exec *graph.Exec, images []F, instead []placed[F]) (all [][]F, err error) {
	p.instead = map[string]compute.Buffer{}
	defer func() {
		for _, buffer := range p.instead {
			err = errors.Join(err, buffer.Finalize())
		}
		p.instead = nil
	}()
	for _, t := range instead {
		if err := p.place(p.instead, t); err != nil {
			return nil, err
		}
	}
	outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(images, reference.Images, p.size, p.size, 3))
	if err != nil {
		return nil, fmt.Errorf("running the network: %w", err)
	}
	all = make([][]F, len(outputs))
	for i, t := range outputs {
		if all[i], err = tensors.CopyFlatData[F](t); err != nil {
			return nil, fmt.Errorf("copying a result from the device: %w", err)
		}
		if err := t.FinalizeAll(); err != nil {
			return nil, fmt.Errorf("releasing a result: %w", err)
		}
	}
	return all, nil
}

// finalize releases everything on the device.
func (p *program[F]) finalize() {
	for _, exec := range p.execs {
		exec.Finalize()
	}
	for _, buffer := range p.buffers {
		// The process releases a buffer that fails here.
		_ = buffer.Finalize()
	}
}

// summedLogit is the function whose gradient golden files have.
func summedLogit(logits *graph.Node) *graph.Node {
	return graph.ReduceAllSum(graph.Slice(logits, graph.AxisRange(), graph.AxisElem(reference.Logit)))
}

package parity

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
	"github.com/semrob/gonb-semrob/semrob/network/tower"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// checkTower is check for a model with towers, which has no kinks: float32 has to do.
func checkTower(ctx context.Context, backend compute.Backend, f reference.File) (r Result, err error) {
	m, err := tower.Read(f.Config)
	if err != nil {
		return r, err
	}
	set := reference.Weights(f.Params)
	if err := set.Check(m.Parameters()); err != nil {
		return r, err
	}
	constants, err := m.PrepareImage(set, f.InputSize)
	if err != nil {
		return r, err
	}
	r.Architecture, r.InputSize = f.Architecture, f.InputSize
	for _, p := range f.Params {
		r.Parameters += weights.Size(p.Shape)
	}
	if m.Prompted() {
		prompts, err := m.Prompts(ctx, backend, set, f.Tokens, f.Pad)
		if err != nil {
			return r, err
		}
		n := len(f.Tokens)
		if n != len(f.Logits[0]) {
			return r, fmt.Errorf("the file has %d logits per image and %d prompts", len(f.Logits[0]), n)
		}
		constants = append(constants, tower.Constant{Name: tower.PromptsName, Shape: []int{n, len(prompts) / n}, Data: prompts})
	}
	tensors := make([]placed[float32], len(constants))
	for i, c := range constants {
		tensors[i] = placed[float32]{c.Name, c.Shape, c.Data}
	}
	p, err := newProgram(backend, tensors, f.InputSize)
	if err != nil {
		return r, err
	}
	defer p.finalize()
	exec, err := p.compile(func(nodes map[string]*graph.Node, images *graph.Node) []*graph.Node {
		logits := m.Logits(nodes, images)
		return []*graph.Node{logits, graph.Gradient(summedLogit(logits), images)[0]}
	})
	if err != nil {
		return r, err
	}
	all, err := p.run(exec, reference.Input(f.InputSize), nil)
	if err != nil {
		return r, err
	}
	r.compare(f, all)
	r.Gradient, r.Norm = r.Plain.Gradient, r.Plain.Norm
	return r, nil
}

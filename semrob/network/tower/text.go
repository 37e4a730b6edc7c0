package tower

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// promptsAtOnce is the number of prompts of an execution.
const promptsAtOnce = 16

// Prompts returns the embeddings of prompts, [prompts, embedding], of length 1. tokens
// are [prompt][token], without padding; pad is the token that fills a prompt.
func (m *Model) Prompts(ctx context.Context, backend compute.Backend, set weights.Set, tokens [][]int, pad int) ([]float32, error) {
	set, err := m.own(set, m.textParameters())
	if err != nil {
		return nil, err
	}
	length := 0
	for i, t := range tokens {
		if len(t) == 0 || len(t) > m.text.Positions {
			return nil, fmt.Errorf("prompt %d has %d tokens: 1…%d are possible", i+1, len(t), m.text.Positions)
		}
		for _, k := range append(t, pad) {
			if k < 0 || k >= m.text.Words {
				return nil, fmt.Errorf("prompt %d has the token %d: the model knows 0…%d", i+1, k, m.text.Words-1)
			}
		}
		length = max(length, len(t))
	}
	if m.Kind == SigLIP { // it reads the last place, and attends to the padding
		length = m.text.Positions
	}
	var all []float32
	err = exceptions.TryCatch[error](func() { all, err = m.prompts(ctx, backend, set, tokens, pad, length) })
	return all, err
}

// prompts is Prompts for prompts of at most length tokens.
func (m *Model) prompts(ctx context.Context, backend compute.Backend, set weights.Set, tokens [][]int, pad, length int) ([]float32, error) {
	var names []string
	var inputs []any
	for _, p := range m.textParameters() {
		if strings.HasPrefix(p.Name, "text_model.embeddings.") {
			continue // looked up here
		}
		t := tensors.FromFlatDataAndDimensions(set[p.Name].Data, p.Shape...)
		defer t.FinalizeAll()
		names, inputs = append(names, p.Name), append(inputs, t)
	}
	exec, err := graph.NewExec(backend, func(nodes []*graph.Node) *graph.Node {
		byName := map[string]*graph.Node{}
		for i, name := range names {
			byName[name] = nodes[i]
		}
		return m.textGraph(byName, nodes[len(names)], nodes[len(names)+1])
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	var all []float32
	for from := 0; from < len(tokens); from += promptsAtOnce {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+promptsAtOnce, len(tokens))
		embedded, place := m.embedded(set, tokens[from:to], pad, length)
		out, err := exec.Call(append(inputs[:len(inputs):len(inputs)],
			tensors.FromFlatDataAndDimensions(embedded, promptsAtOnce, length, m.text.Hidden), tensors.FromFlatDataAndDimensions(place, promptsAtOnce, length))...)
		if err != nil {
			return nil, err
		}
		flat, err := tensors.CopyFlatData[float32](out[0])
		if err != nil {
			return nil, err
		}
		all = append(all, flat[:(to-from)*m.embedding]...)
	}
	return all, nil
}

// embedded looks up the embeddings of tokens with their positions, [promptsAtOnce,
// length, hidden]. place is 1 at the token of each prompt whose state is read, and
// otherwise 0.
func (m *Model) embedded(set weights.Set, tokens [][]int, pad, length int) (embedded, place []float32) {
	words, position := set["text_model.embeddings.token_embedding.weight"].Data, set["text_model.embeddings.position_embedding.weight"].Data
	hidden := m.text.Hidden
	embedded, place = make([]float32, promptsAtOnce*length*hidden), make([]float32, promptsAtOnce*length)
	for i, t := range tokens {
		for k := range length {
			word := pad
			if k < len(t) {
				word = t[k]
			}
			to := embedded[(i*length+k)*hidden:][:hidden]
			for j := range to {
				to[j] = words[word*hidden+j] + position[k*hidden+j]
			}
		}
		place[i*length+m.read(t, length)] = 1
	}
	return embedded, place
}

// read returns the place of a prompt that its embedding is read from: SigLIP's last,
// CLIP's first end. Models from before that token was recorded have 2, and then it is
// the first greatest token.
func (m *Model) read(t []int, length int) int {
	if m.Kind == SigLIP {
		return length - 1
	}
	greatest := 0
	for k, word := range t {
		if word == m.end && m.end != 2 {
			return k
		}
		if word > t[greatest] {
			greatest = k
		}
	}
	if m.end == 2 {
		return greatest
	}
	return 0 // as in transformers: no end
}

// textGraph maps embedded tokens [prompt, token, hidden] to [prompt, embedding].
func (m *Model) textGraph(nodes map[string]*graph.Node, x, place *graph.Node) *graph.Node {
	p := &pass{nodes, m.text, promptedNames("text_model.")}
	x = p.norm(p.encode(x, m.Kind == CLIP), "text_model.final_layer_norm")
	read := graph.ReduceSum(graph.Mul(x, graph.InsertAxes(place, -1)), 1)
	if m.Kind == CLIP {
		return unit(times(read, p.node("text_projection.weight")))
	}
	return unit(p.linear(read, "text_model.head"))
}

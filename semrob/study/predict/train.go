package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/semrob/gonb-semrob/semrob/progress"
)

// batch holds the data of all folds: every fold has all examples and is trained on
// those with weight 1.
type batch struct {
	folds, examples, features int
	x                         []float32 // [fold, example, feature], standardised by the fold's training examples
	y                         []float32 // [fold, example], standardised likewise
	learns                    []float32 // [fold, example], 1 if the fold is trained on the example, else 0
}

// fit trains a network for each fold and returns their outputs on all examples,
// [fold, example], and the mean squared errors on training and held-out examples
// before each step, [epoch].
//
// All folds are in one graph: weights have an axis for folds and the loss is the sum
// over folds. Adam updates each weight independently, so folds do not affect each
// other.
func fit(ctx context.Context, backend compute.Backend, b batch, o Options, show progress.Progress) (out []float32, learnt, held []float64, err error) {
	var failure error // returned by train; err is thrown
	err = exceptions.TryCatch[error](func() { out, learnt, held, failure = train(ctx, backend, b, o, show) })
	if err = errors.Join(err, failure); err != nil {
		return nil, nil, nil, fmt.Errorf("training the network that predicts SRVR: %w", err)
	}
	return out, learnt, held, nil
}

func train(ctx context.Context, backend compute.Backend, b batch, o Options, show progress.Progress) (out []float32, learnt, held []float64, err error) {
	store := model.NewStore()
	layers := firstWeights(b, o)
	adam := optimizer.Adam().LearningRate(o.Rate).WeightDecay(o.Decay).Done()
	step, err := model.NewExec(backend, store, func(scope *model.Scope, x, y, learns *graph.Node) (trained, heldOut, outputs *graph.Node) {
		scope = scope.In("predict")
		outputs = perceptron(scope, layers, x)
		squares := graph.Square(graph.Sub(outputs, y))
		rest := graph.OneMinus(learns)
		perFold := func(weights *graph.Node) *graph.Node {
			return graph.Div(graph.ReduceSum(graph.Mul(squares, weights), 1), graph.ReduceSum(weights, 1))
		}
		adam.UpdateGraph(scope, x.Graph(), graph.ReduceAllSum(perFold(learns)))
		return graph.ReduceAllMean(perFold(learns)), graph.ReduceAllMean(perFold(rest)), outputs
	})
	if err != nil {
		return nil, nil, nil, err
	}
	x := tensors.FromFlatDataAndDimensions(b.x, b.folds, b.examples, b.features)
	y := tensors.FromFlatDataAndDimensions(b.y, b.folds, b.examples)
	learns := tensors.FromFlatDataAndDimensions(b.learns, b.folds, b.examples)
	show = progress.Or(show)
	show.Start(o.Epochs+1, "training")
	defer show.Done()
	// The last call evaluates the weights after the last step; its own update is not
	// used.
	for epoch := range o.Epochs + 1 {
		if err := ctx.Err(); err != nil {
			return nil, nil, nil, err
		}
		results, err := step.Exec(x, y, learns)
		if err != nil {
			return nil, nil, nil, err
		}
		learnt = append(learnt, float64(tensors.ToScalar[float32](results[0])))
		held = append(held, float64(tensors.ToScalar[float32](results[1])))
		if epoch == o.Epochs {
			out = tensors.MustCopyFlatData[float32](results[2])
		}
		for _, r := range results {
			r.MustFinalizeAll()
		}
		show.Add(1)
	}
	return out, learnt, held, nil
}

// layer holds the initial weights of a dense layer, [fold, in, out].
type layer struct {
	folds, in, out int
	weights        []float32
}

// firstWeights draws the initial weights of all folds (He et al. 2015); they do not
// depend on the backend.
func firstWeights(b batch, o Options) []layer {
	random := rand.New(rand.NewPCG(o.Seed, 0xfeed))
	var layers []layer
	in := b.features
	for _, out := range []int{o.Hidden, o.Hidden, 1} {
		l := layer{b.folds, in, out, make([]float32, b.folds*in*out)}
		for i := range l.weights {
			l.weights[i] = float32(random.NormFloat64() * math.Sqrt(2/float64(in)))
		}
		layers, in = append(layers, l), out
	}
	return layers
}

// perceptron returns the outputs [fold, example] for x [fold, example, feature].
func perceptron(scope *model.Scope, layers []layer, x *graph.Node) *graph.Node {
	g := x.Graph()
	for i, l := range layers {
		at := scope.In("layer %d", i)
		weights := at.VariableWithValue("weights", tensors.FromFlatDataAndDimensions(l.weights, l.folds, l.in, l.out)).NodeValue(g)
		bias := at.VariableWithValue("bias", tensors.FromFlatDataAndDimensions(make([]float32, l.folds*l.out), l.folds, 1, l.out)).NodeValue(g)
		x = graph.Add(graph.Einsum("fni,fio->fno", x, weights), bias)
		if i < len(layers)-1 {
			x = graph.Max(x, graph.ZerosLike(x))
		}
	}
	return graph.Squeeze(x, -1)
}

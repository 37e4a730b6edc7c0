package network_test

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/internal/npz"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// means is a network whose logits are multiples of the mean colours.
func means(t *testing.T, classes int, of func(x *graph.Node) *graph.Node) *network.Network {
	t.Helper()
	n, err := network.Define(network.Definition{
		Name: "means", InputSize: 4, Labels: make([]string, classes),
		Graph: func(_ map[string]*graph.Node, images *graph.Node) *graph.Node {
			y := graph.MulScalar(graph.ReduceMean(of(images), 1, 2), 3)
			return graph.Slice(y, graph.AxisRange(), graph.AxisRange(0, classes))
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func itself(x *graph.Node) *graph.Node { return x }

// TestOneLogit checks that the probability of a single logit is its sigmoid.
func TestOneLogit(t *testing.T) {
	c, err := means(t, 1, itself).Compile(xlatest.Open(t), network.Options{BatchSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Finalize()
	images := make([]float32, 48)
	for i := range images {
		images[i] = 0.5
	}
	p, err := c.Probabilities(t.Context(), images, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 / (1 + math.Exp(-1.5)); math.Abs(float64(p[0])-want) > 1e-6 {
		t.Errorf("probability %g, want %g", p[0], want)
	}
}

// TestWrongGradient checks that the gradient of a network is refused if it does not
// agree with differences, each time, and that a right one is not.
func TestWrongGradient(t *testing.T) {
	images := make([]float32, 2*48)
	for i := range images {
		images[i] = float32(i%7) / 7
	}
	for name, c := range map[string]struct {
		of    func(*graph.Node) *graph.Node
		wrong bool
	}{
		"right":   {itself, false},
		"doubled": {func(x *graph.Node) *graph.Node { return doubled(x, 2) }, true},
		"negated": {func(x *graph.Node) *graph.Node { return doubled(x, -1) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			classifier, err := means(t, 3, c.of).Compile(xlatest.Open(t), network.Options{BatchSize: 2})
			if err != nil {
				t.Fatal(err)
			}
			defer classifier.Finalize()
			for range 2 {
				_, _, err := classifier.Gradient(t.Context(), images, 2, 1)
				var wrong *network.GradientError
				if errors.As(err, &wrong) != c.wrong || !c.wrong && err != nil {
					t.Errorf("error %v", err)
				}
			}
		})
	}
}

// doubled is x with a wrong gradient.
func doubled(x *graph.Node, factor float64) *graph.Node {
	return graph.IdentityWithCustomGradient(x, func(_, v *graph.Node) *graph.Node { return graph.MulScalar(v, factor) })
}

// TestCompare compares scores and a gradient with given ones.
func TestCompare(t *testing.T) {
	input, output, gradient := make([]float32, 48), make([]float32, 3), make([]float32, 48)
	for i := range input { // [1, 3, 4, 4]
		input[i] = float32(i%5) / 5
		output[i/16] += 3 * input[i] / 16
		if i/16 == 2 {
			gradient[i] = 3. / 16
		}
	}
	n := means(t, 3, itself)
	for name, c := range map[string]struct {
		class            int64
		output, gradient float64
	}{"equal": {2, 0, 0}, "another class": {1, 0, 1}} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "scores.npz")
			file := npz.File{
				"input": {Shape: []int{1, 3, 4, 4}, Data: input}, "output": {Shape: []int{1, 3}, Data: output},
				"gradient": {Shape: []int{1, 3, 4, 4}, Data: gradient}, "gradient_class": {Data: []int64{c.class}},
			}
			if err := file.Save(path); err != nil {
				t.Fatal(err)
			}
			r, err := n.Compare(t.Context(), xlatest.Open(t), path)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(r.Output-c.output) > 1e-6 || math.Abs(r.Gradient-c.gradient) > 1e-6 || r.Classes != 3 || r.Images != 1 {
				t.Errorf("%+v", r)
			}
		})
	}
}

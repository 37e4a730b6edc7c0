package architecture

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// TestHalfPrecision compares blocks in half of the bits, with their gradients,
// with the same in float32: those that do a part of their work in float32.
func TestHalfPrecision(t *testing.T) {
	a := &Architecture{}
	block := sequence{
		add(a, &convolution{weight: "conv", norm: "norm", in: 8, out: 8, kernel: 3, depthwise: true}),
		&squeezeExcitation{
			reduce: add(a, &convolution{weight: "fc1", in: 8, out: 4, kernel: 1, bias: true, activation: silu}),
			expand: add(a, &convolution{weight: "fc2", in: 4, out: 8, kernel: 1, bias: true, activation: sigmoid}),
		},
		function(func(x *graph.Node) *graph.Node { return graph.Reshape(x, 2, 36, 8) }),
		add(a, &layerNorm{weight: "ln", size: 8}),
		add(a, &attention{weight: "self", hidden: 8, heads: 2}),
		function(func(x *graph.Node) *graph.Node { return graph.Reshape(x, 2, 6, 6, 8) }),
		function(globalAverage),
	}
	constants, err := a.Prepare(random(rand.New(rand.NewPCG(5, 6)), a.Parameters()))
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 2*6*6*8)
	for i := range x {
		x[i] = float32(math.Sin(float64(i)))
	}
	in := func(dtype dtypes.DType) (y, gradient []float32) {
		exec, err := graph.NewExec(xlatest.Open(t), func(x *graph.Node) (y, gradient *graph.Node) {
			p := &pass{nodes: map[string]*graph.Node{}}
			for _, c := range constants {
				p.nodes[c.Name] = asType(graph.ConstTensor(x.Graph(), tensors.FromFlatDataAndDimensions(c.Data, c.Shape...)), dtype)
			}
			y = block.apply(p, asType(x, dtype))
			if y.DType() != dtype {
				t.Errorf("a block in %s returns %s", dtype, y.DType())
			}
			y = asType(y, dtypes.Float32)
			return y, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, y)), x)[0]
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		a, b, err := exec.Call2(tensors.FromFlatDataAndDimensions(x, 2, 6, 6, 8))
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](a), tensors.MustCopyFlatData[float32](b)
	}
	wantY, wantGradient := in(dtypes.Float32)
	for dtype, limit := range map[dtypes.DType]float64{dtypes.BFloat16: 0.05, dtypes.Float16: 0.005} {
		y, gradient := in(dtype)
		for what, pair := range map[string][2][]float32{"value": {y, wantY}, "gradient": {gradient, wantGradient}} {
			t.Run(dtype.String()+" "+what, func(t *testing.T) {
				largest, off := 0.0, 0.0
				for i, want := range pair[1] {
					largest = max(largest, math.Abs(float64(want)))
					off = max(off, math.Abs(float64(pair[0][i]-want)))
				}
				t.Logf("%s in %s: off by %.2g of the largest", what, dtype, off/largest)
				if !(off > 0 && off <= limit*largest) {
					t.Errorf("%s in %s: off by %g of the largest, want 0 < … ≤ %g", what, dtype, off/largest, limit)
				}
			})
		}
	}
}

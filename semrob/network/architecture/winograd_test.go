package architecture

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// TestWinograd compares Winograd's convolutions and their gradients with the
// definition: at sizes that are and are not multiples of the tile, with every
// padding, with another use of the picture, and with two gradients in one graph.
func TestWinograd(t *testing.T) {
	backend := xlatest.Open(t)
	r := rand.New(rand.NewPCG(3, 4))
	const batch, in, out = 3, 64, 96
	after := func(_, _, _ int) (int, int) { return 0, 1 }
	for _, size := range []struct {
		height, width int
		padding       padding
	}{{6, 8, half}, {7, 5, half}, {1, 1, half}, {7, 6, zeros(0)}, {5, 8, zeros(2)}, {4, 7, after}} {
		height, width, pad := size.height, size.width, size.padding
		c := &convolution{weight: "conv", norm: "norm", in: in, out: out, kernel: 3, stride: 1, padding: pad, epsilon: 1e-3}
		before, after := pad(height, 3, 1)
		t.Run(fmt.Sprintf("%d×%d padded %d, %d", height, width, before, after), func(t *testing.T) {
			set := random(r, c.parameters())
			x := make([]float32, batch*height*width*in)
			for i := range x {
				x[i] = r.Float32() - 0.5
			}
			_, _, outHeight, outWidth := places(c, height, width)
			v := make([]float32, batch*outHeight*outWidth*out)
			for i := range v {
				v[i] = r.Float32() - 0.5
			}
			y, gradient := plain(c, set, x, batch, height, width, v)

			constants := prepare(c, set)
			exec, err := graph.NewExec(backend, func(x, v *graph.Node) []*graph.Node {
				p := &pass{nodes: map[string]*graph.Node{}, kernels: Plain}
				for _, constant := range constants {
					if constant.Name != "conv.kernel" { // so that it cannot be used
						p.nodes[constant.Name] = graph.ConstTensor(x.Graph(), tensors.FromFlatDataAndDimensions(constant.Data, constant.Shape...))
					}
				}
				y := c.apply(p, x)
				sum := graph.ReduceAllSum(graph.Mul(y, v))
				both := graph.Add(sum, graph.ReduceAllSum(graph.Mul(x, x)))
				return []*graph.Node{y, graph.Gradient(sum, x)[0], graph.Gradient(both, x)[0]}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			got, err := exec.Call(tensors.FromFlatDataAndDimensions(x, batch, height, width, in), tensors.FromFlatDataAndDimensions(v, batch, outHeight, outWidth, out))
			if err != nil {
				t.Fatal(err)
			}
			near(t, "result", got[0], y)
			near(t, "gradient", got[1], gradient)
			for i := range gradient {
				gradient[i] += 2 * float64(x[i])
			}
			near(t, "gradient with another use", got[2], gradient)
		})
	}
}

// near fails if a value differs by more than float32 rounding, relative to the
// largest.
func near(t *testing.T, what string, got *tensors.Tensor, want []float64) {
	t.Helper()
	off, largest := 0.0, 0.0
	for i, v := range tensors.MustCopyFlatData[float32](got) {
		off, largest = max(off, math.Abs(float64(v)-want[i])), max(largest, math.Abs(want[i]))
	}
	if !(off < 1e-5*largest) {
		t.Errorf("the %s is off by %.1e, the largest being %.1e", what, off, largest)
	}
}

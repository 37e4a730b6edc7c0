package architecture

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
)

// random returns a set with values for the parameters; variances are positive.
func random(r *rand.Rand, params []weights.Parameter) weights.Set {
	set := weights.Set{}
	for _, p := range params {
		data := make([]float32, weights.Size(p.Shape))
		for i := range data {
			data[i] = 0.5 + r.Float32()
			if len(p.Shape) > 1 {
				data[i] -= 1
			}
		}
		set[p.Name] = weights.Tensor{Shape: p.Shape, Data: data}
	}
	return set
}

// prepare returns the constants of a layer.
func prepare(l layer, set weights.Set) []Constant {
	all, err := (&Architecture{layers: []layer{l}}).Prepare(set)
	if err != nil {
		panic(err)
	}
	return all
}

// places returns the zeros above and left of the picture, and the size of the
// result.
func places(c *convolution, height, width int) (top, left, outHeight, outWidth int) {
	top, bottom := c.padding(height, c.kernel, c.stride)
	left, right := c.padding(width, c.kernel, c.stride)
	return top, left, (height+top+bottom-c.kernel)/c.stride + 1, (width+left+right-c.kernel)/c.stride + 1
}

// plain computes a convolution and its batch normalisation from their
// definitions, in float64, and with it the gradient of Σ y·v.
func plain(c *convolution, set weights.Set, x []float32, batch, height, width int, v []float32) (y, gradient []float64) {
	top, left, outHeight, outWidth := places(c, height, width)
	kernel := set[c.weight+".weight"].Data
	get := func(name string, o int) float64 { return float64(set[c.norm+"."+name].Data[o]) }
	perGroup := len(kernel) / (c.out * c.kernel * c.kernel)
	y, gradient = make([]float64, batch*outHeight*outWidth*c.out), make([]float64, len(x))
	for at := range y {
		o, column, row, image := at%c.out, at/c.out%outWidth, at/c.out/outWidth%outHeight, at/c.out/outWidth/outHeight
		factor := get("weight", o) / math.Sqrt(get("running_var", o)+c.epsilon)
		sum := 0.0
		for i := range perGroup {
			channel := o/(c.out*perGroup/c.in)*perGroup + i
			for tap := range c.kernel * c.kernel {
				r, s := row*c.stride-top+tap/c.kernel, column*c.stride-left+tap%c.kernel
				if r < 0 || r >= height || s < 0 || s >= width {
					continue
				}
				from := ((image*height+r)*width+s)*c.in + channel
				w := float64(kernel[(o*perGroup+i)*c.kernel*c.kernel+tap])
				sum += w * float64(x[from])
				gradient[from] += w * factor * float64(v[at])
			}
		}
		y[at] = (sum-get("running_mean", o))*factor + get("bias", o)
	}
	return y, gradient
}

func TestConvolution(t *testing.T) {
	xla := xlatest.Open(t)
	for name, kernels := range map[string]Kernels{"device": Device, "plain": Plain, "oneDNN": OneDNN} {
		t.Run("XLA as for "+name, func(t *testing.T) { testConvolution(t, xla, kernels) })
	}
	t.Run("pure Go", func(t *testing.T) { testConvolution(t, xlatest.PureGo(t), Plain) })
}

// testConvolution compares with the definition: XLA computes every graph, whoever
// it was made for.
func testConvolution(t *testing.T, backend compute.Backend, kernels Kernels) {
	r := rand.New(rand.NewPCG(1, 2))
	const batch, height, width = 2, 7, 10
	for _, c := range []*convolution{
		{in: 3, out: 5, padding: same, kernel: 3, stride: 2},
		{in: 4, out: 6, padding: same, kernel: 1, stride: 1},
		{in: 4, out: 6, padding: same, kernel: 1, stride: 2},
		{in: 6, out: 6, padding: same, kernel: 3, stride: 1, depthwise: true},
		{in: 6, out: 6, padding: same, kernel: 3, stride: 2, depthwise: true},
		{in: 6, out: 6, padding: same, kernel: 5, stride: 1, depthwise: true},
		{in: 6, out: 6, padding: same, kernel: 5, stride: 2, depthwise: true},
		{in: 6, out: 6, padding: half, kernel: 5, stride: 1, depthwise: true},
		{in: 6, out: 6, padding: half, kernel: 3, stride: 2, depthwise: true},
		{in: 6, out: 6, padding: half, kernel: 7, stride: 1, depthwise: true},
		{in: 6, out: 6, padding: zeros(0), kernel: 3, stride: 1, depthwise: true},
		{in: 3, out: 4, padding: zeros(0), kernel: 2, stride: 2},
		{in: 3, out: 4, padding: zeros(0), kernel: 4, stride: 4},
		{in: 3, out: 4, padding: zeros(0), kernel: 3, stride: 2},
		{in: 3, out: 4, padding: zeros(2), kernel: 7, stride: 4},
		{in: 3, out: 4, padding: zeros(1), kernel: 4, stride: 2},
		{in: 3, out: 4, padding: zeros(0), kernel: 2, stride: 1},
		{in: 3, out: 4, padding: zeros(0), kernel: 3, stride: 3},
		{in: 3, out: 4, padding: zeros(1), kernel: 3, stride: 3},
		{in: 3, out: 4, padding: zeros(0), kernel: 3, stride: 4},
		{in: 3, out: 4, padding: zeros(2), kernel: 5, stride: 1},
		{in: 20, out: 4, padding: zeros(0), kernel: 3, stride: 2},
		{in: 20, out: 4, padding: same, kernel: 3, stride: 2},
		{in: 20, out: 4, padding: zeros(2), kernel: 7, stride: 4},
		{in: 20, out: 4, padding: zeros(0), kernel: 3, stride: 4},
		{in: 12, out: 8, padding: half, kernel: 3, stride: 1, groups: 4},
		{in: 12, out: 8, padding: half, kernel: 3, stride: 2, groups: 4},
		{in: 12, out: 8, padding: zeros(1), kernel: 4, stride: 2, groups: 2},
		{in: 128, out: 256, padding: half, kernel: 3, stride: 2, groups: 32},
		{in: 256, out: 128, padding: same, kernel: 3, stride: 1, groups: 8},
		{in: 12, out: 24, padding: zeros(0), kernel: 1, stride: 1, groups: 3},
	} {
		t.Run(fmt.Sprintf("%d×%d stride %d depthwise %v groups %d", c.kernel, c.kernel, c.stride, c.depthwise, c.groups), func(t *testing.T) {
			c.weight, c.norm, c.epsilon = "conv", "norm", 1e-3
			set := random(r, c.parameters())
			x := make([]float32, batch*height*width*c.in)
			for i := range x {
				x[i] = r.Float32() - 0.5
			}
			_, _, outHeight, outWidth := places(c, height, width)
			v := make([]float32, batch*outHeight*outWidth*c.out)
			for i := range v {
				v[i] = r.Float32() - 0.5
			}
			wantY, wantGradient := plain(c, set, x, batch, height, width, v)
			exec, err := graph.NewExec(backend, func(x, v *graph.Node) (y, gradient *graph.Node) {
				values := &pass{nodes: map[string]*graph.Node{}, kernels: kernels}
				for _, p := range prepare(c, set) {
					values.nodes[p.Name] = graph.ConstTensor(x.Graph(), tensors.FromFlatDataAndDimensions(p.Data, p.Shape...))
				}
				y = c.apply(values, x)
				return y, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, v)), x)[0]
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			y, gradient, err := exec.Call2(
				tensors.FromFlatDataAndDimensions(x, batch, height, width, c.in),
				tensors.FromFlatDataAndDimensions(v, batch, outHeight, outWidth, c.out))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "value", tensors.MustCopyFlatData[float32](y), wantY)
			compare(t, "gradient", tensors.MustCopyFlatData[float32](gradient), wantGradient)
		})
	}
}

func compare(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Abs(float64(got[i])-want[i]) > 1e-5 {
			t.Fatalf("%s %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

func TestLinear(t *testing.T) {
	l := &linear{weight: "fc", in: 2, out: 3}
	set := weights.Set{
		"fc.weight": {Shape: []int{3, 2}, Data: []float32{1, 2, 3, 4, 5, 6}},
		"fc.bias":   {Shape: []int{3}, Data: []float32{10, 20, 30}},
	}
	got, err := graph.CallOnce(xlatest.Open(t), func(x *graph.Node) *graph.Node {
		values := &pass{nodes: map[string]*graph.Node{}}
		for _, p := range prepare(l, set) {
			values.nodes[p.Name] = graph.ConstTensor(x.Graph(), tensors.FromFlatDataAndDimensions(p.Data, p.Shape...))
		}
		return l.apply(values, x)
	}, [][]float32{{1, 1}, {1, -1}})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "value", tensors.MustCopyFlatData[float32](got), []float64{13, 27, 41, 9, 19, 29})
}

// TestSamePadding compares with examples of TensorFlow's documentation and with
// sizes of the networks.
func TestSamePadding(t *testing.T) {
	for _, c := range []struct{ size, kernel, stride, before, after, result int }{
		{224, 3, 2, 0, 1, 112},
		{112, 3, 1, 1, 1, 112},
		{56, 5, 2, 1, 2, 28},
		{13, 6, 5, 1, 2, 3},
		{65, 3, 2, 1, 1, 33},
		{4, 1, 2, 0, 0, 2},
	} {
		before, after := same(c.size, c.kernel, c.stride)
		result := (c.size+before+after-c.kernel)/c.stride + 1
		if before != c.before || after != c.after || result != c.result {
			t.Errorf("size %d, kernel %d, stride %d: padding %d, %d to %d, want %d, %d to %d",
				c.size, c.kernel, c.stride, before, after, result, c.before, c.after, c.result)
		}
	}
}

package onnx

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// checkSlope compares the gradient of the sum of a model's outputs with differences
// along a few directions.
func checkSlope(t *testing.T, m *Model, images []float32, batch int) {
	t.Helper()
	_, gradient := run(t, m, images, batch, true)
	for k := range 3 {
		const step = 1e-2
		up, down, want := slices.Clone(images), slices.Clone(images), 0.0
		for i := range images {
			d := math.Cos(float64(7*i*(k+1) + k))
			up[i] += float32(step * d)
			down[i] -= float32(step * d)
			want += d * float64(gradient[i])
		}
		a, _ := run(t, m, up, batch, false)
		b, _ := run(t, m, down, batch, false)
		got := 0.0
		for i := range a {
			got += float64(a[i]-b[i]) / (2 * step)
		}
		if math.Abs(got-want) > 1e-2*(1+math.Abs(got)) {
			t.Errorf("direction %d: the gradient gives %g, differences %g", k, want, got)
		}
	}
}

// dense ends a model with scores of a picture [batch, channels, side, side].
func dense(b *builder, x string, values int64) {
	x = b.add("Flatten", []string{x})
	b.add("MatMul", []string{x, b.weights("dense", random(int(values)*3), values, 3)})
}

// TestConvolutionGradients compares gradients of convolutions with differences: even
// and odd kernels, steps, dilations, groups, padding beyond the kernel.
func TestConvolutionGradients(t *testing.T) {
	for name, c := range map[string]struct {
		kernel, out, group, side int64
		attributes               []message
	}{
		"patches":          {kernel: 2, out: 4, group: 1, side: 4, attributes: []message{ints("strides", 2, 2)}},
		"even":             {kernel: 4, out: 4, group: 1, side: 5},
		"even, padded":     {kernel: 2, out: 4, group: 1, side: 10, attributes: []message{ints("pads", 2, 2, 1, 1)}},
		"depthwise":        {kernel: 3, out: 6, group: 3, side: 4, attributes: []message{ints("strides", 2, 2), ints("pads", 1, 1, 1, 1)}},
		"dilated":          {kernel: 2, out: 3, group: 3, side: 6, attributes: []message{ints("dilations", 2, 2)}},
		"a step too large": {kernel: 1, out: 3, group: 1, side: 3, attributes: []message{ints("strides", 3, 3)}},
	} {
		t.Run(name, func(t *testing.T) {
			b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
			kernel := b.weights("kernel", random(int(c.out*3/c.group*c.kernel*c.kernel)), c.out, 3/c.group, c.kernel, c.kernel)
			x := b.add("Conv", []string{"images", kernel}, append(c.attributes, integer("group", c.group))...)
			dense(b, x, c.out*c.side*c.side)
			m, err := Open(b.write(t), Options{})
			if err != nil {
				t.Fatal(err)
			}
			checkSlope(t, m, random(2*8*8*3), 2)
		})
	}
}

// TestHalvingConvolution is a kernel of 2×4 in steps of 2 into its padding: XLA once
// ended the process at its gradient.
func TestHalvingConvolution(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
	x := b.add("Conv", []string{"images", b.weights("kernel", random(2*3*2*4), 2, 3, 2, 4)}, ints("strides", 2, 2), ints("pads", 1, 1, 1, 0))
	dense(b, x, 2*5*3)
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	checkSlope(t, m, random(2*8*8*3), 2)
}

// TestDilatedMaxPool compares a pooling that skips values with plain loops, and its
// gradient with differences.
func TestDilatedMaxPool(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
	x := b.add("MaxPool", []string{"images"}, ints("kernel_shape", 3, 2), ints("dilations", 2, 3), ints("strides", 2, 1), ints("pads", 1, 0, 2, 0))
	b.add("Flatten", []string{x})
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	images := random(8 * 8 * 3)
	got, _ := run(t, m, images, 1, false)
	var want []float32
	for c := range 3 {
		for y := -1; y+4 < 10; y += 2 {
			for x := range 5 {
				most := float32(math.Inf(-1))
				for k := y; k <= y+4; k += 2 {
					if k >= 0 && k < 8 {
						most = max(most, images[(k*8+x)*3+c], images[(k*8+x+3)*3+c])
					}
				}
				want = append(want, most)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	checkSlope(t, m, images, 1)
}

// TestLargeWindows pools by windows of hundreds of values, which XLA has no pooling
// for, and compares with plain loops and the gradient with differences.
func TestLargeWindows(t *testing.T) {
	const side, kernel, dilation, out = 48, 20, 2, 10
	for _, op := range []string{"AveragePool", "LpPool"} {
		b := &builder{opset: 19, dims: []int64{-1, 3, side, side}}
		x := b.add(op, []string{"images"}, ints("kernel_shape", kernel, kernel), ints("dilations", dilation, dilation))
		dense(b, x, 3*out*out)
		m, err := Open(b.write(t), Options{})
		if err != nil {
			t.Fatal(err)
		}
		images := random(side * side * 3)
		got, _ := run(t, m, images, 1, false)
		want, weights := make([]float64, 3), random(3*out*out*3)
		for i := range 3 * out * out {
			sum := 0.0
			for k := range kernel * kernel {
				y, x := i/out%out+k/kernel*dilation, i%out+k%kernel*dilation
				v := float64(images[(y*side+x)*3+i/(out*out)])
				if op == "LpPool" {
					v *= v
				}
				sum += v
			}
			if sum /= kernel * kernel; op == "LpPool" {
				sum = kernel * math.Sqrt(sum)
			}
			for k := range want {
				want[k] += sum * float64(weights[3*i+k])
			}
		}
		for k := range want {
			if math.Abs(float64(got[k])-want[k]) > 1e-4*(1+math.Abs(want[k])) {
				t.Errorf("%s: score %d is %g, want %g", op, k, got[k], want[k])
			}
		}
		checkSlope(t, m, images, 1)
	}
}

// TestLongWindow is a maximum of 60 values of a line, eight apart. XLA once did not
// finish compiling the gradient of such a case of the standard's.
func TestLongWindow(t *testing.T) {
	const size, kernel, dilation, stride, pad, out = 1024, 60, 8, 5, 100, 151
	b := &builder{opset: 17, dims: []int64{-1, 3, 32, 32}}
	x := b.add("Reshape", []string{"images", b.integers("line", 0, 3, size)})
	x = b.add("MaxPool", []string{x}, ints("kernel_shape", kernel), ints("dilations", dilation), ints("strides", stride), ints("pads", pad, pad))
	b.add("Flatten", []string{x})
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	images := random(size * 3)
	got, gradient := run(t, m, images, 1, true)
	want, slope := make([]float32, 3*out), make([]float32, len(images))
	for i := range want {
		best := -1
		for k := range kernel {
			if at := i%out*stride + k*dilation - pad; at >= 0 && at < size && (best < 0 || images[at*3+i/out] > images[best]) {
				best = at*3 + i/out
			}
		}
		want[i] = images[best]
		slope[best]++
	}
	if !slices.Equal(got, want) || !slices.Equal(gradient, slope) {
		t.Errorf("%v and the gradient %v, want %v and %v", got, gradient, want, slope)
	}
}

// TestDynamicScale compares the steps of DynamicQuantizeLinear with float32 of Go, to
// the last bit: a step that is rounded otherwise moves ties.
func TestDynamicScale(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
	b.nodes = append(b.nodes, &node{op: "DynamicQuantizeLinear", inputs: []string{"images"}, outputs: []string{"q", "scale", "zero"}})
	x := b.add("DequantizeLinear", []string{"q", "scale", "zero"})
	b.add("Flatten", []string{x})
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 10 {
		images := random(8*8*3 + n)[n:]
		low, high := slices.Min(images), slices.Max(images)
		scale := (high - low) / 255
		zero := float32(math.RoundToEven(float64(-low / scale)))
		got, _ := run(t, m, images, 1, false)
		for i, v := range got {
			q := float32(math.RoundToEven(float64(images[i%64*3+i/64]/scale))) + zero
			if want := (min(max(q, 0), 255) - zero) * scale; v != want {
				t.Fatalf("images %d: value %d is %v, want %v", n, i, v, want)
			}
		}
	}
}

// TestWindowBeyond pools a picture by a window larger than it, which ceil_mode allows,
// as Hugging Face's EfficientNet does.
func TestWindowBeyond(t *testing.T) {
	for _, op := range []string{"AveragePool", "MaxPool"} {
		b := &builder{opset: 17, dims: []int64{-1, 3, 4, 4}}
		x := b.add(op, []string{"images"}, ints("kernel_shape", 2560, 2560), ints("strides", 2560, 2560), integer("ceil_mode", 1))
		b.add("Flatten", []string{x})
		m, err := Open(b.write(t), Options{})
		if err != nil {
			t.Fatal(err)
		}
		images := random(4 * 4 * 3)
		got, _ := run(t, m, images, 1, false)
		for c := range 3 {
			mean, most := 0.0, math.Inf(-1)
			for i := c; i < len(images); i += 3 {
				mean, most = mean+float64(images[i])/16, max(most, float64(images[i]))
			}
			want := map[string]float64{"AveragePool": mean, "MaxPool": most}[op]
			if math.Abs(float64(got[c])-want) > 1e-6 {
				t.Errorf("%s: channel %d is %g, want %g", op, c, got[c], want)
			}
		}
		checkSlope(t, m, images, 1)
	}
}

// TestOldNearest shrinks and enlarges a picture as versions 7 to 10 do: places are
// rounded up where the result is smaller, and down where it is larger.
func TestOldNearest(t *testing.T) {
	for name, c := range map[string]struct {
		opset int64
		op    string
		scale float32
		rows  []int
	}{
		"smaller": {10, "Resize", 0.6, []int{0, 2, 4, 5}}, "larger": {10, "Resize", 1.5, []int{0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7}}, "older": {9, "Upsample", 1.5, []int{0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			b := &builder{opset: c.opset, dims: []int64{-1, 3, 8, 8}}
			x := b.add(c.op, []string{"images", b.weights("scales", []float32{1, 1, c.scale, 1}, 4)}, text("mode", "nearest"))
			b.add("Flatten", []string{x})
			m, err := Open(b.write(t), Options{})
			if err != nil {
				t.Fatal(err)
			}
			images := random(8 * 8 * 3)
			got, _ := run(t, m, images, 1, false)
			var want []float32
			for channel := range 3 {
				for _, y := range c.rows {
					for x := range 8 {
						want = append(want, images[(y*8+x)*3+channel])
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

// TestOverloads tells functions of one name apart by their overload.
func TestOverloads(t *testing.T) {
	function := func(overload, op string) []byte {
		body := &node{op: op, inputs: []string{"x"}, outputs: []string{"y"}}
		opset := message{}.withInteger(2, 17).bytes()
		return message{}.with(functionName, []byte("f")).with(functionDomain, []byte("own")).with(functionOverload, []byte(overload)).
			with(functionInput, []byte("x")).with(functionOutput, []byte("y")).with(functionNode, body.bytes()).with(functionOpset, opset).bytes()
	}
	for overload, sign := range map[string]float32{"a": 1, "b": -1} {
		b := &builder{opset: 17, dims: []int64{-1, 3, 2, 2}}
		x := b.add("f", []string{b.add("Flatten", []string{"images"})})
		b.nodes[len(b.nodes)-1].domain, b.nodes[len(b.nodes)-1].overload = "own", overload
		b.add("Identity", []string{x})
		whole, err := parse(b.bytes())
		if err != nil {
			t.Fatal(err)
		}
		data := whole.with(modelFunctions, function("a", "Identity"), function("b", "Neg")).bytes()
		m, err := open(data, "", Options{})
		if err != nil {
			t.Fatal(err)
		}
		images := random(12)
		if got, _ := run(t, m, images, 1, false); got[0] != sign*images[0] {
			t.Errorf("overload %s gives %g for %g", overload, got[0], images[0])
		}
	}
}

// TestTies checks that equal values share the gradient of their maximum, and that
// the derivative of ReLU at 0 is 0, on a black picture.
func TestTies(t *testing.T) {
	black := make([]float32, 4*4*3)
	b := &builder{opset: 17, dims: []int64{-1, 3, 4, 4}}
	b.add("ReduceMax", []string{"images"}, ints("axes", 2, 3), integer("keepdims", 0))
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, gradient := run(t, m, black, 1, true)
	for i, g := range gradient {
		if g != 1./16 {
			t.Fatalf("gradient %d of 16 equal values is %g", i, g)
		}
	}
	b = &builder{opset: 17, dims: []int64{-1, 3, 4, 4}}
	dense(b, b.add("Relu", []string{"images"}), 48)
	if m, err = Open(b.write(t), Options{}); err != nil {
		t.Fatal(err)
	}
	_, gradient = run(t, m, black, 1, true)
	if slices.Max(gradient) != 0 || slices.Min(gradient) != 0 {
		t.Errorf("the derivative of ReLU at 0 is not 0")
	}
}

// TestReversedSlice swaps the colours of a picture and computes padding as
// PyTorch's exporter writes it, with steps of −1.
func TestReversedSlice(t *testing.T) {
	b := &builder{opset: 11, dims: []int64{-1, 3, 2, 2}}
	x := b.add("Slice", []string{"images", b.integers("from", -1), b.integers("to", math.MinInt64), b.integers("axis", 1), b.integers("step", -1)})
	pairs := b.add("Slice", []string{b.integers("pairs", 1, 0, 0, 0, 1, 0, 0, 0), "from", "to", b.integers("first", 0), "step"})
	x = b.add("Pad", []string{x, pairs})
	b.add("Flatten", []string{x})
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	images := random(12)
	got, _ := run(t, m, images, 1, true)
	// A column of zeros on both sides; the first channel is the last of the picture's.
	want := []float32{0, images[2], images[5], 0, 0, images[8], images[11], 0}
	if m.Classes != 3*2*4 || !slices.Equal(got[:8], want) {
		t.Errorf("outputs %v of %d, want %v", got[:8], m.Classes, want)
	}
	checkSlope(t, m, images, 1)
}

// TestOldSplit splits unevenly by an attribute.
func TestOldSplit(t *testing.T) {
	b := &builder{opset: 11, dims: []int64{-1, 3, 8, 8}}
	x := b.add("GlobalAveragePool", []string{"images"})
	x = b.add("Flatten", []string{x})
	b.nodes = append(b.nodes, &node{op: "Split", inputs: []string{x}, outputs: []string{"one", "two"}, attributes: []message{integer("axis", 1), ints("split", 1, 2)}})
	b.add("Mul", []string{"two", b.weights("w", []float32{2, 4}, 2)})
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	images := slices.Repeat([]float32{1, 2, 3}, 64)
	if got, _ := run(t, m, images, 1, false); m.Classes != 2 || math.Abs(float64(got[0]-4)) > 1e-5 || math.Abs(float64(got[1]-12)) > 1e-5 {
		t.Errorf("outputs %v, want 4 and 12", got)
	}
}

// TestSqueezeExcite runs a 1×1 convolution with a bias on a picture of one pixel,
// one image at a time: oneDNN once ended the process.
func TestSqueezeExcite(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{1, 3, 8, 8}}
	x := b.add("GlobalAveragePool", []string{"images"})
	x = b.add("Conv", []string{x, b.weights("k", random(256*3), 256, 3, 1, 1), b.weights("b", random(256), 256)})
	x = b.add("Relu", []string{x})
	x = b.add("Conv", []string{x, b.weights("k2", random(64*256), 64, 256, 1, 1), b.weights("b2", random(64), 64)})
	x = b.add("Sigmoid", []string{x})
	b.add("Flatten", []string{x})
	m, err := Open(b.write(t), Options{Output: Logits})
	if err != nil {
		t.Fatal(err)
	}
	images := random(2 * 8 * 8 * 3)
	both, _ := run(t, m, images, 2, false)
	one, _ := run(t, m, images[:8*8*3], 1, true)
	for k := range one {
		if math.Abs(float64(one[k]-both[k])) > 1e-5 {
			t.Fatalf("score %d is %g alone, %g with another", k, one[k], both[k])
		}
	}
}

// TestOutputs chooses among several outputs by shape or name.
func TestOutputs(t *testing.T) {
	model := func(second ...*node) []byte {
		b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
		pooled := b.add("Flatten", []string{b.add("GlobalAveragePool", []string{"images"})})
		b.nodes = append(b.nodes, &node{op: "ArgMax", inputs: []string{pooled}, outputs: []string{"label"}, attributes: []message{integer("axis", 1)}})
		b.nodes = append(b.nodes, second...)
		b.add("MatMul", []string{pooled, b.weights("w", random(15), 3, 5)})
		whole, err := parse(b.bytes())
		if err != nil {
			t.Fatal(err)
		}
		graph, err := whole.inner(modelGraph)
		if err != nil {
			t.Fatal(err)
		}
		outputs := graph.all(graphOutput)
		graph = graph.without(graphOutput).with(graphOutput, described("label", typeInt64, nil))
		for _, n := range second {
			graph = graph.with(graphOutput, described(n.outputs[0], typeFloat, nil))
		}
		return whole.without(modelGraph).with(modelGraph, graph.with(graphOutput, outputs...).bytes()).bytes()
	}
	m, err := open(model(), "", Options{})
	if err != nil || m.Classes != 5 {
		t.Fatalf("a label and scores: %v, error %v", m, err)
	}
	embedding := &node{op: "Flatten", inputs: []string{"GlobalAveragePool0"}, outputs: []string{"embedding"}}
	if _, err := open(model(embedding), "", Options{}); err == nil || !strings.Contains(err.Error(), "--output NAME") {
		t.Errorf("an embedding and scores: error %v", err)
	}
	if m, err := open(model(embedding), "", Options{Output: "MatMul4"}); err != nil || m.Classes != 5 {
		t.Errorf("scores by name: %v, error %v", m, err)
	}
}

// TestLayoutsOfONNXRuntime refuses ONNX Runtime's own layouts with advice.
func TestLayoutsOfONNXRuntime(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
	x := b.add("ReorderInput", []string{"images"})
	x = b.add("Conv", []string{x, b.weights("kernel", random(8*3*9), 8, 3, 3, 3)})
	x = b.add("ReorderOutput", []string{x})
	for _, n := range b.nodes {
		n.domain = "com.microsoft.nchwc"
	}
	b.add("Flatten", []string{x})
	const want = "com.microsoft.nchwc.Conv, com.microsoft.nchwc.ReorderInput, com.microsoft.nchwc.ReorderOutput; ONNX Runtime's optimiser wrote some of them: export it without optimisation level extended or all"
	if _, err := Open(b.write(t), Options{}); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v", err)
	}
}

// TestUnsupportedAttributes refuses what an operator does not know.
func TestUnsupportedAttributes(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
	b.add("Flatten", []string{b.add("Relu", []string{"images"}, integer("surprise", 1))})
	if _, err := Open(b.write(t), Options{}); err == nil || !strings.Contains(err.Error(), `attribute "surprise" is not supported`) {
		t.Errorf("error %v", err)
	}
}

package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/semrob/gonb-semrob/internal/enum"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// builder writes small models.
type builder struct {
	opset        int64
	dims         []int64
	nodes        []*node
	initializers []message
}

// open opens a model in memory.
func open(data []byte, folder string, options Options) (*Model, error) {
	return openFrom(source{folder: folder, file: bytes.NewReader(data)}, int64(len(data)), options)
}

// add appends a node with one output, named as the operator and its number.
func (b *builder) add(op string, inputs []string, attributes ...message) string {
	out := fmt.Sprintf("%s%d", op, len(b.nodes))
	b.nodes = append(b.nodes, &node{op: op, inputs: inputs, outputs: []string{out}, attributes: attributes})
	return out
}

// weights appends a float32 initializer.
func (b *builder) weights(name string, values []float32, dims ...int64) string {
	t := message{}.withInteger(tensorType, typeFloat).with(tensorName, []byte(name))
	for _, d := range dims {
		t = t.withInteger(tensorDims, d)
	}
	var raw []byte
	for _, v := range values {
		raw = protowire.AppendFixed32(raw, math.Float32bits(v))
	}
	b.initializers = append(b.initializers, t.with(tensorRaw, raw))
	return name
}

// integers appends an int64 initializer.
func (b *builder) integers(name string, values ...int64) string {
	b.initializers = append(b.initializers, integerTensor(name, values))
	return name
}

// write writes the model with the last node's output to a file.
func (b *builder) write(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, b.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (b *builder) bytes() []byte {
	graph := message{}.with(graphInput, described("images", typeFloat, b.dims))
	for _, n := range b.nodes {
		graph = graph.with(graphNode, n.bytes())
	}
	for _, i := range b.initializers {
		graph = graph.with(graphInitializer, i.bytes())
	}
	graph = graph.with(graphOutput, described(b.nodes[len(b.nodes)-1].outputs[0], typeFloat, []int64{-1, -1}))
	opset := message{}.withInteger(2, b.opset)
	return message{}.withInteger(1, 8).with(modelGraph, graph.bytes()).with(modelOpset, opset.bytes()).bytes()
}

func integer(name string, v int64) message {
	n := &node{}
	n.setInteger(name, v)
	return n.attributes[0]
}

func ints(name string, v ...int64) message {
	n := &node{}
	n.setInts(name, v)
	return n.attributes[0]
}

func float(name string, v float32) message {
	a := message{}.with(attributeName, []byte(name)).withInteger(attributeType, 1)
	return append(a, field{number: attributeFloat, kind: protowire.Fixed32Type, word: uint64(math.Float32bits(v))})
}

func text(name, v string) message {
	return message{}.with(attributeName, []byte(name)).with(attributeText, []byte(v)).withInteger(attributeType, 3)
}

func random(n int) []float32 {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

// run computes a model on images [batch, S, S, 3], and, if wanted, the gradient of
// the sum of its outputs.
func run(t testing.TB, m *Model, images []float32, batch int, withGradient bool) (outputs, gradient []float32) {
	t.Helper()
	exec, err := graph.NewExec(xlatest.Open(t), func(images *graph.Node) []*graph.Node {
		constants := map[string]*graph.Node{}
		for _, c := range m.Constants {
			constants[c.Name] = graph.Reshape(graph.Const(images.Graph(), c.Data), c.Shape.Dimensions...)
		}
		out := m.Graph(constants, images)
		out.AssertDims(batch, m.Classes)
		if !withGradient {
			return []*graph.Node{out}
		}
		return []*graph.Node{out, graph.Gradient(graph.ReduceAllSum(out), images)[0]}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	results, err := exec.Call(tensors.FromFlatDataAndDimensions(images, batch, m.InputSize, m.InputSize, 3))
	if err != nil {
		t.Fatal(err)
	}
	outputs = tensors.MustCopyFlatData[float32](results[0])
	if withGradient {
		gradient = tensors.MustCopyFlatData[float32](results[1])
	}
	return outputs, gradient
}

// at is a tensor [batch, channels, S, S] for plain loops.
type at struct {
	n, c, s int
	v       []float64
}

func empty(n, c, s int) at { return at{n, c, s, make([]float64, n*c*s*s)} }

func (a at) i(n, c, y, x int) int { return ((n*a.c+c)*a.s+y)*a.s + x }

func (a at) get(n, c, y, x int) (float64, bool) {
	if y < 0 || x < 0 || y >= a.s || x >= a.s {
		return 0, false
	}
	return a.v[a.i(n, c, y, x)], true
}

// mapped applies f to every place.
func (a at) mapped(c, s int, f func(n, c, y, x int) float64) at {
	b := empty(a.n, c, s)
	for n := range a.n {
		for c := range c {
			for y := range s {
				for x := range s {
					b.v[b.i(n, c, y, x)] = f(n, c, y, x)
				}
			}
		}
	}
	return b
}

// TestOldModel compares a model of version 9 for one image, with everything
// that old versions of the standard say otherwise or not at all, with plain
// loops, and its gradient with finite differences of them.
func TestOldModel(t *testing.T) {
	const size, channels, classes = 8, 5, 4
	kernel, dense := random(channels*3*9), random(classes*channels*2*2)
	b := &builder{opset: 9, dims: []int64{1, 3, size, size}}
	// stride 2 and SAME_UPPER: the padding depends on the size
	x := b.add("Conv", []string{"images", b.weights("kernel", kernel, channels, 3, 3, 3)}, ints("strides", 2, 2), text("auto_pad", "SAME_UPPER"))
	x = b.add("BatchNormalization", []string{x, b.weights("s", []float32{1, 2, 1, .5, 1}, 5), b.weights("b", []float32{0, .1, 0, 0, .3}, 5), b.weights("m", []float32{.1, 0, 0, 0, .2}, 5), b.weights("v", []float32{1, 4, 1, 1, 1}, 5)}, float("momentum", .5), float("epsilon", 0))
	x = b.add("LRN", []string{x}, integer("size", 3), float("alpha", .5), float("beta", .75), float("bias", 2))
	x = b.add("Clip", []string{x}, float("min", -.3), float("max", .4))                                                          // attributes, not inputs
	x = b.add("AveragePool", []string{x}, ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1), integer("count_include_pad", 1)) // strides 1
	x = b.add("MaxPool", []string{x}, ints("kernel_shape", 3, 3), ints("strides", 2, 2), ints("dilations", 1, 1), integer("ceil_mode", 1))
	x = b.add("LeakyRelu", []string{x}, float("alpha", .1))
	x = b.add("Sum", []string{x, x, x})
	x = b.add("Dropout", []string{x}, float("ratio", .5))
	x = b.add("HardSigmoid", []string{x})
	x = b.add("Reshape", []string{x, b.integers("shape", 1, channels*2*2)}) // for one image
	x = b.add("Gemm", []string{x, b.weights("dense", dense, classes, channels*2*2)}, integer("transB", 1))
	b.add("Softmax", []string{x})

	plain := func(images []float64, batch int) []float64 {
		a := empty(batch, 3, size)
		a = a.mapped(3, size, func(n, c, y, x int) float64 { return images[((n*size+y)*size+x)*3+c] })
		a = a.mapped(channels, size/2, func(n, o, y, x int) (sum float64) {
			for c := range 3 {
				for i := range 3 {
					for j := range 3 { // 1 is added in all, at the end
						v, _ := a.get(n, c, 2*y+i, 2*x+j)
						sum += v * float64(kernel[((o*3+c)*3+i)*3+j])
					}
				}
			}
			return sum
		})
		s, bias, m, v := []float64{1, 2, 1, .5, 1}, []float64{0, .1, 0, 0, .3}, []float64{.1, 0, 0, 0, .2}, []float64{1, 4, 1, 1, 1}
		a = a.mapped(channels, a.s, func(n, c, y, x int) float64 {
			return (a.v[a.i(n, c, y, x)]-m[c])/math.Sqrt(v[c])*s[c] + bias[c]
		})
		a = a.mapped(channels, a.s, func(n, c, y, x int) float64 {
			sum := 0.0
			for k := max(0, c-1); k <= min(channels-1, c+1); k++ {
				sum += a.v[a.i(n, k, y, x)] * a.v[a.i(n, k, y, x)]
			}
			return a.v[a.i(n, c, y, x)] / math.Pow(2+.5/3*sum, .75)
		})
		a = a.mapped(channels, a.s, func(n, c, y, x int) float64 { return min(max(a.v[a.i(n, c, y, x)], -.3), .4) })
		a = a.mapped(channels, a.s, func(n, c, y, x int) (sum float64) {
			for i := range 9 {
				v, _ := a.get(n, c, y+i/3-1, x+i%3-1)
				sum += v / 9
			}
			return sum
		})
		a = a.mapped(channels, 2, func(n, c, y, x int) float64 {
			best := math.Inf(-1)
			for i := range 9 {
				if v, ok := a.get(n, c, 2*y+i/3, 2*x+i%3); ok {
					best = max(best, v)
				}
			}
			return best
		})
		a = a.mapped(channels, 2, func(n, c, y, x int) float64 {
			v := a.v[a.i(n, c, y, x)]
			v = 3 * max(v, .1*v)
			return min(max(.2*v+.5, 0), 1)
		})
		out := make([]float64, batch*classes)
		for n := range batch {
			for k := range classes {
				for i := range channels * 4 {
					out[n*classes+k] += a.v[n*channels*4+i] * float64(dense[k*channels*4+i])
				}
			}
		}
		return out
	}

	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.InputSize != size || m.Classes != classes || m.piece != 0 || m.Output != Logits {
		t.Errorf("%d px, %d classes, pieces of %d, output %s", m.InputSize, m.Classes, m.piece, m.Output)
	}
	const batch = 3 // though the file says 1
	images := random(batch * size * size * 3)
	wide := make([]float64, len(images))
	for i, v := range images {
		wide[i] = float64(v)
	}
	got, gradient := run(t, m, images, batch, true)
	for i, want := range plain(wide, batch) {
		if math.Abs(float64(got[i])-want) > 1e-4 {
			t.Errorf("output %d is %g, want %g", i, got[i], want)
		}
	}
	sum := func() (s float64) {
		for _, v := range plain(wide, batch) {
			s += v
		}
		return s
	}
	for i := 0; i < len(wide); i += 17 {
		const step = 1e-6
		before := wide[i]
		wide[i] = before + step
		up := sum()
		wide[i] = before - step
		down := sum()
		wide[i] = before
		if want := (up - down) / (2 * step); math.Abs(float64(gradient[i])-want) > 1e-3 {
			t.Errorf("gradient %d is %g, finite differences give %g", i, gradient[i], want)
		}
	}
}

// TestBatchOfOne runs a model that cannot take several images, one by one.
func TestBatchOfOne(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{1, 4, 4, 3}} // NHWC
	x := b.add("Reshape", []string{"images", b.integers("flat", 48)})
	x = b.add("MatMul", []string{x, b.weights("dense", random(48*2), 48, 2)})
	x = b.add("Unsqueeze", []string{x, b.integers("axis", 0)})
	b.add("Softmax", []string{x}, integer("axis", 1))
	m, err := Open(b.write(t), Options{Output: "probabilities"})
	if err != nil {
		t.Fatal(err)
	}
	if m.piece != 1 || m.Classes != 2 || m.Output != Probabilities {
		t.Errorf("pieces of %d, %d classes, output %s", m.piece, m.Classes, m.Output)
	}
	images := random(3 * 48)
	together, _ := run(t, m, images, 3, false)
	for i := range 3 {
		alone, _ := run(t, m, images[i*48:(i+1)*48], 1, false)
		d := random(48 * 2)
		var scores [2]float64
		for k, v := range images[i*48 : (i+1)*48] {
			scores[0] += float64(v * d[2*k])
			scores[1] += float64(v * d[2*k+1])
		}
		want := 1 / (1 + math.Exp(scores[1]-scores[0]))
		if math.Abs(float64(alone[0])-want) > 1e-5 || math.Abs(float64(together[2*i])-want) > 1e-5 {
			t.Errorf("image %d: %g alone, %g among others, want %g", i, alone[0], together[2*i], want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	model := func(dims []int64, opset int64, ops ...string) []byte {
		b := &builder{opset: opset, dims: dims}
		x := "images"
		for _, op := range ops {
			x = b.add(op, []string{x})
		}
		return b.bytes()
	}
	any224 := []int64{-1, 3, 224, 224}
	for what, c := range map[string]struct {
		file    []byte
		options Options
		want    string
	}{
		"operators":   {model(any224, 17, "GridSample", "Relu", "Bernoulli", "GridSample", "Flatten"), Options{}, "it uses unsupported operators: Bernoulli, GridSample (2 times); export"},
		"old":         {model(any224, 6, "Flatten"), Options{}, "version 6, the oldest supported is 7"},
		"any size":    {model([]int64{-1, 3, -1, -1}, 17, "Flatten"), Options{}, "give an input size, such as 224"},
		"other size":  {model(any224, 17, "Flatten"), Options{InputSize: 100}, "224 pixels a side, not the input size 100"},
		"not square":  {model([]int64{-1, 3, 224, 100}, 17, "Flatten"), Options{}, "224×100"},
		"grey":        {model([]int64{-1, 1, 28, 28}, 17, "Flatten"), Options{Layout: "nchw"}, "3 channels, not 1"},
		"no layout":   {model([]int64{-1, 3, 3, 3}, 17, "Flatten"), Options{}, "give the layout, nchw or nhwc"},
		"sigmoid":     {model(any224, 17, "Flatten", "Sigmoid"), Options{}, "ends in a sigmoid"},
		"two axes":    {model([]int64{-1, 3}, 17, "Flatten"), Options{}, "has 2 axes, but images have 4"},
		"huge":        {model([]int64{-1, 3, 1 << 31, 1 << 31}, 17, "Flatten"), Options{}, "2147483648 pixels a side"},
		"a picture":   {model(any224, 17, "Relu"), Options{}, "it returns [2 3 224 224]: a classifier returns"},
		"empty":       {nil, Options{}, "not an ONNX model"},
		"no protobuf": {[]byte("no model"), Options{}, "not an ONNX model"},
		"no inputs":   {message{}.with(modelGraph, message{}.with(graphNode, (&node{op: "Relu", outputs: []string{"y"}}).bytes()).bytes()).with(modelOpset, message{}.withInteger(2, 17).bytes()).bytes(), Options{}, "it has no output"},
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model.onnx")
			if err := os.WriteFile(path, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Open(path, c.options); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	if _, err := Open("missing.onnx", Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: error %v", err)
	}
	for name, options := range map[string]Options{"chwn": {Layout: "chwn"}, "scores": {Output: "scores"}} {
		var unknown *enum.UnknownError
		path := (&builder{opset: 17, dims: any224, nodes: []*node{{op: "Flatten", inputs: []string{"images"}, outputs: []string{"y"}}}}).write(t)
		if _, err := Open(path, options); !errors.As(err, &unknown) || unknown.Name != name {
			t.Errorf("%+v: error %v", options, err)
		}
	}
}

// TestFingerprint opens one model with options that each change its outputs: no
// two may share a fingerprint.
func TestFingerprint(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, -1, -1, -1}}
	x := b.add("GlobalMaxPool", []string{"images"})
	b.add("Softmax", []string{b.add("Flatten", []string{x})})
	path := b.write(t)
	seen := map[string]Options{}
	for _, options := range []Options{
		{Layout: NCHW, InputSize: 3}, {Layout: NHWC, InputSize: 3}, {Layout: NCHW, InputSize: 4},
		{Layout: NCHW, InputSize: 3, Output: Logits}, {Layout: NCHW, InputSize: 3, Output: Probabilities},
	} {
		m, err := Open(path, options)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[m.Fingerprint]; ok {
			t.Errorf("%+v and %+v have the same fingerprint", options, other)
		}
		seen[m.Fingerprint] = options
	}
	m, err := Open(path, Options{Layout: "NCHW", InputSize: 3})
	if err != nil || seen[m.Fingerprint] != (Options{Layout: NCHW, InputSize: 3}) {
		t.Errorf("another spelling of a layout has another fingerprint, error %v", err)
	}
}

// TestCastAtTheEnd opens a model whose nodes are not in order, as ONNX Runtime's
// converter to float16 writes them.
func TestCastAtTheEnd(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
	b.nodes = []*node{
		{op: "Flatten", inputs: []string{"abs"}, outputs: []string{"flat"}},
		{op: "Abs", inputs: []string{"negative"}, outputs: []string{"abs"}},
		{op: "Neg", inputs: []string{"images"}, outputs: []string{"negative"}},
		{op: "MatMul", inputs: []string{"flat", b.weights("dense", slices.Repeat([]float32{1, 0}, 3*8*8), 3*8*8, 2)}, outputs: []string{"scores"}},
	}
	m, err := Open(b.write(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	images, sum := random(8*8*3), 0.0
	for _, v := range images {
		sum += math.Abs(float64(v))
	}
	got, _ := run(t, m, images, 1, false)
	if math.Abs(float64(got[0])-sum) > 1e-3 || got[1] != 0 {
		t.Errorf("scores %v, want %g and 0", got, sum)
	}
}

// TestOrderOfNodes refuses nodes that depend on each other, which must not loop
// for ever, and one with a missing input.
func TestOrderOfNodes(t *testing.T) {
	for want, nodes := range map[string][]*node{
		`uses "b"`: {{op: "Add", inputs: []string{"images", "b"}, outputs: []string{"a"}}, {op: "Relu", inputs: []string{"a"}, outputs: []string{"b"}}},
		`uses "x"`: {{op: "Relu", inputs: []string{"x"}, outputs: []string{"y"}}},
		`uses "y"`: {{op: "If", inputs: []string{"images"}, outputs: []string{"y"}, attributes: []message{branch("y")}}},
	} {
		t.Run(want, func(t *testing.T) {
			b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}, nodes: nodes}
			if _, err := Open(b.write(t), Options{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		})
	}
}

// branch is an attribute of If with a graph that takes a value from outside.
func branch(of string) message {
	inner := message{}.with(graphNode, (&node{op: "Relu", inputs: []string{of}, outputs: []string{"z"}}).bytes())
	return message{}.with(attributeName, []byte("then_branch")).with(attributeGraph, inner.bytes())
}

// TestWeightsInFiles opens a model whose weights lie in another file: they are
// part of its fingerprint, and come from its own folder only.
func TestWeightsInFiles(t *testing.T) {
	parent := t.TempDir()
	folder := filepath.Join(parent, "model")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	values := random(192 * 5)
	write := func(values []float32) {
		t.Helper()
		var raw []byte
		for _, v := range values {
			raw = protowire.AppendFixed32(raw, math.Float32bits(v))
		}
		for _, path := range []string{filepath.Join(folder, "w.data"), filepath.Join(parent, "w.data")} {
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	open := func(location string) (*Model, error) {
		t.Helper()
		b := &builder{opset: 17, dims: []int64{-1, 3, 8, 8}}
		entry := message{}.with(1, []byte("location")).with(2, []byte(location))
		b.initializers = append(b.initializers, message{}.withInteger(tensorDims, 192).withInteger(tensorDims, 5).withInteger(tensorType, typeFloat).
			with(tensorName, []byte("w")).with(tensorExternal, entry.bytes()).withInteger(tensorLocation, external))
		b.add("MatMul", []string{b.add("Flatten", []string{"images"}), "w"})
		path := filepath.Join(folder, "model.onnx")
		if err := os.WriteFile(path, b.bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return Open(path, Options{})
	}
	write(values)
	m, err := open("w.data")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Constants[0].Data.([]float32); !slices.Equal(got, values) {
		t.Errorf("weights %v, want %v", got[:3], values[:3])
	}
	values[7]++
	write(values)
	if changed, err := open("w.data"); err != nil || changed.Fingerprint == m.Fingerprint {
		t.Errorf("other weights have the same fingerprint (error %v)", err)
	}
	if err := os.Symlink("../w.data", filepath.Join(folder, "link.data")); err != nil {
		t.Fatal(err)
	}
	for _, location := range []string{"../w.data", filepath.Join(parent, "w.data"), "link.data", "gone.data", "."} {
		if _, err := open(location); err == nil || !strings.Contains(err.Error(), "its weights are in the file") {
			t.Errorf("%s: error %v", location, err)
		}
	}
}

// TestSizeByOption gives a model that takes any size one.
func TestSizeByOption(t *testing.T) {
	b := &builder{opset: 17, dims: []int64{-1, -1, -1, 3}}
	x := b.add("Transpose", []string{"images"}, ints("perm", 0, 3, 1, 2))
	x = b.add("GlobalMaxPool", []string{x})
	b.add("Flatten", []string{x})
	m, err := Open(b.write(t), Options{InputSize: 6})
	if err != nil {
		t.Fatal(err)
	}
	images := random(2 * 6 * 6 * 3)
	got, _ := run(t, m, images, 2, false)
	for i := range 2 {
		for c := range 3 {
			best := float32(math.Inf(-1))
			for p := range 36 {
				best = max(best, images[(i*36+p)*3+c])
			}
			if got[i*3+c] != best {
				t.Errorf("image %d, channel %d: %g, want %g", i, c, got[i*3+c], best)
			}
		}
	}
	if m.Constants != nil {
		t.Errorf("weights %v", shapes.Make(dtypes.Float32))
	}
}

// FuzzRead finds files that make the reader panic.
func FuzzRead(f *testing.F) {
	b := &builder{opset: 9, dims: []int64{1, 3, 8, 8}}
	x := b.add("Conv", []string{"images", b.weights("kernel", random(4*27), 4, 3, 3, 3)}, ints("strides", 2, 2), text("auto_pad", "SAME_UPPER"))
	b.add("Clip", []string{x}, float("min", -.3))
	f.Add(b.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := read(data)
		if err != nil {
			return
		}
		if len(m.dims) != 4 || m.input == "" && len(m.nodes) > 0 && m.opset < oldest {
			t.Errorf("read dimensions %v of input %q", m.dims, m.input)
		}
	})
}

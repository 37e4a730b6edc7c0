package architecture

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network/internal/reference"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// small are the members of families that benchmarks/networks/families.py builds with
// timm: every option of a family, few blocks.
var small = map[string]interface{ architecture() *Architecture }{
	"resnet-d":    resNetScale{blocks: [4]int{2, 1}, stem: deepStem, pooled: true},
	"seresnext-t": resNetScale{blocks: [4]int{2, 1}, bottleneck: true, groups: 32, base: 4, stem: tieredStem, pooled: true, squeeze: true},
}

// TestSmall compares logits and the gradient with respect to the images with timm's,
// for each library's graph.
func TestSmall(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) != len(small) {
		t.Fatalf("%d golden files for %d networks (error %v)", len(files), len(small), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		f, err := reference.Read(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) { compareSmall(t, small[name].architecture(), f) })
	}
}

func compareSmall(t *testing.T, a *Architecture, f reference.File) {
	set := reference.Weights(f.Params)
	a.FitClasses(set)
	constants, err := a.Prepare(set)
	if err != nil {
		t.Fatal(err)
	}
	backend := xlatest.Open(t)
	for kernels, library := range map[Kernels]string{KernelsOf(backend): "this machine's", Plain: "plain"} {
		exec, err := graph.NewExec(backend, func(inputs []*graph.Node) (logits, gradient *graph.Node) {
			p, images := &pass{nodes: map[string]*graph.Node{}, kernels: kernels}, inputs[0]
			for i, c := range constants { // not in the graph, which would take long to compile
				p.nodes[c.Name] = inputs[1+i]
			}
			logits = a.forward(p, images)
			picked := graph.Slice(logits, graph.AxisRange(), graph.AxisElem(reference.Logit))
			return logits, graph.Gradient(graph.ReduceAllSum(picked), images)[0]
		})
		if err != nil {
			t.Fatal(err)
		}
		inputs := []any{tensors.FromFlatDataAndDimensions(reference.Input(f.InputSize), reference.Images, f.InputSize, f.InputSize, 3)}
		for _, c := range constants {
			inputs = append(inputs, tensors.FromFlatDataAndDimensions(c.Data, c.Shape...))
		}
		logits, gradient, err := exec.Call2(inputs...)
		exec.Finalize()
		if err != nil {
			t.Fatal(err)
		}
		got, classes := tensors.MustCopyFlatData[float32](logits), len(f.Logits[0])
		first := relative(got[:classes], f.Logits[0], nil)
		second := relative(got[classes:], f.Logits[1], nil)
		pulled := relative(tensors.MustCopyFlatData[float32](gradient), f.GradValue, func(i int) int {
			return reference.NHWC(f.GradIndex[i], f.InputSize)
		})
		t.Logf("%s kernels: relative errors of logits %.2g, of the gradient %.2g", library, max(first, second), pulled)
		if !(max(first, second) < 1e-4 && pulled < 1e-3) {
			t.Errorf("%s kernels: logits are off by %.2g and %.2g, the gradient by %.2g", library, first, second, pulled)
		}
	}
}

// relative returns the largest difference of values, by the largest of want. at is the
// position of want[i] in got; nil means i.
func relative(got []float32, want []float64, at func(i int) int) float64 {
	off, largest := 0.0, 0.0
	for i, w := range want {
		from := i
		if at != nil {
			from = at(i)
		}
		off, largest = max(off, math.Abs(float64(got[from])-w)), max(largest, math.Abs(w))
	}
	return off / largest
}

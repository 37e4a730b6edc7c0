package network_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/internal/xlatest"
)

// mean is a network of the mean colour: probabilities (m, 1 − m) or their
// logarithms, m scaled by a constant.
func mean(output network.Output, scale float32) network.Definition {
	return network.Definition{
		Name: "mean", InputSize: 4, Labels: []string{"light", "dark"}, Output: output,
		Constants: []network.Constant{{Name: "scale", Shape: shapes.Make(dtypes.Float32), Data: []float32{scale}}},
		Graph: func(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
			m := graph.Mul(constants["scale"], graph.InsertAxes(graph.ReduceMean(images, 1, 2, 3), -1))
			p := graph.Concatenate([]*graph.Node{m, graph.OneMinus(m)}, 1)
			if output != network.Probabilities {
				p = graph.Log(p)
			}
			return p
		},
	}
}

// TestDefine compares a user-defined network and its gradient with the formula,
// for both kinds of output.
func TestDefine(t *testing.T) {
	images := make([]float32, 2*4*4*3)
	for i := range images {
		images[i] = 0.25 + 0.5*float32(i/48)
	}
	backend := xlatest.Open(t)
	for _, output := range []network.Output{network.Logits, network.Probabilities} {
		n, err := network.Define(mean(output, 0.8))
		if err != nil {
			t.Fatal(err)
		}
		c, err := n.Compile(backend, network.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Probabilities(t.Context(), images, 2)
		if err != nil {
			t.Fatal(err)
		}
		logits, err := c.Logits(t.Context(), images, 2)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []float64{0.2, 0.8, 0.6, 0.4} {
			if math.Abs(float64(p[i])-want) > 1e-6 || math.Abs(float64(logits[i])-math.Log(want)) > 1e-5 {
				t.Errorf("output %s, value %d: probability %g, logit %g, want %g and its logarithm", output, i, p[i], logits[i], want)
			}
		}
		placed, err := n.Place(backend)
		if err != nil {
			t.Fatal(err)
		}
		exec, err := graph.NewExec(backend, func(images *graph.Node) *graph.Node {
			light := graph.Slice(placed.Probabilities(images, network.Standard), graph.AxisRange(), graph.AxisElem(0))
			return graph.Gradient(graph.ReduceAllSum(light), images)[0]
		})
		if err != nil {
			t.Fatal(err)
		}
		exec.SetSideParamsHook(placed.Feed)
		results, err := exec.Call(tensors.FromFlatDataAndDimensions(images, 2, 4, 4, 3))
		if err != nil {
			t.Fatal(err)
		}
		if g := tensors.MustCopyFlatData[float32](results[0]); math.Abs(float64(g[7])-0.8/48) > 1e-6 {
			t.Errorf("output %s: gradient %g, want %g", output, g[7], 0.8/48)
		}
	}
}

// TestDefinedFingerprint changes everything that decides a defined network's
// outputs: results kept under the old fingerprint must not be found.
func TestDefinedFingerprint(t *testing.T) {
	fingerprint := func(d network.Definition) string {
		t.Helper()
		n, err := network.Define(d)
		if err != nil {
			t.Fatal(err)
		}
		return n.Fingerprint()
	}
	usual := fingerprint(mean(network.Logits, 0.8))
	if usual != fingerprint(mean("", 0.8)) || usual != fingerprint(mean(network.Logits, 0.8)) {
		t.Error("the same definition has another fingerprint")
	}
	for what, change := range map[string]func(*network.Definition){
		"name":        func(d *network.Definition) { d.Name = "other" },
		"input size":  func(d *network.Definition) { d.InputSize = 8 },
		"class count": func(d *network.Definition) { d.Labels = append(d.Labels, "none") },
		"mean":        func(d *network.Definition) { d.Mean[1] = 0.5 },
		"std":         func(d *network.Definition) { d.Std = [3]float64{1, 1, 0.5} },
		"output":      func(d *network.Definition) { d.Output = network.Probabilities },
		"revision":    func(d *network.Definition) { d.Revision = "2" },
		"constant":    func(d *network.Definition) { d.Constants[0].Data = []float32{0.7} },
	} {
		t.Run(what, func(t *testing.T) {
			d := mean(network.Logits, 0.8)
			change(&d)
			if fingerprint(d) == usual {
				t.Errorf("another %s has the same fingerprint", what)
			}
		})
	}
}

func TestDefineRefuses(t *testing.T) {
	for part, change := range map[string]func(*network.Definition){
		"no name":   func(d *network.Definition) { d.Name = "" },
		"no Graph":  func(d *network.Definition) { d.Graph = nil },
		"size":      func(d *network.Definition) { d.InputSize = 0 },
		"no labels": func(d *network.Definition) { d.Labels = nil },
		"positive":  func(d *network.Definition) { d.Std[0] = -1 },
		"output":    func(d *network.Definition) { d.Output = "scores" },
	} {
		t.Run(part, func(t *testing.T) {
			d := mean(network.Logits, 1)
			change(&d)
			if _, err := network.Define(d); err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestRegister(t *testing.T) {
	network.Register("My_Mean", func() (*network.Network, error) { return network.Define(mean(network.Logits, 1)) })
	n, err := network.Open("my-mean")
	if err != nil || n.Name != "mean" || network.Names()[0] != "my-mean" || !network.OnDisk("my-mean") {
		t.Errorf("error %v, names %v", err, network.Names())
	}
}

package semrob_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/pythontest"
	"github.com/semrob/gonb-semrob/semrob"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/network/architecture"
	"github.com/semrob/gonb-semrob/semrob/network/python"
	"github.com/semrob/gonb-semrob/semrob/network/weights"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// inPython sets the interpreter of a test and writes a file, whose network's name it
// returns.
func inPython(t testing.TB, interpreter, code string) string {
	t.Helper()
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	python.SetDefaults(python.Options{Interpreter: interpreter, Limit: 2 * time.Minute, Say: func(string) {}})
	t.Cleanup(func() { python.SetDefaults(python.Options{}) })
	file := filepath.Join(t.TempDir(), "net.py")
	if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	return "python:" + file
}

// lightPython is the closed form of light.
const lightPython = `
import numpy as np
input_size = 32
labels = ["dark", "bright"]
def predict(images):
    light = images.mean(axis=(1, 2, 3))
    return 40 * np.stack([0.05 - light, light - 0.05], axis=1)
`

const lightGradient = `
def gradient(images, weights):
    each = 40 * (weights[:, 1] - weights[:, 0]) / images[0].size
    return np.broadcast_to(each[:, None, None, None], images.shape)
`

// TestPythonObjective compares f of a network in Python, and its gradient, with the
// closed form on the pictures, and with differences.
func TestPythonObjective(t *testing.T) {
	lab := newLab(t)
	defer lab.Close()
	s := semrob.Subject{Mesh: "teapot", Class: "bright", Network: inPython(t, pythontest.NumPy(t), lightPython+lightGradient)}
	f, err := lab.Objective(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Release()
	points := [][]float64{{10, 20}, {130, 30}, {250, 60}}
	values, gradients := make([]float64, 3), make([][]float64, 3)
	for i := range gradients {
		gradients[i] = make([]float64, 2)
	}
	if _, white := objective.White(f.Objective); !white {
		t.Fatal("the network has no gradient")
	}
	if err := f.Objective.Gradient(t.Context(), points, values, gradients); err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		scene, err := f.Objective.Scene(p)
		if err != nil {
			t.Fatal(err)
		}
		picture := make([]float32, f.Objective.Renderer.ImageLen())
		if err := f.Objective.Renderer.Render(t.Context(), []render.Scene{scene}, picture); err != nil {
			t.Fatal(err)
		}
		light := 0.0
		for _, v := range picture {
			light += float64(v) / float64(len(picture))
		}
		if want := 1 / (1 + math.Exp(80*(0.05-light))); math.Abs(values[i]-want) > 1e-5 {
			t.Errorf("f%v is %g, want %g", p, values[i], want)
		}
	}
	again := make([]float64, 3)
	if err := f.Objective.Evaluate(t.Context(), points, again); err != nil {
		t.Fatal(err)
	}
	for i := range again {
		if again[i] != values[i] {
			t.Errorf("f%v is %g alone and %g with the gradient", points[i], again[i], values[i])
		}
	}
}

// TestPythonBlackBox refuses white-box methods on a function without a gradient, and
// grows regions without one.
func TestPythonBlackBox(t *testing.T) {
	lab := newLab(t)
	defer lab.Close()
	s := semrob.Subject{Mesh: "teapot", Class: "bright", Network: inPython(t, pythontest.NumPy(t), lightPython)}
	options := semrob.RegionOptions{Starts: [][]float64{{130, 30}}, Method: region.OIRW{}, Settings: region.Settings{Iterations: 3}}
	if _, err := lab.Regions(t.Context(), s, options); !errors.Is(err, objective.ErrNoGradient) {
		t.Errorf("the error of a white-box method is %v", err)
	}
	options.Method = region.Naive{}
	if _, err := lab.Regions(t.Context(), s, options); err != nil {
		t.Error(err)
	}
}

// TestPythonStops ends a network in an endless loop with its question.
func TestPythonStops(t *testing.T) {
	lab := newLab(t)
	defer lab.Close()
	s := semrob.Subject{Mesh: "teapot", Class: "bright", Network: inPython(t, pythontest.NumPy(t), lightPython+`
inner, calls = predict, 0
def predict(images):
    global calls
    calls += 1
    while calls > 1: pass
    return inner(images)
`)}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := lab.Map(ctx, s, semrob.MapOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the error is %v", err)
	}
}

// TestPythonIsAllowed computes a map in a file again only if that is allowed.
func TestPythonIsAllowed(t *testing.T) {
	lab := newLab(t)
	defer lab.Close()
	s := semrob.Subject{Mesh: "teapot", Class: "bright", Network: inPython(t, pythontest.NumPy(t), lightPython)}
	grid, err := semrob.ParseGrid("azimuth=0:360:90", "elevation=0:60:30")
	if err != nil {
		t.Fatal(err)
	}
	m, err := lab.Map(t.Context(), s, semrob.MapOptions{Axes: grid})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(strings.TrimPrefix(s.Network, "python:")), "map.npz")
	if err := m.Save(file); err != nil {
		t.Fatal(err)
	}
	lab = newLab(t) // one that has not opened the network
	defer lab.Close()
	if _, err := lab.Rerun(t.Context(), file); !errors.Is(err, network.ErrNotAllowed) {
		t.Errorf("without a permission the error is %v", err)
	}
	lab.Allow = network.Allowed{"http", "python:other.py"}
	lab = newLab(t) // one that has not opened the network
	defer lab.Close()
	if _, err := lab.Rerun(t.Context(), file); !errors.Is(err, network.ErrNotAllowed) {
		t.Errorf("with another permission the error is %v", err)
	}
	lab.Allow = network.Allowed{"python:net.py"}
	again, err := lab.Rerun(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	if differences, err := again.Differences(); err != nil || len(differences) > 0 {
		t.Errorf("%v, %v", differences, err)
	}
}

// resNetPython is torchvision's ResNet18 with the weights beside the file.
const resNetPython = `
import torch, torchvision
from safetensors.torch import load_file
labels = [f"class {i}" for i in range(10)]
def model():
    network = torchvision.models.resnet18(num_classes=10)
    print(network.load_state_dict(load_file("weights.safetensors"), strict=False))
    return network
def preprocess(x):
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    return (x - mean[:, None, None]) / std[:, None, None]
`

// TestPythonTorch compares f and its semantic gradient of a torch module with those of
// the same ResNet18 in this program.
func TestPythonTorch(t *testing.T) {
	code := inPython(t, pythontest.Torch(t, "torchvision", "safetensors"), resNetPython)
	a, err := architecture.Lookup("resnet18")
	if err != nil {
		t.Fatal(err)
	}
	a.Classes = 10
	random, set := rand.New(rand.NewPCG(1, 2)), weights.Set{}
	for _, p := range a.Parameters() {
		if strings.HasPrefix(p.Name, "fc.") {
			p.Shape[0] = 10
		}
		size := weights.Size(p.Shape)
		data, scale, offset := make([]float32, size), 0.1, 0.0
		if len(p.Shape) > 1 {
			scale = math.Sqrt(2 / float64(size/p.Shape[0]))
		} else if strings.HasSuffix(p.Name, "weight") || strings.HasSuffix(p.Name, "running_var") {
			offset = 1
		}
		if strings.HasSuffix(p.Name, "bn2.weight") { // residuals that add up would make f rough
			scale, offset = 0.02, 0.2
		}
		for i := range data {
			data[i] = float32(offset + scale*random.NormFloat64())
			if offset == 1 {
				data[i] = max(data[i], 0.5)
			}
		}
		set[p.Name] = weights.Tensor{Shape: p.Shape, Data: data}
	}
	text, err := weights.Encode(set, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(strings.TrimPrefix(code, "python:")), "weights.safetensors")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	lab := newLab(t)
	defer lab.Close()
	points := [][]float64{{10, 20}, {130, 30}, {250, 60}, {300, -5}}
	var values [2][]float64
	var slopes [2][][]float64
	for i, name := range []string{"resnet18=" + file, code} {
		f, err := lab.Objective(t.Context(), semrob.Subject{Mesh: "teapot", Class: "3", Network: name}, nil)
		if err != nil {
			t.Fatal(err)
		}
		values[i] = make([]float64, len(points))
		for range points {
			slopes[i] = append(slopes[i], make([]float64, 2))
		}
		if err := f.Objective.Gradient(t.Context(), points, values[i], slopes[i]); err != nil {
			t.Fatal(err)
		}
		if err := f.Release(); err != nil {
			t.Fatal(err)
		}
	}
	most, apart := 0.0, 0.0
	for i := range points {
		if d := math.Abs(values[0][i] - values[1][i]); d > 1e-4 {
			t.Errorf("f%v is %g in Python and %g here", points[i], values[1][i], values[0][i])
		}
		for k := range 2 {
			most, apart = max(most, math.Abs(slopes[0][i][k])), max(apart, math.Abs(slopes[0][i][k]-slopes[1][i][k]))
		}
	}
	t.Logf("f %v and %v; gradients up to %.3g, at most %.2g apart", values[0], values[1], most, apart)
	if most == 0 || apart > 1e-3*most {
		t.Errorf("gradients up to %g are %g apart", most, apart)
	}
}

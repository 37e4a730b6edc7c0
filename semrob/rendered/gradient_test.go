package rendered_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/shading"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

var (
	_ objective.Differentiable = (*rendered.Objective)(nil)
	_ rendered.WhiteNetwork    = (*network.Classifier)(nil)
	_ rendered.Derivatives     = (*shading.Differentiator)(nil)
)

// teapot is f of EfficientNet-Lite0 for the teapot, over the named axes.
func teapot(t *testing.T, axes ...string) *rendered.Objective {
	t.Helper()
	f := classifies(t, mesh.Teapot(0), "teapot", 2)
	f.Domain = nil
	for _, name := range axes {
		axis, err := rendered.Axis(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Domain = append(f.Domain, axis)
	}
	return f
}

// network0 is EfficientNet-Lite0 on XLA: compiled once, as its gradient takes
// seconds to compile.
var network0 struct {
	once       sync.Once
	lite0      *network.Network
	classifier *network.Classifier
	backend    compute.Backend
	err        error
}

func compiled(t testing.TB) (*network.Network, *network.Classifier, compute.Backend) {
	t.Helper()
	n := &network0
	n.once.Do(func() {
		var b *backend.Backend
		if b, n.err = backend.Default(context.Background()); n.err != nil {
			return
		}
		n.backend = b.Compute
		if n.lite0, n.err = network.Open("efficientnet-lite0"); n.err == nil {
			n.classifier, n.err = n.lite0.Compile(n.backend, network.Options{})
		}
	})
	if n.err != nil {
		t.Fatal(n.err)
	}
	return n.lite0, n.classifier, n.backend
}

// classifies is f of EfficientNet-Lite0 for a mesh over azimuth and elevation,
// of pictures with so many samples along each side of a pixel, by the camera of
// the figures of docs/gradients.md.
func classifies(t testing.TB, m *mesh.Mesh, className string, supersample int) *rendered.Objective {
	t.Helper()
	lite0, classifier, b := compiled(t)
	views, err := render.New(m, render.Options{Size: lite0.InputSize, Supersample: supersample, Camera: render.Paper})
	if err != nil {
		t.Fatal(err)
	}
	derivatives, err := shading.New(views, b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = derivatives.Finalize() })
	class, err := lite0.Class(className)
	if err != nil {
		t.Fatal(err)
	}
	return &rendered.Objective{
		Renderer: views, Network: classifier, Derivatives: derivatives, Class: class,
		Base: render.DefaultScene(), Domain: objective.Viewpoints(),
	}
}

// TestGradientOfANetwork compares the gradient of f of a real network with what
// the network makes of the change of finely sampled pictures, to first order.
// Differences of f itself say less: along azimuth f of a network goes up and
// down within a tenth of a degree, by what the samples of an edge do.
func TestGradientOfANetwork(t *testing.T) {
	f := teapot(t, "azimuth", "elevation", "directional")
	checkGradient(t, f, map[string]float64{"azimuth": 0.25, "elevation": 0.25})
	f.Base.Ambient = 0.3 // nothing is as bright as can be
	checkGradient(t, f, map[string]float64{"directional": 0.01})
}

// checkGradient compares the gradient along axes, with differences of these
// steps.
func checkGradient(t *testing.T, f *rendered.Objective, steps map[string]float64) {
	t.Helper()
	const count = 10
	var points, gradients [][]float64
	for i := range count {
		points = append(points, []float64{math.Mod(137.5*float64(i)+3, 360), math.Mod(37*float64(i), 80), 0.5})
		gradients = append(gradients, make([]float64, len(f.Domain)))
	}
	white, ok := objective.White(f)
	if !ok {
		t.Fatal("the objective is a black box")
	}
	values, want := make([]float64, count), make([]float64, count)
	if err := white.Gradient(t.Context(), points, values, gradients); err != nil {
		t.Fatal(err)
	}
	if err := f.Evaluate(t.Context(), points, want); err != nil {
		t.Fatal(err)
	}
	for i := range values {
		if math.Abs(values[i]-want[i]) > 1e-4 {
			t.Errorf("f(%v) = %g with the gradient, %g alone", points[i], values[i], want[i])
		}
	}
	for k, axis := range f.Domain {
		step, asked := steps[axis.Name]
		if !asked {
			continue
		}
		var got []float64
		for i := range gradients {
			got = append(got, gradients[i][k])
		}
		c := correlation(got, changes(t, f, points, k, step, 8))
		t.Logf("%s: correlation %.4f", axis.Name, c)
		if c < 0.8 {
			t.Errorf("%s: correlation %.4f, want 0.8", axis.Name, c)
		}
	}
}

// changes returns the network's derivatives in the pixels times the central
// differences along axis k of pictures of so many samples along each side of a
// pixel.
func changes(t *testing.T, f *rendered.Objective, points [][]float64, k int, step float64, samples int) []float64 {
	t.Helper()
	host := f.Renderer.(*render.Renderer)
	fine, err := render.New(host.Mesh(), render.Options{Size: host.Options().Size, Supersample: samples, Camera: host.Options().Camera, KeepPlacement: true})
	if err != nil {
		t.Fatal(err)
	}
	if f.Domain[k].Name == "directional" {
		fine = host // nothing moves: the samples are the same
	}
	picture := func(r *render.Renderer, p []float64, by float64) []float32 {
		q := append([]float64(nil), p...)
		q[k] += by
		scene, err := f.Scene(q)
		if err != nil {
			t.Fatal(err)
		}
		image := make([]float32, r.ImageLen())
		if err := r.Render(t.Context(), []render.Scene{scene}, image); err != nil {
			t.Fatal(err)
		}
		return image
	}
	all := make([]float64, len(points))
	for i, p := range points {
		_, adjoints, err := f.Network.(rendered.WhiteNetwork).Gradient(t.Context(), picture(host, p, 0), 1, f.Class)
		if err != nil {
			t.Fatal(err)
		}
		before, after := picture(fine, p, -step), picture(fine, p, step)
		for j, a := range adjoints {
			all[i] += float64(a) * float64(after[j]-before[j]) / (2 * step)
		}
	}
	return all
}

func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var x, y, xx, yy, xy float64
	for i := range a {
		x, y, xx, yy, xy = x+a[i], y+b[i], xx+a[i]*a[i], yy+b[i]*b[i], xy+a[i]*b[i]
	}
	return (n*xy - x*y) / math.Sqrt((n*xx-x*x)*(n*yy-y*y))
}

func TestABlackBoxHasNoGradient(t *testing.T) {
	f, _, _ := newObjective(0, 0)
	if _, ok := objective.White(f); ok {
		t.Error("an objective without derivatives is a white box")
	}
	err := f.Gradient(t.Context(), grid(1), make([]float64, 1), [][]float64{{0, 0}})
	if !errors.Is(err, objective.ErrNoGradient) {
		t.Errorf("error %v, want ErrNoGradient", err)
	}
}

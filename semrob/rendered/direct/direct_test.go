package direct_test

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/network"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered/direct"
)

const classes = 5

// linear is a network of a random matrix, which weighs each pixel differently.
func linear(t testing.TB, size int) *network.Network {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	weights := make([]float32, 3*size*size*classes)
	for i := range weights {
		weights[i] = float32(rng.NormFloat64()) / float32(size)
	}
	n, err := network.Define(network.Definition{
		Name: "linear", InputSize: size, Labels: []string{"a", "b", "c", "d", "e"}, Output: network.Logits,
		Constants: []network.Constant{{Name: "matrix", Shape: shapes.Make(dtypes.Float32, 3*size*size, classes), Data: weights}},
		Graph: func(constants map[string]*graph.Node, images *graph.Node) *graph.Node {
			flat := graph.Reshape(images, images.Shape().Dimensions[0], -1)
			return graph.Dot(flat, constants["matrix"]).Product()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func open(t testing.TB) compute.Backend {
	t.Helper()
	b, err := backend.Default(context.Background())
	if err != nil {
		t.Fatalf("opening XLA: %v", err)
	}
	if !b.IsXLA() {
		t.Skip("the rasteriser on the device needs XLA")
	}
	return b.Compute
}

func compile(t testing.TB, n *network.Network, options network.Options) *network.Classifier {
	t.Helper()
	c, err := n.Compile(open(t), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Finalize(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func renderer(t testing.TB, m *mesh.Mesh, options render.Options) *render.Renderer {
	t.Helper()
	r, err := render.New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func views(t testing.TB, r *render.Renderer, c *network.Classifier, options direct.Options) *direct.Views {
	t.Helper()
	v, err := direct.New(r, c, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.Finalize(); err != nil {
			t.Error(err)
		}
	})
	return v
}

// randomScenes have every parameter somewhere in its domain.
func randomScenes(t testing.TB, n int) []render.Scene {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	scenes := make([]render.Scene, n)
	for i := range scenes {
		scenes[i] = render.DefaultScene()
		for _, p := range render.Parameters() {
			if err := scenes[i].Set(p.Name, p.DomainMin+rng.Float64()*(p.DomainMax-p.DomainMin)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return scenes
}

// compare compares the two ways, and returns the largest difference of a probability.
func compare(t testing.TB, r *render.Renderer, c *network.Classifier, v *direct.Views, scenes []render.Scene) (worst float64) {
	t.Helper()
	images := make([]float32, len(scenes)*r.ImageLen())
	if err := r.Render(t.Context(), scenes, images); err != nil {
		t.Fatal(err)
	}
	want, err := c.Probabilities(t.Context(), images, len(scenes))
	if err != nil {
		t.Fatal(err)
	}
	got, err := v.Probabilities(t.Context(), scenes)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%d probabilities, want %d", len(got), len(want))
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= worst) { // catches NaN
			worst = d
		}
	}
	if !(worst < 1e-4) {
		t.Errorf("probabilities differ by up to %g", worst)
	}
	return worst
}

func TestSameAsRendererAndNetwork(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles three programs with the rasteriser, which takes half a minute")
	}
	const size = 24
	c := compile(t, linear(t, size), network.Options{})
	scenes := randomScenes(t, 11)
	picture := image.NewGray(image.Rect(0, 0, 9, 9))
	for i := range 81 {
		picture.SetGray(i%9, i/9, color.Gray{Y: uint8(3 * i)})
	}
	backdrop, err := render.NewBackdrop(picture)
	if err != nil {
		t.Fatal(err)
	}
	for i := range scenes {
		if i >= 6 {
			scenes[i].Backdrop, scenes[i].Background = backdrop, [3]float64{}
		}
		if i >= 6 {
			scenes[i].Lights = []render.Light{{Direction: [3]float64{1, 2, float64(i)}, Intensity: 0.5, Colour: [3]float64{1, 0.5, 0}}}
		}
	}
	plain := randomScenes(t, 7)
	for name, look := range map[string]struct {
		mesh    *mesh.Mesh
		options render.Options
		direct  direct.Options
		scenes  []render.Scene
	}{
		"teapot":                 {mesh.Teapot(0), render.Options{Size: size}, direct.Options{Views: 4}, scenes},
		"cup, smooth, materials": {mesh.Cup(), render.Options{Size: size, Shading: render.Smooth, Materials: true, Supersample: 3}, direct.Options{Views: 3, InFlight: 2}, plain},
	} {
		t.Run(name, func(t *testing.T) {
			r := renderer(t, look.mesh, look.options)
			v := views(t, r, c, look.direct)
			t.Logf("the largest difference is %.1g", compare(t, r, c, v, look.scenes))
			alone, err := v.Probabilities(t.Context(), look.scenes[2:3])
			if err != nil {
				t.Fatal(err)
			}
			all, err := v.Probabilities(t.Context(), look.scenes)
			if err != nil {
				t.Fatal(err)
			}
			for k := range classes {
				if alone[k] != all[2*classes+k] {
					t.Errorf("class %d: %g alone, %g with others", k, alone[k], all[2*classes+k])
				}
			}
		})
	}
}

// TestLite0 compares on a real network, whose answers depend on more than a sum. It
// compiles for seconds.
func TestLite0(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("set SEMROB_LONG=1: it takes a minute")
	}
	n, err := network.Open("efficientnet-lite0")
	if err != nil {
		t.Fatal(err)
	}
	c := compile(t, n, network.Options{})
	r := renderer(t, mesh.Teapot(0), render.Options{Size: n.InputSize})
	t.Logf("the largest difference is %.1g", compare(t, r, c, views(t, r, c, direct.Options{}), randomScenes(t, 8)))
}

func TestErrors(t *testing.T) {
	c := compile(t, linear(t, 16), network.Options{})
	if _, err := direct.New(renderer(t, mesh.Cup(), render.Options{Size: 17}), c, direct.Options{}); err == nil || !strings.Contains(err.Error(), "17 × 17") || !strings.Contains(err.Error(), "16 × 16") {
		t.Errorf("pictures of another size: %v", err)
	}
	r := renderer(t, mesh.Cup(), render.Options{Size: 16})
	if _, err := direct.New(r, c, direct.Options{Views: -1}); err == nil {
		t.Error("a negative number of views is accepted")
	}
	v := views(t, r, c, direct.Options{})
	scenes := randomScenes(t, 2)
	scenes[1].Distance = -1
	if _, err := v.Probabilities(t.Context(), scenes); err == nil || !strings.Contains(err.Error(), "scene 2 of 2") {
		t.Errorf("a bad scene: %v", err)
	}
	if got, err := v.Probabilities(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("no scenes: %v, %v", got, err)
	}
	little := views(t, r, c, direct.Options{Views: 64, Memory: 1})
	if n := little.PerExecution(); n != 1 {
		t.Errorf("%d views per execution in 1 byte, want 1", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Probabilities(ctx, scenes[:1]); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	gone := views(t, r, c, direct.Options{})
	if err := gone.Finalize(); err != nil {
		t.Fatal(err)
	}
	if _, err := gone.Probabilities(t.Context(), scenes[:1]); err == nil || !strings.Contains(err.Error(), "finalized") {
		t.Errorf("finalized: %v", err)
	}
}

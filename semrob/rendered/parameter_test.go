package rendered_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// dusk moves two lights at once, the other way round.
var dusk = rendered.UserParameter{
	Axis: objective.Axis{Name: "dusk", Min: 0, Max: 1}, Default: 0.25,
	Scene: func(scene *render.Scene, value float64) {
		scene.Directional, scene.Ambient = 0.6-0.4*value, 0.2+0.1*value*value
	},
}

// The values of a parameter of one's own are those of the scenes it makes, and
// its gradient is theirs by the chain rule.
func TestOwnSceneParameter(t *testing.T) {
	plain := teapot(t, "azimuth", "directional", "ambient")
	own := &rendered.Objective{
		Renderer: plain.Renderer, Network: plain.Network, Derivatives: plain.Derivatives, Class: plain.Class, Base: plain.Base,
		Domain: objective.Space{plain.Domain[0]},
	}
	own.UserParameters, own.Domain = []rendered.UserParameter{dusk}, append(own.Domain, dusk.Axis)
	white, ok := objective.White(own)
	if !ok {
		t.Fatal("a parameter of the scene alone makes a black box")
	}
	var at, same [][]float64
	for i, x := range []float64{0, 0.3, 0.5, 0.9, 1} {
		at = append(at, []float64{40 * float64(i), x})
		same = append(same, []float64{40 * float64(i), 0.6 - 0.4*x, 0.2 + 0.1*x*x})
	}
	slopes := func(f objective.Differentiable, points [][]float64) ([]float64, [][]float64) {
		values, gradients := make([]float64, len(points)), make([][]float64, len(points))
		for i := range gradients {
			gradients[i] = make([]float64, len(f.Space()))
		}
		if err := f.Gradient(t.Context(), points, values, gradients); err != nil {
			t.Fatal(err)
		}
		return values, gradients
	}
	values, gradients := slopes(white, at)
	want, parts := slopes(plain, same)
	for i, u := range at {
		chained := -0.4*parts[i][1] + 0.2*u[1]*parts[i][2]
		if math.Abs(values[i]-want[i]) > 1e-6 || math.Abs(gradients[i][0]-parts[i][0]) > 1e-3*math.Abs(parts[i][0])+1e-6 ||
			math.Abs(gradients[i][1]-chained) > 2e-3*math.Abs(chained)+1e-4 {
			t.Errorf("at %v: f %g, want %g; gradient %v, want [%g %g]", u, values[i], want[i], gradients[i], parts[i][0], chained)
		}
	}
	// Where it is no axis it stands at its default.
	own.Domain = own.Domain[:1]
	scene, err := own.Scene([]float64{10})
	if err != nil || scene.Directional != 0.5 || scene.Azimuth != 10 {
		t.Errorf("the scene is %+v, error %v", scene, err)
	}
}

// greyObjective is f = the mean of the picture, over own parameters.
func greyObjective(t *testing.T, own ...rendered.UserParameter) (*rendered.Objective, *render.Renderer) {
	t.Helper()
	views, err := render.New(mesh.Teapot(0), render.Options{Size: 64})
	if err != nil {
		t.Fatal(err)
	}
	f := &rendered.Objective{Renderer: views, Network: means{}, Class: 1, Base: render.DefaultScene(), UserParameters: own}
	for _, p := range own {
		f.Domain = append(f.Domain, p.Axis)
	}
	return f, views
}

// A picture of a body scaled about the origin is that of the body itself from as
// much nearer: perspective, distant light and the faces' normals do not change.
func TestOwnShapeIsSeenAsFromNearer(t *testing.T) {
	scale := rendered.UserParameter{Axis: objective.Axis{Name: "scale", Min: 0.5, Max: 2}, Default: 1, Shape: func(vertices [][3]float32, value float64) {
		for i := range vertices {
			for k := range vertices[i] {
				vertices[i][k] *= float32(value)
			}
		}
	}}
	f, _ := greyObjective(t, scale)
	f.Base.Elevation, f.Base.Azimuth = 25, 40
	if f.HasGradient() {
		t.Error("a shape that changes claims a gradient")
	}
	var points [][]float64
	for i := range 100 { // more values than are kept, and each of them twice
		points = append(points, []float64{0.5 + 0.015*float64(i%50)})
	}
	values := make([]float64, len(points))
	if err := f.Evaluate(t.Context(), points, values); err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		nearer, _ := greyObjective(t)
		nearer.Base = f.Base
		nearer.Base.Distance /= p[0]
		nearer.Domain = objective.Space{{Name: "roll", Unit: "°", Min: -180, Max: 180, Periodic: true}}
		want := make([]float64, 1)
		if err := nearer.Evaluate(t.Context(), [][]float64{{0}}, want); err != nil {
			t.Fatal(err)
		}
		if math.Abs(values[i]-want[0]) > 2e-4 {
			t.Fatalf("scaled by %g: %g, from nearer %g", p[0], values[i], want[0])
		}
	}
}

// means gives class 1 the mean of a picture.
type means struct{}

func (means) Probabilities(_ context.Context, images []float32, batch int) ([]float32, error) {
	n := len(images) / batch
	out := make([]float32, 2*batch)
	for i := range batch {
		sum := 0.0
		for _, v := range images[i*n : (i+1)*n] {
			sum += float64(v)
		}
		out[2*i+1] = float32(sum / float64(n))
		out[2*i] = 1 - out[2*i+1]
	}
	return out, nil
}

// What is done to pictures follows the rendering, in the order of the
// parameters, and Image shows it.
func TestOwnPictureParameters(t *testing.T) {
	fog := rendered.UserParameter{Axis: objective.Axis{Name: "fog", Min: 0, Max: 1}, Picture: func(pixels []float32, size int, value float64) {
		if size != 64 || len(pixels) != 64*64*3 {
			t.Errorf("a picture of %d values and size %d", len(pixels), size)
		}
		for i := range pixels {
			pixels[i] += float32(value) * (1 - pixels[i])
		}
	}}
	dim := rendered.UserParameter{Axis: objective.Axis{Name: "dim", Min: 0, Max: 1}, Default: 1, Picture: func(pixels []float32, _ int, value float64) {
		for i := range pixels {
			pixels[i] *= float32(value)
		}
	}}
	f, _ := greyObjective(t, fog, dim)
	values := make([]float64, 3)
	if err := f.Evaluate(t.Context(), [][]float64{{0, 1}, {0.5, 1}, {0.5, 0.5}}, values); err != nil {
		t.Fatal(err)
	}
	clear := values[0]
	for i, want := range []float64{clear, clear + 0.5*(1-clear), 0.5 * (clear + 0.5*(1-clear))} {
		if clear < 0.05 || math.Abs(values[i]-want) > 1e-5 {
			t.Errorf("value %d is %g, want %g", i, values[i], want)
		}
	}
	picture, err := f.Image(t.Context(), []float64{0.5, 1})
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := picture.At(0, 0).RGBA(); r>>8 != 128 {
		t.Errorf("black in half a fog is %d of 255", r>>8)
	}
	f.UserParameters[1].Picture = func(pixels []float32, _ int, _ float64) { pixels[7] = float32(math.NaN()) }
	if err := f.Evaluate(t.Context(), [][]float64{{0, 0.1}}, values[:1]); err == nil || !strings.Contains(err.Error(), "pixel 2") {
		t.Errorf("a pixel that is NaN: %v", err)
	}
}

func TestUserParameterErrors(t *testing.T) {
	axis := objective.Axis{Name: "dusk", Min: 0, Max: 1}
	change := func(*render.Scene, float64) {}
	for want, p := range map[string]rendered.UserParameter{
		"has a semantic parameter": {Axis: objective.Axis{Name: "roll", Min: 0, Max: 1}, Scene: change},
		"has no effect":            {Axis: axis},
		"must be on dusk":          {Axis: axis, Default: 2, Scene: change},
		"has no name":              {Scene: change},
	} {
		t.Run(want, func(t *testing.T) {
			if err := p.Check(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v, want one with %q", err, want)
			}
		})
	}
	f, _, _ := newObjective(1, 0)
	f.UserParameters = []rendered.UserParameter{{Axis: axis, Shape: func([][3]float32, float64) {}}}
	if err := f.Evaluate(t.Context(), grid(1), make([]float64, 1)); err == nil || !strings.Contains(err.Error(), "render.Renderer") {
		t.Errorf("a shape that nothing can draw: %v", err)
	}
	// Further lights have no derivatives.
	g := teapot(t, "azimuth")
	g.UserParameters = []rendered.UserParameter{{Axis: axis, Scene: func(scene *render.Scene, value float64) {
		scene.Lights = []render.Light{{Direction: [3]float64{0, 0, 1}, Intensity: value}}
	}}}
	g.Domain = append(g.Domain, axis)
	err := g.Gradient(t.Context(), [][]float64{{10, 0.5}}, make([]float64, 1), [][]float64{{0, 0}})
	if err == nil || !strings.Contains(err.Error(), "differences") {
		t.Errorf("the derivative along a light that has none: %v", err)
	}
}

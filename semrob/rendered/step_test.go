package rendered_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// TestNoEdgeOfTheToiletIsMissing compares, with a network's derivatives in the
// pixels as weights that stay the same, the mean derivative of the weighted
// picture over half a degree of elevation with its difference. The toilet has
// thousands of small faces and a thin gap below its lid. Weights of a network
// change from pixel to pixel, and an edge moves over most of a pixel in that
// half a degree: the derivative at the point is another quantity, and only its mean
// over the step shows whether an edge is missing.
func TestNoEdgeOfTheToiletIsMissing(t *testing.T) {
	m, err := mesh.Load(filepath.Join(testdata.Dir(t), "meshes", "toilet_7b5b03.obj"))
	if err != nil {
		t.Fatal(err)
	}
	f := classifies(t, m, "toilet seat", 2)
	const count, step, elevation = 6, 0.25, 1
	var points [][]float64
	var means, alone []float64
	for i := range count {
		p := []float64{math.Mod(137.5*float64(i)+3, 360), math.Mod(37*float64(i), 80)}
		points = append(points, p)
		weights := pixelWeights(t, f, p)
		means = append(means, weightedMean(t, f, weights, p, elevation, step, 8))
		alone = append(alone, weightedMean(t, f, weights, p, elevation, 0, 1))
	}
	want := changes(t, f, points, elevation, step, 16)
	c := correlation(means, want)
	t.Logf("correlation with the differences: mean derivative %.4f, at the point %.4f", c, correlation(alone, want))
	if c < 0.98 {
		t.Errorf("correlation %.4f, want 0.98", c)
	}
}

// pixelWeights returns the network's derivatives in the pixels, [size, size, 3],
// of the picture at a point.
func pixelWeights(t *testing.T, f *rendered.Objective, p []float64) []float32 {
	t.Helper()
	scene, err := f.Scene(p)
	if err != nil {
		t.Fatal(err)
	}
	image := make([]float32, f.Renderer.ImageLen())
	if err := f.Renderer.Render(t.Context(), []render.Scene{scene}, image); err != nil {
		t.Fatal(err)
	}
	_, weights, err := f.Network.(rendered.WhiteNetwork).Gradient(t.Context(), image, 1, f.Class)
	if err != nil {
		t.Fatal(err)
	}
	return weights
}

// weightedMean returns the mean, over n points within step of p along axis k, of
// the derivative of the weighted picture.
func weightedMean(t *testing.T, f *rendered.Objective, weights []float32, p []float64, k int, step float64, n int) (mean float64) {
	t.Helper()
	column, width := parameterColumn(t, f.Domain[k].Name), len(render.Parameters())
	scenes, adjoints := make([]render.Scene, n), make([]float32, 0, n*len(weights))
	for i := range scenes {
		q := append([]float64(nil), p...)
		q[k] += step * (2*(float64(i)+0.5)/float64(n) - 1)
		var err error
		if scenes[i], err = f.Scene(q); err != nil {
			t.Fatal(err)
		}
		adjoints = append(adjoints, weights...)
	}
	gradients := make([]float32, n*width)
	if err := f.Derivatives.Gradients(t.Context(), scenes, adjoints, gradients); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		mean += float64(gradients[i*width+column]) / float64(n)
	}
	return mean
}

// parameterColumn returns the index of a parameter in render.Parameters.
func parameterColumn(t *testing.T, name string) int {
	t.Helper()
	for i, p := range render.Parameters() {
		if p.Name == name {
			return i
		}
	}
	t.Fatalf("there is no parameter %s", name)
	return -1
}

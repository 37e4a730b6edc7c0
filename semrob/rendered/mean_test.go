package rendered_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// wave is a white network: its only class has the probability
// sin(azimuth)·elevation, of pictures that angles makes.
type wave struct{}

func (wave) Probabilities(_ context.Context, images []float32, batch int) ([]float32, error) {
	out := make([]float32, batch)
	for i := range out {
		out[i] = float32(math.Sin(float64(images[3*i])) * float64(images[3*i+1]))
	}
	return out, nil
}

func (w wave) Gradient(ctx context.Context, images []float32, batch, _ int) (values, gradients []float32, err error) {
	gradients = make([]float32, 3*batch)
	for i := range batch {
		sin, cos := math.Sincos(float64(images[3*i]))
		gradients[3*i], gradients[3*i+1] = float32(cos*float64(images[3*i+1])), float32(sin)
	}
	values, err = w.Probabilities(ctx, images, batch)
	return values, gradients, err
}

// Gradients are those of the pictures that angles makes.
func (*angles) Gradients(_ context.Context, scenes []render.Scene, adjoints, gradients []float32) error {
	width := len(render.Parameters())
	clear(gradients)
	for i, p := range render.Parameters() {
		if k, ok := map[string]int{"azimuth": 0, "elevation": 1, "distance": 2}[p.Name]; ok {
			for j := range scenes {
				gradients[j*width+i] = adjoints[3*j+k]
			}
		}
	}
	return nil
}

// TestMeanIsTheDifference knows the differences of a function at the ends of the
// box.
func TestMeanIsTheDifference(t *testing.T) {
	f, views, _ := newObjective(0, 0)
	f.Network, f.Derivatives = wave{}, views
	points := [][]float64{{3, 20}, {100, 89.5}, {359.5, -10}} // the last ones at the ends of the domain
	values, gradients := make([]float64, 3), [][]float64{{0, 0}, {0, 0}, {0, 0}}
	f.Mean = &rendered.Mean{Widths: []float64{2, 0}, Points: 50}
	if err := f.Gradient(t.Context(), points, values, gradients); err != nil {
		t.Fatal(err)
	}
	for i, p := range points {
		if want := math.Sin(p[0]) * p[1]; math.Abs(values[i]-want) > 1e-3 {
			t.Errorf("f(%v) = %g with the mean, want %g", p, values[i], want)
		}
		if want := (math.Sin(p[0]+1) - math.Sin(p[0]-1)) / 2 * p[1]; math.Abs(gradients[i][0]-want) > 5e-3 {
			t.Errorf("the mean derivative in azimuth at %v is %g, want %g", p, gradients[i][0], want)
		}
		if want := math.Sin(p[0]); math.Abs(gradients[i][1]-want) > 0.3 { // means of it
			t.Errorf("the mean derivative in elevation at %v is %g, want about %g", p, gradients[i][1], want)
		}
	}
	// The box is cut at the end of elevation: it is 88.5…90, of which the middle
	// is the mean.
	f.Mean.Widths = []float64{0, 2}
	if err := f.Gradient(t.Context(), points[1:2], values[:1], gradients[:1]); err != nil {
		t.Fatal(err)
	}
	if want := math.Cos(100) * 89.25; math.Abs(gradients[0][0]-want) > 1e-3 {
		t.Errorf("the mean derivative in azimuth is %g, want %g", gradients[0][0], want)
	}
}

func TestMeansThatAreNone(t *testing.T) {
	for want, mean := range map[string]rendered.Mean{
		"give one for each axis": {Widths: []float64{1}},
		"from 0 to 100":          {Widths: []float64{1, 101}},
		"from 0 to 360":          {Widths: []float64{math.NaN(), 1}},
		"it must be at least 1":  {Widths: []float64{1, 1}, Points: -1},
	} {
		f, views, _ := newObjective(0, 0)
		f.Network, f.Derivatives, f.Mean = wave{}, views, &mean
		err := f.Gradient(t.Context(), grid(1), make([]float64, 1), [][]float64{{0, 0}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", mean, err, want)
		}
	}
}

// TestMeanGradientOfANetwork compares mean gradients of f of a real network with
// differences of f over the same half a degree: of finely sampled pictures, for
// what the samples of an edge do is no derivative.
func TestMeanGradientOfANetwork(t *testing.T) {
	checkMean(t, classifies(t, mesh.Teapot(0), "teapot", 8), 10)
}

// TestMeanGradientLong is the same at 200 points on several meshes.
func TestMeanGradientLong(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("this takes ten minutes a mesh: set SEMROB_LONG=1 to run it")
	}
	t.Run("teapot", func(t *testing.T) { checkMean(t, classifies(t, mesh.Teapot(0), "teapot", 8), 200) })
	for name, class := range map[string]string{"toilet_7b5b03": "toilet seat", "piano_e83cec": "grand piano"} {
		t.Run(name, func(t *testing.T) {
			m, err := mesh.Load(filepath.Join(testdata.Dir(t), "meshes", name+".obj"))
			if err != nil {
				t.Fatal(err)
			}
			checkMean(t, classifies(t, m, class, 8), 200)
		})
	}
}

// checkMean compares mean gradients over half a degree of azimuth and of
// elevation with differences, at so many points.
func checkMean(t *testing.T, f *rendered.Objective, count int) {
	t.Helper()
	const width = 0.5
	for k, axis := range f.Domain {
		points, ends := make([][]float64, count), make([][]float64, 2*count)
		means, alone := make([][]float64, count), make([][]float64, count)
		for i := range points {
			points[i] = []float64{math.Mod(137.5*float64(i)+3, 360), math.Mod(37*float64(i), 80)}
			for j, by := range []float64{-width / 2, width / 2} {
				ends[2*i+j] = append([]float64(nil), points[i]...)
				ends[2*i+j][k] += by
			}
			means[i], alone[i] = make([]float64, 2), make([]float64, 2)
		}
		f.Mean = &rendered.Mean{Widths: make([]float64, 2)}
		f.Mean.Widths[k] = width
		values, atEnds := make([]float64, count), make([]float64, 2*count)
		for _, err := range []error{
			f.Gradient(t.Context(), points, values, means),
			f.Evaluate(t.Context(), ends, atEnds),
			func() error { f.Mean = nil; return f.Gradient(t.Context(), points, values, alone) }(),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		var mean, point, differences []float64
		for i := range points {
			mean, point = append(mean, means[i][k]), append(point, alone[i][k])
			differences = append(differences, (atEnds[2*i+1]-atEnds[2*i])/width)
		}
		c := correlation(mean, differences)
		t.Logf("%s, %d points: correlation with differences of f: mean gradient %.4f, gradient at the point %.4f",
			axis.Name, count, c, correlation(point, differences))
		if c < 0.8 {
			t.Errorf("%s: correlation %.4f, want 0.8", axis.Name, c)
		}
	}
}

package rendered_test

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strconv"
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

func (w wave) Gradient(ctx context.Context, images []float32, batch int, _ ...int) (values, gradients []float32, err error) {
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

// TestMeanIsTheDifference knows the differences of a function at the ends of
// lines.
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
	// The line is cut at the end of elevation: it is 88.5…90, of which the middle
	// is the mean.
	f.Mean.Widths = []float64{0, 2}
	if err := f.Gradient(t.Context(), points[1:2], values[:1], gradients[:1]); err != nil {
		t.Fatal(err)
	}
	if want := math.Cos(100) * 89.25; math.Abs(gradients[0][0]-want) > 1e-3 {
		t.Errorf("the mean derivative in azimuth is %g, want %g", gradients[0][0], want)
	}
	// Each line is for the derivative along it.
	f.Mean.Widths = []float64{2, 2}
	if err := f.Gradient(t.Context(), points[:1], values[:1], gradients[:1]); err != nil {
		t.Fatal(err)
	}
	for k, want := range []float64{(math.Sin(4) - math.Sin(2)) / 2 * 20, math.Sin(3)} {
		if math.Abs(gradients[0][k]-want) > 5e-3 {
			t.Errorf("the mean derivative along axis %d of two lines is %g, want %g", k, gradients[0][k], want)
		}
	}
}

func TestMeanErrors(t *testing.T) {
	for name, c := range map[string]struct {
		mean rendered.Mean
		want string
	}{
		"a width for one of two axes": {rendered.Mean{Widths: []float64{1}}, "a width for each axis"},
		"wider than the domain":       {rendered.Mean{Widths: []float64{1, 101}}, "0…100"},
		"NaN":                         {rendered.Mean{Widths: []float64{math.NaN(), 1}}, "0…360"},
		"a negative number of points": {rendered.Mean{Widths: []float64{1, 1}, Points: -1}, "at least 1"},
	} {
		t.Run(name, func(t *testing.T) {
			f, views, _ := newObjective(0, 0)
			f.Network, f.Derivatives, f.Mean = wave{}, views, &c.mean
			err := f.Gradient(t.Context(), grid(1), make([]float64, 1), [][]float64{{0, 0}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestSmoothedGradientOfANetwork compares the gradients that a Lab's objective has
// by default with differences of f over the same half a degree.
func TestSmoothedGradientOfANetwork(t *testing.T) {
	checkSmoothed(t, mesh.Teapot(0), "teapot", 8)
}

// TestSmoothedGradientLong is the same on several meshes, at 200 points or as many
// as SEMROB_POINTS says. It prints the figures of the table of docs/gradients.md.
func TestSmoothedGradientLong(t *testing.T) {
	if os.Getenv("SEMROB_LONG") == "" {
		t.Skip("this takes ten minutes a mesh: set SEMROB_LONG=1 to run it")
	}
	count := 200
	if text := os.Getenv("SEMROB_POINTS"); text != "" {
		var err error
		if count, err = strconv.Atoi(text); err != nil {
			t.Fatalf("SEMROB_POINTS: %v", err)
		}
	}
	t.Run("teapot", func(t *testing.T) { checkSmoothed(t, mesh.Teapot(0), "teapot", count) })
	for name, class := range map[string]string{"toilet_7b5b03": "toilet seat", "piano_e83cec": "grand piano", "cup_1ea9ea": "cup"} {
		t.Run(name, func(t *testing.T) {
			m, err := mesh.Load(filepath.Join(testdata.Dir(t), "meshes", name+".obj"))
			if err != nil {
				t.Fatal(err)
			}
			checkSmoothed(t, m, class, count)
		})
	}
}

// smoothed returns f of pictures of the default 2×2 samples with the gradients
// that a Lab gives it, and f of the pictures that those are taken in.
func smoothed(t *testing.T, m *mesh.Mesh, class string) (f, fine *rendered.Objective) {
	t.Helper()
	s := rendered.HalfADegree.WithDefaults()
	f, fine = classifies(t, m, class, 2), classifies(t, m, class, s.Supersample)
	f.Finer, f.Derivatives, f.Mean = fine.Renderer, fine.Derivatives, s.Mean(f.Domain)
	return f, fine
}

// checkSmoothed compares smoothed gradients at so many points with central
// differences over half a degree of azimuth and of elevation. Those of f of finely
// sampled pictures must correlate by 0.8. Those of f of the default pictures, which
// the samples of edges move besides, can correlate by no more than the two
// differences do.
func checkSmoothed(t *testing.T, m *mesh.Mesh, class string, count int) {
	t.Helper()
	f, fine := smoothed(t, m, class)
	points := make([][]float64, count)
	for i := range points {
		points[i] = []float64{math.Mod(137.5*float64(i)+3, 360), math.Mod(37*float64(i), 80)}
	}
	means := gradientsOf(t, f, points)
	f.Derivatives, f.Finer, f.Mean = classifies(t, m, class, 2).Derivatives, nil, nil
	alone := gradientsOf(t, f, points)
	for k, axis := range f.Domain {
		coarse, finely := differences(t, f, points, k, 0.25), differences(t, fine, points, k, 0.25)
		c := correlation(column(means, k), finely)
		t.Logf("%s, %d points: correlation with differences of f, 8×8 samples · 2×2: smoothed gradient %.2f · %.2f, at the point %.2f · %.2f, the two differences %.2f",
			axis.Name, count, c, correlation(column(means, k), coarse), correlation(column(alone, k), finely), correlation(column(alone, k), coarse), correlation(coarse, finely))
		if c < 0.8 {
			t.Errorf("%s: correlation %.4f, want 0.8", axis.Name, c)
		}
	}
}

func gradientsOf(t *testing.T, f *rendered.Objective, points [][]float64) [][]float64 {
	t.Helper()
	gradients := make([][]float64, len(points))
	for i := range gradients {
		gradients[i] = make([]float64, len(f.Domain))
	}
	if err := f.Gradient(t.Context(), points, make([]float64, len(points)), gradients); err != nil {
		t.Fatal(err)
	}
	return gradients
}

// differences returns central differences of f along axis k.
func differences(t *testing.T, f *rendered.Objective, points [][]float64, k int, step float64) []float64 {
	t.Helper()
	ends, values, all := make([][]float64, 2*len(points)), make([]float64, 2*len(points)), make([]float64, len(points))
	for i := range ends {
		ends[i] = append([]float64(nil), points[i/2]...)
		ends[i][k] += step * float64(2*(i%2)-1)
	}
	if err := f.Evaluate(t.Context(), ends, values); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i] = (values[2*i+1] - values[2*i]) / (2 * step)
	}
	return all
}

// column returns element k of each row.
func column(rows [][]float64, k int) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = row[k]
	}
	return out
}

package shading

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// weights are those of a smooth functional of pictures, [size, size, 3]: the
// derivative of each pixel's weight is low-frequency, and differs from channel to
// channel.
func weights(size int) []float32 {
	w := make([]float32, 0, 3*size*size)
	for y := range size {
		for x := range size {
			u, v := (float64(x)+0.5)/float64(size), (float64(y)+0.5)/float64(size)
			for k := range 3 {
				c := float64(k)
				value := math.Cos(2*math.Pi*(u+0.3*c)) + 0.7*math.Sin(2*math.Pi*(v-0.2*c)) + 0.5*math.Cos(2*math.Pi*(u-v+0.1*c))
				w = append(w, float32(value/float64(size*size)))
			}
		}
	}
	return w
}

// functional is the sum of a picture's values with these weights.
func functional(picture, w []float32) (sum float64) {
	for i, x := range picture {
		sum += float64(x) * float64(w[i])
	}
	return sum
}

// step is the step of the differences in units of the parameter, given that for
// angles in degrees. The functional has a kink if a face turns edge-on to the
// camera, so large flat faces need small steps; the noise of sampling needs large
// ones.
func step(p render.Parameter, degrees float64) float64 {
	if p.Unit == "°" {
		return degrees
	}
	return (p.DomainMax - p.DomainMin) * degrees / 200
}

// The steps for the two kinds of meshes, and for one of which some large faces
// turn their edge to the camera so near to one of many points that differences of
// flatStep reach across it: of ±0.2° one is a fifth off those of ±0.05°, ±0.02° and
// ±0.01°, which agree.
const smoothStep, flatStep, finestStep = 0.5, 0.2, 0.05

// comparison is the derivatives of the functional in one parameter at many
// points, by the graph and by differences.
type comparison struct {
	graph, differences []float64
}

// correlation returns Pearson's coefficient.
func (c *comparison) correlation() float64 {
	n := float64(len(c.graph))
	var x, y, xx, yy, xy float64
	for i := range c.graph {
		a, b := c.graph[i], c.differences[i]
		x, y, xx, yy, xy = x+a, y+b, xx+a*a, yy+b*b, xy+a*b
	}
	return (n*xy - x*y) / math.Sqrt((n*xx-x*x)*(n*yy-y*y))
}

// slope returns the factor that fits graph = factor · differences best.
func (c *comparison) slope() float64 {
	var yy, xy float64
	for i := range c.graph {
		yy, xy = yy+c.differences[i]*c.differences[i], xy+c.graph[i]*c.differences[i]
	}
	return xy / yy
}

func (c *comparison) String() string {
	return fmt.Sprintf("correlation %.5f, slope %.4f", c.correlation(), c.slope())
}

// compare is dressed.compare of a bare mesh.
func compare(t *testing.T, m *mesh.Mesh, size, points int, degrees float64, names ...string) map[string]*comparison {
	t.Helper()
	bare := dressed{m.Name, m, render.Options{Size: size}, nil}
	return bare.compare(t, points, degrees, names...)
}

// compare differentiates the functional at random points in the named
// parameters, by the graph and by central differences of an 8 times
// supersampled rendering.
func (d *dressed) compare(t *testing.T, points int, degrees float64, names ...string) map[string]*comparison {
	t.Helper()
	host, r := both(t, d.mesh, d.options)
	finer := d.options
	finer.Supersample = 8
	fine, err := render.New(d.mesh, finer)
	if err != nil {
		t.Fatal(err)
	}
	w := weights(host.Options().Size)
	rng := rand.New(rand.NewPCG(7, 8))
	result := map[string]*comparison{}
	columns := map[string]int{}
	for i, p := range render.Parameters() {
		columns[p.Name] = i
	}
	pictures := make([]float32, 2*r.ImageLen())
	for range points {
		scene := randomScene(t, rng)
		if d.dress != nil {
			d.dress(&scene)
		}
		gradient := make([]float32, Width())
		if err := r.Gradients(context.Background(), []render.Scene{scene}, w, gradient); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			p, err := render.LookupParameter(name)
			if err != nil {
				t.Fatal(err)
			}
			at, _ := scene.Get(name)
			low, high := at-step(p, degrees), at+step(p, degrees)
			if !p.Periodic { // colours and intensities end where their ranges do
				low, high = max(low, p.Min), min(high, p.Max)
			}
			two := []render.Scene{scene, scene}
			for i, x := range []float64{low, high} {
				if err := two[i].Set(name, x); err != nil {
					t.Fatal(err)
				}
			}
			if err := fine.Render(context.Background(), two, pictures); err != nil {
				t.Fatal(err)
			}
			n := r.ImageLen()
			if result[name] == nil {
				result[name] = &comparison{}
			}
			c := result[name]
			c.graph = append(c.graph, float64(gradient[columns[name]]))
			c.differences = append(c.differences, (functional(pictures[n:], w)-functional(pictures[:n], w))/(high-low))
		}
	}
	return result
}

// shadeParameters change the object's colours and move nothing.
var shadeParameters = []string{"light-x", "light-y", "light-z", "directional", "ambient", "object-r", "object-g", "object-b"}

// backgroundParameters change the background.
var backgroundParameters = []string{"background-r", "background-g", "background-b"}

// colourParameters are those that move nothing in the picture.
var colourParameters = append(backgroundParameters[:3:3], shadeParameters...)

// TestColourDerivatives compares the derivatives in light and colours with
// differences.
func TestColourDerivatives(t *testing.T) {
	m := mesh.Teapot(0)
	checkColours(t, m.Name, compare(t, m, 64, 12, smoothStep, colourParameters...))
}

func checkColours(t *testing.T, name string, result map[string]*comparison) {
	t.Helper()
	for parameter, c := range result {
		t.Logf("%s, %s: %v", name, parameter, c)
		if c.correlation() < 0.999 || math.Abs(c.slope()-1) > 0.02 {
			t.Errorf("%s, %s: %v, want 0.999 and 1", name, parameter, c)
		}
	}
}

// cameraParameters are those that move edges.
var cameraParameters = []string{"azimuth", "elevation", "distance", "roll", "fov", "offset-x", "offset-y"}

// TestCameraDerivatives compares the derivatives in the camera with
// differences, on a smooth closed mesh and, if the data is there, on one of
// large flat faces. The pictures are small, so the samples are far apart: the
// full size is TestDerivativesLong's.
func TestCameraDerivatives(t *testing.T) {
	teapot := mesh.Teapot(0)
	checkCamera(t, teapot.Name, compare(t, teapot, 80, 10, smoothStep, cameraParameters...), 0.97)
	piano := load(t, "piano_e83cec")
	checkCamera(t, piano.Name, compare(t, piano, 80, 10, flatStep, cameraParameters...), 0.95)
}

func checkCamera(t *testing.T, name string, result map[string]*comparison, least float64) {
	t.Helper()
	for parameter, c := range result {
		t.Logf("%s, %s: %v", name, parameter, c)
		if c.correlation() < least || math.Abs(c.slope()-1) > 0.1 {
			t.Errorf("%s, %s: %v, want %g and 1", name, parameter, c, least)
		}
	}
}

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

// steps of the differences, as a fraction of each parameter's domain: half a
// degree of azimuth for what moves edges, small where only colours change.
func step(p render.Parameter) float64 {
	switch p.Name {
	case "azimuth", "elevation", "roll":
		return 0.5
	case "fov", "distance", "offset-x", "offset-y":
		return (p.DomainMax - p.DomainMin) / 400
	}
	return (p.DomainMax - p.DomainMin) / 500
}

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

// compare differentiates the functional at random points in the named
// parameters, by the graph and by central differences of an 8 times
// supersampled rendering.
func compare(t *testing.T, m *mesh.Mesh, size, points int, names ...string) map[string]*comparison {
	t.Helper()
	_, r := both(t, m, render.Options{Size: size})
	fine, err := render.New(m, render.Options{Size: size, Supersample: 8})
	if err != nil {
		t.Fatal(err)
	}
	w := weights(size)
	rng := rand.New(rand.NewPCG(7, 8))
	result := map[string]*comparison{}
	columns := map[string]int{}
	for i, p := range render.Parameters() {
		columns[p.Name] = i
	}
	pictures := make([]float32, 2*r.ImageLen())
	for range points {
		scene := randomScene(t, rng)
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
			low, high := at-step(p), at+step(p)
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

// colourParameters are those that move nothing in the picture.
var colourParameters = []string{
	"light-x", "light-y", "light-z", "directional", "ambient",
	"object-r", "object-g", "object-b", "background-r", "background-g", "background-b",
}

// TestColourDerivatives compares the derivatives in light and colours with
// differences.
func TestColourDerivatives(t *testing.T) {
	for name, m := range map[string]*mesh.Mesh{"teapot": mesh.Teapot(0), "cup": mesh.Cup()} {
		for parameter, c := range compare(t, m, 64, 12, colourParameters...) {
			t.Logf("%s, %s: %v", name, parameter, c)
			if c.correlation() < 0.999 || math.Abs(c.slope()-1) > 0.02 {
				t.Errorf("%s, %s: %v, want 0.999 and 1", name, parameter, c)
			}
		}
	}
}

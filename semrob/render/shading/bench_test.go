package shading

import (
	"math"
	"testing"
	"time"

	"github.com/semrob/gonb-semrob/internal/cputime"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// around returns n views all around the object.
func around(n int) []render.Scene {
	scenes := make([]render.Scene, n)
	for i := range scenes {
		scenes[i] = render.DefaultScene()
		scenes[i].Azimuth = 360 * float64(i) / float64(n)
		scenes[i].Elevation = 20 + 10*math.Sin(float64(i))
	}
	return scenes
}

// BenchmarkGradients compares the derivatives of views with the views
// themselves, 224×224 of 448×448 samples, and measures each part.
func BenchmarkGradients(b *testing.B) {
	for _, m := range []struct {
		name string
		mesh func() *mesh.Mesh
	}{
		{"teapot", func() *mesh.Mesh { return mesh.Teapot(0) }},
		{"cup", mesh.Cup},
		{"teapot40k", func() *mesh.Mesh { return mesh.Teapot(25) }},
		{"toilet", func() *mesh.Mesh { return load(b, "toilet_7b5b03") }},
		{"bench", func() *mesh.Mesh { return load(b, "bench_51c605") }},
	} {
		host, r := both(b, m.mesh(), render.Options{})
		scenes := around(32)
		n := r.ImageLen()
		images, gradients := make([]float32, 32*n), make([]float32, 32*Width())
		if err := r.Gradients(b.Context(), scenes, images, gradients); err != nil {
			b.Fatal(err) // every size of program is compiled now
		}
		perView := func(b *testing.B) {
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N*32), "ms/view")
		}
		b.Run(m.name+"/forward", func(b *testing.B) {
			for b.Loop() {
				if err := host.Render(b.Context(), scenes, images); err != nil {
					b.Fatal(err)
				}
			}
			perView(b)
		})
		b.Run(m.name+"/gradient", func(b *testing.B) {
			for b.Loop() {
				if err := r.Gradients(b.Context(), scenes, images, gradients); err != nil {
					b.Fatal(err)
				}
			}
			perView(b)
			b.ReportMetric(float64(len(host.Mesh().Faces)), "faces")
		})
		b.Run(m.name+"/trace", func(b *testing.B) {
			var visible render.VisibilityBuffer
			if err := host.Visibility(b.Context(), scenes, &visible); err != nil {
				b.Fatal(err)
			}
			var edges Edges
			size := len(visible.Copies) / 32
			places := 0
			for i := 0; b.Loop(); i++ {
				if err := r.tracer().Trace(&scenes[i%32], visible.Copies[i%32*size:][:size], &edges); err != nil {
					b.Fatal(err)
				}
				places += edges.Len()
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/view")
			b.ReportMetric(float64(places)/float64(b.N), "edges")
		})
	}
}

// BenchmarkGradientCost compares the CPU time of the derivatives of views with
// that of the views themselves, in turns, so that other work on the machine
// slows both down: cost is their ratio. Meshes are white and flat, as in the
// paper, and dressed.
func BenchmarkGradientCost(b *testing.B) {
	file := func(name string) func() *mesh.Mesh { return func() *mesh.Mesh { return load(b, name) } }
	bare := func(*testing.B) func(*render.Scene) { return func(*render.Scene) {} }
	for _, c := range []struct {
		name    string
		mesh    func() *mesh.Mesh
		options render.Options
		dress   func(b *testing.B) func(*render.Scene)
	}{
		{"teapot", func() *mesh.Mesh { return mesh.Teapot(0) }, render.Options{}, bare},
		{"teapot40k", func() *mesh.Mesh { return mesh.Teapot(25) }, render.Options{}, bare},
		{"cup", mesh.Cup, render.Options{}, bare},
		{"bathtub", file("bathtub_bdf94fe1"), render.Options{}, bare},
		{"toilet", file("toilet_7b5b03"), render.Options{}, bare},
		{"bench", file("bench_51c605"), render.Options{}, bare},
		{"smooth", func() *mesh.Mesh { return mesh.Teapot(0) }, render.Options{Shading: render.Smooth}, bare},
		{"dressed", func() *mesh.Mesh { return cube(b) }, render.Options{Shading: render.Smooth, Materials: true},
			func(b *testing.B) func(*render.Scene) { return everything(b) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			host, r := both(b, c.mesh(), c.options)
			dress, scenes := c.dress(b), around(8)
			for i := range scenes {
				dress(&scenes[i])
			}
			images, gradients := make([]float32, len(scenes)*r.ImageLen()), make([]float32, len(scenes)*Width())
			views := func() error { return host.Render(b.Context(), scenes, images) }
			derivatives := func() error { return r.Gradients(b.Context(), scenes, images, gradients) }
			if err := derivatives(); err != nil {
				b.Fatal(err) // every size of program is compiled now
			}
			var forward, backward time.Duration
			for b.Loop() {
				forward += cpuTime(b, views)
				backward += cpuTime(b, derivatives)
			}
			n := float64(b.N * len(scenes))
			b.ReportMetric(forward.Seconds()*1e3/n, "forward-ms/view")
			b.ReportMetric(backward.Seconds()*1e3/n, "gradient-ms/view")
			b.ReportMetric(float64(backward)/float64(forward), "cost")
		})
	}
}

// cpuTime returns how much CPU time do takes.
func cpuTime(b *testing.B, do func() error) time.Duration {
	b.Helper()
	took, err := cputime.Of(do)
	if err != nil {
		b.Fatal(err)
	}
	return took
}

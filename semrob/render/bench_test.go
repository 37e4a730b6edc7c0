package render

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/mesh"
)

// bumpySphere returns a closed mesh of about 40,000 faces, all of them in
// view of some camera: 2·n·(n/2−1) faces for n = 202.
func bumpySphere(n int) *mesh.Mesh {
	m := &mesh.Mesh{Name: "bumpy sphere"}
	rings := n / 2
	for i := 0; i <= rings; i++ {
		for j := range n {
			theta, phi := math.Pi*float64(i)/float64(rings), 2*math.Pi*float64(j)/float64(n)
			radius := 1 + 0.1*math.Sin(5*theta)*math.Cos(7*phi)
			m.Vertices = append(m.Vertices, [3]float32{
				float32(radius * math.Sin(theta) * math.Cos(phi)),
				float32(radius * math.Cos(theta)),
				float32(radius * math.Sin(theta) * math.Sin(phi)),
			})
		}
	}
	for i := range rings {
		for j := range n {
			a, b := int32(i*n+j), int32(i*n+(j+1)%n)
			c, d := a+int32(n), b+int32(n)
			if i > 0 {
				m.Faces = append(m.Faces, [3]int32{a, b, d})
			}
			if i < rings-1 {
				m.Faces = append(m.Faces, [3]int32{a, d, c})
			}
		}
	}
	return m
}

// around returns n views all around the object.
func around(n int) []Scene {
	scenes := make([]Scene, n)
	for i := range scenes {
		scenes[i] = DefaultScene()
		scenes[i].Azimuth = 360 * float64(i) / float64(n)
		scenes[i].Elevation = 20 + 10*math.Sin(float64(i))
	}
	return scenes
}

// BenchmarkRasterize40k is visibility alone, one view at a time, on one core,
// 448×448 samples.
func BenchmarkRasterize40k(b *testing.B) {
	benchmarkRasterize(b, bumpySphere(202))
}

// BenchmarkRasterizeFile40k is the same for a mesh of 42,036 faces in its
// file, half of which are duplicates.
func BenchmarkRasterizeFile40k(b *testing.B) {
	m, err := mesh.Load(filepath.Join(testdata.Dir(b), "meshes", "toilet_7b5b03.obj"))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkRasterize(b, m)
}

func benchmarkRasterize(b *testing.B, m *mesh.Mesh) {
	r, err := New(m, Options{Workers: 1})
	if err != nil {
		b.Fatal(err)
	}
	scenes := around(8)
	var out VisibilityBuffer
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; b.Loop(); i++ {
		if err := r.Visibility(context.Background(), scenes[i%8:i%8+1], &out); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/view")
	b.ReportMetric(float64(len(r.faces)), "faces")
}

// BenchmarkRenderOneCore40k is the whole picture, 224×224, on one core.
func BenchmarkRenderOneCore40k(b *testing.B) { benchmarkRender(b, bumpySphere(202), 1) }

// BenchmarkRender40k is batches of pictures, 224×224, on all cores.
func BenchmarkRender40k(b *testing.B) { benchmarkRender(b, bumpySphere(202), 0) }

// BenchmarkRenderTeapot is batches of pictures of the teapot on all cores.
func BenchmarkRenderTeapot(b *testing.B) { benchmarkRender(b, mesh.Teapot(10), 0) }

func benchmarkRender(b *testing.B, m *mesh.Mesh, workers int) {
	r, err := New(m, Options{Workers: workers})
	if err != nil {
		b.Fatal(err)
	}
	scenes := around(32)
	images := make([]float32, len(scenes)*r.ImageLen())
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Render(context.Background(), scenes, images); err != nil {
			b.Fatal(err)
		}
	}
	views := float64(b.N * len(scenes))
	b.ReportMetric(views/b.Elapsed().Seconds(), "views/s")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/views, "ms/view")
}

// BenchmarkRenderLook40k draws one mesh plain, smooth, and with a texture.
func BenchmarkRenderLook40k(b *testing.B) {
	m := bumpySphere(202)
	board := checkerQuad(256, 1)
	m.Materials, m.FaceMaterials = board.Materials, make([]int32, len(m.Faces))
	for _, v := range m.Vertices {
		m.TexCoords = append(m.TexCoords, [2]float32{v[0], v[1]})
	}
	m.FaceTexCoords = m.Faces
	for name, o := range map[string]Options{"plain": {}, "smooth": {Shading: Smooth}, "textured": {Materials: true}, "both": {Shading: Smooth, Materials: true}} {
		b.Run(name, func(b *testing.B) {
			r := newRenderer(b, m, o)
			scenes := around(8)
			images := make([]float32, len(scenes)*r.ImageLen())
			for b.Loop() {
				if err := r.Render(context.Background(), scenes, images); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(b.N*len(scenes)), "ms/view")
		})
	}
}

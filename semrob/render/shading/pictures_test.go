package shading

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// open opens XLA.
func open(t testing.TB) compute.Backend {
	t.Helper()
	b, err := backend.Default(context.Background())
	if err != nil {
		t.Fatalf("opening XLA: %v", err)
	}
	return b.Compute
}

// both returns the host's renderer of a mesh and the graph's.
func both(t testing.TB, m *mesh.Mesh, options render.Options) (*render.Renderer, *Differentiator) {
	t.Helper()
	host, err := render.New(m, options)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(host, open(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Finalize(); err != nil {
			t.Error(err)
		}
	})
	return host, r
}

func load(t testing.TB, name string) *mesh.Mesh {
	t.Helper()
	m, err := mesh.Load(filepath.Join(testdata.Dir(t), "meshes", name+".obj"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// randomScene returns a scene with every parameter somewhere in its domain.
func randomScene(t testing.TB, rng *rand.Rand) render.Scene {
	t.Helper()
	s := render.DefaultScene()
	for _, p := range render.Parameters() {
		if err := s.Set(p.Name, p.DomainMin+rng.Float64()*(p.DomainMax-p.DomainMin)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestPicturesAreTheHosts compares the graph's pictures with the host's.
func TestPicturesAreTheHosts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, m := range map[string]*mesh.Mesh{"teapot": mesh.Teapot(0), "cup": mesh.Cup(), "one face": {
		Name: "one face", Vertices: [][3]float32{{0, 0, 0}, {1, 0, 0}, {0, 1, 0.5}}, Faces: [][3]int32{{0, 1, 2}},
	}} {
		t.Run(name, func(t *testing.T) {
			for _, options := range []render.Options{{Size: 56}, {Size: 32, Supersample: 3}, {Size: 40, Supersample: 1}} {
				host, r := both(t, m, options)
				scenes := []render.Scene{render.DefaultScene(), {
					Azimuth: 30, Elevation: 90, Distance: 2, FOV: 60, Light: [3]float64{1e30, 1e30, 0}, Directional: 2, Ambient: 0.3,
					Object: [3]float64{1, 0.5, 0.1}, Background: [3]float64{0.1, 0.2, 0.3},
				}}
				for range 6 {
					scenes = append(scenes, randomScene(t, rng))
				}
				want, got := make([]float32, len(scenes)*r.ImageLen()), make([]float32, len(scenes)*r.ImageLen())
				if err := host.Render(context.Background(), scenes, want); err != nil {
					t.Fatal(err)
				}
				if err := r.Render(context.Background(), scenes, got); err != nil {
					t.Fatal(err)
				}
				for i := range want {
					if d := math.Abs(float64(got[i] - want[i])); !(d < 2e-6) {
						t.Fatalf("%s, %+v: scene %d, value %d: %g, want %g", name, options, i/r.ImageLen(), i%r.ImageLen(), got[i], want[i])
					}
				}
			}
		})
	}
}

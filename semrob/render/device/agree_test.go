package device

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute"

	"github.com/semrob/gonb-semrob/internal/testdata"
	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// openBackend opens XLA. Where that is XLA on the CPU, as usual in tests, the
// rasteriser's answers are tested and nothing is said of a GPU's.
func openBackend(t testing.TB) compute.Backend {
	t.Helper()
	b, err := backend.Default(context.Background())
	if err != nil {
		t.Fatalf("opening XLA: %v", err)
	}
	t.Logf("backend: %s", b.Description())
	return b.Compute
}

func newRenderer(t testing.TB, m *mesh.Mesh, o render.Options) *render.Renderer {
	t.Helper()
	r, err := render.New(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newRasterizer(t testing.TB, r *render.Renderer, o Options) *Rasterizer {
	t.Helper()
	d, err := New(r, openBackend(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Finalize(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// agreement is how two rasterisers compare.
type agreement struct {
	samples, covered  int
	copies, depths    int                     // that differ
	worst             float64                 // relative difference of inverse depths of the same copy
	host, rasterizers render.VisibilityBuffer // of the last scenes
}

// add compares the two on some scenes.
func (a *agreement) add(t testing.TB, r *render.Renderer, d *Rasterizer, scenes []render.Scene) {
	t.Helper()
	if err := r.Visibility(t.Context(), scenes, &a.host); err != nil {
		t.Fatal(err)
	}
	if err := d.Visibility(t.Context(), scenes, &a.rasterizers); err != nil {
		t.Fatal(err)
	}
	want, got := &a.host, &a.rasterizers
	if got.Batch != want.Batch || got.Samples != want.Samples || len(got.Copies) != len(want.Copies) || len(got.InverseDepth) != len(want.InverseDepth) {
		t.Fatalf("the device's buffer is [%d, %d, %d], the host's [%d, %d, %d]", got.Batch, got.Samples, got.Samples, want.Batch, want.Samples, want.Samples)
	}
	for i, c := range want.Copies {
		a.samples++
		if c != render.None {
			a.covered++
		}
		if got.Copies[i] != c {
			a.copies++
			continue
		}
		if got.InverseDepth[i] != want.InverseDepth[i] {
			a.depths++
			a.worst = max(a.worst, math.Abs(float64(got.InverseDepth[i]/want.InverseDepth[i])-1))
		}
	}
}

// check demands that at most one sample in 10,000 shows another copy.
func (a *agreement) check(t testing.TB) {
	t.Helper()
	t.Logf("%d of %d samples show another copy (%d are covered), %d another depth by up to %.1g", a.copies, a.samples, a.covered, a.depths, a.worst)
	if a.covered == 0 {
		t.Error("no sample is covered: nothing was compared")
	}
	if float64(a.copies) > 1e-4*float64(a.samples) {
		t.Errorf("%d of %d samples show another copy than on the host: at most 0.01 %% may", a.copies, a.samples)
	}
	if a.worst > 1e-6 {
		t.Errorf("depths differ by up to %g", a.worst)
	}
}

// around returns n views all around the object.
func around(n int) []render.Scene {
	scenes := make([]render.Scene, n)
	for i := range scenes {
		scenes[i] = render.DefaultScene()
		scenes[i].Azimuth = 360 * float64(i) / float64(n)
		scenes[i].Elevation = -10 + 100*float64(i)/float64(n)
	}
	return scenes
}

// long reports whether to run checks that take minutes.
func long() bool { return os.Getenv("SEMROB_LONG") != "" }

// TestMeshes compares the two rasterisers on the meshes of the test data, which
// hold coplanar faces and slivers: with SEMROB_LONG on all of them at 20 views of
// the usual size, else on two at four small ones.
func TestMeshes(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(testdata.Dir(t), "meshes", "*.obj"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no mesh in the test data (%v)", err)
	}
	options, scenes := render.Options{}, around(20)
	if !long() {
		t.Log("set SEMROB_LONG for all meshes at 20 views of 448² samples")
		files = []string{files[0], files[len(files)/2]}
		options, scenes = render.Options{Size: 60}, around(4)
	}
	for i, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			m, err := mesh.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			options.Camera = render.Conventions.All()[i%2]
			r := newRenderer(t, m, options)
			d := newRasterizer(t, r, Options{})
			var a agreement
			for from := 0; from < len(scenes); from += 4 {
				a.add(t, r, d, scenes[from:from+4])
			}
			a.check(t)
		})
	}
}

// randomMesh returns triangles of all sizes about the origin.
func randomMesh(rng *rand.Rand, faces int) *mesh.Mesh {
	m := &mesh.Mesh{Name: "random triangles"}
	for f := range int32(faces) {
		var centre [3]float64
		for k := range centre {
			centre[k] = 2*rng.Float64() - 1
		}
		size := math.Exp(-4 * rng.Float64())
		for range 3 {
			var p [3]float32
			for k := range p {
				p[k] = float32(centre[k] + size*(2*rng.Float64()-1))
			}
			m.Vertices = append(m.Vertices, p)
		}
		m.Faces = append(m.Faces, [3]int32{3 * f, 3*f + 1, 3*f + 2})
	}
	return m
}

// TestAnywhere compares the two on random triangles, large and small and across
// each other, with random semantic parameters, from outside, from inside,
// with faces across the near plane, and with nothing in view.
func TestAnywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	// Not a whole number of tiles along a side.
	r := newRenderer(t, randomMesh(rng, 150), render.Options{Size: 75, Supersample: 1})
	d := newRasterizer(t, r, Options{})
	scenes := make([]render.Scene, 16)
	for i := range scenes {
		s := render.DefaultScene()
		for _, p := range render.Parameters() {
			if err := s.Set(p.Name, p.DomainMin+rng.Float64()*(p.DomainMax-p.DomainMin)); err != nil {
				t.Fatal(err)
			}
		}
		switch i % 4 {
		case 1:
			s.Distance = 0.2 + rng.Float64() // inside, or faces across Near
		case 2:
			s.Distance, s.FOV = 0.05, 140
		}
		scenes[i] = s
	}
	scenes[0].Azimuth, scenes[0].Elevation = 90, 90
	scenes[3].Azimuth, scenes[3].Roll = -1e6, 720
	scenes[4].OffsetX = 40 // nothing in view
	scenes[8].FOV = 1e-6
	var a agreement
	a.add(t, r, d, scenes)
	a.check(t)
	n := a.host.Samples * a.host.Samples
	for i, c := range a.rasterizers.Copies[4*n : 5*n] {
		if depth := a.rasterizers.InverseDepth[4*n+i]; c != render.None || depth != float32(1.0/render.Far) {
			t.Fatalf("an empty view shows copy %d at inverse depth %g at sample %d", c, depth, i)
		}
	}
}

// TestTies lays differently cut squares over each other, so that copies of both
// windings are equally near: the lowest wins at every sample, as on the host.
func TestTies(t *testing.T) {
	m := &mesh.Mesh{
		Name:     "squares",
		Vertices: [][3]float32{{-0.5, -0.5, 0}, {-0.5, 0.5, 0}, {0.5, 0.5, 0}, {0.5, -0.5, 0}},
		Faces:    [][3]int32{{0, 1, 2}, {0, 2, 3}, {0, 3, 1}, {1, 3, 2}},
	}
	scene := render.DefaultScene()
	scene.FOV, scene.Distance = 90, 1
	r := newRenderer(t, m, render.Options{Size: 32, KeepPlacement: true})
	var a agreement
	a.add(t, r, newRasterizer(t, r, Options{}), []render.Scene{scene})
	a.check(t)
	if a.copies != 0 {
		t.Errorf("%d samples show another copy than on the host", a.copies)
	}
	seen := map[int32]bool{}
	for _, c := range a.rasterizers.Copies {
		seen[c] = true
	}
	if !seen[2] || !seen[3] || len(seen) != 3 {
		t.Errorf("copies %v are visible, want 2 and 3 only, and the background", seen)
	}
}

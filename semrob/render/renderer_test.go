package render

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
)

func TestDefaults(t *testing.T) {
	r, err := New(mesh.Teapot(3), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if o := r.Options(); o.Size != 224 || o.Supersample != 2 || o.Workers < 1 {
		t.Errorf("the default options are %+v", o)
	}
	picture, err := r.Image(context.Background(), DefaultScene())
	if err != nil {
		t.Fatal(err)
	}
	if b := picture.Bounds(); b.Dx() != 224 || b.Dy() != 224 {
		t.Errorf("the picture is %v", b)
	}
}

func TestErrors(t *testing.T) {
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		m    *mesh.Mesh
		o    Options
		want string
	}{
		"NaN vertex":   {&mesh.Mesh{Vertices: [][3]float32{{0, 0, 0}, {1, nan, 0}, {0, 1, 0}}, Faces: [][3]int32{{0, 1, 2}}}, Options{}, "vertex 1"},
		"no faces":     {&mesh.Mesh{Vertices: [][3]float32{{0, 0, 0}, {1, 0, 0}}}, Options{}, "no face"},
		"no vertex":    {&mesh.Mesh{Vertices: [][3]float32{{0, 0, 0}, {1, 0, 0}}, Faces: [][3]int32{{0, 1, 2}}}, Options{}, "face 0"},
		"no mesh":      {nil, Options{}, "no mesh"},
		"size":         {square(0, 0, 0, 1), Options{Size: -1}, "size"},
		"supersample":  {square(0, 0, 0, 1), Options{Supersample: -2}, "supersampling"},
		"workers":      {square(0, 0, 0, 1), Options{Workers: -2}, "workers"},
		"huge":         {square(0, 0, 0, 1), Options{Size: 10000}, "too large"},
		"overflowing":  {square(0, 0, 0, 1), Options{Size: 1 << 40, Supersample: 1 << 40}, "too large"},
		"without area": {&mesh.Mesh{Vertices: [][3]float32{{1, 1, 1}}, Faces: [][3]int32{{0, 0, 0}}}, Options{}, "one point"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := New(c.m, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want one that says %q", name, err, c.want)
			}
		})
	}

	r := newRenderer(t, square(0, 0, 0, 1), Options{Size: 8})
	bad := DefaultScene()
	bad.Elevation = 100
	ctx := context.Background()
	for name, err := range map[string]error{
		"scene 2 of 2": r.Render(ctx, []Scene{DefaultScene(), bad}, make([]float32, 2*r.ImageLen())),
		"elevation":    r.Visibility(ctx, []Scene{bad}, &VisibilityBuffer{}),
		"must be 192":  r.Render(ctx, []Scene{DefaultScene()}, make([]float32, 7)),
	} {
		t.Run(name, func(t *testing.T) {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error %v, want one that says %q", err, name)
			}
		})
	}
	if _, err := New(&mesh.Mesh{Name: "nothing"}, Options{}); !errors.Is(err, mesh.ErrEmpty) {
		t.Errorf("error %v for an empty mesh", err)
	}
	if _, err := r.Image(ctx, Scene{}); err == nil {
		t.Error("no error for the zero scene")
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, workers := range []int{1, 2, 4} {
		r := newRenderer(t, square(0, 0, 0, 1), Options{Size: 8, Workers: workers})
		scenes := around(3)
		if err := r.Render(ctx, scenes, make([]float32, 3*r.ImageLen())); !errors.Is(err, context.Canceled) {
			t.Errorf("%d workers: Render returns %v after cancelling", workers, err)
		}
		if err := r.Visibility(ctx, scenes, &VisibilityBuffer{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%d workers: Visibility returns %v after cancelling", workers, err)
		}
	}
}

// TestWorkersAndBatches draws the same scenes with different numbers of
// workers, batch sizes and callers at the same time.
func TestWorkersAndBatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	m := randomMesh(rng, 100)
	scenes := make([]Scene, 7)
	for i := range scenes {
		scenes[i] = randomScene(rng)
	}
	scenes[3].Distance = 0.5 // near-plane crossings
	one := newRenderer(t, m, Options{Size: 24, Workers: 1})
	n := one.ImageLen()
	var want []float32
	for _, s := range scenes {
		want = append(want, render(t, one, s)...)
	}
	for _, workers := range []int{1, 2, 5, 40} {
		r := newRenderer(t, m, Options{Size: 24, Workers: workers})
		var callers sync.WaitGroup
		for caller := range 4 {
			callers.Go(func() {
				batch := caller + 1
				for start := 0; start+batch <= len(scenes); start += batch {
					got := make([]float32, batch*n)
					if err := r.Render(context.Background(), scenes[start:start+batch], got); err != nil {
						t.Error(err)
					} else if !slices.Equal(got, want[start*n:(start+batch)*n]) {
						t.Errorf("%d workers, batch of %d from %d: other pictures than one by one", workers, batch, start)
					}
				}
			})
		}
		callers.Wait()

		var all, single VisibilityBuffer
		if err := r.Visibility(context.Background(), scenes, &all); err != nil {
			t.Fatal(err)
		}
		size := all.Samples * all.Samples
		for i := range scenes {
			if err := one.Visibility(context.Background(), scenes[i:i+1], &single); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(all.Copies[i*size:(i+1)*size], single.Copies) || !slices.Equal(all.InverseDepth[i*size:(i+1)*size], single.InverseDepth) {
				t.Errorf("%d workers: other visibility of scene %d than alone", workers, i)
			}
		}
	}
}

// TestNoBatch draws no scene at all.
func TestNoBatch(t *testing.T) {
	r := newRenderer(t, square(0, 0, 0, 1), Options{Size: 8})
	var b VisibilityBuffer
	if err := r.Visibility(context.Background(), nil, &b); err != nil || len(b.Copies) != 0 {
		t.Errorf("visibility of nothing: %d samples, %v", len(b.Copies), err)
	}
	if err := r.Render(context.Background(), nil, nil); err != nil {
		t.Error(err)
	}
}

// TestAllocations checks that drawing more views allocates nothing more.
func TestAllocations(t *testing.T) {
	r := newRenderer(t, bumpySphere(20), Options{Size: 32, Workers: 1})
	allocations := func(n int) float64 {
		scenes := around(n)
		images := make([]float32, n*r.ImageLen())
		return testing.AllocsPerRun(5, func() {
			if err := r.Render(context.Background(), scenes, images); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocations(2), allocations(20); many > few {
		t.Errorf("%g allocations for 2 views, %g for 20", few, many)
	}
}

// TestReusedBuffers draws a small picture of the object after a large one: none
// of the large one may be left.
func TestReusedBuffers(t *testing.T) {
	r := newRenderer(t, bumpySphere(20), Options{Size: 32, Workers: 1})
	near, far := DefaultScene(), DefaultScene()
	near.Distance, far.Distance = 1.5, 8
	want := render(t, newRenderer(t, bumpySphere(20), Options{Size: 32, Workers: 1}), far)
	render(t, r, near)
	if got := render(t, r, far); !slices.Equal(got, want) {
		t.Error("a second picture differs from the same picture drawn first")
	}
	var b VisibilityBuffer
	for _, s := range []Scene{near, far} {
		if err := r.Visibility(context.Background(), []Scene{s}, &b); err != nil {
			t.Fatal(err)
		}
	}
	if fresh := visibility(t, r, far); !slices.Equal(b.Copies, fresh.Copies) || !slices.Equal(b.InverseDepth, fresh.InverseDepth) {
		t.Error("a buffer that is used again holds something else than a new one")
	}
}

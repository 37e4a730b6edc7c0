package device

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// visibility is a rasteriser of either kind.
type visibility interface {
	Visibility(ctx context.Context, scenes []render.Scene, out *render.VisibilityBuffer) error
}

var _, _ visibility = (*render.Renderer)(nil), (*Rasterizer)(nil)

// TestDivided draws batches that are too large for the memory, in a buffer that
// held something larger, from several goroutines.
func TestDivided(t *testing.T) {
	r := newRenderer(t, mesh.Teapot(3), render.Options{Size: 20})
	d := newRasterizer(t, r, Options{Memory: 1})
	if d.batch != 1 {
		t.Errorf("%d views are drawn at a time in no memory at all, want 1", d.batch)
	}
	scenes := around(3)
	var want render.VisibilityBuffer
	if err := r.Visibility(t.Context(), scenes, &want); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			var got render.VisibilityBuffer
			got.Resize(9, 50)
			for range 2 {
				if err := d.Visibility(t.Context(), scenes, &got); err != nil {
					t.Error(err)
				}
				if got.Batch != 3 || got.Samples != 40 || !slices.Equal(got.Copies, want.Copies) || !slices.Equal(got.InverseDepth, want.InverseDepth) {
					t.Error("a divided batch shows something else than the host's")
				}
			}
		})
	}
	group.Wait()
	if err := d.Visibility(t.Context(), nil, &want); err != nil || len(want.Copies) != 0 {
		t.Errorf("visibility of nothing: %d samples, %v", len(want.Copies), err)
	}
}

// TestInGraph puts visibility into a larger graph, with float32 parameters and
// with loops and constants before and after it, and differentiates the whole.
func TestInGraph(t *testing.T) {
	r := newRenderer(t, mesh.Teapot(3), render.Options{Size: 16, Supersample: 1})
	b := openBackend(t)
	placed, err := Place(r, b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := placed.Finalize(); err != nil {
			t.Error(err)
		}
	}()
	table := render.Parameters()
	background := slices.IndexFunc(table, func(p render.Parameter) bool { return p.Name == "background-r" })
	// The mean over samples of the background's red where nothing is visible and
	// of 0.5 elsewhere: its derivative is the share of the background.
	exec, err := graph.NewExec(b, func(parameters *graph.Node) (share, gradient *graph.Node) {
		parameters = graph.AddScalar(graph.MulScalar(parameters, 2), 0)
		parameters = graph.DivScalar(parameters, 2)
		copies, depth := placed.Visibility(parameters)
		red := graph.InsertAxes(graph.SliceAxis(parameters, 1, graph.AxisElem(background)), -1)
		none := graph.Equal(copies, graph.Scalar(copies.Graph(), dtypes.Int32, render.None))
		picture := graph.Where(none, graph.BroadcastToDims(red, copies.Shape().Dimensions...), graph.AddScalar(graph.MulScalar(depth, 0), 0.5))
		mean := graph.ReduceAllMean(picture)
		return mean, graph.Gradient(mean, parameters)[0]
	})
	if err != nil {
		t.Fatal(err)
	}
	exec.SetSideParamsHook(placed.Feed)
	defer exec.Finalize()

	scene := render.DefaultScene()
	row := make([]float32, len(table))
	for i, p := range table {
		row[i] = float32(p.Default)
	}
	results, err := exec.Call([][]float32{row})
	if err != nil {
		t.Fatal(err)
	}
	var want render.VisibilityBuffer
	if err := r.Visibility(t.Context(), []render.Scene{scene}, &want); err != nil {
		t.Fatal(err)
	}
	empty := 0
	for _, c := range want.Copies {
		if c == render.None {
			empty++
		}
	}
	share := float32(empty) / float32(len(want.Copies))
	mean, gradient := results[0].Value().(float32), results[1].Value().([][]float32)[0]
	if wanted := 0.5 * (1 - share); mean < wanted-1e-5 || mean > wanted+1e-5 {
		t.Errorf("the mean is %g, want %g", mean, wanted)
	}
	for i, p := range table {
		wanted := float32(0)
		if i == background {
			wanted = share
		}
		if gradient[i] < wanted-1e-5 || gradient[i] > wanted+1e-5 {
			t.Errorf("the derivative by %s is %g, want %g", p.Name, gradient[i], wanted)
		}
	}
}

func TestErrors(t *testing.T) {
	r := newRenderer(t, mesh.Teapot(3), render.Options{Size: 8})
	b := openBackend(t)
	if _, err := New(r, b, Options{Memory: -1}); err == nil || !strings.Contains(err.Error(), "memory") {
		t.Errorf("error %v, want one that speaks of memory", err)
	}
	pure, err := compute.NewWithConfig(gobackend.BackendName)
	if err != nil {
		t.Fatal(err)
	}
	defer pure.Finalize()
	if _, err := New(r, pure, Options{}); !errors.Is(err, ErrNeedsXLA) {
		t.Errorf("error %v in pure Go, want one that asks for XLA", err)
	}
	d, err := New(r, b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var out render.VisibilityBuffer
	bad := render.DefaultScene()
	bad.Elevation = 100
	if err := d.Visibility(t.Context(), []render.Scene{render.DefaultScene(), bad}, &out); err == nil || !strings.Contains(err.Error(), "scene 2 of 2") {
		t.Errorf("error %v, want one that names scene 2", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Visibility(ctx, around(1), &out); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after cancelling", err)
	}
	if err := d.Finalize(); err != nil {
		t.Fatal(err)
	}
	if err := d.Visibility(t.Context(), around(1), &out); !errors.Is(err, errFinalized) {
		t.Errorf("error %v after Finalize", err)
	}
}

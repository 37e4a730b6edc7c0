package rendered_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// angles "renders" a scene as its azimuth, elevation and distance.
type angles struct{ views atomic.Int64 }

func (*angles) ImageLen() int { return 3 }

func (a *angles) Render(ctx context.Context, scenes []render.Scene, images []float32) error {
	for i, s := range scenes {
		copy(images[3*i:], []float32{float32(s.Azimuth), float32(s.Elevation), float32(s.Distance)})
	}
	a.views.Add(int64(len(scenes)))
	return ctx.Err()
}

// halves gives class 1 the fraction azimuth/360 and class 0 the rest.
type halves struct {
	seen, calls int
	fail        error
}

func (h *halves) Probabilities(ctx context.Context, images []float32, batch int) ([]float32, error) {
	if h.fail != nil {
		return nil, h.fail
	}
	h.seen += batch
	h.calls++
	out := make([]float32, 2*batch)
	for i := range batch {
		p := images[3*i] / 360
		out[2*i], out[2*i+1] = 1-p, p
	}
	return out, nil
}

func newObjective(class, batch int) (*rendered.Objective, *angles, *halves) {
	views, network := &angles{}, &halves{}
	return &rendered.Objective{
		Renderer: views, Network: network, Class: class, Batch: batch,
		Base: render.DefaultScene(), Domain: objective.Viewpoints(),
	}, views, network
}

func grid(n int) [][]float64 {
	points := make([][]float64, n)
	for i := range points {
		points[i] = []float64{float64(i*7%360) + 0.5, float64(i % 90)}
	}
	return points
}

func TestBatchesDoNotChangeTheValues(t *testing.T) {
	for _, batch := range []int{0, 1, 3, 64, 1000} {
		for _, n := range []int{0, 1, 5, 64, 129} {
			f, views, network := newObjective(1, batch)
			points, values := grid(n), make([]float64, n)
			if err := f.Evaluate(context.Background(), points, values); err != nil {
				t.Fatal(err)
			}
			for i, p := range points {
				if math.Abs(values[i]-p[0]/360) > 1e-6 {
					t.Fatalf("batch %d: f(%v) = %g", batch, p, values[i])
				}
			}
			if int(views.views.Load()) != n || network.seen != n {
				t.Errorf("batch %d: %d views rendered and %d classified for %d points", batch, views.views.Load(), network.seen, n)
			}
		}
	}
}

// TestObjectsShareBatches: three objects that one network sees go through it in
// full batches, and get the values that each gets alone.
func TestObjectsShareBatches(t *testing.T) {
	network := &halves{}
	var requests []objective.Request
	for n, class := range []int{1, 0, 1} {
		points := grid(5 + 4*n)
		f := &rendered.Objective{Renderer: &angles{}, Network: network, Class: class, Batch: 8, Base: render.DefaultScene(), Domain: objective.Viewpoints()}
		requests = append(requests, objective.Request{Objective: f, Points: points, Values: make([]float64, len(points))})
	}
	if err := objective.EvaluateAll(context.Background(), requests); err != nil {
		t.Fatal(err)
	}
	if network.calls != 4 || network.seen != 27 {
		t.Errorf("%d calls for %d views, want 4 for 27 in batches of 8", network.calls, network.seen)
	}
	for n, r := range requests {
		alone := make([]float64, len(r.Points))
		if err := r.Objective.Evaluate(context.Background(), r.Points, alone); err != nil {
			t.Fatal(err)
		}
		for i := range alone {
			if alone[i] != r.Values[i] {
				t.Errorf("object %d at %v: %g together, %g alone", n, r.Points[i], r.Values[i], alone[i])
			}
		}
	}
}

func TestAxesOverrideTheBaseScene(t *testing.T) {
	f, _, _ := newObjective(0, 0)
	f.Base.Distance = 4
	f.Domain = objective.Space{objective.Azimuth}
	scene, err := f.Scene([]float64{30})
	if err != nil || scene.Azimuth != 30 || scene.Distance != 4 {
		t.Errorf("scene %+v, error %v", scene, err)
	}
}

func TestErrors(t *testing.T) {
	values := make([]float64, 1)
	f, _, network := newObjective(0, 0)
	if err := f.Evaluate(context.Background(), [][]float64{{0, 91}}, values); err == nil || !strings.Contains(err.Error(), "elevation 91") {
		t.Errorf("elevation 91°: error %v", err)
	}
	f.Class = 2
	if err := f.Evaluate(context.Background(), grid(1), values); err == nil || !strings.Contains(err.Error(), "class 2") {
		t.Errorf("class 2 of 2: error %v", err)
	}
	network.fail = fmt.Errorf("out of memory")
	if err := f.Evaluate(context.Background(), grid(1), values); !errors.Is(err, network.fail) {
		t.Errorf("a failing network: error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	f, _, _ = newObjective(0, 4)
	if err := f.Evaluate(ctx, grid(100), make([]float64, 100)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: error %v", err)
	}
}

func TestAxis(t *testing.T) {
	for i, name := range []string{"azimuth", "elevation"} {
		a, err := rendered.Axis(name)
		if err != nil || a != objective.Viewpoints()[i] {
			t.Errorf("%s: %+v, error %v; the published space has %+v", name, a, err, objective.Viewpoints()[i])
		}
	}
	var unknown *render.UnknownError
	if _, err := rendered.Axis("azimut"); !errors.As(err, &unknown) {
		t.Errorf("an unknown parameter: error %v", err)
	}
	f, views, _ := newObjective(0, 0)
	f.Network, f.Derivatives, f.Domain = wave{}, views, objective.Space{{Name: "azimut", Min: 0, Max: 1}}
	if err := f.Gradient(t.Context(), [][]float64{{0}}, []float64{0}, [][]float64{{0}}); !errors.As(err, &unknown) {
		t.Errorf("a gradient along an unknown parameter: error %v", err)
	}
}

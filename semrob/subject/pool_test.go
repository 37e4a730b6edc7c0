package subject

import (
	"context"
	"errors"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render/device"
)

// resolved returns the description of a subject in azimuth and elevation, and its
// source.
func resolved(t *testing.T, s Subject) (Description, Source) {
	t.Helper()
	r, err := s.Resolve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.On(objective.Viewpoints())
	if err != nil {
		t.Fatal(err)
	}
	return d, r.Source()
}

func open(t *testing.T, p *Pool, s Subject) *Opened {
	t.Helper()
	d, from := resolved(t, s)
	o, err := p.Open(context.Background(), d, from)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// value returns f at one point.
func value(t *testing.T, o *Opened) float64 {
	t.Helper()
	f := []float64{0}
	if err := o.Objective.Evaluate(context.Background(), [][]float64{{40, 25}}, f); err != nil {
		t.Fatal(err)
	}
	return f[0]
}

// TestPoolKeepsAndBounds shares what is the same, keeps what is not in use up to a
// bound, and never releases what is in use.
func TestPoolKeepsAndBounds(t *testing.T) {
	registerBright(t, "bright")
	p := &Pool{Networks: 1, Objects: 1}
	teapot := Subject{Mesh: "teapot", Class: "teapot", Network: "bright"}
	cup := teapot
	cup.Mesh = "cup"
	first, again := open(t, p, teapot), open(t, p, teapot)
	if first.Objective.Renderer != again.Objective.Renderer || first.Classifier != again.Classifier {
		t.Error("the same subject has two renderers or two networks")
	}
	second := open(t, p, cup) // beyond the bound: both are in use
	if second.Classifier != first.Classifier {
		t.Error("two objects have two networks")
	}
	want := value(t, first)
	if err := errors.Join(again.Release(), again.Release(), second.Release()); err != nil {
		t.Fatal(err)
	}
	if got := value(t, first); got != want {
		t.Errorf("f is %g after others were released, %g before", got, want)
	}
	if n := len(p.objects.entries); n != 1 {
		t.Errorf("%d renderers are kept, want the one in use", n)
	}
	third := open(t, p, cup)
	if err := errors.Join(first.Release(), third.Release()); err != nil {
		t.Fatal(err)
	}
	if n := len(p.objects.entries); n != 1 {
		t.Errorf("%d renderers are kept, want 1", n)
	}
	if err := p.Close(); err != nil || len(p.objects.entries)+len(p.networks.entries) != 0 {
		t.Errorf("a closed pool keeps %d renderers and %d networks, error %v", len(p.objects.entries), len(p.networks.entries), err)
	}
	d, from := resolved(t, teapot)
	if _, err := p.Open(context.Background(), d, from); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed pool opens: %v", err)
	}
}

// TestPoolReleasesAfterClose keeps what is in use until it is released.
func TestPoolReleasesAfterClose(t *testing.T) {
	registerBright(t, "bright")
	p := &Pool{}
	o := open(t, p, Subject{Mesh: "teapot", Class: "teapot", Network: "bright"})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	value(t, o)
	if err := o.Release(); err != nil || len(p.objects.entries)+len(p.networks.entries) != 0 {
		t.Errorf("%d renderers and %d networks are left, error %v", len(p.objects.entries), len(p.networks.entries), err)
	}
}

// TestPoolTellsOptionsApart opens subjects that share a mesh and weights but not
// an option; each must get its own network or renderer.
func TestPoolTellsOptionsApart(t *testing.T) {
	p := &Pool{Networks: 4}
	defer p.Close()
	plain := Subject{Mesh: "teapot", Class: "teapot"}
	small := plain
	small.Open.InputSize = 160
	a, b := open(t, p, plain), open(t, p, small)
	if a.Classifier == b.Classifier || a.Objective.Renderer == b.Objective.Renderer {
		t.Error("another input size shares network or renderer")
	}
	if value(t, a) == value(t, b) {
		t.Error("f is the same for another input size")
	}
	p.Rasterizer = device.Device
	c := open(t, p, plain)
	if c.Objective.Renderer == a.Objective.Renderer {
		t.Error("a rasterizer that was chosen later is ignored")
	}
	if x, y := value(t, a), value(t, c); x != y {
		t.Errorf("f is %g on the host and %g on the device", x, y)
	}
}

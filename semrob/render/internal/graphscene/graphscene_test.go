package graphscene_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/internal/graphscene"
)

// TestCameraIsTheHosts compares cameras in a graph with render.NewCamera.
func TestCameraIsTheHosts(t *testing.T) {
	b, err := backend.Default(t.Context())
	if err != nil {
		t.Fatalf("opening XLA: %v", err)
	}
	const samples = 448
	rng := rand.New(rand.NewPCG(1, 2))
	var scenes []render.Scene
	var values [][]float64
	for range 20 {
		s, row := render.DefaultScene(), []float64(nil)
		for _, p := range render.Parameters() {
			x := p.DomainMin + (p.DomainMax-p.DomainMin)*rng.Float64()
			if err := s.Set(p.Name, x); err != nil {
				t.Fatal(err)
			}
			row = append(row, x)
		}
		scenes, values = append(scenes, s), append(values, row)
	}
	sinCos := func(degrees *graph.Node) (sin, cos *graph.Node) {
		x := graph.MulScalar(degrees, math.Pi/180)
		return graph.Sin(x), graph.Cos(x)
	}
	for _, convention := range render.Conventions.All() {
		result, err := graph.CallOnce(b.Compute, func(parameters *graph.Node) *graph.Node {
			p := graphscene.NewParameters(parameters)
			c := graphscene.NewCamera(p.Get, sinCos, samples, convention)
			right := c.Up.Cross(c.Forward)
			return graph.Concatenate([]*graph.Node{
				c.Right[0], c.Right[1], c.Right[2], c.Up[0], c.Up[1], c.Up[2], c.Forward[0], c.Forward[1], c.Forward[2],
				c.Shift[0], c.Shift[1], c.Shift[2], c.Scale, right[0], right[1], right[2], c.Up.Dot(c.Up),
			}, 1)
		}, values)
		if err != nil {
			t.Fatal(err)
		}
		for i, got := range result.Value().([][]float64) {
			c := render.NewCamera(&scenes[i], samples, convention, render.SinCos)
			want := append(append(append(append([]float64{}, c.Right[:]...), c.Up[:]...), c.Forward[:]...), c.Shift[:]...)
			mirror := 1.0 // up × forward is the right of mirrored pictures
			if convention == render.Physical {
				mirror = -1
			}
			want = append(want, c.Scale, mirror*c.Right[0], mirror*c.Right[1], mirror*c.Right[2], 1)
			for k := range want {
				if !(math.Abs(got[k]-want[k]) <= 1e-12*max(1, math.Abs(want[k]))) {
					t.Errorf("scene %d, value %d is %g, want %g", i, k, got[k], want[k])
				}
			}
		}
	}
}

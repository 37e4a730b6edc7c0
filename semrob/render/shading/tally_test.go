package shading

import (
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// TestTally adds up the adjoints of random pictures sample by sample, twice each,
// so that remains of the first would show in the second.
func TestTally(t *testing.T) {
	const size = 12
	rng := rand.New(rand.NewPCG(5, 6))
	for supersample := 1; supersample <= 3; supersample++ {
		host, err := render.New(mesh.Cup(), render.Options{Size: size, Supersample: supersample})
		if err != nil {
			t.Fatal(err)
		}
		tracer := NewTracer(host)
		n := size * supersample
		for _, within := range []image.Rectangle{
			image.Rect(0, 0, n, n), image.Rect(2, 4, n-3, n-1), image.Rect(0, 0, 0, 0), image.Rect(n, 3, n, 5), image.Rect(1, n-1, n, n),
		} {
			var p pulled
			for range 2 {
				copies, adjoints := make([]int32, n*n), make([]float32, 3*size*size)
				for i := range copies {
					copies[i] = none
					if (image.Point{X: i % n, Y: i / n}).In(within) {
						// Runs of the same copy, and the first and the last copy.
						copies[i] = [4]int32{none, 0, 17, 2*tracer.faces - 1}[(i/3+rng.IntN(2))%4]
					}
				}
				for i := range adjoints {
					adjoints[i] = float32(rng.NormFloat64())
				}
				p.sum(tracer, copies, within, adjoints)
				checkTally(t, &p, tracer, copies, adjoints)
			}
		}
	}
}

// checkTally checks p sample by sample.
func checkTally(t *testing.T, p *pulled, tracer *Tracer, copies []int32, adjoints []float32) {
	t.Helper()
	want := map[int32]*[3]float64{none: {}}
	s := tracer.supersample
	for at, c := range copies {
		if want[c] == nil {
			want[c] = &[3]float64{}
		}
		pixel := at/tracer.samples/s*int(tracer.size) + at%tracer.samples/s
		for k := range 3 {
			want[c][k] += float64(adjoints[3*pixel+k]) / float64(s*s)
		}
	}
	if len(p.slots) != len(want)-1 {
		t.Fatalf("%d copies, want %d", len(p.slots), len(want)-1)
	}
	for k := range 3 {
		if got, want := float64(p.background[k]), want[none][k]; math.Abs(got-want) > 1e-5 {
			t.Errorf("%d samples of a side, channel %d: %g of the background, want %g", s, k, got, want)
		}
		for i, slot := range p.slots {
			if got, want := float64(p.colours[k*len(p.slots)+i]), want[slot-1][k]; math.Abs(got-want) > 1e-5 {
				t.Errorf("%d samples of a side, channel %d: %g of copy %d, want %g", s, k, got, slot-1, want)
			}
		}
	}
}

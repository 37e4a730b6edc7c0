package render

import (
	"image"
	"slices"
	"testing"
)

// TestBounds looks for samples outside of the bounds, which nothing may cover, of
// objects in the picture, across its border, all around the eye and out of sight.
func TestBounds(t *testing.T) {
	const samples = 56
	r := newRenderer(t, bumpySphere(20), Options{Size: 28, Workers: 3})
	scenes := around(4)
	scenes[1].OffsetX, scenes[1].OffsetY = 1, -0.7
	scenes[2].Distance = 0.3
	scenes[3].OffsetX = 40
	for i, want := range []image.Rectangle{
		{}, {}, image.Rect(0, 0, samples, samples), {}, // everything, as a corner is behind the camera
	} {
		b := visibility(t, r, scenes[i])
		if len(b.Bounds) != 1 {
			t.Fatalf("%d bounds of a view", len(b.Bounds))
		}
		if got := b.Bounds[0]; !want.Empty() && got != want {
			t.Errorf("scene %d has the bounds %v, want %v", i, got, want)
		}
		covered := image.Rectangle{}
		for at, c := range b.Copies {
			x, y := at%samples, at/samples
			if c != None {
				covered = covered.Union(image.Rect(x, y, x+1, y+1))
			} else if b.InverseDepth[at] != 1.0/Far {
				t.Fatalf("scene %d, sample (%d, %d) shows nothing at inverse depth %g", i, x, y, b.InverseDepth[at])
			}
		}
		if !covered.In(b.Bounds[0]) || covered.Empty() != (i == 3) {
			t.Errorf("scene %d covers %v, and its bounds are %v", i, covered, b.Bounds[0])
		}
		if b.Resize(1, samples); len(b.Bounds) != 0 {
			t.Error("a buffer that is about to be filled still has bounds")
		}
	}
}

// TestOnWorkers compares pictures that are drawn on other numbers of goroutines.
func TestOnWorkers(t *testing.T) {
	r := newRenderer(t, bumpySphere(20), Options{Size: 28, Workers: 1})
	scene := around(3)[2]
	want, seen := render(t, r, scene), visibility(t, r, scene)
	for _, n := range []int{0, 1, 4} {
		other := r.OnWorkers(n)
		if got := other.Options().Workers; got != max(1, n) {
			t.Errorf("%d workers, want %d", got, n)
		}
		if !slices.Equal(render(t, other, scene), want) || !slices.Equal(visibility(t, other, scene).Copies, seen.Copies) {
			t.Errorf("%d workers see something else", n)
		}
	}
	if r.Options().Workers != 1 {
		t.Error("the renderer itself has other workers now")
	}
}

// TestRepeat fills lengths about and far above the one that is filled one by one.
func TestRepeat(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 65, 127, 128, 129, 1000} {
		values := make([]int32, n+1)
		repeat(values[:n], 7)
		if i := slices.IndexFunc(values[:n], func(v int32) bool { return v != 7 }); i >= 0 || values[n] != 0 {
			t.Errorf("of %d values number %d is not filled, or the one after them is %d", n, i, values[n])
		}
	}
}

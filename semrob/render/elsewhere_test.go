package render

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// counting is a rasteriser that notes the batches it was asked for.
type counting struct {
	*Renderer
	batches []int
}

func (c *counting) Visibility(ctx context.Context, scenes []Scene, out *VisibilityBuffer) error {
	c.batches = append(c.batches, len(scenes))
	return c.Renderer.Visibility(ctx, scenes, out)
}

// TestWith draws with another rasteriser, grey and in colour, in more than one
// batch: the pictures must equal those of a renderer on its own.
func TestWith(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	m := randomMesh(rng, 60)
	r := newRenderer(t, m, Options{Size: 14, Workers: 2})
	scenes := around(mostElsewhere)
	for range 5 {
		scenes = append(scenes, randomScene(rng))
	}
	scenes[3].Distance = 0.4
	other := &counting{Renderer: newRenderer(t, m, Options{Size: 14})}
	with := r.With(other)
	want, got := make([]float32, len(scenes)*r.ImageLen()), make([]float32, len(scenes)*r.ImageLen())
	if err := r.Render(t.Context(), scenes, want); err != nil {
		t.Fatal(err)
	}
	if err := with.Render(t.Context(), scenes, got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Error("other pictures with another rasteriser of the same mesh")
	}
	if !slices.Equal(other.batches, []int{mostElsewhere, 5}) {
		t.Errorf("the other rasteriser was asked for batches of %v", other.batches)
	}
	var here, there VisibilityBuffer
	if err := errors.Join(r.Visibility(t.Context(), scenes[:2], &here), with.Visibility(t.Context(), scenes[:2], &there)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(here.Copies, there.Copies) || len(other.batches) != 3 {
		t.Error("visibility is not the other rasteriser's")
	}

	wrong := r.With(newRenderer(t, m, Options{Size: 15}))
	if err := wrong.Render(t.Context(), scenes[:1], got[:r.ImageLen()]); err == nil || !strings.Contains(err.Error(), "another picture") {
		t.Errorf("error %v for a rasteriser of another size", err)
	}
}

package device

import (
	"errors"
	"slices"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// TestChoose renders pictures with every choice: they must be the same, from
// the chosen rasteriser.
func TestChoose(t *testing.T) {
	r := newRenderer(t, mesh.Teapot(4), render.Options{Size: 24})
	scenes := around(2)
	want := make([]float32, len(scenes)*r.ImageLen())
	if err := r.Render(t.Context(), scenes, want); err != nil {
		t.Fatal(err)
	}
	for choice, host := range map[Choice]bool{Host: true, Device: false, Auto: !backend.HasGPU(), "": !backend.HasGPU()} {
		t.Run(string(choice), func(t *testing.T) {
			chosen, release, err := Choose(t.Context(), choice, r)
			if err != nil {
				t.Fatal(err)
			}
			if (chosen == r) != host {
				t.Errorf("choice %q: on the host: %v, want %v", choice, chosen == r, host)
			}
			got := make([]float32, len(want))
			if err := chosen.Render(t.Context(), scenes, got); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("choice %q: another picture than the host's", choice)
			}
			if release != nil {
				if err := release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var unknown *render.UnknownError
	if _, _, err := Choose(t.Context(), "cuda", r); !errors.As(err, &unknown) || len(unknown.Known) != 3 {
		t.Errorf("error %v, want one that lists the choices", err)
	}
}

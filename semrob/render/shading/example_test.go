package shading_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/backend"
	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/render/shading"
)

// The derivative of the mean pixel: it falls with the distance and rises with the light.
func ExampleDifferentiator_Gradients() {
	ctx := context.Background()
	b, err := backend.Default(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := render.New(mesh.Teapot(4), render.Options{Size: 32})
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := shading.New(r, b.Compute)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Finalize()

	adjoints := make([]float32, r.ImageLen()) // of the mean: all equal
	for i := range adjoints {
		adjoints[i] = 1 / float32(len(adjoints))
	}
	gradient := make([]float32, shading.Width())
	if err := d.Gradients(ctx, []render.Scene{render.DefaultScene()}, adjoints, gradient); err != nil {
		fmt.Println(err)
		return
	}
	for i, p := range render.Parameters() {
		if p.Name == "distance" || p.Name == "ambient" {
			fmt.Printf("%s: %+.2f\n", p.Name, gradient[i])
		}
	}
	// Output:
	// distance: -0.06
	// ambient: +0.11
}

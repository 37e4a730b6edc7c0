package explore_test

import (
	"github.com/semrob/gonb-semrob/kernelext"
	"github.com/semrob/gonb-semrob/kernelext/explore"
	"github.com/semrob/gonb-semrob/semrob"
)

// Sliders for three parameters, in a notebook.
func ExampleSliders() {
	lab := &semrob.Lab{}
	teapot := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	kernelext.Fail(explore.Sliders(kernelext.Context(), lab, teapot, "azimuth", "elevation", "distance"))
}

// Six views of an approach, from far to near.
func ExamplePath() {
	lab := &semrob.Lab{}
	teapot := semrob.Subject{Mesh: "teapot", Class: "teapot", Set: map[string]float64{"azimuth": 40, "elevation": 25}}
	distance := kernelext.Must(semrob.ParseSpace("distance"))
	kernelext.Fail(explore.Path(kernelext.Context(), lab, teapot, distance, []float64{6}, []float64{1.5}, 6))
}

// A map to point at, also below the horizon.
func ExamplePointAt() {
	ctx, lab := kernelext.Context(), &semrob.Lab{}
	teapot := semrob.Subject{Mesh: "teapot", Class: "teapot"}
	grid := kernelext.Must(semrob.ParseGrid("azimuth=0:360:15", "elevation=-60:90:15"))
	m := kernelext.Must(lab.Map(ctx, teapot, semrob.MapOptions{Axes: grid}))
	kernelext.Fail(explore.PointAt(ctx, lab, teapot, m))
}

package render_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// A picture is a slice of float32 for a network, or an image to look at.
func Example() {
	ctx := context.Background()
	r, err := render.New(mesh.Teapot(0), render.Options{Size: 32, Shading: render.Smooth})
	if err != nil {
		fmt.Println(err)
		return
	}
	scene := render.DefaultScene()
	if err := scene.Set("azimuth", 40); err != nil {
		fmt.Println(err)
		return
	}
	light, err := render.ParseLight("-1,0,-1,0.4")
	if err != nil {
		fmt.Println(err)
		return
	}
	scene.Lights = []render.Light{light}
	pixels := make([]float32, r.ImageLen()) // [32, 32, 3]
	if err := r.Render(ctx, []render.Scene{scene}, pixels); err != nil {
		fmt.Println(err)
		return
	}
	lit := 0
	for i := 0; i < len(pixels); i += 3 {
		if pixels[i] > 0 {
			lit++
		}
	}
	picture, err := r.Image(ctx, scene)
	fmt.Println(lit, "of", len(pixels)/3, "pixels show the teapot;", picture.Bounds(), err)
	fmt.Println(scene.Set("elevation", 100))
	// Output:
	// 131 of 1024 pixels show the teapot; (0,0)-(32,32) <nil>
	// elevation 100° is outside its range -90…90°
}

// Visibility is the visible face at each sample, for shadings of your own.
func ExampleRenderer_Visibility() {
	triangle := &mesh.Mesh{Name: "triangle", Vertices: [][3]float32{{-1, -1, 0}, {1, -1, 0}, {0, 1, 0}}, Faces: [][3]int32{{0, 1, 2}}}
	r, err := render.New(triangle, render.Options{Size: 6, Supersample: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	var visible render.VisibilityBuffer
	scene := render.DefaultScene()
	scene.Distance = 2
	if err := r.Visibility(context.Background(), []render.Scene{scene}, &visible); err != nil {
		fmt.Println(err)
		return
	}
	for row := range 6 {
		fmt.Println(visible.Copies[6*row : 6*row+6])
	}
	// Output:
	// [-1 -1 -1 -1 -1 -1]
	// [-1 -1 0 0 -1 -1]
	// [-1 -1 0 0 -1 -1]
	// [-1 0 0 0 0 -1]
	// [-1 0 0 0 0 -1]
	// [0 0 0 0 0 0]
}

package rendered_test

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/mesh"
	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// A black box becomes an objective: any function from images to probabilities,
// here one that looks at how much of the picture is not black.
func ExampleBlackBox() {
	look := func(ctx context.Context, images []float32, batch int) ([]float32, error) {
		probabilities := make([]float32, 2*batch) // [batch, {far, near}]
		for i, v := range images {
			if pixels := len(images) / batch; v > 0 {
				probabilities[2*(i/pixels)+1] += 1 / float32(pixels)
			}
		}
		return probabilities, nil
	}
	cup, _ := mesh.Open("cup")
	views, _ := render.New(cup, render.Options{Size: 64})
	distance, _ := rendered.Axis("distance")
	f := &rendered.Objective{Renderer: views, Network: rendered.BlackBox(look), Class: 1, Base: render.DefaultScene(), Domain: objective.Space{distance}}

	values := make([]float64, 2)
	err := f.Evaluate(context.Background(), [][]float64{{2}, {5}}, values)
	fmt.Printf("covered from 2: %.2f, from 5: %.2f, error: %v\n", values[0], values[1], err)
	// Output: covered from 2: 0.54, from 5: 0.07, error: <nil>
}

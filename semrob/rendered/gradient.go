package rendered

import (
	"context"
	"fmt"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// Derivatives takes the derivatives of a function of pictures back to the
// semantic parameters. A *shading.Differentiator of the same pictures as Renderer is
// one.
type Derivatives interface {
	// Gradients takes adjoints, [batch, size, size, 3], the derivatives with
	// respect to the pixels of the scenes' pictures, and writes the derivatives
	// with respect to render.Parameters, [batch, parameter].
	Gradients(ctx context.Context, scenes []render.Scene, adjoints, gradients []float32) error
}

// WhiteNetwork is a Network that knows its derivatives. A *network.Classifier
// is one.
type WhiteNetwork interface {
	Network
	// Gradient returns the probability of a class, [batch], and its derivatives
	// with respect to the pixels, as images.
	Gradient(ctx context.Context, images []float32, batch, class int) (values, gradients []float32, err error)
}

// HasGradient reports whether both Derivatives are there and Network is white,
// and no parameter of Own changes more than the scene.
func (o *Objective) HasGradient() bool {
	_, white := o.Network.(WhiteNetwork)
	return white && o.Derivatives != nil && !o.dressed()
}

// gradientBatch is how many views are on their way together: their pictures and
// as many adjoints are all that is kept.
const gradientBatch = 16

// Gradient writes f(points[i]) to values[i] and its derivatives in the axes,
// per unit of each, to gradients[i]. It implements objective.Differentiable:
// the network's derivatives in the pixels are taken back through shading and
// the movement of edges. With Mean they are averaged around the points, with
// Finer taken in pictures of more samples.
func (o *Objective) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := objective.CheckBatch(o.Domain, points, values); err != nil {
		return err
	}
	if len(gradients) != len(points) {
		return fmt.Errorf("%d gradients for %d points: the lengths must agree", len(gradients), len(points))
	}
	if !o.HasGradient() {
		return fmt.Errorf("this objective is a black box: take gradients by differences (objective.Differences)")
	}
	if o.Mean != nil || o.Finer != nil {
		return o.meanGradient(ctx, points, values, gradients)
	}
	return o.gradientsAt(ctx, points, values, gradients)
}

// gradientsAt is Gradient at the points themselves.
func (o *Objective) gradientsAt(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	network, white := o.Network.(WhiteNetwork)
	if !white {
		return fmt.Errorf("the network knows no derivatives")
	}
	var columns []int
	if len(o.UserParameters) == 0 { // each axis is a parameter of the renderer
		var err error
		if columns, err = o.columns(); err != nil {
			return err
		}
	}
	for from := 0; from < len(points); from += gradientBatch {
		to := min(from+gradientBatch, len(points))
		if err := o.gradientOf(ctx, network, columns, points[from:to], values[from:to], gradients[from:to]); err != nil {
			return err
		}
	}
	return nil
}

// columns returns the index of each axis in render.Parameters.
func (o *Objective) columns() ([]int, error) {
	index := map[string]int{}
	for i, p := range render.Parameters() {
		index[p.Name] = i
	}
	columns := make([]int, len(o.Domain))
	for k, axis := range o.Domain {
		i, ok := index[axis.Name]
		if !ok {
			return nil, fmt.Errorf("there is no semantic parameter %q", axis.Name)
		}
		columns[k] = i
	}
	return columns, nil
}

// gradientOf is Gradient for one batch.
func (o *Objective) gradientOf(ctx context.Context, network WhiteNetwork, columns []int, points [][]float64, values []float64, gradients [][]float64) error {
	n := len(points)
	scenes := make([]render.Scene, n)
	for i, p := range points {
		var err error
		if scenes[i], err = o.Scene(p); err != nil {
			return fmt.Errorf("point %v: %w", p, err)
		}
	}
	jacobians := make([][][]float64, n)
	for i, p := range points {
		if len(o.UserParameters) == 0 {
			break
		}
		var err error
		if jacobians[i], err = o.jacobian(p); err != nil {
			return fmt.Errorf("point %v: %w", p, err)
		}
	}
	views := o.Renderer
	if o.Finer != nil {
		views = o.Finer
	}
	images := make([]float32, n*views.ImageLen())
	if err := views.Render(ctx, scenes, images); err != nil {
		return err
	}
	probabilities, adjoints, err := network.Gradient(ctx, images, n, o.Class)
	if err != nil {
		return fmt.Errorf("differentiating the network on %d views: %w", n, err)
	}
	width := len(render.Parameters())
	all := make([]float32, n*width)
	if err := o.Derivatives.Gradients(ctx, scenes, adjoints, all); err != nil {
		return err
	}
	for i := range points {
		values[i] = float64(probabilities[i])
		of := all[i*width : (i+1)*width]
		for k, column := range columns {
			gradients[i][k] = float64(of[column])
		}
		for k, row := range jacobians[i] {
			gradients[i][k] = 0
			for p, d := range row {
				gradients[i][k] += d * float64(of[p])
			}
		}
	}
	return nil
}

package rendered

import (
	"context"
	"fmt"
	"slices"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
)

// Derivatives pulls derivatives with respect to pixels back to the semantic
// parameters. A *shading.Differentiator for the pictures of the Renderer is one.
type Derivatives interface {
	// Gradients takes the derivatives with respect to the pixels of the scenes'
	// pictures, adjoints [batch, size, size, 3], and writes those with respect to
	// render.Parameters to gradients, [batch, parameter].
	Gradients(ctx context.Context, scenes []render.Scene, adjoints, gradients []float32) error
}

// WhiteNetwork is a Network with derivatives, such as a *network.Classifier.
type WhiteNetwork interface {
	Network
	// Gradient returns the sum of the probabilities of the classes, [batch], and its
	// derivatives with respect to the pixels, in the shape of images.
	Gradient(ctx context.Context, images []float32, batch int, classes ...int) (values, gradients []float32, err error)
}

// HasGradient reports whether the objective has Derivatives and a WhiteNetwork, and no
// user-defined parameter changes shapes or pictures. It implements
// objective.MaybeDifferentiable.
func (o *Objective) HasGradient() bool {
	_, white := o.Network.(WhiteNetwork)
	return white && o.Derivatives != nil && !o.dressed()
}

// gradientBatch bounds memory: a batch needs its pictures and their adjoints.
const gradientBatch = 16

// Gradient writes f(points[i]) to values[i] and its derivatives with respect to the
// axes, per unit of each, to gradients[i]. It implements objective.Differentiable:
// derivatives with respect to the pixels are pulled back through shading and the
// movement of edges. Mean and Finer change the derivatives, not the values. The error
// of a black box wraps objective.ErrNoGradient.
func (o *Objective) Gradient(ctx context.Context, points [][]float64, values []float64, gradients [][]float64) error {
	if err := objective.CheckGradients(o.Domain, points, values, gradients); err != nil {
		return err
	}
	if !o.HasGradient() {
		return fmt.Errorf("%w: use differences (objective.Differences)", objective.ErrNoGradient)
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
		return fmt.Errorf("the network: %w", objective.ErrNoGradient)
	}
	var columns []int
	if len(o.UserParameters) == 0 { // every axis is a parameter of the renderer
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

// columns returns the index of each axis in render.Parameters. An unknown axis is a
// *render.UnknownError.
func (o *Objective) columns() ([]int, error) {
	columns := make([]int, len(o.Domain))
	for k, axis := range o.Domain {
		p, err := render.LookupParameter(axis.Name)
		if err != nil {
			return nil, err
		}
		columns[k] = slices.IndexFunc(render.Parameters(), func(q render.Parameter) bool { return q.Name == p.Name })
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
	probabilities, adjoints, err := network.Gradient(ctx, images, n, o.Accepted()...)
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

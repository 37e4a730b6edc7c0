package analytic

import (
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/objective"
)

// HalfSpace is 1 on one side of a plane and 0 on the other: certificates by
// randomised smoothing are exact for it. Its domain must not have periodic axes,
// because a plane does not close along them.
type HalfSpace struct {
	Domain objective.Space
	// Through is a point of the plane, [axis], in the units of the axes.
	Through []float64
	// Normal points to the side on which f is 1, [axis], per unit of the axes;
	// its length does not matter.
	Normal []float64
}

// Space returns the domain.
func (f *HalfSpace) Space() objective.Space { return f.Domain }

// Check reports fields that do not fit the domain.
func (f *HalfSpace) Check() error {
	if err := firstError("a half-space", f.Domain.Check(),
		checkVector("Through", f.Domain, f.Through), checkVector("Normal", f.Domain, f.Normal)); err != nil {
		return err
	}
	length := 0.0
	for k, axis := range f.Domain {
		if axis.Periodic {
			return fmt.Errorf("a half-space: axis %s is periodic, and a plane does not close along it: use an axis that is not", axis.Name)
		}
		length = math.Hypot(length, f.Normal[k])
	}
	if length == 0 {
		return fmt.Errorf("a half-space: its normal is 0 along every axis: give it a direction")
	}
	return nil
}

// Distance returns the distance of a point from the plane in the units of the
// axes, positive on the side on which f is 1.
func (f *HalfSpace) Distance(point []float64) float64 {
	dot, length := 0.0, 0.0
	for k, n := range f.Normal {
		dot += n * (point[k] - f.Through[k])
		length = math.Hypot(length, n)
	}
	return dot / length
}

// Evaluate implements objective.Objective. f is 1 on the plane itself.
func (f *HalfSpace) Evaluate(ctx context.Context, points [][]float64, values []float64) error {
	if err := f.Check(); err != nil {
		return err
	}
	return evaluate(ctx, f.Domain, points, values, func(p []float64) float64 {
		switch d := f.Distance(p); {
		case math.IsNaN(d):
			return d
		case d >= 0:
			return 1
		}
		return 0
	})
}

package semrob

import (
	"context"
	"fmt"
	"math"

	"github.com/semrob/gonb-semrob/semrob/figure"
	"github.com/semrob/gonb-semrob/semrob/objective"
)

// Slopes is the gradient of f at some points beside central differences.
type Slopes struct {
	objective.Points
	// Values is f, [point], and Gradient its gradient, [point][axis], per unit of the
	// axes.
	Values   []float64
	Gradient [][]float64
	// Steps are those of the differences, as fractions of each axis's domain, and
	// Differences the central differences, [step][point][axis], per unit of the axes.
	Steps       []float64
	Differences [][][]float64
}

// Slopes returns the gradient of f at points beside central differences of the given
// steps, fractions of each axis's domain. An objective without a gradient, such as
// one with parameters that change the picture, is objective.ErrNoGradient.
func (l *Lab) Slopes(ctx context.Context, s Subject, points objective.Points, steps ...float64) (*Slopes, error) {
	if err := points.Check(); err != nil {
		return nil, fmt.Errorf("the slopes of f: %w", err)
	}
	f, err := l.Objective(ctx, s, points.Space)
	if err != nil {
		return nil, err
	}
	defer f.Release()
	white, ok := objective.White(f.Objective)
	if !ok {
		return nil, fmt.Errorf("the slopes of f: %w", objective.ErrNoGradient)
	}
	out := &Slopes{Points: points, Steps: steps, Values: make([]float64, len(points.At))}
	if out.Gradient, err = gradients(ctx, white, points, out.Values); err != nil {
		return nil, err
	}
	for _, step := range steps {
		d := &objective.Differences{Objective: f.Objective, Step: step}
		slopes, err := gradients(ctx, d, points, make([]float64, len(points.At)))
		if err != nil {
			return nil, err
		}
		out.Differences = append(out.Differences, slopes)
	}
	return out, nil
}

// gradients returns the gradients of f at points, [point][axis], and writes its
// values.
func gradients(ctx context.Context, f objective.Differentiable, points objective.Points, values []float64) ([][]float64, error) {
	out := make([][]float64, len(points.At))
	for i := range out {
		out[i] = make([]float64, len(points.In()))
	}
	return out, f.Gradient(ctx, points.At, values, out)
}

// Bars shows the slopes at point i along the named axes, or along all if none are
// named. Every derivative is multiplied by a hundredth of its domain, so that degrees
// and colours can be compared.
func (s *Slopes) Bars(i int, axes ...string) (*figure.Bars, error) {
	space := s.In()
	if len(axes) == 0 {
		for _, axis := range space {
			axes = append(axes, axis.Name)
		}
	}
	b := &figure.Bars{
		Title: "The slope of f", Subtitle: fmt.Sprintf("change over a hundredth of each domain; f = %.3f", s.Values[i]),
		Label: "change of f", Groups: axes,
	}
	add := func(name string, slopes []float64) error {
		series := figure.BarSeries{Name: name}
		for _, axis := range axes {
			k := space.Index(axis)
			if k < 0 {
				return fmt.Errorf("the slopes of f on %s have no axis %q", space, axis)
			}
			series.Values = append(series.Values, 0.01*space[k].Width()*slopes[k])
		}
		b.Series = append(b.Series, series)
		return nil
	}
	if err := add("gradient", s.Gradient[i]); err != nil {
		return nil, err
	}
	for n, step := range s.Steps {
		if err := add(fmt.Sprintf("differences, step %.3g %% of the domain", 100*step), s.Differences[n][i]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Tangents returns short lines through the points with the gradient's slope along an
// axis, half units long to either side, for a profile of f along that axis.
func (s *Slopes) Tangents(axis string, half float64) (figure.Series, error) {
	line := figure.Series{Name: "tangents from the gradient"}
	k := s.In().Index(axis)
	if k < 0 {
		return line, fmt.Errorf("the slopes of f on %s have no axis %q", s.In(), axis)
	}
	for i, at := range s.At {
		for _, d := range []float64{-half, half, math.NaN()} { // NaN breaks the line
			line.X, line.Y = append(line.X, at[k]+d), append(line.Y, s.Values[i]+d*s.Gradient[i][k])
		}
	}
	return line, nil
}

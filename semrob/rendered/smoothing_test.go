package rendered_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/objective"
	"github.com/semrob/gonb-semrob/semrob/render"
	"github.com/semrob/gonb-semrob/semrob/rendered"
)

// axes returns a space of parameters over their default domains.
func axes(t *testing.T, names ...string) objective.Space {
	t.Helper()
	var space objective.Space
	for _, name := range names {
		axis, err := rendered.Axis(name)
		if err != nil {
			t.Fatal(err)
		}
		space = append(space, axis)
	}
	return space
}

func TestSmoothingOfSpaces(t *testing.T) {
	space := axes(t, "azimuth", "distance", "ambient")
	on := rendered.HalfADegree.On(space)
	if on == nil || on.Width != 0.5 || on.Points < 2 || on.Supersample < 2 {
		t.Fatalf("half a degree is %+v", on)
	}
	mean := on.Mean(space)
	for k, want := range []float64{0.5, 0.5 * math.Pi / 180, 0} {
		if math.Abs(mean.Widths[k]-want) > 1e-12 {
			t.Errorf("the line along %s is %g long, want %g", space[k].Name, mean.Widths[k], want)
		}
	}
	narrow := objective.Space{{Name: "azimuth", Unit: "°", Min: 3, Max: 3.2}}
	if w := on.Mean(narrow).Widths[0]; math.Abs(w-0.2) > 1e-12 {
		t.Errorf("the line is %g long in a domain of 0.2", w)
	}
	if s := on.On(axes(t, "ambient", "object-r")); s != nil {
		t.Errorf("where no edge moves gradients are smoothed by %+v", s)
	}
	// All that say the same are the same in keys.
	for _, s := range []rendered.Smoothing{{}, {Points: 5, Supersample: -2}} {
		if on := s.On(space); on != nil || s.WithDefaults() != (rendered.Smoothing{}) {
			t.Errorf("%+v is %+v", s, on)
		}
	}
	for says, s := range map[string]rendered.Smoothing{
		"width is 11": {Width: 11}, "width is -1": {Width: -1}, "width is NaN": {Width: math.NaN()}, "-1 points": {Points: -1}, "at most 32": {Supersample: 33},
	} {
		t.Run(says, func(t *testing.T) {
			if err := s.Check(); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%+v: error %v, want one with %q", s, err, says)
			}
		})
	}
}

// TestFinerPicturesGiveGradients takes gradients in pictures that see everything
// 10° further on: values must not be theirs.
func TestFinerPicturesGiveGradients(t *testing.T) {
	f, views, _ := newObjective(0, 0)
	f.Network, f.Derivatives, f.Finer = wave{}, views, turned{views}
	values, gradients := []float64{0}, [][]float64{{0, 0}}
	if err := f.Gradient(t.Context(), [][]float64{{3, 20}}, values, gradients); err != nil {
		t.Fatal(err)
	}
	if want := math.Sin(3) * 20; math.Abs(values[0]-want) > 1e-4 {
		t.Errorf("f is %g, want %g", values[0], want)
	}
	if want := math.Cos(13) * 20; math.Abs(gradients[0][0]-want) > 1e-4 {
		t.Errorf("the derivative is %g, want %g", gradients[0][0], want)
	}
	f.Mean = &rendered.Mean{Widths: []float64{0.5, 0}, Points: 4}
	if cost := f.GradientCost(); cost != 13 {
		t.Errorf("a gradient counts as %d values, want 13", cost)
	}
}

// turned are pictures of angles, of which the azimuth is 10 more.
type turned struct{ *angles }

func (v turned) Render(ctx context.Context, scenes []render.Scene, images []float32) error {
	err := v.angles.Render(ctx, scenes, images)
	for i := range scenes {
		images[3*i] += 10
	}
	return err
}

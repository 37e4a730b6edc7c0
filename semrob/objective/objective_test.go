package objective

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		axis    Axis
		x, want float64
	}{
		{Azimuth, 370, 10}, {Azimuth, -10, 350}, {Azimuth, 360, 0}, {Azimuth, -1e-18, 0}, {Azimuth, 1090, 10},
		{Elevation, 95, 90}, {Elevation, -20, -10}, {Elevation, 30, 30},
		{Axis{Name: "roll", Min: -180, Max: 180, Periodic: true}, 190, -170},
	} {
		t.Run(fmt.Sprintf("%s at %g", c.axis.Name, c.x), func(t *testing.T) {
			if got := c.axis.Wrap(c.x); math.Abs(got-c.want) > 1e-9 {
				t.Errorf("%s: %g wraps to %g, want %g", c.axis, c.x, got, c.want)
			}
		})
	}
}

func TestSpacesThatCannotBe(t *testing.T) {
	for says, space := range map[string]Space{
		"no axes": {}, "twice": {Azimuth, Azimuth}, "no name": {{Min: 0, Max: 1}},
		"reversed": {{Name: "x", Min: 1, Max: 0}}, "finite": {{Name: "x", Min: 0, Max: math.Inf(1)}},
	} {
		t.Run(says, func(t *testing.T) {
			if err := space.Check(); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%v: error %v, want one with %q", space, err, says)
			}
		})
	}
	if err := Viewpoints().Check(); err != nil {
		t.Error(err)
	}
	for _, point := range [][]float64{{0}, {0, 91}, {math.NaN(), 0}, {0, -11}} {
		if err := Viewpoints().CheckPoint(point); err == nil {
			t.Errorf("%v is in the domain", point)
		}
	}
}

func TestCheckFinite(t *testing.T) {
	points := [][]float64{{1}, {2}, {3}}
	if err := CheckFinite(points, []float64{0, 1, 2}); err != nil {
		t.Error(err)
	}
	var notFinite *NotFiniteError
	if err := CheckFinite(points, []float64{0, math.Inf(1), math.NaN()}); !errors.As(err, &notFinite) || notFinite.Point[0] != 2 {
		t.Errorf("error %v, want one for the point [2]", err)
	}
}

// wave is smooth and known, also across the seam and at the ends.
func wave() *Func {
	const rad = math.Pi / 180
	return &Func{
		Domain: Viewpoints(),
		F:      func(u []float64) float64 { return math.Sin(u[0]*rad) * math.Cos(2*u[1]*rad) },
		Grad: func(u, g []float64) {
			g[0] = rad * math.Cos(u[0]*rad) * math.Cos(2*u[1]*rad)
			g[1] = -2 * rad * math.Sin(u[0]*rad) * math.Sin(2*u[1]*rad)
		},
	}
}

func TestDifferences(t *testing.T) {
	f := wave()
	points := [][]float64{{0, 30}, {359.9, 45}, {123, -10}, {200, 90}, {77, 12}}
	want, got := make([][]float64, len(points)), make([][]float64, len(points))
	values := make([]float64, len(points))
	for i := range points {
		want[i], got[i] = make([]float64, 2), make([]float64, 2)
	}
	if err := f.Gradient(context.Background(), points, values, want); err != nil {
		t.Fatal(err)
	}
	d := &Differences{Objective: &Func{Domain: f.Domain, F: f.F}, Step: 1e-4}
	again := make([]float64, len(points))
	if err := d.Gradient(context.Background(), points, again, got); err != nil {
		t.Fatal(err)
	}
	for i := range points {
		if again[i] != values[i] {
			t.Errorf("f(%v) = %g, want %g", points[i], again[i], values[i])
		}
		for k := range want[i] {
			if math.Abs(got[i][k]-want[i][k]) > 1e-5 {
				t.Errorf("∂f/∂%s at %v = %g, want %g", f.Domain[k].Name, points[i], got[i][k], want[i][k])
			}
		}
	}
}

func TestWhite(t *testing.T) {
	f := wave()
	if _, ok := White(f); !ok {
		t.Error("a formula with a gradient counts as a black box")
	}
	black := &Func{Domain: f.Domain, F: f.F}
	if _, ok := White(black); ok {
		t.Error("a formula without a gradient counts as a white box")
	}
	if _, ok := White(&Differences{Objective: black}); !ok {
		t.Error("differences have no gradient")
	}
	err := black.Gradient(context.Background(), [][]float64{{0, 0}}, make([]float64, 1), [][]float64{{0, 0}})
	if !errors.Is(err, ErrNoGradient) {
		t.Errorf("error %v, want ErrNoGradient", err)
	}
	wrong := f.Gradient(context.Background(), [][]float64{{0, 0}}, make([]float64, 1), [][]float64{{0}})
	if wrong == nil || !strings.Contains(wrong.Error(), "gradient 0 has 1 coordinates") {
		t.Errorf("a gradient of the wrong length: error %v", wrong)
	}
}

package figure

import (
	"math"
	"strings"
	"testing"
)

func sampleScatter() *Scatter {
	return &Scatter{
		Title: "Accuracy against robustness", Subtitle: "95 % intervals over objects",
		X: Axis{Name: "accuracy", Unit: "%"}, Y: Axis{Name: "SRVR", Unit: "%"},
		Points: []ScatterPoint{
			{Name: "AlexNet", X: Quantity{Value: 20, Lower: 12, Upper: 30}, Y: Quantity{Value: 7.5, Lower: 5, Upper: 9}},
			{Name: "ResNet50", X: Quantity{Value: 40, Lower: 33, Upper: 48}, Y: Quantity{Value: 13, Lower: math.NaN(), Upper: math.NaN()}},
		},
		Width: 600,
	}
}

// A point must be where its numbers say, its intervals reach to their ends and
// no further, and one without an interval have none.
func TestScatterPointsAreAtTheirValues(t *testing.T) {
	p := sampleScatter()
	c, err := p.check()
	if err != nil {
		t.Fatal(err)
	}
	a, img := c.arrange(), drawn(t, p)
	for i, point := range p.Points {
		if got := pixel(img, a.to(point.X.Value, point.Y.Value)); !near(got, look(i).color, 8) {
			t.Errorf("point %d: there is %v instead of its marker", i, got)
		}
	}
	for _, test := range []struct {
		x, y float64
		i    int
		want bool
	}{
		{12.2, 7.5, 0, true}, {29.8, 7.5, 0, true}, {11.5, 7.5, 0, false}, {30.5, 7.5, 0, false},
		{20, 5.1, 0, true}, {20, 8.9, 0, true}, {20, 4.8, 0, false}, {20, 9.2, 0, false},
		{40, 11.5, 1, false}, {40, 12.3, 1, false},
	} {
		// Lines are antialiased: look across a short stretch.
		got := false
		for d := -3.0; d <= 3; d++ {
			at := a.to(test.x, test.y)
			if test.i == 0 && test.y == 7.5 && math.Abs(test.x-21) > 5 {
				at.y += d / 3
			} else {
				at.x += d / 3
			}
			if c := pixel(img, at); near(c, look(test.i).color, 40) {
				got = true
			}
		}
		if got != test.want {
			t.Errorf("an interval of point %d is at (%g, %g): %v, want %v", test.i, test.x, test.y, got, test.want)
		}
	}
	if text := p.Describe(); !strings.Contains(text, "AlexNet: 20 (12…30), 7.5 (5…9)") || !strings.Contains(text, "ResNet50: 40 (33…48), 13.") {
		t.Errorf("the description is %s", text)
	}
}

func TestScatterErrors(t *testing.T) {
	for want, p := range map[string]*Scatter{
		"no points":           {},
		"not finite":          {Points: []ScatterPoint{{X: Quantity{Value: math.NaN()}}}},
		"empty or not finite": {X: Axis{Min: 2, Max: 1}, Points: []ScatterPoint{{}}},
	} {
		t.Run(want, func(t *testing.T) {
			if _, err := Render(p, 1); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want one with %q", err, want)
			}
		})
	}
	if _, err := Render(&Scatter{Points: []ScatterPoint{{Name: "alone"}}}, 1); err != nil {
		t.Errorf("a single point at 0 cannot be drawn: %v", err)
	}
}

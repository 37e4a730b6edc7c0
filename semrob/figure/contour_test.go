package figure

import (
	"math"
	"strings"
	"testing"
)

// On a plane, which bilinear interpolation keeps, every band and every line is
// known in closed form.
func TestContoursOfAPlane(t *testing.T) {
	m := &Map{X: Axis{Name: "x", Max: 10}, Y: Axis{Name: "y", Max: 5}, Levels: []float64{0.25, 0.5, 0.75}, Width: 600}
	f := func(x, y float64) float64 { return (x + y) / 15 }
	for i := range 11 {
		m.XS = append(m.XS, float64(i))
	}
	for j := range 6 {
		m.YS = append(m.YS, float64(j))
		var row []float64
		for _, x := range m.XS {
			row = append(row, f(x, float64(j)))
		}
		m.Z = append(m.Z, row)
	}
	img, p := drawn(t, m), planOf(t, m)
	lines := 0
	for i := range 97 {
		for j := range 47 {
			x, y := 10*(float64(i)+0.5)/97, 5*(float64(j)+0.5)/47
			v, got := f(x, y), pixel(img, p.to(x, y))
			nearest := math.Inf(1)
			for _, level := range m.Levels {
				nearest = min(nearest, math.Abs(v-level)*15/math.Sqrt2*p.box.w/10) // CSS pixels to the line
			}
			want := Viridis(0.125 + 0.25*math.Floor(v/0.25))
			switch {
			case nearest < 0.3:
				lines++
				if near(got, want, 8) {
					t.Errorf("at (%.2f, %.2f) there is %v instead of a line", x, y, got)
				}
			case nearest > 1.5 && !near(got, want, 2):
				t.Errorf("at (%.2f, %.2f), f = %.3f, the colour is %v, want %v", x, y, v, got, want)
			}
		}
	}
	if lines < 10 {
		t.Errorf("only %d places on lines were tested", lines)
	}
}

// A contour goes around the end of a periodic axis: f has its peak at 0°, and
// its level is at the same distance on both sides.
func TestContoursGoAround(t *testing.T) {
	m := &Map{X: Azimuth(), Y: Axis{Name: "y", Max: 1}, YS: []float64{0, 1}, Levels: []float64{0.5}, Width: 600}
	for i := range 36 {
		m.XS = append(m.XS, float64(10*i)+5)
	}
	row := make([]float64, len(m.XS))
	for i, x := range m.XS {
		row[i] = (1 + math.Cos(x*math.Pi/180)) / 2
	}
	m.Z = [][]float64{row, row}
	img, p := drawn(t, m), planOf(t, m)
	for x, want := range map[float64]float64{2: 0.75, 80: 0.75, 100: 0.25, 180: 0.25, 260: 0.25, 280: 0.75, 358: 0.75} {
		if got := pixel(img, p.to(x, 0.5)); !near(got, Viridis(want), 2) {
			t.Errorf("at %g° the colour is %v, want the band of %g, %v", x, got, want, Viridis(want))
		}
	}
	m.Levels = []float64{0.5, 0.4}
	if _, err := Render(m, 1); err == nil || !strings.Contains(err.Error(), "increase") {
		t.Errorf("levels that decrease give %v", err)
	}
}

func TestSaddle(t *testing.T) {
	square := [4]point{{0, 0}, {1, 0}, {1, 1}, {0, 1}}
	for _, c := range []struct {
		values [4]float64
		apart  int // a corner that one line cuts off
	}{{[4]float64{1, 0, 1, 0.2}, 1}, {[4]float64{1, 0, 0.4, 0}, 0}} {
		p := crossings(square, c.values, 0.5)
		if len(p)%2 != 0 || len(p) == 0 {
			t.Fatalf("%v is crossed in %v", c.values, p)
		}
		found := false
		for k := 1; k < len(p); k += 2 {
			middle := point{(p[k-1].x + p[k].x) / 2, (p[k-1].y + p[k].y) / 2}
			found = found || math.Hypot(middle.x-square[c.apart].x, middle.y-square[c.apart].y) < 0.5
		}
		if !found {
			t.Errorf("%v: no line cuts off corner %d: %v", c.values, c.apart, p)
		}
	}
}

package figure

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/semrob/gonb-semrob/semrob/region"
	"github.com/semrob/gonb-semrob/semrob/semmap"
)

func hasColour(t *testing.T, f Figure, want color.RGBA) bool {
	t.Helper()
	img := drawn(t, f)
	b := img.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			if img.RGBAAt(x, y) == want {
				return true
			}
		}
	}
	return false
}

func profile(y float64) *Profile {
	xs := []float64{0, 90, 180, 270}
	return &Profile{X: Azimuth(), Label: "f", Series: []Series{{X: xs, Y: []float64{y, y, y, y}}}}
}

func profilePlanOf(t *testing.T, p *Profile) card {
	t.Helper()
	c, err := p.check()
	if err != nil {
		t.Fatal(err)
	}
	return c.arrange()
}

// A line must be at the height of its values and, on a periodic axis, reach
// both ends.
func TestProfileLine(t *testing.T) {
	p := profile(0.5)
	img, a := drawn(t, p), profilePlanOf(t, p)
	for _, x := range []float64{2, 133, 275, 358} {
		if c := pixel(img, a.to(x, 0.5)); !near(c, look(0).color, 40) {
			t.Errorf("at %g° the line is %v at its height, want %v", x, c, look(0).color)
		}
		for _, y := range []float64{0.45, 0.55} {
			if c := pixel(img, a.to(x, y)); c != paper {
				t.Errorf("at %g° the plot is %v at %g, off the line", x, c, y)
			}
		}
	}
	p.Series[0].Y[1] = math.NaN()
	img = drawn(t, p)
	if c := pixel(img, a.to(133, 0.5)); c != paper {
		t.Errorf("the line runs over a missing value, in %v", c)
	}
}

func TestProfileIntervalWraps(t *testing.T) {
	p := profile(0.5)
	p.Intervals = []Interval{{"OIR-B", 300, 400, math.NaN()}}
	img, a := drawn(t, p), profilePlanOf(t, p)
	shade := tint(look(1).color, 0.18)
	for x, want := range map[float64]color.RGBA{5: shade, 35: shade, 45: paper, 200: paper, 295: paper, 310: shade, 355: shade} {
		if got := pixel(img, a.to(x, 0.33)); got != want {
			t.Errorf("at %g° the plot is %v, want %v", x, got, want)
		}
	}
}

func TestProfileErrors(t *testing.T) {
	for want, p := range map[string]*Profile{
		"no series":    {},
		"same number":  {Series: []Series{{Name: "a", X: []float64{1, 2}, Y: []float64{1}}}},
		"empty or not": {Series: []Series{{Name: "a", X: []float64{1}, Y: []float64{1}}}},
	} {
		t.Run(want, func(t *testing.T) {
			if _, err := Render(p, 1); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want one with %q", err, want)
			}
		})
	}
}

// Every run of a trace must show in its own look, in every panel.
func TestTracePanels(t *testing.T) {
	f := gallery()["trace"].(*Trace)
	panels := f.panels()
	if len(panels) != 3 || panels[0].y.Name != "azimuth" || panels[1].y.Name != "elevation" || panels[2].y.Name != "loss" {
		t.Fatalf("the panels are %+v, want azimuth, elevation, loss", panels)
	}
	for _, p := range panels {
		if p.x.Min != 0 || p.x.Max != 2 {
			t.Errorf("the panel of %s spans iterations %g…%g, want 0…2", p.y.Name, p.x.Min, p.x.Max)
		}
	}
	if p := panels[0].y; p.Min >= 100 || p.Max <= 170 {
		t.Errorf("the azimuth's panel spans %g…%g, the bounds 100…170", p.Min, p.Max)
	}
	text := f.Describe()
	if !strings.Contains(text, "azimuth 100…170°, elevation 20…45°") {
		t.Errorf("the description lacks the final bounds: %s", text)
	}
}

func TestTraceOdd(t *testing.T) {
	nan := math.NaN()
	for name, f := range map[string]*Trace{
		"one step":  {Axes: []Axis{Azimuth()}, Runs: []Run{{A: [][]float64{{10}}, B: [][]float64{{20}}}}},
		"only loss": {Runs: []Run{{Loss: []float64{3, 2, nan, 1}}}},
		"flat":      {Runs: []Run{{Loss: []float64{2, 2, 2}}}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Render(f, 1); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	for want, f := range map[string]*Trace{
		"no runs":     {},
		"no steps":    {Runs: []Run{{}}},
		"lower":       {Runs: []Run{{A: [][]float64{{}}}}},
		"coordinate":  {Axes: []Axis{Azimuth()}, Runs: []Run{{A: [][]float64{{}}, B: [][]float64{{}}}}},
		"same number": {Runs: []Run{{Loss: []float64{1}, Iterations: []float64{1, 2}}}},
		"finite":      {Runs: []Run{{Loss: []float64{nan}}}},
	} {
		t.Run(want, func(t *testing.T) {
			if _, err := Render(f, 1); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want one with %q", err, want)
			}
		})
	}
}

func TestFilmstripVerdicts(t *testing.T) {
	grey := solid(color.RGBA{128, 128, 128, 255})
	strip := func(v Verdict) *Filmstrip {
		return &Filmstrip{Views: []View{{Image: grey, Value: math.NaN(), Predicted: "teapot", Probability: 0.7, Verdict: v}}}
	}
	for v, c := range map[Verdict]color.RGBA{Right: rightInk, Wrong: wrongInk} {
		if !hasColour(t, strip(v), c) {
			t.Errorf("a view judged %q does not show %v", v, c)
		}
		if text := strip(v).Describe(); !strings.Contains(text, "("+string(v)+")") {
			t.Errorf("the description %q lacks %q", text, v)
		}
	}
	if hasColour(t, strip(Unjudged), rightInk) || hasColour(t, strip(Unjudged), wrongInk) {
		t.Error("an unjudged view shows a verdict")
	}
	// They differ in more than colour: the marks differ in grey too.
	r, w := drawn(t, strip(Right)), drawn(t, strip(Wrong))
	differ := 0
	for i := 0; i < len(r.Pix); i += 4 {
		if near(color.RGBA{r.Pix[i], r.Pix[i+1], r.Pix[i+2], 255}, paper, 20) != near(color.RGBA{w.Pix[i], w.Pix[i+1], w.Pix[i+2], 255}, paper, 20) {
			differ++
		}
	}
	if differ < 50 {
		t.Errorf("right and wrong differ in shape in %d pixels only", differ)
	}
	if _, err := Render(&Filmstrip{}, 1); err == nil || !strings.Contains(err.Error(), "no views") {
		t.Errorf("an empty filmstrip gives %v", err)
	}
}

func TestGrowingOnAProfile(t *testing.T) {
	m, err := semmap.New(semmap.Samples{Axis: Axis{Name: "u", Max: 1}, Values: []float64{0, 0.5, 1}})
	if err != nil {
		t.Fatal(err)
	}
	copy(m.Z, []float64{0.1, 0.9, 0.2})
	p, err := ProfileOf(m)
	if err != nil {
		t.Fatal(err)
	}
	box := func(a, b float64) region.Bounds { return region.Bounds{A: []float64{a}, B: []float64{b}} }
	r := &region.Result{Method: "naive", Space: m.Space(), Runs: []region.Run{
		{Start: []float64{0.5}, Bounds: box(0.3, 0.7), Trace: []region.Bounds{box(0.5, 0.5), box(0.4, 0.6), box(0.3, 0.7)}},
	}}
	a, err := Growing(p, r, 0)
	if err != nil {
		t.Fatal(err)
	}
	var widths []float64
	for _, f := range a.Frames {
		i := f.(*Profile).Intervals
		widths = append(widths, i[len(i)-1].B-i[len(i)-1].A)
	}
	if len(widths) != 3 || widths[0] != 0 || math.Abs(widths[1]-0.2) > 1e-12 || math.Abs(widths[2]-0.4) > 1e-12 || len(p.Intervals) != 0 {
		t.Errorf("the widths of the growing interval are %v, want 0, 0.2 and 0.4; the profile itself has %d", widths, len(p.Intervals))
	}
	if _, err := Growing(&Bars{}, r, 0); err == nil {
		t.Error("regions grow on bars")
	}
}

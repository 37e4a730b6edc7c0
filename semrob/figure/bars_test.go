package figure

import (
	"math"
	"strings"
	"testing"
)

func sampleBars() *Bars {
	return &Bars{
		Title: "SRVR by class", Subtitle: "mean and 95 % interval over objects", Label: "SRVR", Unit: "%",
		Groups: []string{"aeroplane", "bathtub", "park bench", "bottle"},
		Series: []BarSeries{
			{Name: "AlexNet", Values: []float64{4, 10, 0, math.NaN()}, Lower: []float64{2, 8, 0, math.NaN()}, Upper: []float64{6, 13, 1, math.NaN()}},
			{Name: "ResNet50", Values: []float64{12, 15, 3, 8}},
		},
		Width: 600,
	}
}

// A bar must reach from 0 to its value and no further, in its own colour.
func TestBarsReachTheirValues(t *testing.T) {
	b := sampleBars()
	c, err := b.check()
	if err != nil {
		t.Fatal(err)
	}
	p, img := c.arrange(), drawn(t, b)
	for i, s := range b.Series {
		fill := tint(look(i).color, barStrengths[i])
		for g, v := range s.Values {
			from, to := c.slot(g, i)
			x := from + 0.25*(to-from) // beside the whisker
			for _, test := range []struct {
				y    float64
				want bool
			}{{v - 0.3, true}, {0.3, true}, {v + 0.3, false}} {
				want := test.want && v > 0.5 // the third bar is 0, the fourth is not there
				if got := near(pixel(img, p.to(x, test.y)), fill, 8); !math.IsNaN(test.y) && got != want {
					t.Errorf("series %d, group %d: the bar is at %.1f: %v, want %v", i, g, test.y, got, want)
				}
			}
		}
	}
	// The first whisker goes from 2 to 6.
	from, to := c.slot(0, 0)
	for y, want := range map[float64]bool{1.6: false, 2.4: true, 5.6: true, 6.4: false} {
		if got := near(pixel(img, p.to((from+to)/2, y)), ink, 25); got != want {
			t.Errorf("the interval is at %g: %v, want %v", y, got, want)
		}
	}
	if text := b.Describe(); !strings.Contains(text, "aeroplane 4 (2…6)") || !strings.Contains(text, "bottle –") {
		t.Errorf("the description is %s", text)
	}
}

func TestBarsErrors(t *testing.T) {
	for want, b := range map[string]*Bars{
		"at least one":        {},
		"values for 1":        {Groups: []string{"a"}, Series: []BarSeries{{}}},
		"interval ends":       {Groups: []string{"a"}, Series: []BarSeries{{Values: []float64{1}, Lower: []float64{1, 2}, Upper: []float64{2}}}},
		"one end":             {Groups: []string{"a"}, Series: []BarSeries{{Values: []float64{1}, Lower: []float64{1}}}},
		"empty or not finite": {Groups: []string{"a"}, Series: []BarSeries{{Values: []float64{1}}}, Low: 3, High: 2},
	} {
		t.Run(want, func(t *testing.T) {
			if _, err := Render(b, 1); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want one with %q", err, want)
			}
		})
	}
}

// Names that do not fit beside each other are turned, not cut; short ones stay.
func TestBarsWithManyGroupsTurnTheirNames(t *testing.T) {
	b := sampleBars()
	c, err := b.check()
	if err != nil {
		t.Fatal(err)
	}
	if c.arrange().turned {
		t.Error("four short names are turned")
	}
	few := c.arrange().height
	for i := range 14 {
		b.Groups = append(b.Groups, "background "+strings.Repeat("r", i%3+1))
		for k := range b.Series {
			s := &b.Series[k]
			s.Values = append(s.Values, 3)
			if s.Lower != nil {
				s.Lower, s.Upper = append(s.Lower, 2), append(s.Upper, 4)
			}
		}
	}
	if c, err = b.check(); err != nil {
		t.Fatal(err)
	}
	p := c.arrange()
	if !p.turned || p.height < few+turnedName.width("background")/2 {
		t.Fatalf("turned: %v, height %g after %g", p.turned, p.height, few)
	}
	for i, lines := range p.names {
		if len(lines) != 1 || lines[0] != b.Groups[i] {
			t.Errorf("name %d is %q, want %q", i, lines, b.Groups[i])
		}
	}
	// The last name is drawn below its own bars, and ends above the card's edge.
	img := drawn(t, b)
	x, dark := p.toX(float64(len(b.Groups))-0.5), 0
	for y := p.box.bottom() + 6; y < p.height-1; y++ {
		for d := -7.0; d <= 7; d++ {
			if near(pixel(img, point{x + d, y}), ink, 60) {
				dark++
				if y > p.height-margin+2 {
					t.Fatalf("there is ink at %g of %g", y, p.height)
				}
			}
		}
	}
	if dark < 50 {
		t.Errorf("%d dark pixels where the last name should be", dark)
	}
}

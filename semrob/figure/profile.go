package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Profile is a one-dimensional semantic map: an objective along one parameter,
// with robust intervals (Hamdi & Ghanem 2020, figure 2).
type Profile struct {
	// Title and Subtitle stand above the plot; either may be empty.
	Title, Subtitle string
	// X is the parameter's axis.
	X Axis
	// Label names the values, such as "probability of bathtub".
	Label string
	// Series are the lines.
	Series []Series
	// Intervals are shaded from top to bottom.
	Intervals []Interval
	// Low and High are the ends of the values' axis; if both are 0, it is 0…1.
	Low, High float64
	// Width is the figure's width in CSS pixels; 0 means DefaultWidth.
	Width float64
}

// Series is a line: Y against X, which have equal lengths. NaN breaks the line.
type Series struct {
	Name string
	X, Y []float64
	// Lower and Upper are the edges of a band around the line; nil draws none.
	Lower, Upper []float64
}

// Interval is a robust interval a ≤ u ≤ b.
type Interval struct {
	// Name is its name in the legend, such as "OIR-B".
	Name string
	// A and B are its ends; on a periodic axis they may lie outside the domain.
	A, B float64
	// Start is the point that it grew from; NaN draws none.
	Start float64
}

// profileHeight is the height of a profile's plot, in CSS pixels.
const profileHeight = 270.0

// Head returns the fields for title, subtitle and width.
func (p *Profile) Head() (title, subtitle *string, width *float64) {
	return &p.Title, &p.Subtitle, &p.Width
}

func (p *Profile) check() (*Profile, error) { return checked("a profile", p, (*Profile).fill) }

func (p *Profile) fill() error {
	if len(p.Series) == 0 {
		return fmt.Errorf("it has no series")
	}
	var all []float64
	for _, s := range p.Series {
		if len(s.X) != len(s.Y) || len(s.X) == 0 {
			return fmt.Errorf("series %q has %d coordinates and %d values: give the same number of both, at least one", s.Name, len(s.X), len(s.Y))
		}
		if len(s.Lower) != len(s.Upper) || len(s.Lower) != 0 && len(s.Lower) != len(s.X) {
			return fmt.Errorf("series %q has %d coordinates, %d lower and %d upper edges of its band", s.Name, len(s.X), len(s.Lower), len(s.Upper))
		}
		all = append(all, s.X...)
	}
	var err error
	if p.X, err = withRange(p.X, all); err != nil {
		return err
	}
	if p.Low == 0 && p.High == 0 {
		p.High = 1
	}
	return checkScale("values' axis", p.Low, p.High)
}

func (p *Profile) layout() (*drawing, error) {
	c, err := p.check()
	if err != nil {
		return nil, err
	}
	a := c.arrange()
	return &drawing{a.width, a.height, func(s *surface) {
		a.drawTop(s)
		c.shade(s, a.frame)
		a.grid(s)
		c.drawEnds(s, a.frame)
		for i, series := range c.Series {
			series.drawBand(s, a.frame, look(i))
		}
		for i, series := range c.Series {
			series.closed(c.X).draw(s, a.frame, look(i))
		}
		a.axes(s)
		c.drawStarts(s, a.frame)
	}}, nil
}

// arrange lays out a checked profile.
func (p *Profile) arrange() card {
	a := newCard(p, p.legend())
	a.plot(p.X, Axis{Name: p.Label, Min: p.Low, Max: p.High}, profileHeight, 8)
	return a
}

// shadeOf returns the look of an interval.
func (p *Profile) shadeOf(i int) lineLook { return look(len(p.Series) + i) }

func (p *Profile) legend() []entry {
	var entries []entry
	for i, series := range p.Series {
		if series.Name != "" {
			entries = append(entries, lineEntry(series.Name, look(i)))
		}
	}
	for i, interval := range p.Intervals {
		k := p.shadeOf(i)
		name := strings.TrimSpace(interval.Name + " " + axisRange(p.X, interval.A, interval.B))
		entries = append(entries, entry{name, func(s *surface, r rect) {
			s.fillRect(tint(k.color, 0.18), r)
			for _, x := range [2]float64{r.x, r.right()} {
				s.polyline(stroke{k.color, 1.8, k.dash}, point{x, r.y}, point{x, r.bottom()})
			}
			if !math.IsNaN(interval.Start) {
				marker(i).draw(s, centreOf(r), 4)
			}
		}})
	}
	return entries
}

func (p *Profile) shade(s *surface, f frame) {
	for i, interval := range p.Intervals {
		for _, piece := range pieces(p.X, interval.A, interval.B) {
			x := f.toX(piece.from)
			s.fillRect(tint(p.shadeOf(i).color, 0.18), rect{x, f.box.y, f.toX(piece.to) - x, f.box.h})
		}
	}
}

// drawEnds draws the intervals' ends inside the domain.
func (p *Profile) drawEnds(s *surface, f frame) {
	for i, interval := range p.Intervals {
		k := p.shadeOf(i)
		edge := func(v float64) {
			s.polyline(stroke{k.color, 1.8, k.dash}, point{f.toX(v), f.box.y}, point{f.toX(v), f.box.bottom()})
		}
		for _, piece := range pieces(p.X, interval.A, interval.B) {
			if !piece.openFrom {
				edge(piece.from)
			}
			if !piece.openTo {
				edge(piece.to)
			}
		}
	}
}

func (p *Profile) drawStarts(s *surface, f frame) {
	for i, interval := range p.Intervals {
		x := wrap(p.X, interval.Start)
		if !(x >= p.X.Min && x <= p.X.Max) {
			continue
		}
		y := f.box.bottom()
		if v, ok := p.Series[0].closed(p.X).at(x); ok && v >= f.y.Min && v <= f.y.Max {
			y = f.toY(v)
		}
		marker(i).draw(s, point{f.toX(x), y}, 5)
	}
}

// at interpolates the series linearly at x.
func (s Series) at(x float64) (float64, bool) {
	for i := range s.X {
		if s.X[i] == x {
			return s.Y[i], !math.IsNaN(s.Y[i])
		}
		if i > 0 && s.X[i-1] < x && x < s.X[i] {
			t := (x - s.X[i-1]) / (s.X[i] - s.X[i-1])
			v := s.Y[i-1] + t*(s.Y[i]-s.Y[i-1])
			return v, !math.IsNaN(v)
		}
	}
	return 0, false
}

// closed joins the series around the end of a periodic axis if its points reach
// all around.
func (s Series) closed(a Axis) Series {
	n := len(s.X)
	if !a.Periodic || n < 2 {
		return s
	}
	widest := 0.0
	for i := 1; i < n; i++ {
		widest = max(widest, s.X[i]-s.X[i-1])
	}
	period := a.Width()
	if gap := s.X[0] + period - s.X[n-1]; gap <= 0 || gap > 1.5*widest {
		return s
	}
	s.X = slices.Concat([]float64{s.X[n-1] - period}, s.X, []float64{s.X[0] + period})
	s.Y = slices.Concat(s.Y[n-1:], s.Y, s.Y[:1])
	return s
}

// draw draws the line, broken at values that are not finite.
func (s Series) draw(to *surface, f frame, k lineLook) {
	var run []point
	flush := func() {
		if len(run) == 1 { // a single value between two gaps must be visible
			to.disc(k.color, run[0], 2)
		} else if len(run) > 1 {
			to.clipped(stroke{k.color, 2, k.dash}, f.box, run)
		}
		run = nil
	}
	for i, y := range s.Y {
		if !isFinite(y) || math.IsNaN(s.X[i]) {
			flush()
			continue
		}
		run = append(run, f.to(s.X[i], y))
	}
	flush()
}

// drawBand draws the edges of the band. Overlapping bands stay visible, which areas
// would not: nothing here is translucent.
func (s Series) drawBand(to *surface, f frame, k lineLook) {
	for _, edge := range [][]float64{s.Lower, s.Upper} {
		var line []point
		for i, y := range edge {
			if isFinite(y) {
				line = append(line, f.to(s.X[i], y))
			}
		}
		if len(line) > 1 {
			to.clipped(stroke{tint(k.color, 0.55), 1, nil}, f.box, line)
		}
	}
}

// Describe lists the means of the series and the intervals.
func (p *Profile) Describe() string {
	c, err := p.check()
	if err != nil {
		return "A profile that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	b.WriteString(titled("Profile", c.Title))
	if c.Label != "" {
		b.WriteString(" of the " + c.Label)
	}
	fmt.Fprintf(&b, " over %s %s.", c.X.Name, axisRange(c.X, c.X.Min, c.X.Max))
	for _, s := range c.Series {
		n, sum := 0, 0.0
		for _, v := range s.Y {
			if !math.IsNaN(v) {
				n++
				sum += v
			}
		}
		if n > 0 {
			fmt.Fprintf(&b, "\n%s: %d values, mean %s.", cmp.Or(s.Name, "Line"), n, number(sum/float64(n), 3))
		}
	}
	for _, i := range c.Intervals {
		fmt.Fprintf(&b, "\n%s: %s.", cmp.Or(i.Name, "Interval"), axisRange(c.X, i.A, i.B))
	}
	return b.String()
}

package figure

import (
	"fmt"
	"math"
	"strings"
)

// Profile is a one-dimensional semantic map: an objective along one parameter,
// with the robust intervals found on it (Hamdi & Ghanem 2020, figure 2).
type Profile struct {
	// Title stands above the plot in bold, Subtitle under it; both may be empty.
	Title, Subtitle string
	// X is the parameter's axis.
	X Axis
	// Label names the values, such as "probability of bathtub".
	Label string
	// Series are the lines.
	Series []Series
	// Intervals are shaded from top to bottom.
	Intervals []Interval
	// Low and High bound the values' axis; both 0 means 0…1.
	Low, High float64
	// Width is the width of the whole figure in CSS pixels; 0 means
	// DefaultWidth.
	Width float64
}

// Series is one line: Y against X, of equal length; NaN breaks the line.
type Series struct {
	Name string
	X, Y []float64
}

// Interval is a robust interval a ≤ u ≤ b.
type Interval struct {
	// Name explains it in the legend, such as "OIR-B".
	Name string
	// A and B are its ends; on a periodic axis it may pass the domain's end.
	A, B float64
	// Start is where it grew from; NaN shows none.
	Start float64
}

// profileHeight is the height of a profile's plot, in CSS pixels.
const profileHeight = 270.0

func (p *Profile) check() (*Profile, error) {
	c := *p
	if len(c.Series) == 0 {
		return nil, fmt.Errorf("drawing a profile: it has no series")
	}
	var all []float64
	for _, s := range c.Series {
		if len(s.X) != len(s.Y) || len(s.X) == 0 {
			return nil, fmt.Errorf("drawing a profile: series %q has %d coordinates and %d values: give as many, at least one", s.Name, len(s.X), len(s.Y))
		}
		all = append(all, s.X...)
	}
	var err error
	if c.X, err = c.X.over(all); err != nil {
		return nil, fmt.Errorf("drawing a profile: %w", err)
	}
	if c.Low == 0 && c.High == 0 {
		c.High = 1
	}
	if !(c.Low < c.High) || math.IsInf(c.High-c.Low, 0) {
		return nil, fmt.Errorf("drawing a profile: the values' axis %g…%g is empty or not finite", c.Low, c.High)
	}
	return &c, nil
}

func (p *Profile) layout() (*drawing, error) {
	c, err := p.check()
	if err != nil {
		return nil, err
	}
	a := c.arrange()
	return &drawing{a.width, a.height, func(s *surface) {
		a.head.draw(s, a.width)
		a.keys.draw(s, point{margin, margin + a.head.height()})
		c.shade(s, a.frame)
		a.grid(s)
		c.drawEnds(s, a.frame)
		for i, series := range c.Series {
			series.closed(c.X).draw(s, a.frame, look(i))
		}
		a.axes(s)
		c.drawStarts(s, a.frame)
	}}, nil
}

// profilePlan is where everything of a profile goes.
type profilePlan struct {
	frame
	width, height float64
	head          heading
	keys          legend
}

// arrange decides where everything of a checked profile goes.
func (p *Profile) arrange() profilePlan {
	a := profilePlan{width: figureWidth(p.Width), head: heading{p.Title, p.Subtitle}}
	a.keys = legend{p.legend(), a.width - 2*margin}
	a.frame = frame{x: p.X, y: Axis{Name: p.Label, Min: p.Low, Max: p.High}, yTicks: 6}
	a.box.h = profileHeight
	a.box.x = math.Ceil(margin + leftOf(a.y, a.box.h))
	a.box.w = math.Floor(a.width - margin - 8 - a.box.x) // 8: half of the last number
	a.box.y = math.Ceil(margin + a.head.height() + gapAfter(a.keys.height(), 9))
	a.height = math.Ceil(a.box.bottom() + belowFrame + margin - 4)
	return a
}

// shadeOf returns the tint of an interval and the colour of its ends.
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
		name := strings.TrimSpace(interval.Name + " " + p.X.formatRange(interval.A, interval.B))
		entries = append(entries, entry{name, func(s *surface, r rect) {
			s.fillRect(tint(k.color, 0.18), r)
			for _, x := range [2]float64{r.x, r.right()} {
				s.polyline(stroke{k.color, 1.8, k.dash}, point{x, r.y}, point{x, r.bottom()})
			}
			if !math.IsNaN(interval.Start) {
				marker(i).draw(s, point{r.x + r.w/2, r.y + r.h/2}, 4)
			}
		}})
	}
	return entries
}

func (p *Profile) shade(s *surface, f frame) {
	for i, interval := range p.Intervals {
		for _, piece := range p.X.pieces(interval.A, interval.B) {
			x := f.toX(piece.from)
			s.fillRect(tint(p.shadeOf(i).color, 0.18), rect{x, f.box.y, f.toX(piece.to) - x, f.box.h})
		}
	}
}

// drawEnds draws an interval's own ends; where it goes on beyond the domain
// there is none.
func (p *Profile) drawEnds(s *surface, f frame) {
	for i, interval := range p.Intervals {
		k := p.shadeOf(i)
		edge := func(v float64) {
			s.polyline(stroke{k.color, 1.8, k.dash}, point{f.toX(v), f.box.y}, point{f.toX(v), f.box.bottom()})
		}
		for _, piece := range p.X.pieces(interval.A, interval.B) {
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
		x := p.X.wrap(interval.Start)
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

// at returns the series's value at x, linear between its points.
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

// closed returns the series joined around the end of a periodic axis, where its
// points reach all around.
func (s Series) closed(a Axis) Series {
	n := len(s.X)
	if !a.Periodic || n < 2 {
		return s
	}
	widest := 0.0
	for i := 1; i < n; i++ {
		widest = max(widest, s.X[i]-s.X[i-1])
	}
	period := a.Max - a.Min
	if gap := s.X[0] + period - s.X[n-1]; gap <= 0 || gap > 1.5*widest {
		return s
	}
	s.X = append([]float64{s.X[n-1] - period}, append(append([]float64(nil), s.X...), s.X[0]+period)...)
	s.Y = append([]float64{s.Y[n-1]}, append(append([]float64(nil), s.Y...), s.Y[0])...)
	return s
}

// draw draws the line, broken where a value is not finite.
func (s Series) draw(to *surface, f frame, k lineLook) {
	var run []point
	flush := func() {
		if len(run) == 1 { // a lone value between two gaps still shows
			to.disc(k.color, run[0], 2)
		} else if len(run) > 1 {
			to.clipped(stroke{k.color, 2, k.dash}, f.box, run)
		}
		run = nil
	}
	for i, y := range s.Y {
		if math.IsNaN(y) || math.IsInf(y, 0) || math.IsNaN(s.X[i]) {
			flush()
			continue
		}
		run = append(run, f.to(s.X[i], y))
	}
	flush()
}

// Describe tells the series' means and the intervals.
func (p *Profile) Describe() string {
	c, err := p.check()
	if err != nil {
		return "A profile that cannot be drawn: " + err.Error()
	}
	var b strings.Builder
	b.WriteString("Profile")
	if c.Title != "" {
		b.WriteString(" “" + c.Title + "”")
	}
	if c.Label != "" {
		b.WriteString(" of the " + c.Label)
	}
	fmt.Fprintf(&b, " over %s %s.", c.X.Name, c.X.formatRange(c.X.Min, c.X.Max))
	for _, s := range c.Series {
		n, sum := 0, 0.0
		for _, v := range s.Y {
			if !math.IsNaN(v) {
				n++
				sum += v
			}
		}
		if n > 0 {
			fmt.Fprintf(&b, "\n%s: %d values, mean %s.", nonEmpty(s.Name, "Line"), n, number(sum/float64(n), 3))
		}
	}
	for _, i := range c.Intervals {
		fmt.Fprintf(&b, "\n%s: %s.", nonEmpty(i.Name, "Interval"), c.X.formatRange(i.A, i.B))
	}
	return b.String()
}

func nonEmpty(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

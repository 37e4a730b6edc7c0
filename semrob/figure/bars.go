package figure

import (
	"fmt"
	"math"
	"strings"
)

// Bars compares numbers of several kinds, such as networks, over groups, such
// as classes: a bar for each, with its interval.
type Bars struct {
	// Title stands above the plot in bold, Subtitle under it, which should say
	// what the intervals are; both may be empty.
	Title, Subtitle string
	// Label names the values, such as "SRVR", and Unit their unit, such as "%".
	Label, Unit string
	// Groups name the places along x, such as the classes.
	Groups []string
	// Series are the bars of one kind each, such as a network's.
	Series []BarSeries
	// Low and High bound the values' axis; both 0 means from 0 (or the lowest
	// value, where one is negative) to what holds every bar and interval.
	Low, High float64
	// Width is the width of the whole figure in CSS pixels; 0 means
	// DefaultWidth.
	Width float64
}

// BarSeries is one kind of bars, a value for each group; NaN shows none.
type BarSeries struct {
	Name string
	// Values are the heights.
	Values []float64
	// Lower and Upper are the ends of the values' intervals; nil or NaN shows
	// none.
	Lower, Upper []float64
}

// barsHeight is the height of the plot, in CSS pixels.
const barsHeight = 270.0

func (b *Bars) check() (*Bars, error) {
	c := *b
	if len(c.Groups) == 0 || len(c.Series) == 0 {
		return nil, fmt.Errorf("drawing bars: there are %d groups and %d series: give at least one each", len(c.Groups), len(c.Series))
	}
	low, high := 0.0, 0.0
	for _, s := range c.Series {
		if len(s.Values) != len(c.Groups) {
			return nil, fmt.Errorf("drawing bars: series %q has %d values for %d groups", s.Name, len(s.Values), len(c.Groups))
		}
		for _, ends := range [2][]float64{s.Lower, s.Upper} {
			if ends != nil && len(ends) != len(c.Groups) {
				return nil, fmt.Errorf("drawing bars: series %q has %d ends of intervals for %d groups", s.Name, len(ends), len(c.Groups))
			}
		}
		if (s.Lower == nil) != (s.Upper == nil) {
			return nil, fmt.Errorf("drawing bars: series %q has one end of its intervals only: give Lower and Upper", s.Name)
		}
		for _, values := range [3][]float64{s.Values, s.Lower, s.Upper} {
			for _, v := range values {
				if !math.IsNaN(v) && !math.IsInf(v, 0) {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	if c.Low == 0 && c.High == 0 {
		if low == high {
			high = 1
		}
		room := 0.05 * (high - low)
		if c.Low = low; low < 0 {
			c.Low -= room
		}
		if c.High = high; high > 0 {
			c.High += room
		}
	}
	if !(c.Low < c.High) || math.IsInf(c.High-c.Low, 0) {
		return nil, fmt.Errorf("drawing bars: the values' axis %g…%g is empty or not finite", c.Low, c.High)
	}
	return &c, nil
}

// barsPlan is where everything goes.
type barsPlan struct {
	frame
	width, height float64
	head          heading
	keys          legend
	names         [][]string // of the groups, in lines
	// turned says that the names stand upright, one line each, since there is no
	// room for one of them beside its neighbours.
	turned bool
}

func (b *Bars) arrange() barsPlan {
	p := barsPlan{width: figureWidth(b.Width), head: heading{b.Title, b.Subtitle}}
	p.keys = legend{b.legend(), p.width - 2*margin}
	p.frame = frame{
		x: Axis{Min: 0, Max: float64(len(b.Groups))}, y: Axis{Name: b.Label, Unit: b.Unit, Min: b.Low, Max: b.High}, yTicks: 6,
	}
	p.box.h = barsHeight
	p.box.x = math.Ceil(margin + leftOf(p.y, p.box.h))
	p.box.w = math.Floor(p.width - margin - p.box.x)
	p.box.y = math.Ceil(margin + p.head.height() + gapAfter(p.keys.height(), 9))
	p.height = math.Ceil(p.box.bottom() + 8 + p.nameGroups(b.Groups) + margin)
	return p
}

// nameGroups sets the names of the groups and returns the room they take below
// the plot.
func (p *barsPlan) nameGroups(groups []string) (room float64) {
	wide := p.box.w/float64(len(groups)) - 4
	for _, g := range groups {
		lines := groupName.wrap(g, wide, 2)
		p.names = append(p.names, lines)
		room = max(room, float64(len(lines))*groupRow)
		p.turned = p.turned || strings.Join(lines, " ") != strings.Join(strings.Fields(g), " ")
	}
	if !p.turned {
		return room
	}
	room, p.names = 0, nil
	for _, g := range groups {
		name := turnedName.fit(g, longestName)
		p.names = append(p.names, []string{name})
		room = max(room, turnedName.width(name))
	}
	return room
}

var groupName = style{size: tickSize, color: ink, align: centre}

var turnedName = style{size: tickSize, color: ink, align: right, vertical: true}

const (
	groupRow    = tickSize + 4
	longestName = 180.0 // of one that stands upright
)

func (b *Bars) layout() (*drawing, error) {
	c, err := b.check()
	if err != nil {
		return nil, err
	}
	p := c.arrange()
	return &drawing{p.width, p.height, func(s *surface) {
		p.head.draw(s, p.width)
		p.keys.draw(s, point{margin, margin + p.head.height()})
		p.gridY(s)
		c.drawBars(s, p.frame)
		p.axesY(s)
		for i, lines := range p.names {
			if p.turned {
				s.middle(turnedName, point{p.toX(float64(i) + 0.5), p.box.bottom() + 8}, lines[0])
				continue
			}
			for k, line := range lines {
				s.text(groupName, point{p.toX(float64(i) + 0.5), p.box.bottom() + 8 + float64(k)*groupRow + tickSize*capHeight}, line)
			}
		}
	}}, nil
}

func (b *Bars) legend() []entry {
	var entries []entry
	for i, series := range b.Series {
		if series.Name == "" {
			continue
		}
		entries = append(entries, entry{series.Name, func(s *surface, r rect) { fillBar(s, r, i) }})
	}
	return entries
}

// fillBar fills r as the bars of series i: the tints tell them apart in grey
// too, the outlines are as dark as lines are.
func fillBar(s *surface, r rect, i int) {
	k := look(i)
	s.fillRect(tint(k.color, barStrengths[i%len(barStrengths)]), r)
	s.strokeRect(stroke{color: k.color, width: 1.2, dash: k.dash}, r)
}

var barStrengths = []float64{0.75, 0.3, 0.55, 0.15}

// slot returns the ends along x, in groups, of the bar of series i in group g.
func (b *Bars) slot(g, i int) (from, to float64) {
	const gap = 0.2 // between groups
	w := (1 - gap) / float64(len(b.Series))
	from = float64(g) + gap/2 + float64(i)*w
	return from, from + w
}

func (b *Bars) drawBars(s *surface, f frame) {
	clamp := func(v float64) float64 { return f.toY(min(max(v, b.Low), b.High)) }
	base := clamp(0)
	for i, series := range b.Series {
		for g, v := range series.Values {
			if math.IsNaN(v) {
				continue
			}
			from, to := b.slot(g, i)
			x, y := f.toX(from)+1, clamp(v)
			fillBar(s, rect{x, min(y, base), f.toX(to) - 1 - x, math.Abs(base - y)}, i)
			if lower, upper, ok := series.interval(g); ok {
				drawInterval(s, (f.toX(from)+f.toX(to))/2, clamp(lower), clamp(upper))
			}
		}
	}
	s.polyline(stroke{color: ink, width: 1}, point{f.box.x, base}, point{f.box.right(), base})
}

// interval returns the ends of the interval of group g.
func (s BarSeries) interval(g int) (lower, upper float64, ok bool) {
	if s.Lower == nil {
		return 0, 0, false
	}
	lower, upper = s.Lower[g], s.Upper[g]
	return lower, upper, !math.IsNaN(lower + upper)
}

// drawInterval draws a whisker with a halo, so that it shows on any bar.
func drawInterval(s *surface, x, low, high float64) {
	for _, k := range [2]stroke{{color: paper, width: 4.5}, {color: ink, width: 1.6}} {
		s.polyline(k, point{x, low}, point{x, high})
		for _, y := range [2]float64{low, high} {
			s.polyline(k, point{x - 4, y}, point{x + 4, y})
		}
	}
}

// Describe tells every value with its interval.
func (b *Bars) Describe() string {
	c, err := b.check()
	if err != nil {
		return "Bars that cannot be drawn: " + err.Error()
	}
	var t strings.Builder
	t.WriteString("Bars")
	if c.Title != "" {
		t.WriteString(" “" + c.Title + "”")
	}
	if c.Label != "" {
		t.WriteString(" of " + Axis{Name: c.Label, Unit: c.Unit}.title())
	}
	t.WriteString(".")
	for _, s := range c.Series {
		t.WriteString("\n" + nonEmpty(s.Name, "Bars") + ":")
		for g, v := range s.Values {
			if g > 0 {
				t.WriteString(",")
			}
			text := "–"
			if !math.IsNaN(v) {
				text = significant(v)
			}
			t.WriteString(" " + c.Groups[g] + " " + text)
			if lower, upper, ok := s.interval(g); ok {
				t.WriteString(" (" + significant(lower) + "…" + significant(upper) + ")")
			}
		}
		t.WriteString(".")
	}
	return t.String()
}

// significant writes v with four significant digits and a true minus sign.
func significant(v float64) string {
	return strings.ReplaceAll(fmt.Sprintf("%.4g", v), "-", "−")
}
